package contacts

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

// Contact is a customer with related records, for operators.
type Contact struct {
	*onboarding.Customer
	Document onboarding.Document
	Location *onboarding.Location // nil when unknown
	Policies []onboarding.Consent // current ones as declared, then profiling and ppd
	Segments []onboarding.Segment
	// ExternalSource is the tenant's external source, by default the deployment's name.
	ExternalSource string
	Metrics        *onboarding.Metrics // never nil; empty without profiling
	now            time.Time
}

// Age returns the contact's age today, as segments count it; nil when the birth date is unknown.
func (c *Contact) Age() *int {
	years, _, known := onboarding.AgeAt(c.BirthDate, c.now)
	if !known {
		return nil
	}
	return &years
}

// PhoneParts splits the phone number into the country's prefix (+39) and the national number.
func (c *Contact) PhoneParts() (prefix, national string) {
	digits, ok := strings.CutPrefix(c.Phone, "+")
	if !ok {
		return "", ""
	}
	for n := min(onboarding.MaxCallingCode, len(digits)); n > 0; n-- {
		if onboarding.CallingCodes[digits[:n]] {
			return "+" + digits[:n], digits[n:]
		}
	}
	return "", ""
}

// Contact returns a contact by customer ID.
func (s *Contacts) Contact(ctx context.Context, by *onboarding.Caller, id string) (*Contact, error) {
	c, err := s.contact(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return c, s.recordRead(ctx, c.Customer, onboarding.AuditContactRead, 0, "contact")
}

// recordRead records that a customer was read: count rows of the part.
func (s *Contacts) recordRead(
	ctx context.Context, c *onboarding.Customer, action onboarding.AuditAction, count int, part string,
) error {
	return s.access.RecordRead(ctx, onboarding.Act{
		OrganizationID: c.OrganizationID, Action: action, CustomerID: c.ID, Fields: []string{part}, Count: count,
	})
}

func (s *Contacts) contact(ctx context.Context, by *onboarding.Caller, id string) (*Contact, error) {
	c, err := s.access.Customer(ctx, by, id)
	if err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	contacts, err := s.contacts(ctx, o, []*onboarding.Customer{c})
	if err != nil {
		return nil, err
	}
	if len(contacts[0].Policies) == 0 { // each customer has those of its registration
		if err := s.access.NotDeleted(ctx, by, c); err != nil {
			return nil, err
		}
	}
	return contacts[0], nil
}

// contacts adds the related records to customers, in a fixed number of reads.
func (s *Contacts) contacts(
	ctx context.Context, o *onboarding.Organization, customers []*onboarding.Customer,
) ([]*Contact, error) {
	ids := make([]string, len(customers))
	var profiled []string
	for i, c := range customers {
		ids[i] = c.ID
		if c.Profiled() {
			profiled = append(profiled, c.ID)
		}
	}
	consents, err := s.store.CurrentConsentsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	segments, err := s.store.SegmentsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	tallies, err := s.store.MetricsOf(ctx, profiled)
	if err != nil {
		return nil, err
	}
	contacts := make([]*Contact, len(customers))
	now := s.clock.Now()
	for i, c := range customers {
		document, err := s.documents.Of(c)
		if err != nil {
			return nil, err
		}
		contacts[i] = &Contact{
			Customer:       c,
			Document:       document,
			Location:       o.Location(c.LocationID),
			Policies:       declaredFirst(o, withVersions(consents[c.ID])),
			ExternalSource: cmp.Or(o.ExternalSource, s.name),
			Segments:       declaredSegments(o, segments[c.ID]), Metrics: tallies[c.ID].Metrics(o, now), now: now,
		}
	}
	return contacts, nil
}

// withVersions sets the default version in profiling and ppd consents stored without one.
func withVersions(consents []onboarding.Consent) []onboarding.Consent {
	for i := range consents {
		if c := &consents[i]; c.Version == "" && (c.Policy == onboarding.Profiling || c.Policy == onboarding.PPD) {
			c.Version = onboarding.DefaultConsentVersion
		}
	}
	return consents
}

// declaredFirst sorts consents in the order of the declared policies; all others follow by key.
func declaredFirst(o *onboarding.Organization, consents []onboarding.Consent) []onboarding.Consent {
	place := func(key string) int {
		if i := slices.IndexFunc(o.Policies, func(p onboarding.Policy) bool { return p.Key == key }); i >= 0 {
			return i
		}
		return len(o.Policies)
	}
	slices.SortStableFunc(consents, func(a, b onboarding.Consent) int { return place(a.Policy) - place(b.Policy) })
	return consents
}

// declaredSegments returns the declared segments among the IDs, in declaration order.
func declaredSegments(o *onboarding.Organization, ids []string) []onboarding.Segment {
	var in []onboarding.Segment
	for i := range o.Segments {
		if slices.Contains(ids, o.Segments[i].ID) {
			in = append(in, o.Segments[i])
		}
	}
	return in
}
