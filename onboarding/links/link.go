package links

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/profiles"
)

// Limits on a link that a manager creates.
const (
	maxLinkLifetime = 30 * 24 * time.Hour
	maxLinkHits     = 1000
)

// New returns a link for the customer with the default limits, to be stored by the caller, and its
// URL.
func (s *Links) New(c *onboarding.Customer) (*onboarding.Link, string) {
	a, token := s.newLink(c, onboarding.DefaultLifetime, onboarding.DefaultMaxHits)
	return a, s.URL(token)
}

// newLink returns a link to store and its token, of which only the hash is stored.
func (s *Links) newLink(c *onboarding.Customer, lifetime time.Duration, hits int) (*onboarding.Link, string) {
	token := auth.NewLinkToken()
	now := s.clock.Now()
	return &onboarding.Link{
		TokenHash: auth.HashToken(token), CustomerID: c.ID, OrganizationID: c.OrganizationID,
		Created: now, Expires: now.Add(lifetime), MaxHits: hits,
	}, token
}

// URL returns the address of a token's install page.
func (s *Links) URL(token string) string { return s.publicURL + "/activate/" + token }

// NewLink is a created link.
type NewLink struct {
	Token, URL string
	Expires    time.Time
	MaxHits    int
}

// Create creates a link that expires in expiresIn seconds and serves maxHits downloads; nil is the
// default. The faults in unread are reported together with those of the values.
func (s *Links) Create(
	ctx context.Context, by *onboarding.Caller, customerID string, expiresIn, maxHits *int, unread onboarding.Faults,
) (*NewLink, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	lifetime, hits := onboarding.DefaultLifetime, onboarding.DefaultMaxHits
	wrong := slices.Clone(unread)
	if expiresIn != nil {
		if *expiresIn < 1 || *expiresIn > int(maxLinkLifetime/time.Second) {
			wrong.Refuse("expiresIn", fmt.Sprintf("not between 1 and %d seconds", int(maxLinkLifetime/time.Second)))
		}
		lifetime = time.Duration(*expiresIn) * time.Second
	}
	if maxHits != nil {
		if *maxHits < 1 || *maxHits > maxLinkHits {
			wrong.Refuse("maxHits", fmt.Sprintf("not between 1 and %d", maxLinkHits))
		}
		hits = *maxHits
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	a, token := s.newLink(c, lifetime, hits)
	if err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.InsertLink(ctx, a); err != nil {
			return err
		}
		return s.access.Record(ctx, tx, act(c.OrganizationID, c.ID, onboarding.AuditLinkCreated))
	}); err != nil {
		return nil, err
	}
	return &NewLink{Token: token, URL: s.URL(token), Expires: a.Expires, MaxHits: hits}, nil
}

// View is the content of an install page.
type View struct {
	Link         *onboarding.Link
	Organization *onboarding.Organization
	Customer     *onboarding.Customer
	// Unavailable holds the reason for each platform without a document.
	Unavailable map[profiles.Platform]string
	// Due are the policies that the customer has to accept, Consents the current consents.
	Due      []onboarding.DuePolicy
	Consents []onboarding.Consent
}

// Stopped reports whether the policies that are due withhold the profile at a time.
func (v *View) Stopped(now time.Time) bool {
	return len(v.Organization.ConsentStops(v.Consents, now)) > 0
}

// Find returns the link of a token and its customer. A link is accepted until grace after its
// expiry, but never once the credential has been replaced. A link that has ended is returned
// together with the Gone error, so that its page can show the organization.
func (s *Links) Find(
	ctx context.Context, token string, grace time.Duration,
) (*onboarding.Link, *onboarding.Customer, error) {
	a, err := s.store.Link(ctx, auth.HashToken(token))
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil, onboarding.NotFoundError("link")
	}
	if err != nil {
		return nil, nil, err
	}
	onboarding.Concern(ctx, a.OrganizationID, a.CustomerID)
	if a.Ended || !s.clock.Now().Before(a.Expires.Add(grace)) {
		return a, nil, onboarding.GoneError("the link has expired")
	}
	c, err := s.store.Customer(ctx, a.OrganizationID, a.CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return a, nil, onboarding.GoneError("the link has expired")
	}
	return a, c, err
}

// View returns the content of the install page. It counts no download, and a link without downloads
// left is shown until it expires. An expired link is Gone, with Organization set in the view.
func (s *Links) View(ctx context.Context, token string) (*View, error) { return s.view(ctx, token, 0) }

// ViewLate is View until InstalledGrace after the link's expiry.
func (s *Links) ViewLate(ctx context.Context, token string) (*View, error) {
	return s.view(ctx, token, onboarding.InstalledGrace)
}

func (s *Links) view(ctx context.Context, token string, grace time.Duration) (*View, error) {
	a, c, err := s.Find(ctx, token, grace)
	if a == nil {
		return nil, err
	}
	o, orgErr := s.store.Organization(ctx, a.OrganizationID)
	if orgErr != nil {
		return nil, orgErr
	}
	view := &View{Link: a, Organization: o, Customer: c}
	if err != nil {
		return view, err
	}
	view.Unavailable = s.unavailable(ctx, o)
	if view.Consents, err = s.store.CurrentConsents(ctx, c.ID); err != nil {
		return nil, err
	}
	view.Due = o.DuePolicies(view.Consents)
	return view, nil
}

// InstallType returns the network type that the install page reports for the platform: the first in
// its profile.
func (s *Links) InstallType(ctx context.Context, v *View, platform string) (string, error) {
	p, ok := profiles.ParsePlatform(platform)
	if !ok {
		return "", onboarding.InvalidField("platform", "not one of %s", platformNames())
	}
	networks, err := s.networks(ctx, v.Customer, p)
	if err != nil {
		return "", err
	}
	return string(networks[0].Type), nil
}

// WrongLink counts a request with an unknown link. It returns wrong, or TooMany beyond the limit.
func (s *Links) WrongLink(ctx context.Context, by *onboarding.Caller, wrong error) error {
	return s.access.LimitWrong(ctx, access.LimitLinks, by, wrong)
}

// act returns an act about a customer.
func act(organizationID, customerID string, action onboarding.AuditAction, fields ...string) onboarding.Act {
	return onboarding.Act{OrganizationID: organizationID, Action: action, CustomerID: customerID, Fields: fields}
}

// InsertLink stores a link of an existing customer and deletes the customer's oldest links beyond
// MaxCustomerLinks.
func InsertLink(ctx context.Context, tx onboarding.Tx, a *onboarding.Link) error {
	if err := tx.InsertLink(ctx, a); err != nil {
		return err
	}
	return tx.TrimLinks(ctx, a.CustomerID, onboarding.MaxCustomerLinks)
}
