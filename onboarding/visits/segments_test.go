package visits

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onramp/onboarding"
)

func days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }

func TestSegmentConditions(t *testing.T) {
	o := threeZones()
	now := at("2026-11-22T10:00:00Z")
	full := &facts{
		customer: &onboarding.Customer{LocationID: "rome",
			Attributes: onboarding.Attributes{BirthDate: "1990-11-22", Gender: "female", Language: "it",
				Country: "IT"}},
		accepted: map[string]bool{"mktgCommunications": true, "ageVerification": false, "customs.news": true},
		// 3 visits at 2 locations, 7 days apart, last seen 8 days before.
		tally: TallyOf(o, &onboarding.Tally{}, []onboarding.Visit{
			visit("rome", "2026-10-31T10:00:00Z", time.Hour), visit("rome", "2026-11-07T10:00:00Z", time.Hour),
			visit("york", "2026-11-14T09:00:00Z", time.Hour),
		}),
	}
	bare := &facts{customer: &onboarding.Customer{}}
	new := &facts{customer: &onboarding.Customer{}, tally: &onboarding.Tally{}} // profiled, without visits
	for _, c := range []struct {
		name             string
		when             onboarding.SegmentCondition
		full, bare, new_ bool
	}{
		{"minVisits reached", onboarding.SegmentCondition{MinVisits: ptr(3)}, true, false, false},
		{"minVisits not reached", onboarding.SegmentCondition{MinVisits: ptr(4)}, false, false, false},
		{"minVisits of none", onboarding.SegmentCondition{MinVisits: ptr(0)}, true, false, true},
		{"maxVisits reached", onboarding.SegmentCondition{MaxVisits: ptr(3)}, true, false, true},
		{"maxVisits passed", onboarding.SegmentCondition{MaxVisits: ptr(2)}, false, false, true},
		{"minVisitedLocations reached", onboarding.SegmentCondition{MinVisitedLocations: ptr(2)}, true, false, false},
		{"minVisitedLocations not reached", onboarding.SegmentCondition{MinVisitedLocations: ptr(3)}, false, false,
			false},
		{"visited within", onboarding.SegmentCondition{VisitedWithin: days(8)}, true, false, false},
		{"not visited within the time wanted", onboarding.SegmentCondition{VisitedWithin: days(8) - time.Microsecond},
			false, false, false},
		{"not visited within", onboarding.SegmentCondition{NotVisitedWithin: days(8) - time.Microsecond}, true, false,
			false},
		{"visited within the time not wanted", onboarding.SegmentCondition{NotVisitedWithin: days(8)}, false, false,
			false},
		{"between", onboarding.SegmentCondition{VisitedWithin: days(10), NotVisitedWithin: days(5)}, true, false,
			false},
		{"frequency", onboarding.SegmentCondition{Frequency: []string{"daily", "weekly"}}, true, false, false},
		{"another frequency", onboarding.SegmentCondition{Frequency: []string{"monthly"}}, false, false, false},
		{"minAge on the birthday", onboarding.SegmentCondition{MinAge: ptr(36)}, true, false, false},
		{"minAge a year away", onboarding.SegmentCondition{MinAge: ptr(37)}, false, false, false},
		{"maxAge", onboarding.SegmentCondition{MaxAge: ptr(36)}, true, false, false},
		{"maxAge passed on the birthday", onboarding.SegmentCondition{MaxAge: ptr(35)}, false, false, false},
		{"accepted", onboarding.SegmentCondition{Accepted: []string{"mktgCommunications", "customs.news"}}, true,
			false, false},
		{"one of the accepted is not", onboarding.SegmentCondition{Accepted: []string{"mktgCommunications",
			"ageVerification"}}, false, false, false},
		{"refused", onboarding.SegmentCondition{Refused: []string{"ageVerification"}}, true, true, true},
		{"never asked", onboarding.SegmentCondition{Refused: []string{"customs.other"}}, true, true, true},
		{"not refused", onboarding.SegmentCondition{Refused: []string{"ageVerification", "customs.news"}}, false, true,
			true},
		{"gender", onboarding.SegmentCondition{Gender: []string{"other", "female"}}, true, false, false},
		{"another gender", onboarding.SegmentCondition{Gender: []string{"male"}}, false, false, false},
		{"language", onboarding.SegmentCondition{Language: []string{"it"}}, true, false, false},
		{"country, which is kept in capitals", onboarding.SegmentCondition{Country: []string{"fr", "it"}}, true, false,
			false},
		{"another country", onboarding.SegmentCondition{Country: []string{"fr"}}, false, false, false},
		{"location", onboarding.SegmentCondition{Locations: []string{"rome"}}, true, false, false},
		{"another location", onboarding.SegmentCondition{Locations: []string{"york"}}, false, false, false},
		{"everything at once", onboarding.SegmentCondition{
			MinVisits: ptr(1), MaxVisits: ptr(9), MinVisitedLocations: ptr(1), VisitedWithin: days(9),
			NotVisitedWithin: days(1), Frequency: []string{"weekly"},
			MinAge: ptr(18), MaxAge: ptr(99), Accepted: []string{"customs.news"}, Refused: []string{"ageVerification"},
			Gender: []string{"female"}, Language: []string{"it"}, Country: []string{"it"}, Locations: []string{"rome"},
		}, true, false, false},
		{"everything but one", onboarding.SegmentCondition{MinVisits: ptr(1), Gender: []string{"female"},
			Language: []string{"en"}}, false, false, false},
	} {
		for _, f := range []struct {
			name  string
			facts *facts
			want  bool
		}{{"full", full, c.full}, {"bare", bare, c.bare}, {"new", new, c.new_}} {
			if got := meets(&c.when, f.facts, now); got != f.want {
				t.Errorf("%s, the %s customer: %v, want %v", c.name, f.name, got, f.want)
			}
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		born, now string
		years     int
		birthday  string
	}{
		{"1990-11-22", "2026-11-21T23:59:59Z", 35, "2026-11-22"},
		{"1990-11-22", "2026-11-22T00:00:00Z", 36, "2027-11-22"},
		{"1990-11-22", "2026-11-22T00:30:00+01:00", 35, "2026-11-22"},
		{"2004-02-29", "2026-02-28T12:00:00Z", 21, "2026-03-01"},
		{"2004-02-29", "2026-03-01T00:00:00Z", 22, "2027-03-01"},
		{"2004-02-29", "2028-02-28T12:00:00Z", 23, "2028-02-29"},
		{"2004-02-29", "2028-02-29T00:00:00Z", 24, "2029-03-01"},
		{"2026-11-22", "2026-11-22T00:00:00Z", 0, "2027-11-22"},
	} {
		years, birthday, known := onboarding.AgeAt(c.born, at(c.now))
		if !known || years != c.years || birthday.Format(time.DateOnly) != c.birthday {
			t.Errorf("born %s, at %s: %d years, birthday %s, known %v; want %d, %s", c.born, c.now, years, birthday,
				known, c.years, c.birthday)
		}
	}
	if _, _, known := onboarding.AgeAt("", anInstant); known {
		t.Error("an unknown birthday has an age")
	}
}

// TestSegmentsDue checks that segments do not change with time before the due time, and never
// change without one.
func TestSegmentsDue(t *testing.T) {
	o := threeZones()
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 60).Draw(t, "days")) * 24 * time.Hour
		})
		age := rapid.Custom(func(t *rapid.T) *int {
			if rapid.Bool().Draw(t, "asked") {
				return ptr(rapid.IntRange(0, 40).Draw(t, "age"))
			}
			return nil
		})
		o.Segments = nil
		for i := range rapid.IntRange(1, 4).Draw(t, "segments") {
			o.Segments = append(o.Segments, onboarding.Segment{ID: string(rune('a' + i)),
				When: onboarding.SegmentCondition{
					VisitedWithin:    length.Draw(t, "visited within"),
					NotVisitedWithin: length.Draw(t, "not visited within"), MinAge: age.Draw(t, "min"),
					MaxAge: age.Draw(t, "max"),
				}})
		}
		f := &facts{customer: &onboarding.Customer{}}
		if rapid.Bool().Draw(t, "has a birthday") {
			f.customer.BirthDate = anInstant.AddDate(-rapid.IntRange(0, 45).Draw(t, "years"), 0,
				rapid.IntRange(-400, 400).Draw(t, "days")).Format(time.DateOnly)
		}
		if rapid.Bool().Draw(t, "profiled") {
			f.tally = &onboarding.Tally{}
			if rapid.Bool().Draw(t, "was there") {
				f.tally = TallyOf(o, &onboarding.Tally{},
					[]onboarding.Visit{visit("rome", "2026-11-01T10:00:00Z",
						time.Duration(rapid.IntRange(0, 48).Draw(t, "hours"))*time.Hour)})
			}
		}
		now := anInstant.Add(time.Duration(rapid.Int64Range(0, int64(days(90))).Draw(t,
			"now"))).Truncate(time.Microsecond)
		ids, due := segmentsOf(o, f, now)
		far := now.AddDate(50, 0, 0)
		until := far
		if due != nil {
			if !due.After(now) {
				t.Fatalf("due at %v, which is not after %v", due, now)
			}
			until = due.Add(-time.Microsecond)
		}
		instants := []time.Time{until, now.Add(until.Sub(now) / 2),
			now.Add(time.Duration(rapid.Int64Range(0, int64(until.Sub(now))).Draw(t, "within")))}
		for _, at := range instants {
			if later, _ := segmentsOf(o, f, at); !slices.Equal(ids, later) {
				t.Fatalf("due is %v, but at %v the segments are %v, not %v as at %v", due, at, later, ids, now)
			}
		}
	})
}

func TestFingerprint(t *testing.T) {
	print := func(change func(*onboarding.Organization)) string {
		o := threeZones()
		o.Version = 1
		o.Segments = []onboarding.Segment{{ID: "s", Name: "Loyal",
			When: onboarding.SegmentCondition{MinVisits: ptr(10)}}}
		change(o)
		r := segmentRunner{seen: map[string]*declared{}}
		d, err := r.declared(o)
		if err != nil {
			t.Fatal(err)
		}
		return d.fingerprint
	}
	is := print(func(*onboarding.Organization) {})
	for name, same := range map[string]func(*onboarding.Organization){
		"a version": func(o *onboarding.Organization) { o.Version = 2 },
		"a name":    func(o *onboarding.Organization) { o.Name = "Other" },
		"an order":  func(o *onboarding.Organization) { slices.Reverse(o.Locations) },
	} {
		if d := cmp.Diff(is, print(same)); d != "" {
			t.Errorf("%s makes a difference", name)
		}
	}
	for name, other := range map[string]func(*onboarding.Organization){
		"a condition": func(o *onboarding.Organization) { o.Segments[0].When.MinVisits = ptr(11) },
		"no segment":  func(o *onboarding.Organization) { o.Segments = nil },
		"a zone":      func(o *onboarding.Organization) { o.Locations[0].Timezone = "UTC" },
	} {
		if print(other) == is {
			t.Errorf("%s makes no difference", name)
		}
	}
}

// ptr returns a pointer to v. The built-in new is shadowed in one test.
func ptr[T any](v T) *T { return &v }
