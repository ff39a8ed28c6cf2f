package profiles

import (
	"encoding/pem"
	"maps"
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

// InnerMethod is how the password is proven inside the tunnel.
type InnerMethod string

// The inner methods.
const (
	MSCHAPv2 InnerMethod = "mschapv2" // RFC 2759
	PAP      InnerMethod = "pap"      // TTLS only; the server sees the password
)

// Settings is what an organization's documents are made of. Prepare refuses
// settings in which Check finds an error.
type Settings struct {
	// OrganizationID is stable for the organization's life: payload identifiers
	// and UUIDs are derived from it.
	OrganizationID string
	// OrganizationName is shown to the person who installs.
	OrganizationName string
	// OrganizationNames holds the name in other languages (BCP 47 tag to name).
	OrganizationNames map[string]string
	// DefaultLanguage is the language of ConsentText for devices whose language
	// has no text of its own.
	DefaultLanguage string

	WiFi
}

// WiFi holds an organization's networks: Passpoint, WPA2, or both, and what they
// have in common. It is the one form of these settings from the tenant's YAML to
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
	// PublicRoots are, with public CAs, the roots of the RADIUS servers'
	// certificates, each in PEM, the one in use first: some platforms take no
	// document without a root.
	PublicRoots []string `json:"publicRoots,omitempty"`
	// ProfileLifetime is the time from a credential's creation to its end, at
	// which its documents end as well: the caller computes Credential.Expires.
	ProfileLifetime time.Duration `json:"profileLifetime"`
	// ConsentText is shown by Apple devices before installing: BCP 47 language
	// tag (or "default") to text. Line breaks are allowed.
	ConsentText map[string]string `json:"consentText,omitempty"`
	// DisableMACRandomization asks Apple devices for their hardware address.
	DisableMACRandomization bool `json:"disableMacRandomization,omitempty"`
	// CarrierID is the GUID under which Windows files the profiles; empty
	// derives one from OrganizationID. Two organizations must not share one:
	// Windows deletes what a newer document of the same carrier leaves out.
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

// SetDefaults fills in the fields that a tenant may leave out: EAP-TTLS with
// MSCHAPv2, the outer identity anonymous@realm (or "anonymous" without
// Passpoint), and Roaming with OpenRoaming. ProfileLifetime has no default here.
func (w *WiFi) SetDefaults() {
	if w.Method == "" {
		w.Method = TTLS
	}
	if w.Inner == "" {
		w.Inner = MSCHAPv2
	}
	if w.OuterIdentity == "" {
		w.OuterIdentity = "anonymous"
		if w.Passpoint != nil {
			w.OuterIdentity = anonymousAt(w.Passpoint.Realm)
		}
	}
	if p := w.Passpoint; p != nil && p.OpenRoaming != NoOpenRoaming {
		p.Roaming = true
	}
}

// privateRoot reports whether the tenant brings a root of its own.
func (s *Settings) privateRoot() bool { return s.TrustAnchor != "" }

// anchor returns the DER of the private root, or nil.
func (s *Settings) anchor() []byte { return certificateDER(s.TrustAnchor) }

// roots returns the DER of every root that a document may name: the private
// one, or the public ones that the tenant names.
func (s *Settings) roots() [][]byte {
	if s.privateRoot() {
		return [][]byte{s.anchor()}
	}
	return certificatesDER(s.PublicRoots)
}

func certificatesDER(texts []string) [][]byte {
	var all [][]byte
	for _, text := range texts {
		all = append(all, certificateDER(text))
	}
	return all
}

// certificateDER returns the DER of the one certificate in PEM text, or nil if
// there is none or more than one.
func certificateDER(text string) []byte {
	var der []byte
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		if der != nil {
			return nil
		}
		der = block.Bytes
	}
	return der
}

// resolved returns a deep copy with every default filled in, and the values that
// documents derive from others.
func (s Settings) resolved() Settings {
	s.TrustedServerNames = slices.Clone(s.TrustedServerNames)
	s.PublicRoots = slices.Clone(s.PublicRoots)
	s.OrganizationNames = maps.Clone(s.OrganizationNames)
	s.ConsentText = maps.Clone(s.ConsentText)
	if s.Helpdesk = cloned(s.Helpdesk); s.Helpdesk != nil && *s.Helpdesk == (Helpdesk{}) {
		s.Helpdesk = nil
	}
	s.Passpoint = cloned(s.Passpoint)
	s.WPA2 = cloned(s.WPA2)
	s.SetDefaults()
	if text := s.ConsentText[s.DefaultLanguage]; text != "" && s.ConsentText["default"] == "" {
		s.ConsentText["default"] = text
	}
	if p := s.Passpoint; p != nil {
		p.FriendlyName = strings.Trim(p.FriendlyName, " ") // as Android does
		p.NAIRealms = slices.Clone(p.NAIRealms)
		p.MCCMNC = slices.Clone(p.MCCMNC)
		for i, code := range p.MCCMNC {
			p.MCCMNC[i] = strings.ToUpper(code)
		}
		p.RoamingConsortiums = consortiums(p)
		if p.HomeDomain == "" {
			p.HomeDomain, _ = DefaultHomeDomain(p.Realm, s.TrustedServerNames, s.privateRoot())
		}
	}
	return s
}

func cloned[V any](p *V) *V {
	if p == nil {
		return nil
	}
	v := *p
	return &v
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
