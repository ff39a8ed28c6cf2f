package visits

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// span is the part of a connection that matters to visits.
type span struct {
	UniqueID   string
	HotspotID  string
	Start, End time.Time
	Proven     bool
}

func spanOf(s *onboarding.Connection) span {
	return span{UniqueID: s.UniqueID, HotspotID: s.HotspotID, Start: s.Start(), End: s.Seen(), Proven: s.Proven}
}

// runs divides spans into runs whose gaps are less than gap. Each run is sorted by start.
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

// Change holds the visits of a customer at a location that one accounting record changed, before
// and after: extended, created or joined.
type Change struct {
	before, after []onboarding.Visit
}

// UpdateVisits updates the customer's visits at the connection's location after a change of the
// connection. was is the connection before the change, nil for a new one.
func UpdateVisits(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, was, is *onboarding.Connection,
) (Change, error) {
	if was != nil && (was.CustomerID != is.CustomerID || was.LocationID != is.LocationID) {
		was = nil // counted elsewhere until now; see WithdrawVisit
	}
	now := spanOf(is)
	before := now
	if was != nil {
		if before = spanOf(was); before == now {
			return Change{}, nil
		}
	}
	gap := visitGap(o)
	from, to := onboarding.MinTime(before.Start, now.Start), onboarding.MaxTime(before.End, now.End)
	near, err := tx.VisitsNear(ctx, is.CustomerID, is.LocationID, from.Add(-gap), to.Add(gap))
	if err != nil {
		return Change{}, err
	}
	near = slices.DeleteFunc(near, func(v onboarding.Visit) bool {
		return v.Start.Sub(to) >= gap || from.Sub(v.End) >= gap
	})
	if was != nil && !slices.ContainsFunc(near, func(v onboarding.Visit) bool {
		return !v.Start.After(before.Start) && !v.End.Before(before.End)
	}) {
		return Change{}, nil // in no visit: the connection began before the consent to profiling
	}
	change := Change{before: near}
	if now.Start.After(before.Start) || now.End.Before(before.End) {
		change.after, err = splitVisits(ctx, tx, o, is, []span{spanOf(is)}, near, from, to)
	} else {
		change.after = []onboarding.Visit{joinVisits(o, is, near, was == nil)}
	}
	if err != nil {
		return Change{}, err
	}
	return change, change.write(ctx, tx)
}

// WithdrawVisit updates the visits at the connection's location after the connection was removed
// from there.
func WithdrawVisit(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, was *onboarding.Connection,
) (Change, error) {
	gone := spanOf(was)
	near, err := tx.VisitsNear(ctx, was.CustomerID, was.LocationID, gone.Start, gone.End)
	if err != nil {
		return Change{}, err
	}
	near = slices.DeleteFunc(near, func(v onboarding.Visit) bool {
		return v.Start.After(gone.Start) || v.End.Before(gone.End)
	})
	if len(near) == 0 {
		return Change{}, nil // not counted
	}
	change := Change{before: near}
	if change.after, err = splitVisits(ctx, tx, o, was, nil, near, gone.Start, gone.End); err != nil {
		return Change{}, err
	}
	return change, change.write(ctx, tx)
}

// joinVisits returns the one visit that replaces the visits near a new or extended connection.
func joinVisits(
	o *onboarding.Organization, s *onboarding.Connection, near []onboarding.Visit, isNew bool,
) onboarding.Visit {
	v := visitOf(o, s, []span{spanOf(s)})
	if !isNew {
		v.Connections = 0 // counted already
	}
	for i, old := range near {
		if i == 0 {
			v.ID = old.ID
		}
		if !v.Start.Before(old.Start) {
			v.HotspotID = old.HotspotID
		}
		v.Start, v.End = onboarding.MinTime(v.Start, old.Start), onboarding.MaxTime(v.End, old.End)
		v.Connections += old.Connections
		v.Proven = v.Proven || old.Proven
	}
	if v.ID == "" {
		v.ID, v.Connections = onboarding.NewID(), 1
	}
	return v
}

// splitVisits recomputes visits from their connections, after a late record has shortened a
// connection.
func splitVisits(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, s *onboarding.Connection, spans []span,
	near []onboarding.Visit, from, to time.Time,
) ([]onboarding.Visit, error) {
	for _, v := range near {
		from, to = onboarding.MinTime(from, v.Start), onboarding.MaxTime(to, v.End)
	}
	connections, err := tx.ConnectionsAt(ctx, s.CustomerID, s.LocationID, from, to)
	if err != nil {
		return nil, err
	}
	for _, other := range connections {
		if other.UniqueID != s.UniqueID {
			spans = append(spans, spanOf(other))
		}
	}
	var after []onboarding.Visit
	free := slices.Clone(near)
	for _, run := range runs(spans, visitGap(o)) {
		v := visitOf(o, s, run)
		// A run keeps the ID of the first visit that it overlaps.
		if i := slices.IndexFunc(free, func(old onboarding.Visit) bool {
			return !old.Start.After(v.End) && !v.Start.After(old.End)
		}); i >= 0 {
			v.ID = free[i].ID
			free = slices.Delete(free, i, i+1)
		} else {
			v.ID = onboarding.NewID()
		}
		after = append(after, v)
	}
	return after, nil
}

// none reports whether nothing changed.
func (c *Change) none() bool { return slices.Equal(c.before, c.after) }

// write stores the change.
func (c *Change) write(ctx context.Context, tx onboarding.Tx) error {
	for _, v := range c.before {
		if !slices.ContainsFunc(c.after, func(n onboarding.Visit) bool { return n.ID == v.ID }) {
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

func visitOf(o *onboarding.Organization, s *onboarding.Connection, run []span) onboarding.Visit {
	v := onboarding.Visit{
		OrganizationID: o.ID, CustomerID: s.CustomerID, LocationID: s.LocationID,
		HotspotID: run[0].HotspotID, Start: run[0].Start, End: run[0].End, Connections: len(run),
	}
	for _, r := range run {
		v.End = onboarding.MaxTime(v.End, r.End)
		v.Proven = v.Proven || r.Proven
	}
	return v
}

func visitGap(o *onboarding.Organization) time.Duration {
	if o.VisitGap > 0 {
		return o.VisitGap
	}
	return onboarding.DefaultVisitGap
}
