package onboarding

import (
	"context"
	"slices"
	"strings"
)

// Deduplication keys, as the API names them.
var deduplicationKeys = []string{"phoneNumber", "email", "extId", "extProp1", "extProp2", "guid"}

// DeduplicationKeys returns the keys by which createCustomer can find a known customer.
func DeduplicationKeys() []string { return slices.Clone(deduplicationKeys) }

// checkKeys refuses a key that is not one of deduplicationKeys.
func checkKeys(keys []string) error {
	for _, key := range keys {
		if !slices.Contains(deduplicationKeys, key) && key != "extPro1" && key != "extPro2" {
			return InvalidField("deduplicate", "%q is not one of %s", cutText(key, 64), strings.Join(deduplicationKeys, ", "))
		}
	}
	return nil
}

// deduplication turns the keys named into what to look for: only keys that the request carries count.
func deduplication(keys []string, d *draft) Match {
	var m Match
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

// hit updates the customer that was found, if the caller proves that he may.
func (s *Service) hit(ctx context.Context, tx Tx, by *Caller, o *Organization, found *Customer, d *draft, in *CustomerInput) (*Registered, error) {
	byGuid := false
	if d.guidHash != "" {
		var err error
		if byGuid, err = tx.HasGuid(ctx, found.ID, d.guidHash); err != nil {
			return nil, err
		}
	}
	if !byGuid && !by.manager() {
		return nil, ConflictField("", "a known person must verify: check the credential first")
	}
	changed, err := s.change(ctx, tx, by, o, found, d.decisions, in)
	if err != nil {
		return nil, err
	}
	credential, err := s.moveEnd(ctx, tx, o, found.ID, s.now())
	if err != nil || !byGuid {
		return changed, err
	}
	changed.Password, err = s.openPassword(credential)
	return changed, err
}
