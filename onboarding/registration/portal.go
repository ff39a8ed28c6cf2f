package registration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding"
)

// PortalOrganization returns the organization of a sign-up page. It needs no caller.
func (s *Registrar) PortalOrganization(ctx context.Context, id string) (*onboarding.Organization, error) {
	if !onboarding.ValidID(id) { // a database may reject the text with another error
		return nil, onboarding.NotFoundError("organization")
	}
	o, err := s.store.Organization(ctx, id)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("organization")
	}
	onboarding.Concern(ctx, id, "")
	return o, err
}

// PortalBySlug returns the organization of a sign-up page by its short address. It needs no caller.
func (s *Registrar) PortalBySlug(ctx context.Context, slug string) (*onboarding.Organization, error) {
	if !onboarding.ValidSlug(slug) {
		return nil, onboarding.NotFoundError("page")
	}
	o, err := s.store.OrganizationBySlug(ctx, slug)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("page")
	}
	if err != nil {
		return nil, err
	}
	onboarding.Concern(ctx, o.ID, "")
	return o, nil
}

// maxListed limits the organizations that the front page lists.
const maxListed = 50

// PublicPortals returns the organizations that the front page may show: the only one, or all if
// each has a short address and there are few. Otherwise the result is empty, because a deployment
// does not tell whom it serves.
func (s *Registrar) PublicPortals(ctx context.Context) ([]*onboarding.Organization, error) {
	all, err := s.store.FirstOrganizations(ctx, maxListed+1)
	if err != nil || len(all) == 1 {
		return all, err
	}
	secret := func(o *onboarding.Organization) bool { return o.Portal.Slug == "" }
	if len(all) > maxListed || slices.ContainsFunc(all, secret) {
		return nil, nil
	}
	return all, nil
}

// Form is a sign-up form as it was rendered.
type Form struct {
	ID      string // random in each rendered form
	Station string // the MAC address in the page's address, or empty; it is stored as a claim
	// Versions holds the versions of the policies that the form showed, by key; nil if they are
	// not known, which takes the current ones.
	Versions map[string]string
	// System is the operating system of the browser, named like its platform; empty if unknown.
	System string
}

// ShownVersions returns the versions of all policies that a sign-up form can show, by key.
func ShownVersions(o *onboarding.Organization) map[string]string {
	versions := versionsOf(o)
	for _, key := range []string{onboarding.Profiling, onboarding.PPD} {
		versions[key] = o.PolicyVersion(key)
	}
	return versions
}

// ChangedPolicies returns the keys, sorted, of the policies of a sign-up form whose version is
// another than the shown one. The shown versions are those of Form.
func ChangedPolicies(o *onboarding.Organization, shown map[string]string) []string {
	current := versionsOf(o)
	if o.AsksProfiling() {
		current = ShownVersions(o)
	}
	return changedVersions(current, shown)
}

// changedVersions returns the keys, sorted, of the versions that are not the shown ones. Shown ones
// that are not known have not changed.
func changedVersions(current, shown map[string]string) []string {
	if shown == nil {
		return nil
	}
	maps.DeleteFunc(current, func(key, version string) bool {
		was, known := shown[key]
		return known && was == version
	})
	return slices.Sorted(maps.Keys(current))
}

// RegisterFromPortal registers a visitor of the sign-up page. It never deduplicates, because
// unverified input must not show or change another customer's data. Sending a form twice is one
// registration. The same form with other content, from another person at a shared screen, is
// another registration, up to a limit per form. A form that showed another version of a policy than
// the current one is ErrPolicyChanged.
func (s *Registrar) RegisterFromPortal(
	ctx context.Context, by *onboarding.Caller, organizationID string, form Form, in CustomerInput,
) (*Result, error) {
	o, err := s.PortalOrganization(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	if o.Portal.Verify != onboarding.VerifyNone {
		return nil, onboarding.ConflictField("form", "the organization verifies addresses first")
	}
	in = ofVisitor(in)
	content, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(content)
	return s.registerLimited(ctx, by, o, Request{
		Input: in, Form: form.ID, Station: form.Station, Versions: form.Versions, System: form.System,
		IdempotencyKey: form.ID + " " + hex.EncodeToString(hash[:]),
	})
}

// ofVisitor returns the input without the fields that a visitor's form never sets.
func ofVisitor(in CustomerInput) CustomerInput {
	in.Username, in.Password, in.Lock, in.Guid = nil, nil, nil, nil
	in.EmailVerified, in.PhoneVerified = nil, nil
	return in
}

// RedirectAllowed returns the target if it is an http or https URL to one of the organization's
// redirect hosts, else "".
func RedirectAllowed(o *onboarding.Organization, target string) string {
	if len(target) > onboarding.MaxURL || strings.ContainsAny(target, "\\\r\n\t") {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return ""
	}
	isTarget := func(host string) bool { return strings.EqualFold(host, u.Hostname()) }
	if !slices.ContainsFunc(o.Portal.RedirectHosts, isTarget) {
		return ""
	}
	return u.String()
}
