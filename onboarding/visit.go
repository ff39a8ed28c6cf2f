package onboarding

import (
	"strconv"
	"time"
)

// Visit is a sequence of one customer's connections at one location. Each begins less than the
// tenant's visit gap after all previous ones have ended. Visits are stored only for customers who
// consent to profiling.
type Visit struct {
	ID             string
	OrganizationID string
	CustomerID     string
	LocationID     string
	HotspotID      string // of its first connection, if known
	Start, End     time.Time
	Connections    int
	Proven         bool // at least one of its connections was authenticated by us
}

// Tally holds counts and sums of a profiled customer's visits. Metrics are computed from it
// without reading the visits, and a visit that is changed, joined or withdrawn can be subtracted
// from it. A tally exists while the customer consents to profiling; consent given again begins
// with an empty one.
type Tally struct {
	CustomerID     string `json:"-"`
	OrganizationID string `json:"-"`

	Visits   int64         `json:"-"`
	Length   time.Duration `json:"length"` // total of all visits
	Proven   int64         `json:"proven"` // visits with an authenticated connection
	Weekdays [7]int64      `json:"weekdays"`
	Hours    [24]int64     `json:"hours"` // visits by the hour of their start, in the local time of the location
	// Places holds the locations with at least one visit.
	Places map[string]PlaceTally `json:"places,omitempty"`
}

// PlaceTally is the part of a Tally for one location.
type PlaceTally struct {
	Visits int64     `json:"visits"`
	First  time.Time `json:"first"` // start of the first visit
	Last   time.Time `json:"last"`  // start of the last visit
	Seen   time.Time `json:"seen"`  // latest end of all visits
	// Zone is the time zone with which the visits were counted. They are subtracted with the same
	// zone after the location's zone has changed.
	Zone string `json:"zone"`
}

// VisitBounds holds the start of the first and last visit of a customer at one location, and the
// latest end.
type VisitBounds struct{ First, Last, Seen time.Time }

// VisitedLocations returns the number of locations with at least one visit.
func (t *Tally) VisitedLocations() int64 { return int64(len(t.Places)) }

// Metrics returns the metrics as of now. A nil tally has empty metrics.
func (t *Tally) Metrics(o *Organization, now time.Time) *Metrics {
	if t == nil {
		return &Metrics{}
	}
	places := t.VisitedLocations()
	m := &Metrics{CountTotalVisits: &t.Visits, CountVisitedLocations: &places}
	if t.Visits == 0 {
		return m
	}
	s := t.summary()
	visits := float64(t.Visits)
	m.CompassTopLocation, m.CompassTopLocationCount = &s.top, &s.topVisits
	m.LastVisitVenue, m.LastVisitDateUTC = &s.latest, &s.seen
	business := s.seen.In(ZoneOf(t.Places[s.latest].Zone))
	m.LastVisitDateBusiness = &business

	days := max(1, now.Sub(s.first).Hours()/24)
	m.FrequencyMonthlyVisit = new(visits / (days / 30))
	m.AvgVisitLength = new(t.Length.Seconds() / visits)
	m.ConversionRate = new(float64(t.Proven) / visits)
	if average, ok := t.daysBetween(s); ok {
		m.AvgDaysBetweenVisits = &average
		m.TopFrequencyBuckets = new(FrequencyBucket(average))
	}

	m.PrefVisitWDay = new(mode(t.Weekdays[:]) + 1)
	m.PrefVisitTimeHour = new(strconv.Itoa(mode(t.Hours[:])))
	var buckets [len(timeBuckets)]int64
	for hour, n := range t.Hours {
		buckets[hour/6] += n
	}
	m.PrefVisitTimebucket = new(timeBuckets[mode(buckets[:])])
	return m
}

// Seen returns the end of the last visit; the zero time if there is none.
func (t *Tally) Seen() time.Time { return t.summary().seen }

// Bucket returns the frequency bucket; empty with fewer than two visits.
func (t *Tally) Bucket() string {
	if average, ok := t.daysBetween(t.summary()); ok {
		return FrequencyBucket(average)
	}
	return ""
}

// summary combines the locations of a tally.
type summary struct {
	top       string // the location with the most visits
	topVisits int64
	latest    string // the location of the last visit
	seen      time.Time
	first     time.Time // the start of the first visit
	firstDay  int64     // its date in days since 1970, in the local time of the location
	last      time.Time // the start of the last visit
	lastDay   int64
}

func (t *Tally) summary() summary {
	var s summary
	later := func(id string, than string) bool {
		a, b := t.Places[id], t.Places[than]
		return a.Seen.After(b.Seen) || a.Seen.Equal(b.Seen) && id > than
	}
	for id, p := range t.Places {
		if s.latest == "" || later(id, s.latest) {
			s.latest, s.seen = id, p.Seen
		}
		if s.top == "" || p.Visits > s.topVisits || p.Visits == s.topVisits && later(id, s.top) {
			s.top, s.topVisits = id, p.Visits
		}
		zone := ZoneOf(p.Zone)
		day := dayOf(p.First.In(zone))
		if s.first.IsZero() || p.First.Before(s.first) || p.First.Equal(s.first) && day < s.firstDay {
			s.first, s.firstDay = p.First, day
		}
		day = dayOf(p.Last.In(zone))
		if p.Last.After(s.last) || p.Last.Equal(s.last) && day > s.lastDay {
			s.last, s.lastDay = p.Last, day
		}
	}
	return s
}

// daysBetween returns the average number of days between visits, false with fewer than two.
func (t *Tally) daysBetween(s summary) (float64, bool) {
	if t.Visits < 2 {
		return 0, false
	}
	return float64(max(0, s.lastDay-s.firstDay)) / float64(t.Visits-1), true
}

// dayOf returns the number of days since 1970 of the calendar date in the time's own zone.
func dayOf(at time.Time) int64 {
	year, month, day := at.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// mode returns the index of the largest count, the first among equals.
func mode(counts []int64) int {
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return best
}
