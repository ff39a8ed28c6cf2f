package profiles

import (
	"fmt"
	"slices"
)

// A Document is a file that a platform installs, and the headers to send it with.
type Document struct {
	Body        []byte
	ContentType string
	// FileName is a name for a saved file, in ASCII.
	FileName string
	// Attachment reports whether to send Content-Disposition: attachment. Never send
	// that header to Android.
	Attachment bool
	// TransferEncoding is the value of Content-Transfer-Encoding, or "".
	TransferEncoding string
	// Seal is the signature that the caller must add to Body.
	Seal Seal
	// Networks are the networks of the document, for the record of installations.
	Networks []Network
	// Notes are sentences about settings that this platform handles differently.
	Notes []string
}

// Seal is a kind of signature.
type Seal string

// The kinds of signature.
const (
	SealNone    Seal = ""
	SealCMS     Seal = "cms"     // CMS SignedData with embedded content, SHA-256, leaf and intermediates
	SealXMLDSig Seal = "xmldsig" // enveloped XML-DSig, RSA
)

// NetworkType is the kind of a network, with its name in the HTTP API.
type NetworkType string

// The kinds of network.
const (
	TypePasspoint      NetworkType = "passpoint"
	TypeWPA2Enterprise NetworkType = "wpa2enterprise"
)

// A Network is a network of a document, with the attributes for the record of
// installations.
type Network struct {
	Type NetworkType

	// For a Passpoint network.
	Realm, FriendlyName string
	Roaming             bool

	// For a WPA2-Enterprise network.
	SSID       string
	SSIDHidden bool

	// OuterIdentity is the identity that this platform sends in clear. It may
	// differ from the settings.
	OuterIdentity      string
	Username           string
	TrustedServerNames []string
}

// An UnsupportedError reports that a platform can express no network of the settings.
// Reason is a sentence for the user.
type UnsupportedError struct {
	Platform Platform
	Reason   string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("no %s document: %s", e.Platform, e.Reason)
}

// passpointNetwork and wpa2Network return the record of a network. The caller changes
// OuterIdentity if its platform sends another one.
func passpointNetwork(s *Settings, c Credential) Network {
	p := s.Passpoint
	return Network{
		Type: TypePasspoint, Realm: p.Realm, FriendlyName: p.FriendlyName, Roaming: p.Roaming,
		OuterIdentity: s.OuterIdentity, Username: c.Username, TrustedServerNames: slices.Clone(s.TrustedServerNames),
	}
}

func wpa2Network(s *Settings, c Credential) Network {
	return Network{
		Type: TypeWPA2Enterprise, SSID: s.WPA2.SSID, SSIDHidden: s.WPA2.Hidden,
		OuterIdentity: s.OuterIdentity, Username: c.Username, TrustedServerNames: slices.Clone(s.TrustedServerNames),
	}
}

// networks returns the records of all networks of the settings.
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
