package radius

import (
	"time"

	"onramp/onboarding"
)

// An access point may give an Acct-Session-Id again, so that one Acct-Unique-Session-Id stands for several connections, one after the
// other. A record belongs to the connection that began when the record says it did, by its own time if it is a Start, or else by its
// time less its Acct-Session-Time. A Start after a Stop or a restart begins a new connection; one within an open connection is
// remembered there (Evidence.Later) until a record shows which connection it began.

const (
	// beginSlack is how far two records of one connection may differ on its beginning by one clock, and looseSlack if the access
	// point gives no time, and ours includes how long the record was under way.
	beginSlack = 10 * time.Second
	looseSlack = time.Minute
	// looseEnd is how late a Start without a time may come after the Stop of its own connection.
	looseEnd = 5 * time.Second
)

// connection is one of them before and after a record.
type connection struct {
	was *onboarding.Connection // nil for a new one
	is  onboarding.Connection
}

// connections are those with one Acct-Unique-Session-Id.
type connections struct {
	key string
	all []*connection
}

func connectionsOf(key string, sessions []*onboarding.Connection) *connections {
	k := &connections{key: key}
	for _, s := range sessions {
		k.all = append(k.all, &connection{was: s, is: *s})
	}
	return k
}

// record is what one accounting record alone tells of its connection, with the time by our clock at which it was made.
type record struct {
	onboarding.Connection
	received time.Time
}

func (r *record) stop() bool { return r.Reported != nil }

// start reports whether it is a Start record.
func (r *record) start() bool { return r.Started != nil }

// punctual reports whether the access point's time agrees with ours.
func (r *record) punctual() bool { return r.Progress.At.Sub(r.received).Abs() <= looseSlack }

// dated reports whether a record says when the connection began.
func dated(s *onboarding.Connection) bool { return s.Started != nil || s.Evidence.Counted != 0 }

func slack(s *onboarding.Connection, t *onboarding.Connection) time.Duration {
	if s.Evidence.Loose || t.Evidence.Loose {
		return looseSlack
	}
	return beginSlack
}

// put adds a record to the connection that it belongs to and returns that one.
func (k *connections) put(r record) *connection {
	c := k.find(&r)
	switch {
	case c == nil:
		c = k.add(r.Connection)
	case r.start() && k.within(c, &r):
		addLater(&c.is.Evidence, onboarding.LaterStart{At: r.Progress.At.UnixMicro(), Clock: r.Evidence.Clock})
	default:
		c.is = merge(c.is, r.Connection)
	}
	k.release(c)
	return c
}

// add begins a new connection.
func (k *connections) add(s onboarding.Connection) *connection {
	s.Key, s.UniqueID = k.key, k.key
	if len(k.all) > 0 {
		s.UniqueID = onboarding.NewID()
	}
	c := &connection{is: s}
	k.all = append(k.all, c)
	return c
}

// release gives the Start records that the connection remembered, and that came after its end, to the connections that they began.
func (k *connections) release(c *connection) {
	end := c.is.Stop()
	if end == nil {
		return
	}
	for _, later := range c.is.Evidence.Later {
		after := later.At > end.UnixMicro()
		if later.Clock != 0 && c.is.Evidence.ClockEnd != 0 {
			after = later.Clock > c.is.Evidence.ClockEnd
		}
		if later.At != 0 && after {
			dropLater(&c.is.Evidence, later)
			k.put(c.startAt(later))
		}
	}
}

// startAt is a remembered Start record.
func (c *connection) startAt(later onboarding.LaterStart) record {
	at := time.UnixMicro(later.At).UTC()
	s := c.is
	s.Started, s.Implied, s.Reported, s.Restart = &at, at, nil, nil
	s.Progress = onboarding.Progress{At: at}
	loose := later.Clock != later.At
	if !loose {
		s.Progress.Event = later.Clock
	}
	s.Duration, s.Input, s.Output, s.Address = 0, 0, 0, ""
	s.Evidence = onboarding.ConnectionEvidence{Loose: loose, StartReceived: later.At, Clock: later.Clock, Place: s.Progress}
	if s.CustomerID != "" {
		s.Evidence.Owner = s.Progress
	}
	return record{s, at}
}

// within reports whether the Start record came while the connection was there already.
func (k *connections) within(c *connection, r *record) bool {
	return r.Progress.At.Sub(c.is.Start()) > slack(&c.is, &r.Connection) && !k.misdated(c, r) && !c.agrees(r)
}

// agrees reports whether connection and record have the same beginning by the access point's own clock.
func (c *connection) agrees(r *record) bool {
	a, b := c.is.Evidence.Clock, r.Evidence.Clock
	if a == 0 || b == 0 || time.Duration(max(a-b, b-a))*time.Microsecond > beginSlack {
		return false
	}
	return (c.is.Evidence.ClockEnd == 0 || b <= c.is.Evidence.ClockEnd) && (r.Evidence.ClockEnd == 0 || a <= r.Evidence.ClockEnd)
}

// ofClock returns the connection whose beginning by the access point's own clock is nearest to the record's.
func (k *connections) ofClock(r *record) *connection {
	var best *connection
	var least int64
	for _, c := range k.all {
		if !c.agrees(r) {
			continue
		}
		d := c.is.Evidence.Clock - r.Evidence.Clock
		if d = max(d, -d); best == nil || d < least {
			best, least = c, d
		}
	}
	return best
}

// misdated reports whether a Start record whose clock is wrong was received when the connection began.
func (k *connections) misdated(c *connection, r *record) bool {
	return !r.punctual() && c.is.Evidence.Counted != 0 && c.is.Started == nil && r.received.Sub(c.is.Start()).Abs() <= beginSlack
}

// find returns the connection that a record belongs to, nil for a new one.
func (k *connections) find(r *record) *connection {
	if c := k.ofClock(r); c != nil {
		return c
	}
	switch {
	case r.start():
		return k.ofStart(r)
	case r.Evidence.Counted != 0:
		return k.ofCounted(r)
	}
	return k.ofUncounted(r)
}

// nearest returns the connection that began when the record says, as nearly as the clocks allow.
func (k *connections) nearest(r *record) *connection {
	var best *connection
	var least time.Duration
	for _, c := range k.all {
		if !dated(&c.is) || c.excludes(r) {
			continue
		}
		if d := c.is.Start().Sub(r.Start()).Abs(); d <= slack(&c.is, &r.Connection) && (best == nil || d < least) {
			best, least = c, d
		}
	}
	return best
}

// excludes reports whether the record is certainly of another connection: one that began after this one's end, or ended before its
// beginning.
func (c *connection) excludes(r *record) bool {
	begun := c.is.Start()
	if r.stop() && r.Progress.At.Before(begun.Add(-slack(&c.is, &r.Connection))) {
		return true
	}
	switch {
	case c.is.Reported != nil:
		end := *c.is.Stop()
		if r.Evidence.Loose || c.is.Evidence.Loose {
			end = end.Add(looseEnd)
		}
		return r.Start().After(end)
	case c.is.Restart != nil:
		return begun.Before(*c.is.Restart) && !r.Start().Before(*c.is.Restart)
	}
	return false
}

// latest returns the connection that began last of those that had begun at an instant.
func (k *connections) latest(at time.Time) *connection {
	var last *connection
	for _, c := range k.all {
		if !c.is.Start().After(at) && (last == nil || c.is.Start().After(last.is.Start())) {
			last = c
		}
	}
	return last
}

// undated returns the first connection of which nothing but records without a beginning is known, from an instant on, unless another one
// began in between.
func (k *connections) undated(from time.Time) *connection {
	var first *connection
	for _, c := range k.all {
		if !c.is.Start().Before(from) && (first == nil || c.is.Start().Before(first.is.Start())) {
			first = c
		}
	}
	if first == nil || dated(&first.is) {
		return nil
	}
	return first
}

func (k *connections) ofStart(r *record) *connection {
	if c := k.nearest(r); c != nil {
		return c
	}
	for _, c := range k.all {
		if k.misdated(c, r) {
			return c
		}
	}
	at := r.Progress.At
	if c := k.latest(at); c != nil && !belongsToAnother(&c.is, &r.Connection) {
		if end := c.is.Stop(); end == nil || at.Before(*end) || c.is.Reported != nil && at.Equal(*end) {
			return c
		}
	}
	return k.undated(at)
}

// belongsToAnother reports whether both are of customers who differ.
func belongsToAnother(s *onboarding.Connection, t *onboarding.Connection) bool {
	return s.CustomerID != "" && t.CustomerID != "" && s.CustomerID != t.CustomerID
}

func (k *connections) ofCounted(r *record) *connection {
	if c := k.nearest(r); c != nil {
		return c
	}
	begun, at := r.Start(), r.Progress.At
	for _, c := range k.all {
		for _, later := range c.is.Evidence.Later {
			if later.At != 0 && began(later, r, slack(&c.is, &r.Connection)) {
				dropLater(&c.is.Evidence, later)
				return k.add(c.startAt(later).Connection)
			}
		}
	}
	for _, c := range k.all {
		// A device has no two connections at one time: the clocks or counters disagree.
		overlap := onboarding.MinTime(c.is.Seen(), at).Sub(onboarding.MaxTime(c.is.Start(), begun))
		if dated(&c.is) && !c.excludes(r) && (overlap > slack(&c.is, &r.Connection) || overlap >= 0 && c.is.Evidence.Counted == 0 && c.is.Reported == nil) {
			return c
		}
		if c.is.Evidence.Counted == 0 && c.is.Evidence.StartReceived != 0 && c.is.Reported == nil && r.punctual() &&
			at.Sub(begun) > 2*beginSlack && time.UnixMicro(c.is.Evidence.StartReceived).Sub(begun).Abs() <= beginSlack {
			return c // its Start came with a wrong time
		}
	}
	if c := k.undated(begun.Add(-beginSlack)); c != nil && !(r.stop() && c.is.Seen().After(at.Add(beginSlack))) &&
		!(c.is.Reported != nil && at.After(c.is.Seen().Add(beginSlack))) {
		return c
	}
	return nil
}

// began reports whether the Start record began the connection of a record that counts from its beginning.
func began(l onboarding.LaterStart, r *record, slack time.Duration) bool {
	if l.Clock != 0 && r.Evidence.Clock != 0 && time.UnixMicro(l.Clock).Sub(time.UnixMicro(r.Evidence.Clock)).Abs() <= beginSlack {
		return true
	}
	return time.UnixMicro(l.At).Sub(r.Start()).Abs() <= slack
}

func (k *connections) ofUncounted(r *record) *connection {
	at := r.Progress.At
	for _, c := range k.all {
		if r.stop() && c.is.Reported != nil && c.is.Reported.At.Equal(at) {
			return c
		}
	}
	slack := beginSlack
	if r.Evidence.Loose {
		slack = looseSlack
	}
	if c := k.latest(at.Add(slack)); c != nil && (c.is.Reported == nil || !c.is.Stop().Before(at.Add(-slack))) {
		return c
	}
	if r.stop() {
		return nil
	}
	return k.undated(at)
}
