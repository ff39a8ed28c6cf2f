package connectivity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// Refusal counts the refused authentications of one cause at one access point within an hour.
type Refusal struct {
	Hour        time.Time
	Cause       Cause
	LocationID  string // empty if unknown
	HotspotID   string // empty if unknown
	AccessPoint string // the key of the access point
	Count       int64
	Last        time.Time
	CustomerIDs []string // examples, at most MaxExamples
}

// The limits of a report of refusals.
const (
	DefaultRefusals = 24 * time.Hour
	MaxExamples     = 10
	maxRefusalRows  = 50000
	maxExampleRows  = 5000
)

// Refusals returns the refused authentications within [from, to], the latest hour first: counts of
// all, and examples of the organization's own customers. A caller with a location sees those at its
// access points, with examples of its people. A missing from is 24 h before to, a
// missing to is now. keptSince is the instant before which counts have been deleted; nil if it is
// before from.
func (s *Connectivity) Refusals(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time,
) (list []Refusal, keptSince *time.Time, err error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, nil, err
	}
	begin, end, err := onboarding.ReportPeriod(from, to, s.clock.Now(), DefaultRefusals)
	if err != nil {
		return nil, nil, err
	}
	kept, ends := o.Retention.WithDefaults(onboarding.DefaultRetention).Refusals.Before(s.clock.Now())
	if ends && begin.Before(kept) {
		keptSince = &kept
	}
	examples, err := s.examples(ctx, o, by.LocationID(), begin, end)
	if err != nil {
		return nil, nil, err
	}
	if list, err = s.refusals(ctx, o, by.LocationID(), begin, end, examples); err != nil {
		return nil, nil, err
	}
	return list, keptSince, s.access.RecordRead(ctx, onboarding.Act{
		OrganizationID: o.ID, Action: onboarding.AuditContactListed, Fields: []string{"refusals"}, Count: len(list),
	})
}

// RefusalCounts returns the list of Refusals without examples. It reads nothing about customers.
func (s *Connectivity) RefusalCounts(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time,
) ([]Refusal, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	begin, end, err := onboarding.ReportPeriod(from, to, s.clock.Now(), DefaultRefusals)
	if err != nil {
		return nil, err
	}
	return s.refusals(ctx, o, by.LocationID(), begin, end, nil)
}

// refusals returns the refused authentications of an organization within [begin, end], or those of
// one location, with the examples.
func (s *Connectivity) refusals(
	ctx context.Context, o *onboarding.Organization, locationID string, begin, end time.Time,
	examples map[refusalKey][]string,
) ([]Refusal, error) {
	counts, err := s.store.FailuresBetween(ctx, o.ID, begin, end.Add(time.Microsecond), maxRefusalRows+1)
	if err != nil {
		return nil, err
	}
	if len(counts) > maxRefusalRows {
		return nil, onboarding.InvalidField("from", "the period has more than %d counts: ask for a shorter one",
			maxRefusalRows)
	}
	merged := map[refusalKey]*Refusal{}
	for _, c := range counts {
		key := refusalKey{c.Hour, causeOf(c.Reason), c.HotspotID, c.AccessPoint}
		r := merged[key]
		if r == nil {
			r = &Refusal{
				Hour: key.hour, Cause: key.cause, HotspotID: key.hotspotID, AccessPoint: key.accessPoint,
				CustomerIDs: examples[key],
			}
			if l, h := o.Hotspot(c.HotspotID); h != nil {
				r.LocationID = l.ID
			}
			merged[key] = r
		}
		r.Count += c.Count
		r.Last = onboarding.MaxTime(r.Last, c.Last)
	}
	list := make([]Refusal, 0, len(merged))
	for _, r := range merged {
		if locationID == "" || r.LocationID == locationID {
			list = append(list, *r)
		}
	}
	slices.SortFunc(list, func(a, b Refusal) int {
		return cmp.Or(b.Hour.Compare(a.Hour), cmp.Compare(b.Count, a.Count), cmp.Compare(a.AccessPoint, b.AccessPoint),
			cmp.Compare(a.HotspotID, b.HotspotID), cmp.Compare(a.Cause, b.Cause))
	})
	return list, nil
}

type refusalKey struct {
	hour                   time.Time
	cause                  Cause
	hotspotID, accessPoint string
}

// examples returns customers of the organization, or of one location, by the refusals that they
// had.
func (s *Connectivity) examples(
	ctx context.Context, o *onboarding.Organization, locationID string, from, to time.Time,
) (map[refusalKey][]string, error) {
	attempts, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
		OrganizationID: o.ID, CustomersOf: locationID, Failed: true,
		From: from.Truncate(time.Hour), To: to.Add(time.Microsecond), Limit: maxExampleRows,
	})
	if err != nil {
		return nil, err
	}
	examples := map[refusalKey][]string{}
	for _, a := range attempts {
		if a.CustomerID == "" || a.OrganizationID != o.ID {
			continue
		}
		key := refusalKey{a.Hour(), causeOf(a.Reason), a.HotspotID, a.AccessPoint}
		if ids := examples[key]; len(ids) < MaxExamples && !slices.Contains(ids, a.CustomerID) {
			examples[key] = append(ids, a.CustomerID)
		}
	}
	return examples, nil
}

// causeOf returns the cause that a reason alone shows.
func causeOf(r onboarding.Reason) Cause {
	if r == onboarding.ReasonHandshake {
		return CauseUnknown
	}
	if c := Cause(r); slices.Contains(Causes(), c) {
		return c
	}
	return CauseUnknown
}
