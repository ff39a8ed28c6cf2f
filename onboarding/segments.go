package onboarding

import (
	"context"
	"slices"
	"strings"
	"time"
)

// facts are what conditions are about. consents and tally are read only where a condition asks for them; a tally is nil for a customer who is not
// profiled.
type facts struct {
	customer *Customer
	accepted map[string]bool // current decisions by policy key
	tally    *Tally
}

// Segment returns the declared segment with that ID, or nil.
func (o *Organization) Segment(id string) *Segment {
	for i := range o.Segments {
		if o.Segments[i].ID == id {
			return &o.Segments[i]
		}
	}
	return nil
}

// segmentsOf returns the IDs of the segments that the facts belong to at now, and when time alone may change that; nil for never.
func (o *Organization) segmentsOf(f *facts, now time.Time) (ids []string, due *time.Time) {
	for i := range o.Segments {
		s := &o.Segments[i]
		if s.When.met(f, now) {
			ids = append(ids, s.ID)
		}
		if next := s.When.due(f, now); next != nil && (due == nil || next.Before(*due)) {
			due = next
		}
	}
	return ids, due
}

// met reports whether the facts meet everything that the condition names.
func (c *SegmentCondition) met(f *facts, now time.Time) bool {
	return c.metByMetrics(f.tally, now) && c.metByAge(f.customer.BirthDate, now) && c.metByConsents(f.accepted) &&
		oneOf(c.Gender, f.customer.Gender) && oneOf(c.Language, f.customer.Language) &&
		oneOf(c.Country, strings.ToLower(f.customer.Country)) && oneOf(c.Locations, f.customer.LocationID)
}

// oneOf holds where nothing is asked for; an unknown value is none of anything.
func oneOf(wanted []string, value string) bool {
	return len(wanted) == 0 || value != "" && slices.Contains(wanted, value)
}

func (c *SegmentCondition) metByMetrics(t *Tally, now time.Time) bool {
	if !c.onMetrics() {
		return true
	}
	if t == nil {
		return false
	}
	if !within(c.MinVisits, c.MaxVisits, t.Visits) || !within(c.MinVisitedLocations, nil, t.VisitedLocations()) || !oneOf(c.Frequency, t.Bucket()) {
		return false
	}
	if c.VisitedWithin == 0 && c.NotVisitedWithin == 0 {
		return true
	}
	seen := t.Seen()
	if seen.IsZero() {
		return false
	}
	ago := now.Sub(seen)
	return (c.VisitedWithin == 0 || ago <= c.VisitedWithin) && (c.NotVisitedWithin == 0 || ago > c.NotVisitedWithin)
}

func within(low, high *int, n int64) bool {
	return (low == nil || n >= int64(*low)) && (high == nil || n <= int64(*high))
}

func (c *SegmentCondition) metByAge(birthDate string, now time.Time) bool {
	if c.MinAge == nil && c.MaxAge == nil {
		return true
	}
	age, _, known := ageAt(birthDate, now)
	return known && within(c.MinAge, c.MaxAge, int64(age))
}

func (c *SegmentCondition) metByConsents(accepted map[string]bool) bool {
	return !slices.ContainsFunc(c.Accepted, func(key string) bool { return !accepted[key] }) &&
		!slices.ContainsFunc(c.Refused, func(key string) bool { return accepted[key] })
}

// due is the next instant at which the condition may be met or not met although nothing was changed.
func (c *SegmentCondition) due(f *facts, now time.Time) (next *time.Time) {
	at := func(t time.Time) {
		if t.After(now) && (next == nil || t.Before(*next)) {
			next = &t
		}
	}
	if c.MinAge != nil || c.MaxAge != nil {
		if _, birthday, known := ageAt(f.customer.BirthDate, now); known {
			at(birthday)
		}
	}
	if f.tally != nil && f.tally.Visits > 0 {
		seen := f.tally.Seen()
		for _, d := range []time.Duration{c.VisitedWithin, c.NotVisitedWithin} {
			if d > 0 {
				at(seen.Add(d + time.Microsecond)) // the first instant beyond
			}
		}
	}
	return next
}

// onMetrics reports whether the condition asks for anything that only profiled customers have.
func (c *SegmentCondition) onMetrics() bool {
	return c.MinVisits != nil || c.MaxVisits != nil || c.MinVisitedLocations != nil || c.VisitedWithin > 0 || c.NotVisitedWithin > 0 || len(c.Frequency) > 0
}

func (c *SegmentCondition) onConsents() bool { return len(c.Accepted) > 0 || len(c.Refused) > 0 }

// countsInSegments reports whether a visit can move a customer into a segment or out of one.
func (o *Organization) countsInSegments() bool {
	return slices.ContainsFunc(o.Segments, func(s Segment) bool { return s.When.onMetrics() })
}

// ageAt returns the age in years on the date that now has in UTC, and when the next birthday begins. Who was born on 29 February comes of age on
// 1 March in other years.
func ageAt(birthDate string, now time.Time) (years int, birthday time.Time, known bool) {
	born, err := time.Parse(time.DateOnly, birthDate)
	if err != nil {
		return 0, time.Time{}, false
	}
	now = now.UTC()
	years = now.Year() - born.Year()
	birthday = born.AddDate(years, 0, 0)
	if birthday.After(now) {
		years--
	} else {
		birthday = born.AddDate(years+1, 0, 0)
	}
	return years, birthday, true
}

// keepSegments makes the customer's segments what the declarations say of him now. Where none are declared there is nothing to do: what earlier ones
// left is removed by RunSegments.
func (s *Service) keepSegments(ctx context.Context, tx Tx, o *Organization, c *Customer) error {
	if len(o.Segments) == 0 {
		return nil
	}
	f := &facts{customer: c}
	if c.Profiled() && o.countsInSegments() {
		tallies, err := tx.MetricsOf(ctx, []string{c.ID})
		if err != nil {
			return err
		}
		f.tally = tallies[c.ID]
	}
	return s.putSegments(ctx, tx, o, f)
}

// putSegments decides and stores, once customer and tally are known.
func (s *Service) putSegments(ctx context.Context, tx Tx, o *Organization, f *facts) error {
	if slices.ContainsFunc(o.Segments, func(s Segment) bool { return s.When.onConsents() }) {
		consents, err := tx.CurrentConsents(ctx, f.customer.ID)
		if err != nil {
			return err
		}
		f.accepted = make(map[string]bool, len(consents))
		for _, c := range consents {
			f.accepted[c.Policy] = c.Accepted
		}
	}
	ids, due := o.segmentsOf(f, s.now())
	return tx.PutSegments(ctx, o.ID, f.customer.ID, ids, due)
}
