package radius

import (
	"time"

	"onramp/onboarding"
)

// Access points may reuse an Acct-Session-Id, so that one Acct-Unique-Session-Id, the key, stands
// for several consecutive connections. A record belongs to the connection with the same beginning:
// the time of a Start record, or else the record's time less its Acct-Session-Time. A Start after a
// Stop or a restart begins a new connection. A Start during an open connection is stored there
// (Evidence.Later) until another record shows which connection it began.

const (
	// beginSlack is the tolerance between the beginnings that two records of one connection have by
	// the same clock; looseSlack applies if the access point sends no time, because the time of
	// arrival includes the transmission.
	beginSlack = 10 * time.Second
	looseSlack = time.Minute
	// looseEnd is the maximum delay of a Start without a time after the Stop of the same
	// connection.
	looseEnd = 5 * time.Second
)

// connection is a stored connection with its changed copy.
type connection struct {
	was *onboarding.Connection // nil for a new one
	is  onboarding.Connection
}

// connections holds the connections with one key.
type connections struct {
	key string
	all []*connection
}

func connectionsOf(key string, stored []*onboarding.Connection) *connections {
	k := &connections{key: key}
	for _, s := range stored {
		k.all = append(k.all, &connection{was: s, is: *s})
	}
	return k
}

// record is a connection as one accounting record alone describes it, with the time by our clock at
// which the record was made.
type record struct {
	onboarding.Connection
	received time.Time
}

// stop reports whether it is a Stop record.
func (r *record) stop() bool { return r.Reported != nil }

// start reports whether it is a Start record.
func (r *record) start() bool { return r.Started != nil }

// punctual reports whether the access point's clock agrees with ours.
func (r *record) punctual() bool { return r.Progress.At.Sub(r.received).Abs() <= looseSlack }

// dated reports whether a record contains the beginning of the connection.
func dated(s *onboarding.Connection) bool { return s.Started != nil || s.Evidence.Counted != 0 }

// slack returns the tolerance between the beginnings of two connections.
func slack(s, t *onboarding.Connection) time.Duration {
	if s.Evidence.Loose || t.Evidence.Loose {
		return looseSlack
	}
	return beginSlack
}

// put adds a record to the connection to which it belongs, and returns that connection.
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

// release removes the stored Start records that are later than the end of the connection, and
// begins their connections.
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

// startAt returns the record of a stored Start.
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
	s.Evidence = onboarding.ConnectionEvidence{
		Loose: loose, StartReceived: later.At, Clock: later.Clock, Place: s.Progress,
	}
	if s.CustomerID != "" {
		s.Evidence.Owner = s.Progress
	}
	return record{s, at}
}

// within reports whether the Start record came during the connection.
func (k *connections) within(c *connection, r *record) bool {
	return r.Progress.At.Sub(c.is.Start()) > slack(&c.is, &r.Connection) && !k.misdated(c, r) && !c.agrees(r)
}

// agrees reports whether connection and record have the same beginning by the access point's clock.
func (c *connection) agrees(r *record) bool {
	a, b := c.is.Evidence.Clock, r.Evidence.Clock
	if a == 0 || b == 0 || time.Duration(max(a-b, b-a))*time.Microsecond > beginSlack {
		return false
	}
	return (c.is.Evidence.ClockEnd == 0 || b <= c.is.Evidence.ClockEnd) &&
		(r.Evidence.ClockEnd == 0 || a <= r.Evidence.ClockEnd)
}

// ofClock returns the connection whose beginning by the access point's clock is closest to the
// record's, or nil.
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

// misdated reports whether a Start record with a wrong clock was received when the connection
// began.
func (k *connections) misdated(c *connection, r *record) bool {
	return !r.punctual() && c.is.Evidence.Counted != 0 && c.is.Started == nil &&
		r.received.Sub(c.is.Start()).Abs() <= beginSlack
}

// find returns the connection to which a record belongs, or nil for a new one.
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

// nearest returns the connection whose beginning is closest to the record's, within the slack, or
// nil.
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

// excludes reports whether the record must belong to another connection, because its connection
// began after the end of this one, or ended before its beginning.
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

// latest returns the connection with the latest beginning up to an instant, or nil.
func (k *connections) latest(at time.Time) *connection {
	var last *connection
	for _, c := range k.all {
		if !c.is.Start().After(at) && (last == nil || c.is.Start().After(last.is.Start())) {
			last = c
		}
	}
	return last
}

// undated returns the first connection from an instant on if no record contains its beginning, or
// else nil.
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

// ofStart returns the connection of a Start record, or nil.
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

// belongsToAnother reports whether the connections have different customers.
func belongsToAnother(s, t *onboarding.Connection) bool {
	return s.CustomerID != "" && t.CustomerID != "" && s.CustomerID != t.CustomerID
}

// ofCounted returns the connection of a record with an Acct-Session-Time, or nil.
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
		// Connections of one station cannot overlap: the clocks or counters are wrong.
		overlap := onboarding.MinTime(c.is.Seen(), at).Sub(onboarding.MaxTime(c.is.Start(), begun))
		if dated(&c.is) && !c.excludes(r) && (overlap > slack(&c.is, &r.Connection) ||
			overlap >= 0 && c.is.Evidence.Counted == 0 && c.is.Reported == nil) {
			return c
		}
		if c.is.Evidence.Counted == 0 && c.is.Evidence.StartReceived != 0 && c.is.Reported == nil && r.punctual() &&
			at.Sub(begun) > 2*beginSlack && time.UnixMicro(c.is.Evidence.StartReceived).Sub(begun).Abs() <= beginSlack {
			return c // its Start record had a wrong time
		}
	}
	if c := k.undated(begun.Add(-beginSlack)); c != nil && !(r.stop() && c.is.Seen().After(at.Add(beginSlack))) &&
		!(c.is.Reported != nil && at.After(c.is.Seen().Add(beginSlack))) {
		return c
	}
	return nil
}

// began reports whether the stored Start began the connection of a record with an
// Acct-Session-Time.
func began(l onboarding.LaterStart, r *record, slack time.Duration) bool {
	if l.Clock != 0 && r.Evidence.Clock != 0 &&
		time.UnixMicro(l.Clock).Sub(time.UnixMicro(r.Evidence.Clock)).Abs() <= beginSlack {
		return true
	}
	return time.UnixMicro(l.At).Sub(r.Start()).Abs() <= slack
}

// ofUncounted returns the connection of a record without an Acct-Session-Time, or nil.
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
