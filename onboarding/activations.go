package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding/auth"
	"onramp/profiles"
)

// The bounds of what a manager may ask of a link.
const (
	maxActivationLifetime = 30 * 24 * time.Hour
	maxActivationHits     = 1000
)

// newActivation makes a link for the customer, as every proven caller gets it: the row to store and the URL.
func (s *Service) newActivation(c *Customer) (*Activation, string) {
	a, token := s.newLink(c, DefaultActivationLifetime, DefaultActivationHits)
	return a, s.ActivationURL(token)
}

// newLink makes the row to store and the token, which exists nowhere else.
func (s *Service) newLink(c *Customer, lifetime time.Duration, hits int) (*Activation, string) {
	token := auth.NewActivationToken()
	now := s.now()
	return &Activation{
		TokenHash: auth.HashToken(token), CustomerID: c.ID, OrganizationID: c.OrganizationID,
		Created: now, Expires: now.Add(lifetime), MaxHits: hits,
	}, token
}

// ActivationURL is the address of a token's install page.
func (s *Service) ActivationURL(token string) string { return s.publicURL + "/activate/" + token }

// NewLink is the answer to CreateActivation.
type NewLink struct {
	Token, URL string
	Expires    time.Time
	MaxHits    int
}

// CreateActivation makes a link with a lifetime and a number of downloads of the manager's choice; nil takes the default. Members that
// were unread are refused together with what is wrong with the values.
func (s *Service) CreateActivation(ctx context.Context, by *Caller, customerID string, expiresIn, maxHits *int, unread Faults) (*NewLink, error) {
	c, err := s.customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	lifetime, hits := DefaultActivationLifetime, DefaultActivationHits
	wrong := slices.Clone(unread)
	if expiresIn != nil {
		if *expiresIn < 1 || *expiresIn > int(maxActivationLifetime/time.Second) {
			wrong.Refuse("expiresIn", fmt.Sprintf("not between 1 and %d seconds", int(maxActivationLifetime/time.Second)))
		}
		lifetime = time.Duration(*expiresIn) * time.Second
	}
	if maxHits != nil {
		if *maxHits < 1 || *maxHits > maxActivationHits {
			wrong.Refuse("maxHits", fmt.Sprintf("not between 1 and %d", maxActivationHits))
		}
		hits = *maxHits
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	a, token := s.newLink(c, lifetime, hits)
	if err := s.store.Write(ctx, func(tx Tx) error { return tx.InsertActivation(ctx, a) }); err != nil {
		return nil, err
	}
	return &NewLink{Token: token, URL: s.ActivationURL(token), Expires: a.Expires, MaxHits: hits}, nil
}

// ActivationView is what an install page may show.
type ActivationView struct {
	Activation   *Activation
	Organization *Organization
	Customer     *Customer
	// Unavailable says why a platform gets no document; a platform without an entry gets one.
	Unavailable map[profiles.Platform]string
}

// errGone is the answer for a link that was good once.
func errGone(message string) *Error { return &Error{Kind: Gone, Message: message} }

// activation finds the link that a token opens. grace is how long past its expiry it is still taken; once the credential was replaced it never
// is. For a link that has ended, the
// organization is returned beside the error, so that its page can offer the way on.
func (s *Service) activation(ctx context.Context, token string, grace time.Duration) (*Activation, *Customer, error) {
	a, err := s.store.Activation(ctx, auth.HashToken(token))
	if errors.Is(err, ErrNotFound) {
		return nil, nil, notFound("link")
	}
	if err != nil {
		return nil, nil, err
	}
	if a.Ended || !s.now().Before(a.Expires.Add(grace)) {
		return a, nil, errGone("the link has expired")
	}
	c, err := s.store.Customer(ctx, a.OrganizationID, a.CustomerID)
	if errors.Is(err, ErrNotFound) {
		return a, nil, errGone("the link has expired")
	}
	return a, c, err
}

// Activation returns what the install page shows. Looking costs no hit, and a link without hits left is still shown until it
// expires; an expired one is Gone, with Organization set in the view.
func (s *Service) Activation(ctx context.Context, token string) (*ActivationView, error) {
	a, c, err := s.activation(ctx, token, 0)
	if a == nil {
		return nil, err
	}
	o, orgErr := s.store.Organization(ctx, a.OrganizationID)
	if orgErr != nil {
		return nil, orgErr
	}
	view := &ActivationView{Activation: a, Organization: o, Customer: c}
	if err != nil {
		return view, err
	}
	view.Unavailable = s.unavailable(ctx, o)
	return view, nil
}

// InstallType is the type of network under which a page reports the platform's profile as installed: the first that it carries.
func (s *Service) InstallType(ctx context.Context, v *ActivationView, platform string) (string, error) {
	p, ok := profiles.ParsePlatform(platform)
	if !ok {
		return "", InvalidField("platform", "not one of %s", platformNames())
	}
	networks, err := s.networks(ctx, v.Customer, p)
	if err != nil {
		return "", err
	}
	return string(networks[0].Type), nil
}

// Download builds the profile and counts one hit, exactly as many times as the link has hits. What cannot be built costs none.
func (s *Service) Download(ctx context.Context, token, platform string) (*profiles.Document, error) {
	a, c, err := s.activation(ctx, token, 0)
	if err != nil {
		return nil, err
	}
	if a.Hits >= a.MaxHits {
		return nil, errGone("the link is used up")
	}
	d, err := s.signedDocument(ctx, c, platform)
	if err != nil {
		return nil, err
	}
	counted := false
	err = s.store.Write(ctx, func(tx Tx) error {
		var err error
		counted, err = tx.CountHit(ctx, a.TokenHash, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	if !counted {
		if _, _, err := s.activation(ctx, token, 0); err != nil { // ended meanwhile
			return nil, err
		}
		return nil, errGone("the link is used up")
	}
	return d, nil
}

// DownloadHeader answers a HEAD: what a download would be, for no hit.
func (s *Service) DownloadHeader(ctx context.Context, token, platform string) (*profiles.Document, error) {
	a, c, err := s.activation(ctx, token, 0)
	if err != nil {
		return nil, err
	}
	if a.Hits >= a.MaxHits {
		return nil, errGone("the link is used up")
	}
	return s.document(ctx, c, platform)
}

// RecordInstallationByLink is RecordInstallation for whoever holds the link, until a day after it expired.
func (s *Service) RecordInstallationByLink(ctx context.Context, token string, in InstallationInput) (customerID, id string, isNew bool, err error) {
	_, c, err := s.activation(ctx, token, InstalledGrace)
	if err != nil {
		return "", "", false, err
	}
	if in.InstalledBy == "" {
		in.InstalledBy = installedByWeb
	}
	if in.Installed == "" {
		in.Installed = s.now().Truncate(time.Second).Format(time.RFC3339)
	}
	id, isNew, err = s.recordInstallation(ctx, c, in)
	return c.ID, id, isNew, err
}

// WrongLink counts a link that is unknown, and returns the error to answer: wrong, or TooMany beyond the limit.
func (s *Service) WrongLink(ctx context.Context, by *Caller, wrong error) error {
	return s.limitWrong(ctx, LimitLinks, by, wrong)
}

// insertLink keeps a link of a known customer, and makes room for it.
func insertLink(ctx context.Context, tx Tx, a *Activation) error {
	if err := tx.InsertActivation(ctx, a); err != nil {
		return err
	}
	return tx.TrimActivations(ctx, a.CustomerID, maxCustomerLinks)
}
