package visits

import (
	"context"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

// facts holds the values that conditions test. consents and tally are read only if a condition
// needs them; the tally is nil for a customer who is not profiled.
type facts struct {
	customer *onboarding.Customer
	accepted map[string]bool // current decisions by policy key
	tally    *onboarding.Tally
}

// segmentsOf returns the IDs of the segments that the facts match at now, and the next time at
// which that may change by time alone; nil for never.
func segmentsOf(o *onboarding.Organization, f *facts, now time.Time) (ids []string, due *time.Time) {
	for i := range o.Segments {
		s := &o.Segments[i]
		if meets(&s.When, f, now) {
			ids = append(ids, s.ID)
		}
		if next := nextChange(&s.When, f, now); next != nil && (due == nil || next.Before(*due)) {
			due = next
		}
	}
	return ids, due
}

// meets reports whether the facts meet every part of the condition.
func meets(c *onboarding.SegmentCondition, f *facts, now time.Time) bool {
	return metByMetrics(c, f.tally, now) && metByAge(c, f.customer.BirthDate, now) && metByConsents(c, f.accepted) &&
		oneOf(c.Gender, f.customer.Gender) && oneOf(c.Language, f.customer.Language) &&
		oneOf(c.Country, strings.ToLower(f.customer.Country)) && oneOf(c.Locations, f.customer.LocationID)
}

// oneOf reports whether value is wanted. An empty list accepts every value; otherwise an unknown
// value is not accepted.
func oneOf(wanted []string, value string) bool {
	return len(wanted) == 0 || value != "" && slices.Contains(wanted, value)
}

func metByMetrics(c *onboarding.SegmentCondition, t *onboarding.Tally, now time.Time) bool {
	if !onMetrics(c) {
		return true
	}
	if t == nil {
		return false
	}
	if !within(c.MinVisits, c.MaxVisits, t.Visits) || !within(c.MinVisitedLocations, nil, t.VisitedLocations()) ||
		!oneOf(c.Frequency, t.Bucket()) {
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

func metByAge(c *onboarding.SegmentCondition, birthDate string, now time.Time) bool {
	if c.MinAge == nil && c.MaxAge == nil {
		return true
	}
	age, _, known := onboarding.AgeAt(birthDate, now)
	return known && within(c.MinAge, c.MaxAge, int64(age))
}

func metByConsents(c *onboarding.SegmentCondition, accepted map[string]bool) bool {
	return !slices.ContainsFunc(c.Accepted, func(key string) bool { return !accepted[key] }) &&
		!slices.ContainsFunc(c.Refused, func(key string) bool { return accepted[key] })
}

// nextChange returns the next instant at which the result of the condition may change without a
// change of the facts.
func nextChange(c *onboarding.SegmentCondition, f *facts, now time.Time) (next *time.Time) {
	at := func(t time.Time) {
		if t.After(now) && (next == nil || t.Before(*next)) {
			next = &t
		}
	}
	if c.MinAge != nil || c.MaxAge != nil {
		if _, birthday, known := onboarding.AgeAt(f.customer.BirthDate, now); known {
			at(birthday)
		}
	}
	if f.tally != nil && f.tally.Visits > 0 {
		seen := f.tally.Seen()
		for _, d := range []time.Duration{c.VisitedWithin, c.NotVisitedWithin} {
			if d > 0 {
				at(seen.Add(d + time.Microsecond)) // the first instant beyond the limit
			}
		}
	}
	return next
}

// onMetrics reports whether the condition needs values that exist only for profiled customers.
func onMetrics(c *onboarding.SegmentCondition) bool {
	return c.MinVisits != nil || c.MaxVisits != nil || c.MinVisitedLocations != nil || c.VisitedWithin > 0 ||
		c.NotVisitedWithin > 0 || len(c.Frequency) > 0
}

func onConsents(c *onboarding.SegmentCondition) bool {
	return len(c.Accepted) > 0 || len(c.Refused) > 0
}

// countsInSegments reports whether a visit can change the segments of a customer.
func countsInSegments(o *onboarding.Organization) bool {
	return slices.ContainsFunc(o.Segments, func(s onboarding.Segment) bool { return onMetrics(&s.When) })
}

// updateSegments recomputes the customer's segments from the current declarations. If none are
// declared it does nothing: RunSegments removes customers from segments that are no longer
// declared.
func (s *Visits) updateSegments(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, c *onboarding.Customer,
) error {
	if len(o.Segments) == 0 {
		return nil
	}
	f := &facts{customer: c}
	if c.Profiled() && countsInSegments(o) {
		tallies, err := tx.MetricsOf(ctx, []string{c.ID})
		if err != nil {
			return err
		}
		f.tally = tallies[c.ID]
	}
	return s.putSegments(ctx, tx, o, f)
}

// putSegments computes and stores the segments of a customer with its tally.
func (s *Visits) putSegments(ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, f *facts) error {
	if slices.ContainsFunc(o.Segments, func(s onboarding.Segment) bool { return onConsents(&s.When) }) {
		consents, err := tx.CurrentConsents(ctx, f.customer.ID)
		if err != nil {
			return err
		}
		f.accepted = make(map[string]bool, len(consents))
		for _, c := range consents {
			f.accepted[c.Policy] = c.Accepted
		}
	}
	ids, due := segmentsOf(o, f, s.clock.Now())
	return tx.PutSegments(ctx, o.ID, f.customer.ID, ids, due)
}
