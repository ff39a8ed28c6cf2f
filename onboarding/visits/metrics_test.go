package visits

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onramp/onboarding"
)

// threeZones is an organization with a location in each of three zones.
func threeZones() *onboarding.Organization {
	return &onboarding.Organization{ID: "o", Locations: []onboarding.Location{
		{ID: "rome", Name: "Via Roma", Timezone: "Europe/Rome"},
		{ID: "york", Name: "Fifth Avenue", Timezone: "America/New_York"},
		{ID: "auck", Name: "Queen Street", Timezone: "Pacific/Auckland"},
	}}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func visit(location, start string, length time.Duration) onboarding.Visit {
	return onboarding.Visit{ID: onboarding.NewID(), LocationID: location, Start: at(start), End: at(start).Add(length)}
}

func TestWorkedExample(t *testing.T) {
	// Twelve visits on twelve days; there is none on 2022-07-24.
	var visits []onboarding.Visit
	for day := range 13 {
		if day == 3 {
			continue
		}
		visits = append(visits, visit("rome", fmt.Sprintf("2022-07-%02dT16:30:00Z", 21), time.Hour))
		v := &visits[len(visits)-1]
		v.Start, v.End = v.Start.AddDate(0, 0, day), v.End.AddDate(0, 0, day)
		v.Proven = day < 8
	}
	if len(visits) != 12 {
		t.Fatal(len(visits))
	}
	o := threeZones()
	m := TallyOf(o, &onboarding.Tally{}, visits).Metrics(o, at("2022-08-20T16:30:00Z"))
	rome := onboarding.ZoneOf("Europe/Rome")
	seen := at("2022-08-02T17:30:00Z")
	want := &onboarding.Metrics{
		FrequencyMonthlyVisit: new(12.0), CompassTopLocation: new("rome"), CompassTopLocationCount: new(int64(12)),
		TopFrequencyBuckets: new("daily"), LastVisitVenue: new("rome"), PrefVisitWDay: new(1),
		LastVisitDateUTC: &seen, LastVisitDateBusiness: new(seen.In(rome)), AvgVisitLength: new(3600.0),
		CountVisitedLocations: new(int64(1)), CountTotalVisits: new(int64(12)), PrefVisitTimebucket: new("evening"),
		PrefVisitTimeHour: new("18"), ConversionRate: new(7.0 / 12), AvgDaysBetweenVisits: new(1.0909090909090908),
	}
	if d := cmp.Diff(want, m); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := m.LastVisitDateBusiness.Format(time.RFC3339); got != "2022-08-02T19:30:00+02:00" {
		t.Errorf("business time %s", got)
	}
}

func TestMetricsOfFewVisits(t *testing.T) {
	o := threeZones()
	var none *onboarding.Tally
	if d := cmp.Diff(&onboarding.Metrics{}, none.Metrics(o, anInstant)); d != "" {
		t.Errorf("not profiled: -want +got\n%s", d)
	}
	empty := &onboarding.Metrics{CountTotalVisits: new(int64), CountVisitedLocations: new(int64)}
	if d := cmp.Diff(empty, (&onboarding.Tally{}).Metrics(o, anInstant)); d != "" {
		t.Errorf("no visit: -want +got\n%s", d)
	}
	one := TallyOf(o, &onboarding.Tally{}, []onboarding.Visit{visit("york", "2022-07-21T04:10:00Z",
		90*time.Minute)}).Metrics(o, at("2022-07-21T06:00:00Z"))
	if one.AvgDaysBetweenVisits != nil || one.TopFrequencyBuckets != nil {
		t.Errorf("one visit has an average distance: %+v", one)
	}
	if *one.FrequencyMonthlyVisit != 30 || *one.AvgVisitLength != 5400 || *one.ConversionRate != 0 ||
		*one.PrefVisitTimebucket != "night" || *one.PrefVisitTimeHour != "0" || *one.PrefVisitWDay != 4 {
		t.Errorf("one visit just after midnight in New York: %+v", one)
	}
	gone := TallyOf(&onboarding.Organization{}, &onboarding.Tally{},
		[]onboarding.Visit{visit("york", "2022-07-21T04:10:00Z",
			time.Minute)}).Metrics(&onboarding.Organization{}, anInstant)
	if *gone.CompassTopLocation != "york" || *gone.LastVisitVenue != "york" || *gone.CompassTopLocationCount != 1 {
		t.Errorf("a location that is no longer declared: %+v", gone)
	}
}

func TestMetricsDefinitions(t *testing.T) {
	o := threeZones()
	for _, c := range []struct {
		name   string
		visits []onboarding.Visit
		check  func(m *onboarding.Metrics) string // returns a complaint, or empty
	}{
		{"the latest wins a tie", []onboarding.Visit{
			visit("rome", "2022-07-01T10:00:00Z", time.Hour), visit("rome", "2022-07-04T10:00:00Z", time.Hour),
			visit("york", "2022-07-02T10:00:00Z", time.Hour), visit("york", "2022-07-03T10:00:00Z", time.Hour),
			visit("auck", "2022-07-05T10:00:00Z", time.Hour),
		}, func(m *onboarding.Metrics) string {
			if *m.CompassTopLocation != "rome" || *m.CompassTopLocationCount != 2 || *m.LastVisitVenue != "auck" ||
				*m.CountVisitedLocations != 3 {
				return fmt.Sprint(*m.CompassTopLocation, *m.CompassTopLocationCount, *m.LastVisitVenue,
					*m.CountVisitedLocations)
			}
			return ""
		}},
		{"last seen is not last come", []onboarding.Visit{visit("rome", "2022-07-01T10:00:00Z", 5*time.Hour),
			visit("york", "2022-07-01T11:00:00Z", time.Hour)}, func(m *onboarding.Metrics) string {
			if *m.LastVisitVenue != "rome" || !m.LastVisitDateUTC.Equal(at("2022-07-01T15:00:00Z")) {
				return fmt.Sprint(*m.LastVisitVenue, m.LastVisitDateUTC)
			}
			return ""
		}},
		{"two visits on one day", []onboarding.Visit{visit("rome", "2022-07-01T08:00:00Z", time.Hour),
			visit("rome", "2022-07-01T18:00:00Z", time.Hour)}, func(m *onboarding.Metrics) string {
			if *m.AvgDaysBetweenVisits != 0 || *m.TopFrequencyBuckets != "daily" {
				return fmt.Sprint(*m.AvgDaysBetweenVisits, *m.TopFrequencyBuckets)
			}
			return ""
		}},
		{"an hour apart, on two days by the clock on the wall",
			[]onboarding.Visit{visit("rome", "2022-07-01T21:30:00Z", time.Minute),
				visit("rome", "2022-07-01T22:30:00Z", time.Minute)}, func(m *onboarding.Metrics) string {
				if *m.AvgDaysBetweenVisits != 1 {
					return fmt.Sprint(*m.AvgDaysBetweenVisits)
				}
				return ""
			}},
		{"days across the change to summer time, which has 23 hours",
			[]onboarding.Visit{visit("rome", "2026-03-28T23:30:00Z", time.Minute),
				visit("rome", "2026-03-29T22:30:00Z", time.Minute)}, func(m *onboarding.Metrics) string {
				// 00:30 on the 29th and 00:30 on the 30th, local time.
				if *m.AvgDaysBetweenVisits != 1 || *m.PrefVisitTimeHour != "0" {
					return fmt.Sprint(*m.AvgDaysBetweenVisits, *m.PrefVisitTimeHour)
				}
				return ""
			}},
		{"the hour that comes twice in October", []onboarding.Visit{
			visit("rome", "2026-10-25T00:30:00Z", time.Minute), visit("rome", "2026-10-25T01:30:00Z", time.Minute),
			visit("rome", "2026-10-25T02:30:00Z", time.Minute),
		}, func(m *onboarding.Metrics) string {
			if *m.PrefVisitTimeHour != "2" || *m.PrefVisitWDay != 7 || *m.PrefVisitTimebucket != "night" {
				return fmt.Sprint(*m.PrefVisitTimeHour, *m.PrefVisitWDay, *m.PrefVisitTimebucket)
			}
			return ""
		}},
		{"the bucket is not the hour's", []onboarding.Visit{
			visit("rome", "2026-01-05T01:00:00Z", time.Minute), visit("rome", "2026-01-06T01:00:00Z", time.Minute),
			visit("rome", "2026-01-07T11:00:00Z", time.Minute), visit("rome", "2026-01-08T12:00:00Z", time.Minute),
			visit("rome", "2026-01-09T13:00:00Z", time.Minute),
		}, func(m *onboarding.Metrics) string {
			if *m.PrefVisitTimeHour != "2" || *m.PrefVisitTimebucket != "afternoon" {
				return fmt.Sprint(*m.PrefVisitTimeHour, *m.PrefVisitTimebucket)
			}
			return ""
		}},
	} {
		for range 3 { // the result must not depend on the order of a map
			if wrong := c.check(TallyOf(o, &onboarding.Tally{}, c.visits).Metrics(o,
				at("2026-12-01T00:00:00Z"))); wrong != "" {
				t.Errorf("%s: %s", c.name, wrong)
			}
		}
	}
	for _, c := range []struct {
		days float64
		want string
	}{
		{0, "daily"}, {2, "daily"}, {math.Nextafter(2, 3), "weekly"}, {10, "weekly"},
		{math.Nextafter(10, 11), "monthly"}, {45, "monthly"},
		{math.Nextafter(45, 46), "occasional"}, {1000, "occasional"},
	} {
		if got := onboarding.FrequencyBucket(c.days); got != c.want {
			t.Errorf("%v days: %s, want %s", c.days, got, c.want)
		}
	}
}

// TestTallyIsExact applies random changes of visits (added, deleted, extended, shortened, joined,
// split) to a tally and compares it with a count of all visits.
func TestTallyIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := threeZones()
		var all []onboarding.Visit
		tally := &onboarding.Tally{CustomerID: "c", OrganizationID: "o"}
		for step := range rapid.IntRange(1, 20).Draw(t, "steps") {
			location := rapid.SampledFrom([]string{"rome", "york", "auck", "gone"}).Draw(t, "location")
			var before, after, others []onboarding.Visit
			for _, v := range all {
				if v.LocationID == location && rapid.Bool().Draw(t, "changed") {
					before = append(before, v)
				} else {
					others = append(others, v)
				}
			}
			for i := range rapid.IntRange(0, 3).Draw(t, "after") {
				v := onboarding.Visit{ID: onboarding.NewID(), LocationID: location}
				if i < len(before) && rapid.Bool().Draw(t, "kept") {
					v = before[i]
				} else {
					v.Start = anInstant.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "start")) * 7 * time.Hour)
				}
				v.End = v.Start.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "length")) * time.Hour)
				v.Proven = rapid.Bool().Draw(t, "proven")
				after = append(after, v)
			}
			if len(before)+len(after) == 0 {
				continue
			}
			all = append(others, after...)
			err := changeTally(tally, o, before, after, func(locationID string) (onboarding.VisitBounds, error) {
				var there []onboarding.Visit
				for _, v := range all {
					if v.LocationID == locationID {
						there = append(there, v)
					}
				}
				if len(there) == 0 {
					return onboarding.VisitBounds{}, onboarding.ErrNotFound
				}
				byStart := func(a, b onboarding.Visit) int { return a.Start.Compare(b.Start) }
				byEnd := func(a, b onboarding.Visit) int { return a.End.Compare(b.End) }
				return onboarding.VisitBounds{
					First: slices.MinFunc(there, byStart).Start, Last: slices.MaxFunc(there, byStart).Start,
					Seen: slices.MaxFunc(there, byEnd).End,
				}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want := TallyOf(o, tally, all)
			if len(tally.Places) == 0 && len(want.Places) == 0 {
				want.Places = tally.Places // nil or empty
			}
			if d := cmp.Diff(want, tally); d != "" {
				t.Fatalf("after step %d: -recount +tally\n%s", step, d)
			}
		}
	})
}

// TestTallyDoesNotLookBack checks that a visit that begins or continues, the usual case, needs no
// read of earlier visits.
func TestTallyDoesNotLookBack(t *testing.T) {
	o := threeZones()
	tally := &onboarding.Tally{}
	never := func(string) (onboarding.VisitBounds, error) {
		t.Fatal("earlier visits were looked at")
		return onboarding.VisitBounds{}, nil
	}
	var before []onboarding.Visit
	for range 100 {
		v := visit("rome", "2026-03-28T23:30:00Z", 0)
		v.Start = v.Start.Add(time.Duration(tally.Visits) * 24 * time.Hour)
		v.End = v.Start
		for range 5 {
			if err := changeTally(tally, o, before, []onboarding.Visit{v}, never); err != nil {
				t.Fatal(err)
			}
			before = []onboarding.Visit{v}
			v.End = v.End.Add(10 * time.Minute)
		}
		before = nil
	}
	if tally.Visits != 100 || tally.Length != 100*40*time.Minute {
		t.Errorf("%d visits of %v", tally.Visits, tally.Length)
	}
}

// TestTallyKeepsItsZone checks that visits are subtracted with the zone with which they were
// counted, after the location's zone has changed.
func TestTallyKeepsItsZone(t *testing.T) {
	o := threeZones()
	v := visit("rome", "2026-01-05T22:30:00Z", time.Hour)
	tally := TallyOf(o, &onboarding.Tally{}, []onboarding.Visit{v})
	o.Locations[0].Timezone = "Asia/Tokyo"
	if !zoneChanged(tally, o) {
		t.Error("another zone is not noticed")
	}
	if err := changeTally(tally, o, []onboarding.Visit{v}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&onboarding.Tally{Places: map[string]onboarding.PlaceTally{}}, tally); d != "" {
		t.Errorf("something is left: -want +got\n%s", d)
	}
	tally = TallyOf(threeZones(), &onboarding.Tally{}, []onboarding.Visit{v})
	anew := TallyOf(o, tally, []onboarding.Visit{v})
	if zoneChanged(anew, o) || anew.Hours[7] != 1 || anew.Weekdays[1] != 1 {
		t.Errorf("recounted: %+v", anew)
	}
	o.Locations = o.Locations[1:]
	if kept := TallyOf(o, anew, []onboarding.Visit{v}); zoneChanged(kept, o) || kept.Hours[7] != 1 {
		t.Errorf("recounted without the location: %+v", kept)
	}
}

// anInstant is a fixed current time.
var anInstant = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
