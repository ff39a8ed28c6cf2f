package registration

import (
	"context"
	"errors"
	"strings"

	"onramp/onboarding"
)

// CheckLink is CheckCredential by a live link, given as its token or URL, instead of user name and
// password. It uses one of the link's downloads. After a rotation, a phone that was not lost
// follows the new link, and its guid proves the new credential.
func (s *Registrar) CheckLink(
	ctx context.Context, by *onboarding.Caller, organizationID, link, guid string,
) (*Result, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	var faults onboarding.Faults
	if err := faults.Add(onboarding.CheckText("link", link, onboarding.MaxURL)); err != nil {
		return nil, err
	}
	guidHash, err := optionalGuidHash(guid)
	if err := faults.Add(err); err != nil {
		return nil, err
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if _, err := s.access.TakeLookup(ctx, by); err != nil {
		return nil, err
	}
	found, _, err := s.links.Find(ctx, linkToken(link), 0)
	if found != nil && found.OrganizationID != o.ID {
		return nil, onboarding.NotFoundError("link")
	}
	if err != nil {
		return nil, err
	}
	var result *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		var err error
		result, err = s.acceptLink(ctx, s.begin(tx, by, o), found, guidHash)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// acceptLink accepts the link as a proof of its customer and counts one download.
func (s *Registrar) acceptLink(ctx context.Context, c call, link *onboarding.Link, guidHash string) (*Result, error) {
	customer, err := c.tx.Customer(ctx, c.organization.ID, link.CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.GoneError("the link has expired")
	}
	if err != nil {
		return nil, err
	}
	if !c.by.Sees(customer) {
		return nil, onboarding.NotFoundError("link")
	}
	// Reading the credential locks it: the download and the proof count for the same password.
	if _, err := c.tx.Credential(ctx, customer.ID); err != nil {
		return nil, err
	}
	result, err := s.acceptProof(ctx, c, customer, guidHash)
	if err != nil {
		return nil, err
	}
	counted, err := c.tx.CountHit(ctx, link.TokenHash, c.now)
	if err == nil && !counted {
		return nil, onboarding.GoneError("the link is used up")
	}
	if err != nil {
		return nil, err
	}
	return result, s.access.Record(ctx, c.tx, act(customer, onboarding.AuditContactChecked, "link"))
}

// linkToken returns the token of a link, which is given as the whole URL or as the token alone.
func linkToken(link string) string {
	if _, rest, isURL := strings.Cut(link, "/activate/"); isURL {
		link, _, _ = strings.Cut(rest, "?")
		link, _, _ = strings.Cut(link, "/")
	}
	return link
}
