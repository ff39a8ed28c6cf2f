package connectivity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// station holds the records of one MAC address and the conclusions from them.
type station struct {
	mac     string
	claimed *onboarding.StationClaim // set if only a claim names the station
	// Of the records, the latest come first.
	accepts     []*onboarding.Attempt
	failures    []*onboarding.Attempt
	connections []*onboarding.Connection
	// unattributed are attempts without a customer at the organization's own or undeclared access
	// points.
	unattributed []*onboarding.Attempt
	others       []onboarding.StationOwner // other people who authenticated from it
	accounts     bool                      // the access point of the last accept sends accounting

	StationVerdict
	seen  time.Time // the last record
	place place     // of the last record
	// failed is the failed attempt that the verdict rests on, or nil.
	failed *onboarding.Attempt
	// overdue is the order to end the connection that the access point did not answer, or nil.
	overdue *onboarding.Disconnect
}

// place is where a record was made.
type place struct{ hostID, locationID, hotspotID, accessPoint string }

func placeOf(a *onboarding.Attempt) place {
	return place{a.HostID, a.LocationID, a.HotspotID, a.AccessPoint}
}

func placeOfConnection(c *onboarding.Connection) place {
	return place{c.HostID, c.LocationID, c.HotspotID, c.AccessPoint}
}

// declared reports whether the access point is any organization's.
func (p place) declared() bool { return p.hostID != "" }

// readStations groups the records by station, and reads the other records of each one.
func (s *Connectivity) readStations(ctx context.Context, f *facts) error {
	if f.customer.Minimised() {
		return nil
	}
	byMAC := map[string]*station{}
	of := func(mac string) *station {
		st := byMAC[mac]
		if st == nil {
			st = &station{mac: mac, StationVerdict: StationVerdict{MAC: mac}}
			byMAC[mac] = st
			f.stations = append(f.stations, st)
		}
		return st
	}
	for _, a := range f.attempts {
		st := of(a.Station)
		if a.Accepted() {
			st.accepts = append(st.accepts, a)
		} else {
			st.failures = append(st.failures, a)
		}
		st.saw(a.Last, placeOf(a))
	}
	for _, c := range f.connections {
		st := of(c.MAC)
		st.connections = append(st.connections, c)
		st.saw(c.Seen(), placeOfConnection(c))
	}
	if err := s.readClaims(ctx, f, of); err != nil {
		return err
	}
	f.stations = latestStations(f.stations)
	for _, st := range f.stations {
		if err := s.readStation(ctx, f, st); err != nil {
			return err
		}
	}
	return nil
}

// latestStations returns the maxStations that were seen last, in that order. Half of them are kept
// for stations that authenticated: those that never did displace none of these.
func latestStations(all []*station) []*station {
	latest := func(a, b *station) int { return cmp.Or(b.seen.Compare(a.seen), cmp.Compare(a.mac, b.mac)) }
	slices.SortStableFunc(all, latest)
	var proven, others []*station
	for _, st := range all {
		if st.authenticated().IsZero() {
			others = append(others, st)
		} else {
			proven = append(proven, st)
		}
	}
	room := max(maxStations/2, maxStations-len(proven))
	others = others[:min(len(others), room)]
	kept := slices.Concat(proven[:min(len(proven), maxStations-len(others))], others)
	slices.SortStableFunc(kept, latest)
	return kept
}

// readClaims adds the stations that the portal's address named within the claims' lifetime.
func (s *Connectivity) readClaims(ctx context.Context, f *facts, of func(mac string) *station) error {
	if !f.operator {
		return nil
	}
	claims, err := s.store.StationClaims(ctx, f.customer.ID, "")
	if err != nil {
		return err
	}
	for i := range claims {
		if f.now.Sub(claims[i].At) > onboarding.StationClaimLifetime {
			continue
		}
		if st := of(claims[i].MAC); len(st.accepts)+len(st.failures)+len(st.connections) == 0 {
			st.claimed, st.Claimed, st.seen = &claims[i], true, claims[i].At
		}
	}
	return nil
}

// saw advances the time and place of the station's last record.
func (st *station) saw(at time.Time, where place) {
	if at.After(st.seen) {
		st.seen, st.place = at, where
	}
}

// readStation reads the other people of a MAC address, its attempts without a customer, and whether
// its access point sends accounting.
func (s *Connectivity) readStation(ctx context.Context, f *facts, st *station) error {
	if st.mac == "" {
		return nil
	}
	host, accessPoint := f.organization.ID, ""
	if !st.place.declared() && !st.seen.IsZero() && st.claimed == nil {
		host, accessPoint = "", st.place.accessPoint
	}
	owners, err := s.store.StationOwners(ctx, st.mac, host, accessPoint, f.now.Add(-onboarding.AttemptsKept), maxOwners)
	if err != nil {
		return err
	}
	for _, o := range owners {
		if o.CustomerID != f.customer.ID {
			st.others = append(st.others, o)
		}
	}
	unattributed, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
		Station: st.mac, Unattributed: true, From: f.now.Add(-onboarding.AttemptsKept), Limit: maxOfStation,
	})
	if err != nil {
		return err
	}
	for _, a := range unattributed {
		if a.HostID == f.organization.ID || a.HostID == "" {
			st.unattributed = append(st.unattributed, a)
		}
	}
	if len(st.accepts) > 0 && st.covering() == nil {
		st.accounts, err = s.sendsAccounting(ctx, f, st.accepts[0])
	}
	return err
}

// sendsAccounting reports whether the access point of an accept has lately sent accounting for
// anyone whom it let in.
func (s *Connectivity) sendsAccounting(ctx context.Context, f *facts, a *onboarding.Attempt) (bool, error) {
	attempts, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
		AccessPoint: a.AccessPoint, From: f.now.Add(-onboarding.AttemptsKept), Limit: maxAccounted,
	})
	if err != nil {
		return false, err
	}
	asked := map[string]bool{"": true}
	for _, other := range attempts {
		if asked[other.CustomerID] || !other.Accepted() || len(asked) > maxAccountedFor {
			continue
		}
		asked[other.CustomerID] = true
		connections, err := s.store.Connections(ctx, onboarding.ConnectionQuery{CustomerID: other.CustomerID, Limit: 5})
		if err != nil {
			return false, err
		}
		for _, c := range connections {
			if c.AccessPoint == a.AccessPoint && !c.Imported() && f.now.Sub(c.Seen()) <= onboarding.AttemptsKept {
				return true, nil
			}
		}
	}
	return false, nil
}

// authenticated returns the time of the station's last Access-Accept; zero if there was none. An
// earlier version recorded no attempts, so that a connection proves one too.
func (st *station) authenticated() time.Time {
	var at time.Time
	if len(st.accepts) > 0 {
		at = st.accepts[0].Last
	}
	if len(st.connections) > 0 {
		at = onboarding.MaxTime(at, st.connections[0].Start())
	}
	return at
}

// failure returns the station's last failed attempt, or nil.
func (st *station) failure() *onboarding.Attempt {
	if len(st.failures) == 0 {
		return nil
	}
	return st.failures[0]
}

// shared reports whether other people authenticated from this MAC address.
func (st *station) shared() bool { return len(st.others) > 0 }
