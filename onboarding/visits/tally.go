package visits

import (
	"slices"
	"time"

	"onramp/onboarding"
)

// changeTally subtracts the visits before from the tally and adds the visits after; all are at
// one location. It calls bounds, which reads the stored visits, only if the first or last visit
// was deleted or shortened.
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
	if !moveBounds(&p, before, after) {
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

// countVisit adds n visits like v to the totals over all locations.
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

// moveBounds updates the first and last times of a location. It returns false if they do not
// follow from the change alone: a visit of before held one of them, and no visit of after reaches
// as far.
func moveBounds(p *onboarding.PlaceTally, before, after []onboarding.Visit) bool {
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

// bound is the first or last of several instants; zero if there is none yet.
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

// TallyOf counts all visits. It takes customer and organization from old, and the zones of
// locations that are no longer declared.
func TallyOf(o *onboarding.Organization, old *onboarding.Tally, visits []onboarding.Visit) *onboarding.Tally {
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
		moveBounds(&p, nil, visits[i:i+1])
		t.Places[v.LocationID] = p
	}
	return t
}

// zoneChanged reports whether the declared zone of a location differs from the one in the tally.
func zoneChanged(t *onboarding.Tally, o *onboarding.Organization) bool {
	for id, p := range t.Places {
		if zoneName(o, id, p.Zone) != p.Zone {
			return true
		}
	}
	return false
}

// zoneName returns the declared zone of a location, or known if the location is not declared.
func zoneName(o *onboarding.Organization, locationID, known string) string {
	if l := o.Location(locationID); l != nil {
		return l.Timezone
	}
	return known
}
