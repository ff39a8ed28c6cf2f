package radius

import (
	"context"
	"time"

	"onramp/onboarding"
)

// AccessPointIdentity is what a RADIUS request says of the access point it came from. Only Client is sure.
type AccessPointIdentity struct {
	// Client is the ID of the hotspot whose client entry (address and secret) the request was received under; empty for the
	// clients that share the common secret.
	Client        string
	NASIdentifier string
	CalledStation string // Called-Station-Id as it came
	Address       string // NAS-IP-Address or NAS-IPv6-Address
	Operator      string // Operator-Name (RFC 5580)
}

// place is where a request comes from, as far as it is known.
type place struct {
	OrganizationID, LocationID, HotspotID string
	// key names the access point itself, which may serve many hotspots (a controller does) or none.
	key   string
	mac   string // its BSSID
	ssid  string
	claim AccessPointIdentity
}

// known reports whether the place is a declared one.
func (p *place) known() bool { return p.OrganizationID != "" }

// place finds the hotspot. One with a secret of its own is found by its client entry and never by claims, which any other client could make
// as well. Among claims the BSSID says most, then the NAS-Identifier, then the address. A claim that fits
// several hotspots of one location tells the location; one that fits several organizations tells nothing.
func (s *AAA) place(ctx context.Context, r onboarding.HotspotReader, claim *AccessPointIdentity) (place, error) {
	p := place{claim: AccessPointIdentity{
		Client: soundText(claim.Client), NASIdentifier: soundText(claim.NASIdentifier),
		CalledStation: soundText(claim.CalledStation), Address: soundText(claim.Address), Operator: soundText(claim.Operator),
	}}
	claim = &p.claim
	p.mac, p.ssid = onboarding.ParseCalledStation(claim.CalledStation)
	p.key = claim.key(p.mac)
	if claim.Client != "" {
		h, err := r.Hotspot(ctx, claim.Client)
		if err == nil {
			p.OrganizationID, p.LocationID, p.HotspotID = h.OrganizationID, h.LocationID, h.ID
			return p, nil
		}
		if onboarding.KindOf(err) != onboarding.NotFound {
			return p, err
		}
		// A client entry of a hotspot that is no longer declared: an unknown access point.
		return p, nil
	}
	if p.mac == "" && claim.NASIdentifier == "" && claim.Address == "" {
		return p, nil
	}
	refs, err := r.HotspotsMatching(ctx, p.mac, claim.NASIdentifier, claim.Address)
	if err != nil {
		return p, err
	}
	for _, fits := range []func(*onboarding.HotspotRef) bool{
		func(h *onboarding.HotspotRef) bool { return p.mac != "" && h.MAC == p.mac },
		func(h *onboarding.HotspotRef) bool {
			return claim.NASIdentifier != "" && h.NASIdentifier == claim.NASIdentifier
		},
		func(h *onboarding.HotspotRef) bool { return claim.Address != "" && h.Address == claim.Address },
	} {
		if p.take(refs, fits) {
			break
		}
	}
	return p, nil
}

// accessPoint is what is kept of a place that is not declared.
func (p *place) accessPoint(at time.Time) *onboarding.AccessPoint {
	return &onboarding.AccessPoint{
		Key: p.key, NASIdentifier: p.claim.NASIdentifier, Address: p.claim.Address,
		MAC: p.mac, SSID: p.ssid, FirstSeen: at, LastSeen: at,
	}
}

// take sets the place from the hotspots that fit, if they agree on something.
func (p *place) take(refs []onboarding.HotspotRef, fits func(*onboarding.HotspotRef) bool) bool {
	var found []*onboarding.HotspotRef
	for i := range refs {
		if h := &refs[i]; !h.HasSecret && fits(h) {
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
	p.OrganizationID = first.OrganizationID
	if sameLocation {
		p.LocationID = first.LocationID
	}
	if len(found) == 1 {
		p.HotspotID = first.ID
	}
	return true
}

// key names the box that sends: what all its records have in common, whichever of its radios they are about.
func (c *AccessPointIdentity) key(mac string) string {
	switch {
	case c.Client != "":
		return "client " + c.Client
	case c.NASIdentifier != "":
		return "nas " + c.NASIdentifier
	case c.Address != "":
		return "address " + c.Address
	default:
		return "mac " + mac
	}
}

// operator names who runs the access point: a customer has one pseudonym for each.
func (p *place) operator() string {
	switch {
	case p.claim.Operator != "":
		return "operator " + p.claim.Operator
	case p.known():
		return "organization " + p.OrganizationID
	default:
		return p.key
	}
}
