package connectivity

import (
	"slices"
	"time"

	"onramp/onboarding"
)

const (
	// unaccounted is the time for which a station without accounting counts as connected, and one
	// with accounting after its last interim record.
	unaccounted = 12 * time.Hour
	// clockSlack is the largest difference between the clocks of access points.
	clockSlack = 5 * time.Second
	// clockUnit is the resolution of the times that access points report.
	clockUnit = time.Second
)

// end is the reason why a station's connection ended.
type end struct {
	at     time.Time
	cause  Cause
	detail Detail
	sure   Confidence
	failed *onboarding.Attempt
}

// derive sets the station's state and, if it is not connected, its cause. It does not consider the
// credential and the profiles; decide does.
func (f *facts) derive(st *station) {
	accepted := st.authenticated()
	if accepted.IsZero() {
		f.deriveNever(st)
		return
	}
	ends := f.ends(st, accepted)
	if len(ends) == 0 {
		st.State, st.Since, st.Confidence = Connected, new(st.begin()), f.connectedConfidence(st)
		return
	}
	first := slices.MinFunc(ends, func(a, b end) int { return a.at.Compare(b.at) })
	st.State, st.Since = NotConnected, new(first.at)
	// A failed attempt is the cause, whatever ended the connection before.
	for _, e := range ends {
		if e.failed != nil {
			first = e
		}
	}
	st.Cause, st.Detail, st.Confidence, st.failed = first.cause, first.detail, first.sure, first.failed
}

// deriveNever derives the state of a station that was never accepted.
func (f *facts) deriveNever(st *station) {
	st.State = NeverConnected
	switch failed := st.failure(); {
	case failed != nil:
		st.failed = failed
		st.Cause, st.Detail, st.Confidence = f.causeOfFailure(st, failed)
	case st.claimed != nil:
		f.deriveClaimed(st)
	}
}

// covering returns the connection that the last Access-Accept began or continued, or nil: the
// newest one, unless the accept is later than its end, or than its start at another access point.
// Of connections that began in the same second, an open one counts as the newest.
func (st *station) covering() *onboarding.Connection {
	if len(st.connections) == 0 {
		return nil
	}
	c := st.connections[0]
	for _, other := range st.connections[1:] {
		if c.Start().Sub(other.Start()) >= clockUnit {
			break
		}
		if c.Stop() != nil && other.Stop() == nil {
			c = other
		}
	}
	if len(st.accepts) == 0 {
		return c
	}
	a := st.accepts[0]
	switch begun := c.Start(); {
	case !begun.Before(a.Last.Add(-clockSlack)):
		return c
	case c.AccessPoint != a.AccessPoint: // the station moved on
		return nil
	case c.Stop() != nil && c.Stop().Before(a.Last.Add(-clockSlack)):
		return nil
	}
	return c
}

// ends returns everything that ended the connection after the last Access-Accept.
func (f *facts) ends(st *station, accepted time.Time) []end {
	var ends []end
	c := st.covering()
	if failed := st.failure(); failed != nil && failed.Last.After(accepted) &&
		(c == nil || !c.Progress.At.After(failed.Last.Add(time.Minute))) {
		cause, detail, sure := f.causeOfFailure(st, failed)
		ends = append(ends, end{firstFailure(st, accepted), cause, detail, sure, failed})
	}
	for _, other := range st.others {
		if other.At.After(accepted) {
			ends = append(ends, end{at: other.At, cause: CauseOtherDevice, sure: Possible})
			break
		}
	}
	if c == nil {
		return append(ends, f.endsUnaccounted(st, accepted)...)
	}
	if stop := c.Stop(); stop != nil {
		cause, detail := causeOfStop(c.TerminateCause())
		if ordered := f.disconnect(c.UniqueID); ordered != nil && ordered.Outcome == onboarding.DisconnectAcknowledged {
			cause, detail = CauseDisconnected, ""
		}
		return append(ends, end{at: *stop, cause: cause, detail: detail, sure: Certain})
	}
	if ordered := f.disconnect(c.UniqueID); ordered != nil {
		switch {
		case ordered.Outcome == onboarding.DisconnectAcknowledged && ordered.Finished != nil:
			ends = append(ends, end{at: *ordered.Finished, cause: CauseDisconnected, sure: Certain})
		case ordered.Outcome == onboarding.DisconnectEnded && ordered.Finished != nil:
			ends = append(ends, end{at: *ordered.Finished, cause: CauseOutOfRange, detail: DetailSilent, sure: Likely})
		case ordered.Outcome != "":
			st.overdue, st.Detail = ordered, DetailUnanswered
		}
	}
	if timeout := accepted.Add(f.sessionTimeout(accepted)); !f.now.Before(timeout) && c.Seen().Before(timeout) {
		ends = append(ends, end{at: timeout, cause: CauseSessionEnded, sure: Likely})
	}
	if interim := c.Progress; interim.Duration > 0 && f.now.Sub(c.Seen()) > unaccounted {
		ends = append(ends, end{at: c.Seen(), cause: CauseOutOfRange, detail: DetailSilent, sure: Likely})
	}
	return ends
}

// endsUnaccounted returns the ends of a connection of which no accounting is known.
func (f *facts) endsUnaccounted(st *station, accepted time.Time) []end {
	if e, ok := f.neverBegan(st); ok {
		return []end{e}
	}
	var ends []end
	if timeout := accepted.Add(f.sessionTimeout(accepted)); !f.now.Before(timeout) {
		ends = append(ends, end{at: timeout, cause: CauseSessionEnded, sure: Likely})
	}
	if until := accepted.Add(unaccounted); !f.now.Before(until) {
		ends = append(ends, end{at: until, cause: CauseOutOfRange, detail: DetailSilent, sure: Possible})
	}
	return ends
}

// sessionTimeout returns the Session-Timeout of an Access-Accept.
func (f *facts) sessionTimeout(accepted time.Time) time.Duration {
	timeout := onboarding.UnboundedTimeout
	if t := f.organization.RADIUS.SessionTimeout; t > 0 {
		timeout = t
	}
	if left := f.credential.Expires.Sub(accepted); left > 0 && !f.credential.Created.After(accepted) {
		timeout = min(timeout, left)
	}
	return timeout
}

// disconnect returns the last order to end a connection, or nil.
func (f *facts) disconnect(uniqueID string) *onboarding.Disconnect {
	for _, d := range f.disconnects {
		if d.UniqueID == uniqueID {
			return d
		}
	}
	return nil
}

// begin returns the beginning of the present connection: its start, or the first Access-Accept
// after the last failure.
func (st *station) begin() time.Time {
	if c := st.covering(); c != nil {
		return c.Start()
	}
	var after time.Time
	if failed := st.failure(); failed != nil {
		after = failed.Last
	}
	for _, c := range st.connections {
		if stop := c.Stop(); stop != nil {
			after = onboarding.MaxTime(after, *stop)
		}
	}
	begin := st.accepts[0].Last
	for _, a := range st.accepts {
		if a.First.Before(after) || begin.Sub(a.Last) > unaccounted {
			break
		}
		begin = a.First
	}
	return begin
}

// firstFailure returns the time of the first failed attempt after the last Access-Accept.
func firstFailure(st *station, accepted time.Time) time.Time {
	at := st.failures[0].Last
	for _, a := range st.failures {
		if !a.Last.After(accepted) {
			break
		}
		at = a.Last
		if a.First.After(accepted) {
			at = a.First
		}
	}
	return at
}

// connectedConfidence returns the confidence that a station is connected: accounting of an open
// connection is certain.
func (f *facts) connectedConfidence(st *station) Confidence {
	c := st.covering()
	switch {
	case st.shared():
		return Possible
	case c == nil, !c.Proven:
		return Likely
	case f.now.Sub(c.Seen()) > unaccounted, st.failure() != nil && st.failure().Last.After(st.authenticated()):
		return Likely
	}
	return Certain
}
