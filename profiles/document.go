package profiles

import (
	"fmt"
	"slices"
	"time"
)

// A Credential is one customer's, as it stands now: a document is always built
// from the current one.
type Credential struct {
	CustomerID string // stable; identifiers and UUIDs are derived from it
	Username   string // 1 to 63 bytes
	Password   string // 1 to 189 bytes
	Language   string // BCP 47 tag of the person's language, or ""
	Created    time.Time
	Expires    time.Time // the document ends with it where the platform can
}

// A Document is what a platform installs.
type Document struct {
	Body        []byte
	ContentType string
	// FileName is for a person who saves the file. It is pure ASCII.
	FileName string
	// Attachment says whether to send Content-Disposition: attachment. Android
	// must not get that header at all.
	Attachment bool
	// TransferEncoding is the value of Content-Transfer-Encoding, or "".
	TransferEncoding string
	// Seal is the signature that Body still lacks.
	Seal Seal
	// Networks are what the document installs, for the record of installations.
	Networks []Network
	// Notes say, in a sentence each, what this platform does otherwise than
	// the settings ask.
	Notes []string
}

// Seal is a kind of signature.
type Seal string

// The kinds of signature.
const (
	SealNone    Seal = ""
	SealCMS     Seal = "cms"     // CMS SignedData with the content embedded, SHA-256, leaf and intermediates
	SealXMLDSig Seal = "xmldsig" // enveloped XML-DSig, RSA
)

// NetworkType tells the two kinds of network apart.
type NetworkType string

// The kinds of network, spelled as the HTTP API spells them.
const (
	TypePasspoint      NetworkType = "passpoint"
	TypeWPA2Enterprise NetworkType = "wpa2enterprise"
)

// A Network is one network of a document with the attributes that an
// installation record keeps.
type Network struct {
	Type NetworkType

	// Of a Passpoint network.
	Realm, FriendlyName string
	Roaming             bool

	// Of a WPA2-Enterprise network.
	SSID       string
	SSIDHidden bool

	// OuterIdentity is what this platform will really send in clear, whatever
	// the settings say.
	OuterIdentity      string
	Username           string
	TrustedServerNames []string
}

// An UnsupportedError says that nothing of the settings can be expressed on a
// platform. Reason is a sentence for the person who asked.
type UnsupportedError struct {
	Platform Platform
	Reason   string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("no %s document: %s", e.Platform, e.Reason)
}

// A FieldError says which member of a credential a document cannot carry. It
// never holds the value.
type FieldError struct {
	Field  string // customerId, username, password, created or expires
	Reason string
}

func (e *FieldError) Error() string { return e.Field + " " + e.Reason }

// passpointNetwork and wpa2Network fill the record of a network; the caller
// changes OuterIdentity where its platform does.
func passpointNetwork(s *Settings, c Credential) Network {
	return Network{
		Type: TypePasspoint, Realm: s.Passpoint.Realm, FriendlyName: s.Passpoint.FriendlyName, Roaming: s.Passpoint.Roaming,
		OuterIdentity: s.OuterIdentity, Username: c.Username, TrustedServerNames: slices.Clone(s.TrustedServerNames),
	}
}

func wpa2Network(s *Settings, c Credential) Network {
	return Network{
		Type: TypeWPA2Enterprise, SSID: s.WPA2.SSID, SSIDHidden: s.WPA2.Hidden,
		OuterIdentity: s.OuterIdentity, Username: c.Username, TrustedServerNames: slices.Clone(s.TrustedServerNames),
	}
}

// networks lists every network of the settings, for platforms that take them all.
func networks(s *Settings, c Credential) []Network {
	var all []Network
	if s.Passpoint != nil {
		all = append(all, passpointNetwork(s, c))
	}
	if s.WPA2 != nil {
		all = append(all, wpa2Network(s, c))
	}
	return all
}
