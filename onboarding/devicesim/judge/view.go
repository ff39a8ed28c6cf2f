package judge

import "time"

// A View is what a device understood from a profile it accepted: the facts that decide which networks it
// joins, whom it trusts there and what it says about itself.
type View struct {
	// Identifier and UUID are the top-level ones of an Apple profile; they decide whether a second
	// download replaces the first. Empty elsewhere.
	Identifier string `json:"identifier,omitempty"`
	UUID       string `json:"uuid,omitempty"`
	// DisplayName, Organization and Description are what the installer shows.
	DisplayName  string `json:"displayName,omitempty"`
	Organization string `json:"organization,omitempty"`
	Description  string `json:"description,omitempty"`
	// Consent is the text the person must agree to before installing, by language, "default" among them.
	Consent map[string]string `json:"consent,omitempty"`
	// Payloads are the parts of an Apple profile in their order.
	Payloads []Payload `json:"payloads,omitempty"`
	// Expires is when the device removes the profile or stops using it; nil when it never does.
	Expires *time.Time `json:"expires,omitempty"`
	// Signer is the subject of the certificate that signed the file, where the format is signed.
	Signer string `json:"signer,omitempty"`
	// SignatureTrusted is true when the signer's chain was verified up to a root in Options.Trust.
	SignatureTrusted bool `json:"signatureTrusted,omitempty"`
	// Networks are the networks the device will join, in the file's order.
	Networks []Network `json:"networks"`
}

// A Payload is one part of an Apple profile.
type Payload struct {
	Type       string `json:"type"`
	Identifier string `json:"identifier"`
	UUID       string `json:"uuid"`
}

// The types of network that a profile can describe, in the words of the API.
const (
	Passpoint      = "passpoint"
	WPA2Enterprise = "wpa2enterprise"
)

// A MatchRule says how a device compares the names it trusts with those in the server's certificate. The
// same list means different things on different systems.
type MatchRule string

const (
	// MatchExact is the rule of Apple and Windows, and what the geteduroam apps have in common: the same number
	// of labels, letter case ignored, `*` only as the whole leftmost label.
	MatchExact MatchRule = "exact"
	// MatchSuffix is the rule of Android, wpa_supplicant, NetworkManager and ONC: the certificate's name is the
	// trusted name or ends in a dot and the trusted name.
	MatchSuffix MatchRule = "suffix"
	// MatchAny means that the device looks at no name: any certificate of the trusted authority will do.
	MatchAny MatchRule = "any"
)

// EAP method numbers of IANA's registry, as far as profiles use them.
const (
	EAPTTLS = 21
	EAPPEAP = 25
)

// Inner methods, in one spelling for all platforms.
const (
	InnerPAP      = "PAP"
	InnerCHAP     = "CHAP"
	InnerMSCHAP   = "MSCHAP"
	InnerMSCHAPv2 = "MSCHAPv2"
	// InnerEAPMSCHAPv2 is EAP-MSCHAPv2 inside the tunnel: what PEAP carries, and TTLS on request.
	InnerEAPMSCHAPv2 = "EAP-MSCHAPv2"
	// InnerEAP is any EAP method inside the tunnel, negotiated with the server.
	InnerEAP = "EAP"
)

// A Network is one network of a profile as the device will use it.
type Network struct {
	// Type is Passpoint or WPA2Enterprise.
	Type string `json:"type"`

	// Realm is the Passpoint realm; on Apple, which has no single one, the first NAI realm.
	Realm string `json:"realm,omitempty"`
	// FriendlyName is the operator's name shown beside the network.
	FriendlyName string `json:"friendlyName,omitempty"`
	// HomeDomain is HomeSP/FQDN on Android and DomainName on Apple.
	HomeDomain string `json:"homeDomain,omitempty"`
	// Roaming tells whether an Apple device also joins other operators' hotspots.
	Roaming bool `json:"roaming,omitempty"`
	// RoamingConsortiums are the organization identifiers in lower-case hex.
	RoamingConsortiums []string `json:"roamingConsortiums,omitempty"`
	NAIRealms          []string `json:"naiRealms,omitempty"`
	MCCMNC             []string `json:"mccMnc,omitempty"`

	SSID   string `json:"ssid,omitempty"`
	Hidden bool   `json:"ssidHidden,omitempty"`

	// EAP is the method's number; Inner is one of the Inner constants.
	EAP   int    `json:"eap"`
	Inner string `json:"inner,omitempty"`
	// OuterIdentity is the identity this device sends in clear. On Android Passpoint that is always
	// "anonymous@" and the realm, whatever the tenant wanted.
	OuterIdentity string `json:"outerIdentity,omitempty"`
	Username      string `json:"username,omitempty"`
	Password      Secret `json:"password,omitempty"`

	// ServerNames are compared with the server's certificate by the rule ServerMatch.
	ServerNames []string  `json:"trustedServerNames,omitempty"`
	ServerMatch MatchRule `json:"serverMatch"`
	// Anchors are the DER certificates the device trusts for this network. None means the authorities the
	// system comes with.
	Anchors [][]byte `json:"anchors,omitempty"`
}

// A Secret is a password that does not print itself: not in a log, not in JSON, not in an error.
type Secret string

// Reveal returns the password.
func (s Secret) Reveal() string { return string(s) }

// String hides the password and tells only whether there is one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(not shown)"
}

// GoString hides the password from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the password from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
