package profiles

import (
	"maps"
	"slices"
	"strings"
)

// EAPMethod is the outer authentication method.
type EAPMethod string

// The outer methods. EAP-TLS will be a third one: it needs a client certificate
// in Credential, a row in spelling.go, and a certificate payload per platform.
const (
	TTLS EAPMethod = "ttls" // RFC 5281
	PEAP EAPMethod = "peap"
)

// InnerMethod is how the password is proven inside the tunnel.
type InnerMethod string

// The inner methods.
const (
	MSCHAPv2 InnerMethod = "mschapv2" // RFC 2759
	PAP      InnerMethod = "pap"      // TTLS only; the server sees the password
)

// Settings is one organization's Wi-Fi as its documents need it.
//
// Settings must have passed Check without an error; Prepare refuses others.
type Settings struct {
	// OrganizationID is stable for the organization's life: payload identifiers
	// and UUIDs are derived from it.
	OrganizationID string
	// OrganizationName is shown to the person who installs.
	OrganizationName string
	// OrganizationNames holds the name in other languages (BCP 47 tag to name).
	OrganizationNames map[string]string

	Method EAPMethod
	Inner  InnerMethod

	// OuterIdentity is what travels in clear (RFC 7542 NAI). Empty means
	// anonymous@realm, or "anonymous" without Passpoint.
	OuterIdentity string
	// TrustedServerNames are full host names of the RADIUS servers; the
	// leftmost label may be "*".
	TrustedServerNames []string
	// TrustAnchor is the DER of one private root. Nil means the platforms' own
	// public CAs. Whether it has expired is the caller's to say: there is no
	// clock here.
	TrustAnchor []byte
	// PublicRoots are, with public CAs, the DER of the roots that the RADIUS
	// servers' certificates lead to, the one in use first: some platforms take
	// no document without a root.
	PublicRoots [][]byte

	Passpoint *Passpoint // nil: none
	WPA2      *WPA2      // nil: none

	// Consent is shown by Apple devices before installing: BCP 47 language tag
	// (or "default") to text. Line breaks are allowed.
	Consent map[string]string
	// DisableMACRandomization asks Apple devices for their hardware address.
	DisableMACRandomization bool
	// CarrierID is the GUID under which Windows files the profiles; empty
	// derives one from OrganizationID. Two organizations must not share one:
	// Windows deletes what a newer document of the same carrier leaves out.
	CarrierID string
	// Helpdesk is shown by the geteduroam apps.
	Helpdesk Helpdesk
}

// Passpoint is a Hotspot 2.0 network, found by what it announces and not by name.
type Passpoint struct {
	// Realm is the NAI realm of the credential.
	Realm string
	// FriendlyName is what the phone shows.
	FriendlyName string
	// HomeDomain is Android's HomeSP/FQDN and Apple's DomainName. Empty means
	// DefaultHomeDomain.
	HomeDomain string
	// Roaming allows networks of partners, found by RoamingConsortiums.
	Roaming bool
	// RoamingConsortiums are organization identifiers in hex, 3 or 5 octets.
	RoamingConsortiums []string
	// NAIRealms are the realms to look for. Empty means the realm, except on
	// Apple when there are RoamingConsortiums: naming both makes iPhones pass
	// by hotspots that announce only the consortium (seen in eduroam).
	NAIRealms []string
	// OpenRoaming adds the federation's roaming consortiums, and with them Roaming.
	OpenRoaming OpenRoaming
	// MCCMNC are mobile networks: the country's three digits and the network's
	// three, or F and the network's two. iOS only.
	MCCMNC []string
}

// WPA2 is a network with a name, WPA2- or WPA3-Enterprise.
type WPA2 struct {
	SSID   string // 1 to 32 octets
	Hidden bool
}

// Helpdesk is how to reach support. Empty members are left out.
type Helpdesk struct {
	Email, Web, Phone string
}

// OpenRoaming is how the organization takes part in the WBA OpenRoaming federation.
type OpenRoaming string

// The ways to take part. Settlement-free is what venues without a roaming
// contract announce; what else an organization has agreed on goes into
// Passpoint.RoamingConsortiums.
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

// DefaultHomeDomain returns the home domain of settings that name none: the
// realm with public CAs. With a private root Android matches the server's
// certificate against the home domain, so it is the realm only when that is a
// suffix of every trusted server name, else the longest common suffix, of at
// least two labels, of those names: an access point that announces the realm
// alone is then foreign to the phone. ok is false when there is no such suffix.
func DefaultHomeDomain(realm string, trustedServerNames []string, privateRoot bool) (domain string, ok bool) {
	if !privateRoot {
		return realm, realm != ""
	}
	outside := func(name string) bool { return !hasDomainSuffix(strings.TrimPrefix(name, "*."), realm) }
	if realm != "" && len(trustedServerNames) > 0 && !slices.ContainsFunc(trustedServerNames, outside) {
		return realm, true
	}
	return commonDomain(trustedServerNames)
}

// commonDomain returns the longest common suffix, of at least two labels.
func commonDomain(names []string) (domain string, ok bool) {
	var common []string
	for i, name := range names {
		labels := strings.Split(strings.ToLower(strings.TrimPrefix(name, "*.")), ".")
		if i == 0 {
			common = labels
			continue
		}
		n := 0
		for n < len(common) && n < len(labels) && common[len(common)-1-n] == labels[len(labels)-1-n] {
			n++
		}
		common = common[len(common)-n:]
	}
	if len(common) < 2 {
		return "", false
	}
	return strings.Join(common, "."), true
}

// privateRoot reports whether the tenant brings a root of its own.
func (s *Settings) privateRoot() bool { return len(s.TrustAnchor) > 0 }

// roots returns the DER of every root that a document may name: the private
// one, or the public ones that the tenant names.
func (s *Settings) roots() [][]byte {
	if s.privateRoot() {
		return [][]byte{s.TrustAnchor}
	}
	return s.PublicRoots
}

// resolved returns a deep copy with every default filled in.
func (s Settings) resolved() Settings {
	s.TrustedServerNames = slices.Clone(s.TrustedServerNames)
	s.TrustAnchor = slices.Clone(s.TrustAnchor)
	s.PublicRoots = slices.Clone(s.PublicRoots)
	for i, root := range s.PublicRoots {
		s.PublicRoots[i] = slices.Clone(root)
	}
	s.OrganizationNames = maps.Clone(s.OrganizationNames)
	s.Consent = maps.Clone(s.Consent)
	if s.OuterIdentity == "" {
		s.OuterIdentity = "anonymous"
		if s.Passpoint != nil {
			s.OuterIdentity = anonymousAt(s.Passpoint.Realm)
		}
	}
	if s.Passpoint != nil {
		p := *s.Passpoint
		p.FriendlyName = strings.Trim(p.FriendlyName, " ") // as Android does
		p.NAIRealms = slices.Clone(p.NAIRealms)
		p.MCCMNC = slices.Clone(p.MCCMNC)
		for i, code := range p.MCCMNC {
			p.MCCMNC[i] = strings.ToUpper(code)
		}
		p.RoamingConsortiums = consortiums(&p)
		if p.OpenRoaming != NoOpenRoaming {
			p.Roaming = true
		}
		if p.HomeDomain == "" {
			p.HomeDomain, _ = DefaultHomeDomain(p.Realm, s.TrustedServerNames, s.privateRoot())
		}
		s.Passpoint = &p
	}
	if s.WPA2 != nil {
		w := *s.WPA2
		s.WPA2 = &w
	}
	return s
}

// consortiums returns the listed organization identifiers and OpenRoaming's,
// upper-case, each once.
func consortiums(p *Passpoint) []string {
	var all []string
	for _, oi := range slices.Concat(p.RoamingConsortiums, p.OpenRoaming.RoamingConsortiums()) {
		oi = strings.ToUpper(oi)
		if !slices.Contains(all, oi) {
			all = append(all, oi)
		}
	}
	return all
}

// anonymousAt is the outer identity that Android always, and wpa_supplicant
// for Passpoint, makes of a realm.
func anonymousAt(realm string) string { return "anonymous@" + realm }

// suffixNames returns the trusted server names for platforms that match by
// suffix and know no wildcard.
func (s *Settings) suffixNames() []string {
	names := make([]string, len(s.TrustedServerNames))
	for i, n := range s.TrustedServerNames {
		names[i] = strings.TrimPrefix(n, "*.")
	}
	return names
}
