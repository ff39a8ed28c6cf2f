package links

import (
	"context"
	"encoding/base64"
	"errors"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// Notice is the content of the page of a notice's link.
type Notice struct {
	Organization *onboarding.Organization
	Customer     *onboarding.Customer // nil for a link that has ended
	Credential   *onboarding.Credential
}

// NewNoticeLink returns the address of a link that renews a credential, and the hash to store as
// the credential's Notice. The link renews once, and leads to the profile alone: a message may be
// passed on, or read years later.
func (s *Links) NewNoticeLink() (url, hash string) {
	token := auth.NewLinkToken()
	return s.publicURL + "/renew/" + token, auth.HashToken(token)
}

// ViewNotice returns the content of the page of a notice's link. It changes nothing. An unknown
// link is NotFound. One that has ended is Gone, and that of a locked customer a Conflict; both with
// Organization set in the view.
func (s *Links) ViewNotice(ctx context.Context, token string) (*Notice, error) {
	credential, err := s.store.CredentialOfNotice(ctx, auth.HashToken(token))
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("link")
	}
	if err != nil {
		return nil, err
	}
	onboarding.Concern(ctx, credential.OrganizationID, credential.CustomerID)
	view := &Notice{Credential: credential}
	if view.Organization, err = s.store.Organization(ctx, credential.OrganizationID); err != nil {
		return nil, err
	}
	if !s.noticeLives(credential) {
		return view, errNoticeEnded
	}
	view.Customer, err = s.store.Customer(ctx, credential.OrganizationID, credential.CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) { // its deletion has begun
		return view, errNoticeEnded
	}
	if err == nil && view.Customer.Locked {
		err = onboarding.LockedError()
	}
	return view, err
}

var errNoticeEnded = onboarding.GoneError("the link has expired")

// noticeLives reports whether the link of the credential's notice can still renew it.
func (s *Links) noticeLives(c *onboarding.Credential) bool {
	return c.Noticed() && s.clock.Now().Before(c.Expires)
}

// HoldNotice holds customer and credential in a transaction. It returns repeated if the same form
// has made its link to the profile before, and else Gone unless the notice's link can still renew.
// A locked customer is refused.
func (s *Links) HoldNotice(
	ctx context.Context, tx onboarding.Tx, of *onboarding.Credential, profile string,
) (c *onboarding.Customer, credential *onboarding.Credential, repeated bool, err error) {
	c, err = tx.Customer(ctx, of.OrganizationID, of.CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil, false, errNoticeEnded
	}
	if err != nil {
		return nil, nil, false, err
	}
	if credential, err = tx.Credential(ctx, c.ID); err != nil {
		return nil, nil, false, err
	}
	if c.Locked {
		return nil, nil, false, onboarding.LockedError()
	}
	link, err := tx.Link(ctx, auth.HashToken(profile))
	switch {
	case err == nil:
		if link.Ended || !s.clock.Now().Before(link.Expires) {
			return nil, nil, false, errNoticeEnded
		}
		return c, credential, true, nil
	case !errors.Is(err, onboarding.ErrNotFound):
		return nil, nil, false, err
	}
	if credential.Notice != of.Notice || !s.noticeLives(credential) {
		return nil, nil, false, errNoticeEnded
	}
	return c, credential, false, nil
}

// TokenOfNotice returns the token of the activation link that a form of a notice's page makes.
func (s *Links) TokenOfNotice(ctx context.Context, token, formID string) (string, error) {
	derived, err := s.resumeHash(ctx, "notice", token+"\x00"+formID)
	return base64.RawURLEncoding.EncodeToString(derived), err
}

// InsertProfileLink stores an activation link that leads to the profile alone.
func (s *Links) InsertProfileLink(
	ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, token string,
) error {
	a := s.NewFrom(c, token)
	a.ProfileOnly = true
	created := act(c.OrganizationID, c.ID, onboarding.AuditLinkCreated, "renewal")
	if err := s.access.Record(ctx, tx, created); err != nil {
		return err
	}
	return InsertLink(ctx, tx, a)
}

// ErrProfileOnly refuses pages with stored data to the holder of a link that leads to the profile
// alone.
var ErrProfileOnly = onboarding.NotFoundError("page of this link")
