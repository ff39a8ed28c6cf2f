package onboarding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// PortalOrganization returns the organization whose sign-up page is asked for, by anybody.
func (s *Service) PortalOrganization(ctx context.Context, id string) (*Organization, error) {
	if !ValidID(id) { // some engines refuse to look for it
		return nil, notFound("organization")
	}
	o, err := s.store.Organization(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, notFound("organization")
	}
	return o, err
}

// RegisterFromPortal registers what a visitor typed. It never deduplicates: unverified input must not show or change another's
// data. formID, random in each rendered form, makes a double tap one registration; the same form with other content is another
// person on a shared screen, and a registration of its own, a few times.
func (s *Service) RegisterFromPortal(ctx context.Context, by *Caller, organizationID, formID string, in CustomerInput) (*Registered, error) {
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
	return s.register(ctx, by, o, Registration{Input: in, Form: formID, IdempotencyKey: formID + " " + hex.EncodeToString(hash[:])})
}

// RedirectAllowed returns the target if it is an http(s) URL to one of the hosts that the tenant allows, else "".
func (o *Organization) RedirectAllowed(target string) string {
	if len(target) > maxURL || strings.ContainsAny(target, "\\\r\n\t") {
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
