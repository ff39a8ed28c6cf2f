package tenant

import (
	"fmt"
	"net/netip"
	"strings"

	"onramp/onboarding"
)

func checkLocations(o *onboarding.Organization, f *findings) {
	if len(o.Locations) == 0 {
		f.refuse("locations", "missing", "declare one", "is missing: every visitor registers at a location")
	} else if o.Location(o.DefaultLocation) == nil {
		f.refuse("defaultLocation", "unknown-location", "write the id of one of the locations",
			"%q is not one of the locations", brief(o.DefaultLocation))
	}
	known := firstUses{locations: map[string]string{}, hotspots: map[string]string{}, macs: map[string]string{},
		addresses: map[string]string{}, names: map[string]*onboarding.Hotspot{}}
	for i := range o.Locations {
		l := &o.Locations[i]
		at := fmt.Sprintf("locations[%d]", i)
		f.id(at+".id", l.ID)
		f.unique(at+".id", l.ID, known.locations)
		f.name(at+".name", l.Name)
		f.zone(at+".timezone", l.Timezone)
		f.coordinates(at, l)
		for j := range l.Hotspots {
			f.hotspot(fmt.Sprintf("%s.hotspots[%d]", at, j), &l.Hotspots[j], known)
		}
	}
}

// firstUses holds the field that first used each value that must be unique within an organization.
type firstUses struct {
	locations, hotspots, macs, addresses map[string]string
	names                                map[string]*onboarding.Hotspot
}

func (f *findings) unique(field, value string, seen map[string]string) {
	if value == "" {
		return
	}
	if first, ok := seen[value]; ok {
		f.refuse(field, "duplicate", "", "%s is given twice, first at %s", brief(value), first)
		return
	}
	seen[value] = field
}

func (f *findings) zone(field, zone string) {
	if zone == "" {
		f.warn(field, "timezone", "write the zone, such as Europe/Rome", "is missing: business times will be in UTC")
		return
	}
	if !onboarding.IanaZone(zone) {
		f.refuse(field, "timezone", "write an IANA name, such as Europe/Rome", "is not a time zone: %q", brief(zone))
	}
}

func (f *findings) coordinates(at string, l *onboarding.Location) {
	within := func(field string, value *float64, most float64) {
		if value != nil && !(*value >= -most && *value <= most) { // false for NaN
			f.refuse(at+field, "range", "", "must be -%v to %v degrees, not %v", most, most, *value)
		}
	}
	within(".latitude", l.Latitude, 90)
	within(".longitude", l.Longitude, 180)
	if (l.Latitude == nil) != (l.Longitude == nil) {
		f.refuse(at, "coordinates", "give latitude and longitude, or neither", "has only one coordinate")
	}
}

func (f *findings) hotspot(at string, h *onboarding.Hotspot, known firstUses) {
	f.id(at+".id", h.ID)
	f.unique(at+".id", h.ID, known.hotspots)
	f.name(at+".name", h.Name)
	if h.MAC != "" {
		f.mac(at+".mac", h.MAC)
		f.unique(at+".mac", h.MAC, known.macs)
	}
	if h.NASIdentifier != "" {
		f.text(at+".nasIdentifier", h.NASIdentifier, 253,
			onboarding.NotText) // RFC 2865: an attribute's value has at most 253 octets
		if other := known.names[h.NASIdentifier]; other != nil && (other.MAC == "" || h.MAC == "") {
			f.warn(at+".nasIdentifier", "ambiguous", "write the mac of each",
				"equals that of %q; their connections cannot be attributed", other.Name)
		} else if other == nil {
			known.names[h.NASIdentifier] = h
		}
	}
	f.clientAddress(at, h, known)
	if h.MAC == "" && h.NASIdentifier == "" && h.Address == "" {
		f.warn(at, "unrecognisable", "write one of them",
			"has no mac, nasIdentifier or address; its connections cannot be attributed")
	}
}

func (f *findings) mac(field, mac string) {
	tidy, ok := onboarding.ParseMAC(mac)
	switch {
	case !ok || tidy != mac:
		f.refuse(field, "mac", "", "must be lower-case hex with colons, not %q", brief(mac))
	case mac == "00:00:00:00:00:00" || strings.ContainsRune("13579bdf", rune(mac[1])): // the group bit, IEEE 802
		f.refuse(field, "mac", "", "is not the address of an access point: %s", mac)
	}
}

func (f *findings) clientAddress(at string, h *onboarding.Hotspot, known firstUses) {
	if h.Address == "" {
		if h.Secret != nil {
			f.refuse(at, "secret", "write its address, or leave the secret out",
				"has a secret but no address; only RADIUS clients with an address have a secret of their own")
		}
		if h.DisconnectPort != 0 {
			f.refuse(at, "address", "", "has a port but no address")
		}
		return
	}
	ip, err := netip.ParseAddr(h.Address)
	switch {
	case err != nil || ip.Zone() != "" || ip.Unmap().String() != h.Address:
		f.refuse(at+".address", "address", "", "is not an IP address: %q", brief(h.Address))
	case ip.IsUnspecified() || ip.IsMulticast() || h.Address == "255.255.255.255":
		f.refuse(at+".address", "address", "", "is not a unicast address: %s", h.Address)
	}
	f.unique(at+".address", h.Address, known.addresses)
	if h.DisconnectPort < 0 || h.DisconnectPort > 65535 {
		f.refuse(at+".address", "range", "", "has the invalid port %d", h.DisconnectPort)
	}
}
