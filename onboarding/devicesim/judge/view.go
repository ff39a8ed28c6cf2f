package judge

import "time"

// A View is the content of an accepted profile as the device reads it: the networks it joins, the
// servers it trusts and the texts it shows.
type View struct {
	// Identifier and UUID identify an Apple profile: a second download with the same values
	// replaces the first. Identifier is the carrier ID on Windows, and UUID the connection's on
	// NetworkManager.
	Identifier string `json:"identifier,omitempty"`
	UUID       string `json:"uuid,omitempty"`
	// DisplayName, Organization and Description are the installer's texts.
	DisplayName  string `json:"displayName,omitempty"`
	Organization string `json:"organization,omitempty"`
	Description  string `json:"description,omitempty"`
	// Consent is the text to agree to before the installation, by language or "default".
	Consent map[string]string `json:"consent,omitempty"`
	// Payloads are the parts of an Apple profile, in file order.
	Payloads []Payload `json:"payloads,omitempty"`
	// Expires is the time when the device removes the profile or stops using it; nil means never.
	Expires *time.Time `json:"expires,omitempty"`
	// Signer is the subject of the signing certificate, in signed formats.
	Signer string `json:"signer,omitempty"`
	// SignatureTrusted is true if the signer's chain ends in a root of Options.Trust.
	SignatureTrusted bool `json:"signatureTrusted,omitempty"`
	// Networks are the networks that the device joins, in file order.
	Networks []Network `json:"networks"`
}

// A Payload is one part of an Apple profile.
type Payload struct {
	Type       string `json:"type"`
	Identifier string `json:"identifier"`
	UUID       string `json:"uuid"`
}

// The types of network, as the API names them.
const (
	Passpoint      = "passpoint"
	WPA2Enterprise = "wpa2enterprise"
)

// A MatchRule is the way a device compares trusted server names with those of the server's
// certificate. It differs between platforms.
type MatchRule string

const (
	// MatchExact is the rule of Apple, Windows, iwd and the geteduroam apps together: the same
	// labels, ignoring case, with `*` only as the whole leftmost label.
	MatchExact MatchRule = "exact"
	// MatchSuffix is the rule of Android, wpa_supplicant, NetworkManager and ONC: the certificate's
	// name equals the trusted name or ends with a dot and the trusted name.
	MatchSuffix MatchRule = "suffix"
	// MatchAny means that the device ignores names: any certificate of a trusted authority is
	// accepted.
	MatchAny MatchRule = "any"
)

// EAP method numbers (IANA EAP registry).
const (
	EAPTTLS = 21
	EAPPEAP = 25
)

// Inner methods, spelled alike for all platforms.
const (
	InnerPAP      = "PAP"
	InnerCHAP     = "CHAP"
	InnerMSCHAP   = "MSCHAP"
	InnerMSCHAPv2 = "MSCHAPv2"
	// InnerEAPMSCHAPv2 is EAP-MSCHAPv2 inside the tunnel of PEAP or TTLS.
	InnerEAPMSCHAPv2 = "EAP-MSCHAPv2"
	// InnerEAP is any EAP method inside the tunnel, negotiated with the server.
	InnerEAP = "EAP"
)

// A Network is one network of a profile as the device uses it.
type Network struct {
	// Type is Passpoint or WPA2Enterprise.
	Type string `json:"type"`

	// Realm is the Passpoint realm; on Apple devices the first NAI realm.
	Realm string `json:"realm,omitempty"`
	// FriendlyName is the operator's name for display.
	FriendlyName string `json:"friendlyName,omitempty"`
	// HomeDomain is HomeSP/FQDN on Android and DomainName on Apple.
	HomeDomain string `json:"homeDomain,omitempty"`
	// Roaming reports whether an Apple device also joins hotspots of other operators.
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
	// OuterIdentity is the identity that the device sends in clear. On Android Passpoint it is
	// always "anonymous@" and the realm.
	OuterIdentity string `json:"outerIdentity,omitempty"`
	Username      string `json:"username,omitempty"`
	Password      Secret `json:"password,omitempty"`

	// ServerNames are the trusted server names, compared by ServerMatch.
	ServerNames []string  `json:"trustedServerNames,omitempty"`
	ServerMatch MatchRule `json:"serverMatch"`
	// Anchors are the DER certificates that the device trusts for this network. None means the
	// authorities of the system.
	Anchors [][]byte `json:"anchors,omitempty"`
}

// A Secret is a password. It is hidden in formatted output, JSON and errors.
type Secret string

// Reveal returns the password.
func (s Secret) Reveal() string { return string(s) }

// String returns a placeholder, or an empty string if there is no password.
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
