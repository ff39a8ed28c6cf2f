package registration

import (
	"context"
	"errors"
	"strings"

	"onramp/onboarding"
)

// CheckLink is CheckCredential by a live activation link, whose token or address is given, in place of user name and password. It costs the link
// one hit. So a phone that is not lost goes on after a rotation: it follows the new link, and its guid proves the new credential.
func (s *Registrar) CheckLink(ctx context.Context, by *onboarding.Caller, organizationID, link, guid string) (*Result, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	var wrong onboarding.Faults
	if err := wrong.Add(onboarding.CheckText("link", link, onboarding.MaxURL)); err != nil {
		return nil, err
	}
	hash, err := optionalGuidHash(guid)
	if err := wrong.Add(err); err != nil {
		return nil, err
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if _, err := s.access.TakeLookup(ctx, by); err != nil {
		return nil, err
	}
	token := linkToken(link)
	a, _, err := s.links.Find(ctx, token, 0)
	if a != nil && a.OrganizationID != o.ID {
		return nil, onboarding.NotFoundError("link")
	}
	if err != nil {
		return nil, err
	}
	var registered *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		customer, err := tx.Customer(ctx, o.ID, a.CustomerID)
		if errors.Is(err, onboarding.ErrNotFound) {
			return onboarding.GoneError("the link has expired")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Credential(ctx, customer.ID); err != nil { // held, so that the link's hit and the proof are of one generation
			return err
		}
		if registered, err = s.checked(ctx, tx, by, o, customer, hash); err != nil {
			return err
		}
		counted, err := tx.CountHit(ctx, a.TokenHash, s.clock.Now())
		if err == nil && !counted {
			return onboarding.GoneError("the link is used up")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return registered, nil
}

// linkToken returns the token of an activation link, of which the whole address or the token alone may be given.
func linkToken(link string) string {
	if _, rest, isURL := strings.Cut(link, "/activate/"); isURL {
		link, _, _ = strings.Cut(rest, "?")
		link, _, _ = strings.Cut(link, "/")
	}
	return link
}
