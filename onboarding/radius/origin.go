package radius

import (
	"context"
	"time"

	"onramp/onboarding"
)

// origin is the access point that sent a request, with the declared hotspot that it matches.
type origin struct {
	OrganizationID, LocationID, HotspotID string // of the hotspot; empty as far as unknown

	key      string // the access point's; it may serve several hotspots (a controller) or none
	mac      string // BSSID
	ssid     string
	identity AccessPointIdentity
}

// declared reports whether the access point matches a declared hotspot.
func (o *origin) declared() bool { return o.OrganizationID != "" }

// originOf finds the hotspot of an access point. A hotspot with its own secret matches only by its
// client entry, because any other client can send its name and addresses. Otherwise the BSSID takes
// precedence over the NAS-Identifier, and that over the address. A value that several hotspots of
// one location share identifies the location; one that several organizations share identifies
// nothing.
func (s *AAA) originOf(ctx context.Context, sent *AccessPointIdentity) (origin, error) {
	o := origin{identity: sent.storable()}
	id := &o.identity
	o.mac, o.ssid = onboarding.ParseCalledStation(id.CalledStation)
	o.key = id.key(o.mac)
	if id.Client != "" {
		h, err := s.store.Hotspot(ctx, id.Client)
		if err == nil {
			o.OrganizationID, o.LocationID, o.HotspotID = h.OrganizationID, h.LocationID, h.ID
			return o, nil
		}
		if onboarding.KindOf(err) != onboarding.NotFound {
			return o, err
		}
		// The client entry of a hotspot that is no longer declared: an unknown access point.
		return o, nil
	}
	if o.mac == "" && id.NASIdentifier == "" && id.Address == "" {
		return o, nil
	}
	candidates, err := s.store.HotspotsMatching(ctx, o.mac, id.NASIdentifier, id.Address)
	if err != nil {
		return o, err
	}
	for _, matches := range []func(*onboarding.HotspotRef) bool{
		func(h *onboarding.HotspotRef) bool { return o.mac != "" && h.MAC == o.mac },
		func(h *onboarding.HotspotRef) bool {
			return id.NASIdentifier != "" && h.NASIdentifier == id.NASIdentifier
		},
		func(h *onboarding.HotspotRef) bool { return id.Address != "" && h.Address == id.Address },
	} {
		if o.match(candidates, matches) {
			break
		}
	}
	return o, nil
}

// match sets the hotspot, or only its location or organization, that all matching candidates share.
// It reports whether they share any.
func (o *origin) match(candidates []onboarding.HotspotRef, matches func(*onboarding.HotspotRef) bool) bool {
	var found []*onboarding.HotspotRef
	for i := range candidates {
		if h := &candidates[i]; !h.HasSecret && matches(h) {
			found = append(found, h)
		}
	}
	if len(found) == 0 {
		return false
	}
	first := found[0]
	sameLocation := true
	for _, h := range found[1:] {
		if h.OrganizationID != first.OrganizationID {
			return false
		}
		sameLocation = sameLocation && h.LocationID == first.LocationID
	}
	o.OrganizationID = first.OrganizationID
	if sameLocation {
		o.LocationID = first.LocationID
	}
	if len(found) == 1 {
		o.HotspotID = first.ID
	}
	return true
}

// accessPoint returns the row of an access point that matches no declared hotspot.
func (o *origin) accessPoint(at time.Time) *onboarding.AccessPoint {
	return &onboarding.AccessPoint{
		Key: o.key, NASIdentifier: o.identity.NASIdentifier, Address: o.identity.Address,
		MAC: o.mac, SSID: o.ssid, FirstSeen: at, LastSeen: at,
	}
}

// operator names the operator of the access point. A customer has one pseudonym for each operator.
func (o *origin) operator() string {
	switch {
	case o.identity.Operator != "":
		return "operator " + o.identity.Operator
	case o.declared():
		return "organization " + o.OrganizationID
	default:
		return o.key
	}
}
