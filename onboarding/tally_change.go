package onboarding

import (
	"slices"
	"time"
)

// change takes out of the tally the visits that were and takes in those that are now; all are of one location. bounds is asked, after the visits are
// stored, only when one that was the first or the last is gone or has shrunk.
func (t *Tally) change(o *Organization, before, after []Visit, bounds func(locationID string) (VisitBounds, error)) error {
	id := slices.Concat(before, after)[0].LocationID
	p, known := t.Places[id]
	if !known {
		p.Zone = o.zoneName(id, "")
	}
	zone := zoneOf(p.Zone)
	for i := range before {
		t.count(&before[i], zone, -1)
	}
	for i := range after {
		t.count(&after[i], zone, 1)
	}
	p.Visits += int64(len(after) - len(before))
	if p.Visits == 0 {
		delete(t.Places, id)
		return nil
	}
	if !p.follow(before, after) {
		b, err := bounds(id)
		if err != nil {
			return err
		}
		p.First, p.Last, p.Seen = b.First, b.Last, b.Seen
	}
	if t.Places == nil {
		t.Places = map[string]PlaceTally{}
	}
	t.Places[id] = p
	return nil
}

// count adds n visits like v to what is summed up over all locations.
func (t *Tally) count(v *Visit, zone *time.Location, n int64) {
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
func (p *PlaceTally) follow(before, after []Visit) bool {
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
func tallyOf(o *Organization, old *Tally, visits []Visit) *Tally {
	t := &Tally{CustomerID: old.CustomerID, OrganizationID: old.OrganizationID}
	if len(visits) > 0 {
		t.Places = map[string]PlaceTally{}
	}
	for i := range visits {
		v := &visits[i]
		p, known := t.Places[v.LocationID]
		if !known {
			p.Zone = o.zoneName(v.LocationID, old.Places[v.LocationID].Zone)
		}
		t.count(v, zoneOf(p.Zone), 1)
		p.Visits++
		p.follow(nil, visits[i:i+1])
		t.Places[v.LocationID] = p
	}
	return t
}

// outdated reports whether a location has been given another zone since its visits were counted.
func (t *Tally) outdated(o *Organization) bool {
	for id, p := range t.Places {
		if o.zoneName(id, p.Zone) != p.Zone {
			return true
		}
	}
	return false
}

// zoneName is the declared zone of a location, or that which is known of one that is not declared.
func (o *Organization) zoneName(locationID, known string) string {
	if l := o.Location(locationID); l != nil {
		return l.Timezone
	}
	return known
}

// TallyOf returns the tally of a customer with these visits and no earlier tally.
func TallyOf(o *Organization, customerID string, visits []Visit) *Tally {
	return tallyOf(o, &Tally{CustomerID: customerID, OrganizationID: o.ID}, visits)
}
