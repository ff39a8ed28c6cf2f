package registration

import (
	"context"
	"slices"
	"strings"

	"onramp/onboarding"
)

// deduplicationKeys are the values of the API's parameter `deduplicate`.
var deduplicationKeys = []string{"phoneNumber", "email", "extId", "extProp1", "extProp2", "guid"}

// DeduplicationKeys returns the keys by which createCustomer can find an existing customer.
func DeduplicationKeys() []string { return slices.Clone(deduplicationKeys) }

// errVerifyFirst is returned to a caller that does not prove the existing customer.
var errVerifyFirst = onboarding.ConflictField("",
	"this customer already exists; verify with POST /v3/customers/credential/check")

// checkKeys validates that each key is one of deduplicationKeys.
func checkKeys(keys []string) error {
	for _, key := range keys {
		if !slices.Contains(deduplicationKeys, key) && key != "extPro1" && key != "extPro2" {
			return onboarding.InvalidField("deduplicate", "%q is not one of %s",
				onboarding.CutText(key, 64), strings.Join(deduplicationKeys, ", "))
		}
	}
	return nil
}

// deduplication returns the match for the keys. A key without a value in the request is ignored.
func deduplication(keys []string, d *draft) onboarding.Match {
	var m onboarding.Match
	for _, key := range keys {
		switch key {
		case "phoneNumber":
			m.Phone = d.customer.Phone
		case "email":
			m.Email = d.customer.Email
		case "extId":
			m.ExtID = d.customer.ExtID
		case "extProp1", "extPro1": // extPro1 and extPro2 are the spelling in the API's documentation
			m.ExtProp1 = d.customer.ExtProp1
		case "extProp2", "extPro2":
			m.ExtProp2 = d.customer.ExtProp2
		case "guid":
			m.GuidHash = d.guidHash
		}
	}
	return m
}

// findExisting returns the customer that a registration refers to, or nil when it creates a new
// one.
//
// Of several customers, it prefers one that the caller proves, found by an attribute before one
// found by the guid alone: two people may share the guid of a tablet. Anyone can type another
// person's address into a form, so an unproven customer counts only where the stored e-mail address
// or phone number is verified; extId, extProp1 and extProp2 are never verified and do not count. A
// manager needs no proof and also finds the only customer with an unverified attribute.
func (s *Registrar) findExisting(
	ctx context.Context, c call, match onboarding.Match, guidHash string,
) (*onboarding.Customer, error) {
	if match == (onboarding.Match{}) {
		return nil, nil
	}
	evidence := s.access.Evidence(c.by)
	evidence.GuidHash = guidHash
	match.LocationID = c.by.LocationID()
	attributes, device := match, onboarding.Match{GuidHash: match.GuidHash, LocationID: match.LocationID}
	attributes.GuidHash = ""
	for _, m := range []onboarding.Match{attributes, device} {
		proven, err := c.tx.MatchProven(ctx, c.organization.ID, m, evidence, 1)
		if err != nil {
			return nil, err
		}
		if len(proven) > 0 {
			return proven[0], nil
		}
	}
	if c.by.IsOperator() {
		matching, err := c.tx.MatchAny(ctx, c.organization.ID, attributes, 2)
		if err != nil {
			return nil, err
		}
		if len(matching) == 1 {
			return matching[0], nil
		}
	}
	attributes.VerifiedOnly = true
	verified, err := c.tx.MatchAny(ctx, c.organization.ID, attributes, 2)
	switch {
	case err != nil || len(verified) == 0:
		return nil, err
	case !c.by.IsOperator():
		onboarding.Concern(ctx, c.organization.ID, verified[0].ID)
		return nil, errVerifyFirst
	case len(verified) > 1:
		return nil, onboarding.ConflictField("deduplicate", "the keys match several customers")
	}
	return verified[0], nil
}

// updateExisting updates the customer that was found. The result holds the password only for a guid
// or token that proves the customer.
func (s *Registrar) updateExisting(ctx context.Context, c call, customerID string, d *draft) (*Result, error) {
	by := *c.by
	if d.input.Guid != nil {
		by.Guid = *d.input.Guid
	}
	existing, _, err := s.access.HeldProof(ctx, c.tx, &by, c.organization.ID, customerID)
	if onboarding.KindOf(err) == onboarding.Forbidden { // the proof has ended since
		return nil, errVerifyFirst
	}
	if err != nil {
		return nil, err
	}
	result, err := s.update(ctx, c, existing, d.decisions, d.input)
	if err != nil {
		return nil, err
	}
	credential, err := renew(ctx, c, existing.ID)
	if err != nil || existing.Locked {
		return result, err
	}
	proven, err := c.tx.Proves(ctx, existing.ID, s.access.Evidence(&by))
	if err != nil || !proven {
		return result, err
	}
	if result.Password, err = s.sealer.OpenPassword(credential); err != nil {
		return nil, err
	}
	return result, s.access.Record(ctx, c.tx, act(existing, onboarding.AuditPasswordRead))
}
