package onboarding

import "time"

// Organization is one tenant, declared as a whole in YAML and replaced as a whole. The json tags are the form in which a
// store keeps it.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Names holds the name in other languages, by ISO 639-1 code.
	Names           map[string]string `json:"names,omitempty"`
	DefaultLocation string            `json:"defaultLocation"`
	Languages       []string          `json:"languages"` // ISO 639-1; the first is the default
	Policies        []Policy          `json:"policies"`  // termsOfUse at 0, privacy at 1
	WiFi            WiFi              `json:"wifi"`
	VisitGap        time.Duration     `json:"visitGap"` // sessions at one location closer than this are one visit
	RADIUS          RADIUSReply       `json:"radius"`
	Segments        []Segment         `json:"segments,omitempty"`
	Portal          Portal            `json:"portal"`
	Locations       []Location        `json:"locations"`
	// ExternalSource is shown of every contact; empty: the deployment's name.
	ExternalSource string `json:"externalSource,omitempty"`
	// ConsentVersions are the versions of the consents to profiling and ppd, which have no text; absent: defaultConsentVersion.
	ConsentVersions ConsentVersions `json:"consentVersions,omitzero"`

	// Version changes with every apply that changed something; the store sets it.
	Version int64 `json:"-"`
}

// DefaultVisitGap and DefaultProfileLifetime hold where a tenant says nothing.
const (
	DefaultVisitGap        = 2 * time.Hour
	DefaultProfileLifetime = 365 * 24 * time.Hour
)

// WiFi is what the tenant's networks have in common, and the networks themselves: Passpoint, WPA2, or both.
type WiFi struct {
	Method             string   `json:"method"` // ttls or peap
	Inner              string   `json:"inner"`  // mschapv2 or pap
	OuterIdentity      string   `json:"outerIdentity"`
	TrustedServerNames []string `json:"trustedServerNames"`
	TrustAnchor        string   `json:"trustAnchor,omitempty"` // PEM of the one private root; empty: the platforms' public CAs
	// PublicRoots are, with public CAs, the roots of the RADIUS servers' certificates, each in PEM.
	PublicRoots             []string          `json:"publicRoots,omitempty"`
	ProfileLifetime         time.Duration     `json:"profileLifetime"`
	ConsentText             map[string]string `json:"consentText,omitempty"` // by language, shown by iOS before it installs
	DisableMACRandomization bool              `json:"disableMacRandomization,omitempty"`
	// CarrierID is the GUID under which Windows files the profiles; empty: derived from the organization's ID.
	CarrierID string     `json:"carrierId,omitempty"`
	Helpdesk  *Helpdesk  `json:"helpdesk,omitempty"`
	Passpoint *Passpoint `json:"passpoint,omitempty"`
	WPA2      *WPA2      `json:"wpa2,omitempty"`
}

// Helpdesk is how a visitor reaches the tenant's support. Some platforms show it beside the profile.
type Helpdesk struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Passpoint is a Hotspot 2.0 subscription.
type Passpoint struct {
	Realm              string   `json:"realm"`
	FriendlyName       string   `json:"friendlyName"`
	HomeDomain         string   `json:"homeDomain,omitempty"` // empty: derived, see profiles.HomeDomain
	Roaming            bool     `json:"roaming"`
	RoamingConsortiums []string `json:"roamingConsortiums,omitempty"` // upper-case hex, 6 or 10 digits
	OpenRoaming        string   `json:"openRoaming,omitempty"`        // settlementFree or empty
	NAIRealms          []string `json:"naiRealms,omitempty"`
	MCCMNC             []string `json:"mccMnc,omitempty"`
}

// WPA2 is a WPA2-Enterprise network with a plain SSID.
type WPA2 struct {
	SSID   string `json:"ssid"`
	Hidden bool   `json:"ssidHidden"`
}

// RADIUSReply holds what authorize adds to an accept.
type RADIUSReply struct {
	SessionTimeout time.Duration `json:"sessionTimeout,omitempty"`
	VLAN           int           `json:"vlan,omitempty"`
}

// Portal is what the tenant's sign-up page asks and where it may send a visitor afterwards.
type Portal struct {
	Fields        []string `json:"fields,omitempty"`
	RedirectHosts []string `json:"redirectHosts,omitempty"`
	// PhoneCountry is the country of phone numbers without a prefix; empty: that of the location's time zone.
	PhoneCountry string `json:"phoneCountry,omitempty"`
}

// ConsentVersions are versions by policy.
type ConsentVersions struct {
	Profiling string `json:"profiling,omitempty"`
	PPD       string `json:"ppd,omitempty"`
}

// Location is a venue.
type Location struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Timezone  string    `json:"timezone"` // IANA name
	Latitude  *float64  `json:"latitude,omitempty"`
	Longitude *float64  `json:"longitude,omitempty"`
	Hotspots  []Hotspot `json:"hotspots,omitempty"`
}

// Hotspot is an access point (or a controller) at a location.
type Hotspot struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	MAC           string `json:"mac,omitempty"` // lower-case hex with colons
	NASIdentifier string `json:"nasIdentifier,omitempty"`
	// Address and DisconnectPort are where it answers RADIUS as a client of its own; Secret is then its shared secret.
	Address        string  `json:"address,omitempty"`
	DisconnectPort int     `json:"disconnectPort,omitempty"`
	Secret         *Sealed `json:"secret,omitempty"`
}

// Location returns the location with that ID, or nil.
func (o *Organization) Location(id string) *Location {
	for i := range o.Locations {
		if o.Locations[i].ID == id {
			return &o.Locations[i]
		}
	}
	return nil
}

// Hotspot returns the hotspot with that ID and its location, or nil.
func (o *Organization) Hotspot(id string) (*Location, *Hotspot) {
	for i := range o.Locations {
		for j := range o.Locations[i].Hotspots {
			if o.Locations[i].Hotspots[j].ID == id {
				return &o.Locations[i], &o.Locations[i].Hotspots[j]
			}
		}
	}
	return nil, nil
}

// Realms returns every realm that authorize strips from this organization's user names, lower-case and each once: the
// Passpoint realm, the NAI realms and the outer identity's realm.
func (o *Organization) Realms() []string {
	var realms []string
	seen := map[string]bool{}
	add := func(realm string) {
		realm = foldRealm(realm)
		if realm != "" && !seen[realm] {
			seen[realm] = true
			realms = append(realms, realm)
		}
	}
	if p := o.WiFi.Passpoint; p != nil {
		add(p.Realm)
		for _, r := range p.NAIRealms {
			add(r)
		}
	}
	if _, realm, ok := cutLastAt(o.WiFi.OuterIdentity); ok {
		add(realm)
	}
	return realms
}
