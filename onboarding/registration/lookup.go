package registration

import (
	"context"
	"slices"

	"onramp/onboarding"
)

// CustomerInfo returns the customer for getCustomerInfo.
func (s *Registrar) CustomerInfo(
	ctx context.Context, by *onboarding.Caller, id string,
) (*onboarding.Customer, error) {
	c, err := s.access.Customer(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return c, s.access.RecordRead(ctx, act(c, onboarding.AuditContactRead, "id", "extId"))
}

// Info is a customer, and the mandatory policies to accept.
type Info struct {
	*onboarding.Customer
	Due []onboarding.DuePolicy
}

// Info returns CustomerInfo with the policies that are due.
func (s *Registrar) Info(ctx context.Context, by *onboarding.Caller, id string) (*Info, error) {
	c, err := s.CustomerInfo(ctx, by, id)
	if err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	current, err := s.store.CurrentConsents(ctx, c.ID)
	return &Info{c, o.DuePolicies(current)}, err
}

// Exists reports whether one customer has all the given attributes. Where none has, it tries again
// with a + in place of each space, because an unescaped + in a URL is decoded as a space.
func (s *Registrar) Exists(
	ctx context.Context, by *onboarding.Caller, organizationID string, m onboarding.Match, unread onboarding.Faults,
) (bool, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return false, err
	}
	if _, err := s.access.TakeLookup(ctx, by); err != nil {
		return false, err
	}
	if m == (onboarding.Match{}) && len(unread) == 0 {
		return false, onboarding.InvalidField("cid",
			"one of cid, extId, extProp1, extProp2, username, email, phoneNumber is required")
	}
	if err := validateMatch(&m, unread); err != nil {
		return false, err
	}
	m.LocationID = by.LocationID()
	found, err := s.store.MatchAll(ctx, o.ID, m, 1)
	if pluses := withPluses(m); err == nil && len(found) == 0 && pluses != m {
		found, err = s.store.MatchAll(ctx, o.ID, pluses, 1)
	}
	if err != nil || len(found) == 0 {
		return false, err
	}
	return true, s.access.RecordRead(ctx, act(found[0], onboarding.AuditContactChecked, matchFields(&m)...))
}

// matchFields returns the names of the attributes of a match, for the audit.
func matchFields(m *onboarding.Match) []string {
	return sentNames([]sentField{
		{"cid", m.ID != ""}, {"extId", m.ExtID != ""}, {"extProp1", m.ExtProp1 != ""}, {"extProp2", m.ExtProp2 != ""},
		{"username", m.Username != ""}, {"email", m.Email != ""}, {"phoneNumber", m.Phone != ""},
	})
}

// validateMatch validates the attributes and normalizes the e-mail address and the phone number.
func validateMatch(m *onboarding.Match, unread onboarding.Faults) error {
	faults := slices.Clone(unread)
	for _, t := range []struct{ field, text string }{
		{"cid", m.ID}, {"extId", m.ExtID}, {"extProp1", m.ExtProp1}, {"extProp2", m.ExtProp2},
		{"username", m.Username},
	} {
		if err := faults.Add(onboarding.CheckText(t.field, t.text, onboarding.MaxName)); err != nil {
			return err
		}
	}
	var err error
	if m.Email != "" {
		m.Email, err = onboarding.SearchedEmail("email", m.Email)
		if err := faults.Add(err); err != nil {
			return err
		}
	}
	if m.Phone != "" {
		m.Phone, err = onboarding.SearchedPhone("phoneNumber", m.Phone)
		if err := faults.Add(err); err != nil {
			return err
		}
	}
	return faults.Err()
}

// withPluses returns the match with a + in place of each space.
func withPluses(m onboarding.Match) onboarding.Match {
	onboarding.SpacesToPluses(&m.Username, &m.ExtID, &m.ExtProp1, &m.ExtProp2)
	return m
}
