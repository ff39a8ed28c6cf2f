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

// deduplication turns the keys named into what to look for: only keys that the request carries count.
func deduplication(keys []string, d *draft) (Match, error) {
	var m Match
	for _, key := range keys {
		switch key {
		case "phoneNumber":
			m.Phone = d.customer.Phone
		case "email":
			m.Email = d.customer.Email
		case "extId":
			m.ExtID = d.customer.ExtID
		case "extProp1":
			m.ExtProp1 = d.customer.ExtProp1
		case "extProp2":
			m.ExtProp2 = d.customer.ExtProp2
		case "guid":
			m.GuidHash = d.guidHash
		default:
			return m, InvalidField("deduplicate", "%q is not one of %s", cutText(key, 64), strings.Join(deduplicationKeys, ", "))
		}
	}
	return m, nil
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
