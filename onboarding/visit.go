package onboarding

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Visit is a run of one customer's sessions at one location, each beginning less than the tenant's visit gap after the ones before have ended. Visits
// are kept of customers who agreed to be profiled, and of no one else.
type Visit struct {
	ID             string
	OrganizationID string
	CustomerID     string
	LocationID     string
	HotspotID      string // of its first session, if known
	Start, End     time.Time
	Sessions       int
	Proven         bool // at least one of its sessions was authenticated by us
}

// span is what a visit takes from a session.
type span struct {
	UniqueID   string
	HotspotID  string
	Start, End time.Time
	Proven     bool
}

func (s *Session) span() span {
	return span{UniqueID: s.UniqueID, HotspotID: s.HotspotID, Start: s.Start(), End: s.Seen(), Proven: s.Proven}
}

// runs parts spans into runs with gaps under the given one. What comes first in a run is its earliest.
func runs(spans []span, gap time.Duration) [][]span {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.UniqueID, b.UniqueID))
	})
	var all [][]span
	var end time.Time
	for i, s := range spans {
		if i == 0 || s.Start.Sub(end) >= gap {
			all = append(all, nil)
			end = s.End
		}
		all[len(all)-1] = append(all[len(all)-1], s)
		if s.End.After(end) {
			end = s.End
		}
	}
	return all
}

// visitChange is what one accounting record did to a customer's visits at a location: some ended up with other bounds, some were made, some were
// joined into others.
type visitChange struct {
	before, after []Visit
}

// keepVisits makes the customer's visits at the session's location agree with the session as it is now. was is the session before the record, nil for a
// new one.
func keepVisits(ctx context.Context, tx Tx, o *Organization, was, is *Session) (visitChange, error) {
	if was != nil && (was.CustomerID != is.CustomerID || was.LocationID != is.LocationID) {
		was = nil // it was counted elsewhere, and is not any more: see withdrawVisit
	}
	now := is.span()
	before := now
	if was != nil {
		if before = was.span(); before == now {
			return visitChange{}, nil
		}
	}
	gap := o.visitGap()
	from, to := minTime(before.Start, now.Start), maxTime(before.End, now.End)
	near, err := tx.VisitsNear(ctx, is.CustomerID, is.LocationID, from.Add(-gap), to.Add(gap))
	if err != nil {
		return visitChange{}, err
	}
	near = slices.DeleteFunc(near, func(v Visit) bool { return v.Start.Sub(to) >= gap || from.Sub(v.End) >= gap })
	if was != nil && !slices.ContainsFunc(near, func(v Visit) bool { return !v.Start.After(before.Start) && !v.End.Before(before.End) }) {
		return visitChange{}, nil // in no visit: it was there before the customer agreed to be profiled
	}
	change := visitChange{before: near}
	if now.Start.After(before.Start) || now.End.Before(before.End) {
		change.after, err = partVisits(ctx, tx, o, is, []span{is.span()}, near, from, to)
	} else {
		change.after = []Visit{joinVisits(o, is, near, was == nil)}
	}
	if err != nil {
		return visitChange{}, err
	}
	return change, change.write(ctx, tx)
}

// withdrawVisit makes the visits at the session's location what they are without it: it was counted there and is not there any more.
func withdrawVisit(ctx context.Context, tx Tx, o *Organization, was *Session) (visitChange, error) {
	gone := was.span()
	near, err := tx.VisitsNear(ctx, was.CustomerID, was.LocationID, gone.Start, gone.End)
	if err != nil {
		return visitChange{}, err
	}
	near = slices.DeleteFunc(near, func(v Visit) bool { return v.Start.After(gone.Start) || v.End.Before(gone.End) })
	if len(near) == 0 {
		return visitChange{}, nil // not counted
	}
	change := visitChange{before: near}
	if change.after, err = partVisits(ctx, tx, o, was, nil, near, gone.Start, gone.End); err != nil {
		return visitChange{}, err
	}
	return change, change.write(ctx, tx)
}

// joinVisits is what becomes of the visits near a session that is new or has grown: one visit.
func joinVisits(o *Organization, s *Session, near []Visit, isNew bool) Visit {
	v := visitOf(o, s, []span{s.span()})
	if !isNew {
		v.Sessions = 0 // counted already
	}
	for i, old := range near {
		if i == 0 {
			v.ID = old.ID
		}
		if !v.Start.Before(old.Start) {
			v.HotspotID = old.HotspotID
		}
		v.Start, v.End = minTime(v.Start, old.Start), maxTime(v.End, old.End)
		v.Sessions += old.Sessions
		v.Proven = v.Proven || old.Proven
	}
	if v.ID == "" {
		v.ID, v.Sessions = NewID(), 1
	}
	return v
}

// partVisits makes the visits anew from their sessions, for a session that has shrunk: a record that came late said better when it began.
func partVisits(ctx context.Context, tx Tx, o *Organization, s *Session, spans []span, near []Visit, from, to time.Time) ([]Visit, error) {
	for _, v := range near {
		from, to = minTime(from, v.Start), maxTime(to, v.End)
	}
	sessions, err := tx.SessionsAt(ctx, s.CustomerID, s.LocationID, from, to)
	if err != nil {
		return nil, err
	}
	for _, other := range sessions {
		if other.UniqueID != s.UniqueID {
			spans = append(spans, other.span())
		}
	}
	var after []Visit
	free := slices.Clone(near)
	for _, run := range runs(spans, o.visitGap()) {
		v := visitOf(o, s, run)
		// A run keeps the identity of the first visit that it overlaps.
		if i := slices.IndexFunc(free, func(old Visit) bool { return !old.Start.After(v.End) && !v.Start.After(old.End) }); i >= 0 {
			v.ID = free[i].ID
			free = slices.Delete(free, i, i+1)
		} else {
			v.ID = NewID()
		}
		after = append(after, v)
	}
	return after, nil
}

// none reports whether nothing changed.
func (c *visitChange) none() bool { return slices.Equal(c.before, c.after) }

// write stores what changed.
func (c *visitChange) write(ctx context.Context, tx Tx) error {
	for _, v := range c.before {
		if !slices.ContainsFunc(c.after, func(n Visit) bool { return n.ID == v.ID }) {
			if err := tx.DeleteVisit(ctx, v.ID); err != nil {
				return err
			}
		}
	}
	for i := range c.after {
		if !slices.Contains(c.before, c.after[i]) {
			if err := tx.PutVisit(ctx, &c.after[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func visitOf(o *Organization, s *Session, run []span) Visit {
	v := Visit{
		OrganizationID: o.ID, CustomerID: s.CustomerID, LocationID: s.LocationID,
		HotspotID: run[0].HotspotID, Start: run[0].Start, End: run[0].End, Sessions: len(run),
	}
	for _, r := range run {
		v.End = maxTime(v.End, r.End)
		v.Proven = v.Proven || r.Proven
	}
	return v
}

func (o *Organization) visitGap() time.Duration {
	if o.VisitGap > 0 {
		return o.VisitGap
	}
	return DefaultVisitGap
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
