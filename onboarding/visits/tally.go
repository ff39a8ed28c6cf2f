package visits

import (
	"slices"
	"time"

	"onramp/onboarding"
)

// change takes out of the tally the visits that were and takes in those that are now; all are of one location. bounds is asked, after the visits are
// stored, only when one that was the first or the last is gone or has shrunk.
func changeTally(
	t *onboarding.Tally, o *onboarding.Organization, before, after []onboarding.Visit,
	bounds func(locationID string) (onboarding.VisitBounds, error),
) error {
	id := slices.Concat(before, after)[0].LocationID
	p, known := t.Places[id]
	if !known {
		p.Zone = zoneName(o, id, "")
	}
	zone := onboarding.ZoneOf(p.Zone)
	for i := range before {
		countVisit(t, &before[i], zone, -1)
	}
	for i := range after {
		countVisit(t, &after[i], zone, 1)
	}
	p.Visits += int64(len(after) - len(before))
	if p.Visits == 0 {
		delete(t.Places, id)
		return nil
	}
	if !follow(&p, before, after) {
		b, err := bounds(id)
		if err != nil {
			return err
		}
		p.First, p.Last, p.Seen = b.First, b.Last, b.Seen
	}
	if t.Places == nil {
		t.Places = map[string]onboarding.PlaceTally{}
	}
	t.Places[id] = p
	return nil
}

// count adds n visits like v to what is summed up over all locations.
func countVisit(t *onboarding.Tally, v *onboarding.Visit, zone *time.Location, n int64) {
	start := v.Start.In(zone)
	t.Visits += n
	t.Length += time.Duration(n) * v.End.Sub(v.Start)
	if v.Proven {
		t.Proven += n
	}
	t.Weekdays[(start.Weekday()+6)%7] += n // Monday first
	t.Hours[start.Hour()] += n
}

// follow moves the bounds, and reports false where one cannot be known from the change alone: the visit that held it is among those before, and none
// after reaches as far.
func follow(p *onboarding.PlaceTally, before, after []onboarding.Visit) bool {
	first := bound{at: &p.First, further: time.Time.Before}
	last := bound{at: &p.Last, further: time.Time.After}
	seen := bound{at: &p.Seen, further: time.Time.After}
	for _, v := range before {
		first.leave(v.Start)
		last.leave(v.Start)
		seen.leave(v.End)
	}
	for _, v := range after {
		first.reach(v.Start)
		last.reach(v.Start)
		seen.reach(v.End)
	}
	return !first.lost && !last.lost && !seen.lost
}

// bound is the first or last of many instants; the zero time is none yet.
type bound struct {
	at      *time.Time
	further func(t, than time.Time) bool
	lost    bool
}

func (b *bound) leave(t time.Time) { b.lost = b.lost || t.Equal(*b.at) }

func (b *bound) reach(t time.Time) {
	if b.at.IsZero() || !b.further(*b.at, t) {
		*b.at, b.lost = t, false
	}
}

// tallyOf counts visits from nothing. old is whose they are; a location that is no longer declared keeps the zone it has there.
func tallyOf(o *onboarding.Organization, old *onboarding.Tally, visits []onboarding.Visit) *onboarding.Tally {
	t := &onboarding.Tally{CustomerID: old.CustomerID, OrganizationID: old.OrganizationID}
	if len(visits) > 0 {
		t.Places = map[string]onboarding.PlaceTally{}
	}
	for i := range visits {
		v := &visits[i]
		p, known := t.Places[v.LocationID]
		if !known {
			p.Zone = zoneName(o, v.LocationID, old.Places[v.LocationID].Zone)
		}
		countVisit(t, v, onboarding.ZoneOf(p.Zone), 1)
		p.Visits++
		follow(&p, nil, visits[i:i+1])
		t.Places[v.LocationID] = p
	}
	return t
}

// outdated reports whether a location has been given another zone since its visits were counted.
func zoneChanged(t *onboarding.Tally, o *onboarding.Organization) bool {
	for id, p := range t.Places {
		if zoneName(o, id, p.Zone) != p.Zone {
			return true
		}
	}
	return false
}

// zoneName is the declared zone of a location, or that which is known of one that is not declared.
func zoneName(o *onboarding.Organization, locationID, known string) string {
	if l := o.Location(locationID); l != nil {
		return l.Timezone
	}
	return known
}

// TallyOf returns the tally of a customer with these visits and no earlier tally.
func TallyOf(o *onboarding.Organization, customerID string, visits []onboarding.Visit) *onboarding.Tally {
	return tallyOf(o, &onboarding.Tally{CustomerID: customerID, OrganizationID: o.ID}, visits)
}
