package registration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding"
)

// PortalOrganization returns the organization whose sign-up page is asked for, by anybody.
func (s *Registrar) PortalOrganization(ctx context.Context, id string) (*onboarding.Organization, error) {
	if !onboarding.ValidID(id) { // some engines refuse to look for it
		return nil, onboarding.NotFoundError("organization")
	}
	o, err := s.store.Organization(ctx, id)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("organization")
	}
	return o, err
}

// RegisterFromPortal registers what a visitor typed. It never deduplicates: unverified input must not show or change another's
// data. formID, random in each rendered form, makes a double tap one registration; the same form with other content is another
// person on a shared screen, and a registration of its own, a few times.
func (s *Registrar) RegisterFromPortal(ctx context.Context, by *onboarding.Caller, organizationID, formID string, in CustomerInput) (*Result, error) {
	o, err := s.PortalOrganization(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	in.Username, in.Password, in.Lock, in.Guid = nil, nil, nil, nil
	in.EmailVerified, in.PhoneVerified = nil, nil
	content, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(content)
	return s.register(ctx, by, o, Request{Input: in, Form: formID, IdempotencyKey: formID + " " + hex.EncodeToString(hash[:])})
}

// RedirectAllowed returns the target if it is an http(s) URL to one of the hosts that the tenant allows, else "".
func RedirectAllowed(o *onboarding.Organization, target string) string {
	if len(target) > onboarding.MaxURL || strings.ContainsAny(target, "\\\r\n\t") {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return ""
	}
	if !slices.ContainsFunc(o.Portal.RedirectHosts, func(host string) bool { return strings.EqualFold(host, u.Hostname()) }) {
		return ""
	}
	return u.String()
}
