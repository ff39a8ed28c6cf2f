package registration

import (
	"context"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Deduplication keys, as the API names them.
var deduplicationKeys = []string{"phoneNumber", "email", "extId", "extProp1", "extProp2", "guid"}

// DeduplicationKeys returns the keys by which createCustomer can find a known customer.
func DeduplicationKeys() []string { return slices.Clone(deduplicationKeys) }

// checkKeys refuses a key that is not one of deduplicationKeys.
func checkKeys(keys []string) error {
	for _, key := range keys {
		if !slices.Contains(deduplicationKeys, key) && key != "extPro1" && key != "extPro2" {
			return onboarding.InvalidField("deduplicate", "%q is not one of %s", onboarding.CutText(key, 64), strings.Join(deduplicationKeys, ", "))
		}
	}
	return nil
}

// deduplication turns the keys named into what to look for: only keys that the request carries count.
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
		case "extProp1", "extPro1":
			m.ExtProp1 = d.customer.ExtProp1
		case "extProp2", "extPro2": // the API's own documentation spells it so
			m.ExtProp2 = d.customer.ExtProp2
		case "guid":
			m.GuidHash = d.guidHash
		}
	}
	return m
}

// find returns the known customer whom a registration means, or nil when it means a new one.
//
// Of several the proven one is taken, by an attribute before the guid alone (a family's tablet has one guid for two people). What nobody has
// verified decides nothing about anybody else: anyone can write another person's address into a form, so an unproven customer counts only
// where the stored e-mail address or phone number is verified, and extId, extProp1 and extProp2, which no one ever verifies, not at all.
// A manager's call proves, so that the one customer who fits is meant even by an unverified attribute.
func (s *Registrar) find(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization, match onboarding.Match, guidHash string) (*onboarding.Customer, error) {
	if match == (onboarding.Match{}) {
		return nil, nil
	}
	e := s.access.Evidence(by)
	e.GuidHash = guidHash
	attributes, device := match, onboarding.Match{GuidHash: match.GuidHash}
	attributes.GuidHash = ""
	for _, m := range []onboarding.Match{attributes, device} {
		hits, err := tx.MatchProven(ctx, o.ID, m, e, 1)
		if err != nil {
			return nil, err
		}
		if len(hits) > 0 {
			return hits[0], nil
		}
	}
	if by.IsManager() {
		hits, err := tx.MatchAny(ctx, o.ID, attributes, 2)
		if err != nil {
			return nil, err
		}
		if len(hits) == 1 {
			return hits[0], nil
		}
	}
	attributes.VerifiedOnly = true
	hits, err := tx.MatchAny(ctx, o.ID, attributes, 2)
	switch {
	case err != nil || len(hits) == 0:
		return nil, err
	case !by.IsManager():
		return nil, onboarding.ConflictField("", "a known person must verify: check the credential first")
	case len(hits) > 1:
		return nil, onboarding.ConflictField("deduplicate", "the keys belong to several customers")
	}
	return hits[0], nil
}

// hit updates the customer that was found. The password is answered to the guid or the token that proves the customer.
func (s *Registrar) hit(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization, customerID string, d *draft, in *CustomerInput,
) (*Result, error) {
	shown := *by
	if in.Guid != nil {
		shown.Guid = *in.Guid
	}
	found, _, err := s.access.HeldProof(ctx, tx, &shown, o.ID, customerID)
	if onboarding.KindOf(err) == onboarding.Forbidden { // ended since it was found
		return nil, onboarding.ConflictField("", "a known person must verify: check the credential first")
	}
	if err != nil {
		return nil, err
	}
	changed, err := s.change(ctx, tx, by, o, found, d.decisions, in)
	if err != nil {
		return nil, err
	}
	credential, err := s.moveEnd(ctx, tx, o, found.ID, s.clock.Now())
	if err != nil || found.Locked {
		return changed, err
	}
	if byDevice, err := tx.Proves(ctx, found.ID, s.access.Evidence(&shown)); err != nil || !byDevice {
		return changed, err
	}
	changed.Password, err = s.sealer.OpenPassword(credential)
	return changed, err
}
