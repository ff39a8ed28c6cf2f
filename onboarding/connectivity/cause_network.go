package connectivity

import (
	"strings"
	"time"

	"onramp/onboarding"
)

// causeOfStop returns the cause for an Acct-Terminate-Cause (RFC 2866, section 5.10).
func causeOfStop(terminate string) (Cause, Detail) {
	switch {
	case strings.EqualFold(terminate, "Session-Timeout"):
		return CauseSessionEnded, ""
	case strings.EqualFold(terminate, "Admin-Reset"), strings.EqualFold(terminate, "Port-Administratively-Disabled"):
		return CauseDisconnected, ""
	case strings.EqualFold(terminate, "NAS-Reboot"), strings.EqualFold(terminate, "Admin-Reboot"):
		return CauseOutOfRange, DetailRestart
	}
	return CauseOutOfRange, ""
}

const (
	// repeated is the number of Access-Accepts without a connection that is no coincidence.
	repeated = 3
	// repeatedWithin is the longest average time between them.
	repeatedWithin = 30 * time.Minute
)

// neverBegan returns the end of a station that is accepted again and again while its access point
// reports no connection, although it sends accounting.
func (f *facts) neverBegan(st *station) (end, bool) {
	if !st.accounts || len(st.accepts) == 0 {
		return end{}, false
	}
	after := time.Time{}
	if len(st.connections) > 0 {
		after = st.connections[0].Seen()
	}
	last := st.accepts[0]
	first, count, vlan := last.Last, int64(0), false
	for _, a := range st.accepts {
		if a.First.Before(after) || a.AccessPoint != last.AccessPoint || last.Last.Sub(a.First) > 2*time.Hour {
			break
		}
		first, count, vlan = a.First, count+a.Count, vlan || a.VLAN != 0
	}
	if count < repeated || last.Last.Sub(first) > repeatedWithin*time.Duration(count-1) {
		return end{}, false
	}
	if vlan {
		return end{at: first, cause: CauseVLAN, sure: Likely}, true
	}
	return end{at: first, cause: CauseUnknown, detail: DetailNoAccounting, sure: Likely}, true
}

// deriveClaimed derives the cause of a station that only a claim names, from attempts without a
// customer. It does nothing if another person authenticated from the MAC address.
func (f *facts) deriveClaimed(st *station) {
	if st.shared() {
		return
	}
	for _, a := range st.unattributed {
		if a.Accepted() {
			continue
		}
		st.failed = a
		st.saw(a.Last, placeOf(a))
		st.Cause, st.Detail, _ = f.causeOfReason(st, a)
		st.Confidence = Possible
		return
	}
	for _, other := range f.stations {
		if other != st && other.claimed == nil && !other.authenticated().IsZero() {
			st.Cause, st.Confidence = CauseOtherDevice, Possible
			return
		}
	}
}

// unnamedFailure returns the last failed attempt without a customer of a station that is known to
// be the person's, if it is later than the station's own records: its user name belongs to no
// customer.
func (f *facts) unnamedFailure(st *station) *onboarding.Attempt {
	if st.claimed != nil || st.shared() || st.authenticated().IsZero() {
		return nil
	}
	for _, a := range st.unattributed {
		if a.Reason != onboarding.ReasonUnknownUser && a.Reason != onboarding.ReasonWrongRealm {
			continue
		}
		if a.Last.After(st.seen) || a.Last.After(st.authenticated()) {
			return a
		}
		return nil
	}
	return nil
}

// dropOf returns the packets that the RADIUS server dropped since an instant because one of the
// organization's hotspots has another secret, or nil.
func (f *facts) dropOf(after time.Time) *Dropped {
	if f.health == nil {
		return nil
	}
	for i := range f.health.Dropped {
		d := &f.health.Dropped[i]
		if d.Reason != DroppedSecret || !d.Last.After(after) {
			continue
		}
		if _, h := f.organization.Hotspot(d.HotspotID); h != nil {
			return d
		}
	}
	return nil
}

// stranger returns the packets of undeclared senders if a hotspot of the organization may be one of
// them, because nothing came from its address; nil otherwise. Anyone can send packets to a public
// address, so that others prove nothing.
func (f *facts) stranger() *Dropped {
	if f.health == nil {
		return nil
	}
	for i := range f.health.Dropped {
		d := &f.health.Dropped[i]
		if d.Reason != DroppedClient {
			continue
		}
		if _, h := f.organization.Hotspot(d.HotspotID); h != nil {
			return d
		}
	}
	return nil
}
