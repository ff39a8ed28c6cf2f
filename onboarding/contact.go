package onboarding

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Contact is a customer as an operator sees him, with what is known beside his own row.
type Contact struct {
	*Customer
	Location *Location // nil when unknown
	Policies []Consent // the latest word on each, in the order of the organization's declaration, then profiling and ppd
	Segments []Segment
	// ExternalSource is the tenant's, or the deployment's name.
	ExternalSource string
	Metrics        *Metrics // never nil; empty of who is not profiled
	now            time.Time
}

// Age is how old the contact is today, as segments count it; nil when the birth date is unknown.
func (c *Contact) Age() *int {
	years, _, known := ageAt(c.BirthDate, c.now)
	if !known {
		return nil
	}
	return &years
}

// PhoneParts splits the phone number into the prefix of its country (+39) and what follows it.
func (c *Contact) PhoneParts() (prefix, national string) {
	digits, ok := strings.CutPrefix(c.Phone, "+")
	if !ok {
		return "", ""
	}
	for n := min(maxCallingCode, len(digits)); n > 0; n-- {
		if callingCodes[digits[:n]] {
			return "+" + digits[:n], digits[n:]
		}
	}
	return "", ""
}

// maxCallingCode is the length of the longest country calling code (E.164 section 6.2.1). None begins with another.
const maxCallingCode = 3

var callingCodes = func() map[string]bool {
	codes := map[string]bool{}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		codes[strconv.Itoa(code)] = true
	}
	return codes
}()

// Contact returns one of the organization's.
func (s *Service) Contact(ctx context.Context, by *Caller, id string) (*Contact, error) {
	c, err := s.customer(ctx, by, id)
	if err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	contacts, err := s.contacts(ctx, o, []*Customer{c})
	if err != nil {
		return nil, err
	}
	return contacts[0], nil
}

// contacts adds what is known beside the customers' rows, in a fixed number of reads however many they are.
func (s *Service) contacts(ctx context.Context, o *Organization, customers []*Customer) ([]*Contact, error) {
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
	now := s.now()
	for i, c := range customers {
		contacts[i] = &Contact{
			Customer: c, Location: o.Location(c.LocationID), Policies: o.declaredFirst(withVersions(consents[c.ID])), ExternalSource: cmp.Or(o.ExternalSource, s.name),
			Segments: o.segments(segments[c.ID]), Metrics: tallies[c.ID].Metrics(o, now), now: now,
		}
	}
	return contacts, nil
}

// withVersions gives the consents to profiling and ppd that were kept without a version the one that was in force.
func withVersions(consents []Consent) []Consent {
	for i := range consents {
		if c := &consents[i]; c.Version == "" && (c.Policy == Profiling || c.Policy == PPD) {
			c.Version = defaultConsentVersion
		}
	}
	return consents
}

// declaredFirst puts consents into the order in which their policies are declared; others follow by key.
func (o *Organization) declaredFirst(consents []Consent) []Consent {
	place := func(key string) int {
		if i := slices.IndexFunc(o.Policies, func(p Policy) bool { return p.Key == key }); i >= 0 {
			return i
		}
		return len(o.Policies)
	}
	slices.SortStableFunc(consents, func(a, b Consent) int { return place(a.Policy) - place(b.Policy) })
	return consents
}

// segments are those of the IDs that are declared, in the order of their declaration.
func (o *Organization) segments(ids []string) []Segment {
	var in []Segment
	for i := range o.Segments {
		if slices.Contains(ids, o.Segments[i].ID) {
			in = append(in, o.Segments[i])
		}
	}
	return in
}
