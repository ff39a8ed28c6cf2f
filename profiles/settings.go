package profiles

import (
	"slices"
	"strings"
	"time"
)

// EAPMethod is the outer authentication method.
type EAPMethod string

// The outer methods. EAP-TLS will be a third one: it needs a client certificate
// in Credential, a row in spelling.go, and a certificate payload per platform.
const (
	TTLS EAPMethod = "ttls" // RFC 5281
	PEAP EAPMethod = "peap"
)

// InnerMethod is the authentication method inside the tunnel.
type InnerMethod string

// The inner methods.
const (
	MSCHAPv2 InnerMethod = "mschapv2" // RFC 2759
	PAP      InnerMethod = "pap"      // TTLS only; the server sees the password
)

// Settings holds the values that an organization's documents are built from.
// Prepare refuses settings in which Check finds an error.
type Settings struct {
	// OrganizationID is stable for the organization's life: payload identifiers
	// and UUIDs are derived from it.
	OrganizationID string
	// OrganizationName is shown to the person who installs.
	OrganizationName string
	// OrganizationNames holds the name in other languages (BCP 47 tag to name).
	OrganizationNames map[string]string
	// DefaultLanguage is the language of the texts for customers without a language, or with one
	// that has no text, and of ConsentText for such devices.
	DefaultLanguage string

	WiFi
}

// WiFi holds an organization's networks (Passpoint, WPA2, or both) and their
// common settings. It is the one form of these settings from the tenant's YAML to
// the documents; the JSON tags are the form in which they are stored.
type WiFi struct {
	Method EAPMethod   `json:"method"`
	Inner  InnerMethod `json:"inner"`
	// OuterIdentity is sent in clear (RFC 7542 NAI).
	OuterIdentity string `json:"outerIdentity"`
	// TrustedServerNames are full host names of the RADIUS servers; the
	// leftmost label may be "*".
	TrustedServerNames []string `json:"trustedServerNames"`
	// TrustAnchor is the PEM of one private root. Empty means the platforms' own
	// public CAs. Check has no clock and does not look at its dates.
	TrustAnchor string `json:"trustAnchor,omitempty"`
	// PublicRoots are the PEM roots of the RADIUS servers' certificates if they are issued by
	// public CAs, the one in use first. Some platforms accept no document without a root.
	PublicRoots []string `json:"publicRoots,omitempty"`
	// ProfileLifetime is the time from a credential's creation to its expiry, which is also the
	// expiry of its documents. The caller computes Credential.Expires from it.
	ProfileLifetime time.Duration `json:"profileLifetime"`
	// ConsentText is shown by Apple devices before installing: BCP 47 language
	// tag (or "default") to text. Line breaks are allowed.
	ConsentText map[string]string `json:"consentText,omitempty"`
	// DisableMACRandomization asks Apple devices for their hardware address.
	DisableMACRandomization bool `json:"disableMacRandomization,omitempty"`
	// CarrierID is the GUID that identifies the profiles' provider on Windows. Empty means one
	// derived from OrganizationID. Organizations must not share a GUID, because Windows deletes
	// profiles that are missing in a newer document of the same carrier.
	CarrierID string     `json:"carrierId,omitempty"`
	Helpdesk  *Helpdesk  `json:"helpdesk,omitempty"`
	Passpoint *Passpoint `json:"passpoint,omitempty"`
	WPA2      *WPA2      `json:"wpa2,omitempty"`
}

// Passpoint is a Hotspot 2.0 network: devices find it by the realms and
// identifiers that access points announce, not by its name.
type Passpoint struct {
	// Realm is the NAI realm of the credential.
	Realm string `json:"realm"`
	// FriendlyName is the network's name on the phone.
	FriendlyName string `json:"friendlyName"`
	// HomeDomain is Android's HomeSP/FQDN and Apple's DomainName. Empty means
	// DefaultHomeDomain.
	HomeDomain string `json:"homeDomain,omitempty"`
	// Roaming allows networks of partners, found by RoamingConsortiums.
	Roaming bool `json:"roaming"`
	// RoamingConsortiums are organization identifiers in hex, 3 or 5 octets.
	RoamingConsortiums []string `json:"roamingConsortiums,omitempty"`
	// OpenRoaming adds the federation's roaming consortiums, and with them Roaming.
	OpenRoaming OpenRoaming `json:"openRoaming,omitempty"`
	// NAIRealms are the realms to look for. Empty means the realm, except on
	// Apple when there are RoamingConsortiums: naming both makes iPhones pass
	// by hotspots that announce only the consortium (seen in eduroam).
	NAIRealms []string `json:"naiRealms,omitempty"`
	// MCCMNC are mobile networks: the country's three digits and the network's
	// three, or F and the network's two. iOS only.
	MCCMNC []string `json:"mccMnc,omitempty"`
}

// WPA2 is a network with a name, WPA2- or WPA3-Enterprise.
type WPA2 struct {
	SSID   string `json:"ssid"` // 1 to 32 octets
	Hidden bool   `json:"ssidHidden"`
}

// Helpdesk is the contact of the organization's support. The geteduroam apps
// show it. Empty fields are left out.
type Helpdesk struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	URL   string `json:"url,omitempty"`
}

// OpenRoaming is how the organization takes part in the WBA OpenRoaming federation.
type OpenRoaming string

// The ways to take part. Venues without a roaming contract announce settlement-free
// access; identifiers of other agreements go into Passpoint.RoamingConsortiums.
const (
	NoOpenRoaming  OpenRoaming = ""
	SettlementFree OpenRoaming = "settlementFree"
)

// RoamingConsortiums returns the organization identifiers to put on devices.
// 5A-03-BA-00-00 is settlement-free access for every kind of identity without
// further policy (draft-tomas-openroaming).
func (o OpenRoaming) RoamingConsortiums() []string {
	if o == SettlementFree {
		return []string{"5A03BA0000"}
	}
	return nil
}

// Consortiums returns the listed organization identifiers and OpenRoaming's, in
// upper case, each once. A nil Passpoint has none.
func (p *Passpoint) Consortiums() []string {
	if p == nil {
		return nil
	}
	var all []string
	for _, oi := range slices.Concat(p.RoamingConsortiums, p.OpenRoaming.RoamingConsortiums()) {
		oi = strings.ToUpper(oi)
		if !slices.Contains(all, oi) {
			all = append(all, oi)
		}
	}
	return all
}
