package onboarding

import (
	"context"
	"errors"
	"strings"
)

// CheckLink is CheckCredential by a live activation link, whose token or address is given, in place of user name and password. It costs the link
// one hit. So a phone that is not lost goes on after a rotation: it follows the new link, and its guid proves the new credential.
func (s *Service) CheckLink(ctx context.Context, by *Caller, organizationID, link, guid string) (*Registered, error) {
	o, err := s.organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	var wrong Faults
	if err := wrong.Add(checkText("link", link, maxURL)); err != nil {
		return nil, err
	}
	hash, err := optionalGuidHash(guid)
	if err := wrong.Add(err); err != nil {
		return nil, err
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if _, err := s.takeLookup(ctx, by); err != nil {
		return nil, err
	}
	token := linkToken(link)
	a, _, err := s.activation(ctx, token, 0)
	if a != nil && a.OrganizationID != o.ID {
		return nil, notFound("link")
	}
	if err != nil {
		return nil, err
	}
	var registered *Registered
	err = s.store.Write(ctx, func(tx Tx) error {
		customer, err := tx.Customer(ctx, o.ID, a.CustomerID)
		if errors.Is(err, ErrNotFound) {
			return errGone("the link has expired")
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
		counted, err := tx.CountHit(ctx, a.TokenHash, s.now())
		if err == nil && !counted {
			return errGone("the link is used up")
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
