package profiles

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// newWindows returns the builder of CarrierProvisioning documents for Windows 10 2004
// and later (templates/profiles/windows.xml), which are opened through
// ms-settings:wifi-provisioning?uri=. They need an enveloped RSA signature.
func newWindows(s *Settings) (builder, error) {
	t := xmlTemplate("windows.xml")
	f, err := newForm(func(blank func(string) string) ([]byte, error) {
		data := windowsProvisioning{
			CarrierID:    "{" + carrierID(s) + "}",
			SubscriberID: blank("customer"),
			EAP: windowsEAP{
				TTLS: s.Method == TTLS, Type: s.Method.eapType(), AuthorID: windowsAuthor[s.Method],
				ServerNames: windowsServerNames(s.TrustedServerNames), RootsSHA1: windowsRoots(s),
				OuterIdentity: s.OuterIdentity, PEAPIdentity: windowsUser(s.OuterIdentity),
				Username: blank("username"), Password: blank("password"),
			},
		}
		if p := s.Passpoint; p != nil {
			realms := p.NAIRealms
			if len(realms) == 0 {
				realms = []string{p.Realm}
			}
			data.Networks = append(data.Networks, windowsNetwork{
				Name:     windowsPasspointName(s),
				SSID:     windowsNoSSID,
				Hotspot2: &windowsHotspot2{p.HomeDomain, realms, p.RoamingConsortiums},
			})
		}
		if n := s.WPA2; n != nil {
			data.Networks = append(data.Networks, windowsNetwork{
				Name: n.SSID,
				SSID: n.SSID,
			})
		}
		return render(t, data)
	})
	return &windows{s, f}, err
}

// windowsProvisioning is the data of templates/profiles/windows.xml.
type windowsProvisioning struct {
	CarrierID, SubscriberID string
	EAP                     windowsEAP
	Networks                []windowsNetwork
}

type windowsEAP struct {
	TTLS                    bool
	Type, AuthorID          int
	ServerNames             string
	RootsSHA1               []string // if empty, any root in the computer's store is trusted
	OuterIdentity, Username string
	PEAPIdentity            string // the user part of OuterIdentity, for PEAP
	Password                string
}

type windowsNetwork struct {
	Name     string // unique in the document
	SSID     string // the schema requires one for Passpoint, too
	Hotspot2 *windowsHotspot2
}

// SSIDHex returns the SSID in hexadecimal, the form that Windows compares. The schema
// permits hexadecimal or a name.
func (n windowsNetwork) SSIDHex() string {
	return strings.ToUpper(hex.EncodeToString([]byte(n.SSID)))
}

// windowsNoSSID is the SSID of a Passpoint network.
const windowsNoSSID = "#Passpoint"

type windowsHotspot2 struct {
	DomainName         string
	NAIRealms          []string
	RoamingConsortiums []string
}

// windowsAuthor holds Microsoft's author ID for the plug-in of each method.
var windowsAuthor = map[EAPMethod]int{TTLS: 311, PEAP: 0}

type windows struct {
	settings *Settings
	form     *form
}

func (w *windows) document(c Credential) (*Document, error) {
	d := &Document{
		Body: w.form.fill(map[string]string{
			"customer": c.CustomerID,
			"username": c.Username,
			"password": c.Password,
		}),
		ContentType: "text/xml; charset=utf-8",
		FileName:    "wifi.xml",
		Attachment:  true,
		Seal:        SealXMLDSig,
		Networks:    networks(w.settings, c),
	}
	for i := range d.Networks {
		d.Networks[i].OuterIdentity = windowsOuterIdentity(w.settings, c.Username)
	}
	if w.settings.privateRoot() {
		d.Notes = append(d.Notes, "The private root must already be in the computer's store of trusted roots.")
	}
	if n := w.settings.WPA2; n != nil && n.Hidden {
		d.Notes = append(d.Notes, "Windows does not search for the hidden network "+n.SSID+".")
	}
	d.Notes = append(d.Notes, "Windows does not remove the profile when the credential expires.")
	return d, nil
}

// carrierID returns the GUID by which Windows groups the profiles. It must be constant
// for an organization.
func carrierID(s *Settings) string {
	if s.CarrierID != "" {
		return strings.ToUpper(strings.Trim(s.CarrierID, "{}"))
	}
	return strings.ToUpper(stableUUID(s.OrganizationID, "carrier").String())
}

// windowsOuterIdentity returns the identity that Windows sends in clear. For PEAP, it
// is a user name without a realm, to which Windows adds the realm of the credential's
// user name.
func windowsOuterIdentity(s *Settings, username string) string {
	if s.Method != PEAP {
		return s.OuterIdentity
	}
	if at := strings.LastIndexByte(username, '@'); at >= 0 {
		return windowsUser(s.OuterIdentity) + username[at:]
	}
	return windowsUser(s.OuterIdentity)
}

// windowsUser returns the part of an identity before its realm. The part may be empty
// (RFC 7542), but then Windows would send no identity, so windowsUser returns
// "anonymous".
func windowsUser(identity string) string {
	user, _, _ := strings.Cut(identity, "@")
	if user == "" {
		return "anonymous"
	}
	return user
}

// windowsPasspointName returns a name that differs from that of the WPA2 network, since
// two profiles with one name would replace each other. The schema collapses white
// space.
func windowsPasspointName(s *Settings) string {
	folded := func(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
	if s.WPA2 != nil && folded(s.WPA2.SSID) == folded(s.Passpoint.FriendlyName) {
		return s.Passpoint.FriendlyName + " (Passpoint)"
	}
	return s.Passpoint.FriendlyName
}

// windowsServerNames joins host names with semicolons. Windows interprets a name with a
// * as a regular expression, so wildcards are converted.
func windowsServerNames(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		if base, wildcard := strings.CutPrefix(n, "*."); wildcard {
			n = `[^.]*\.` + regexp.QuoteMeta(base)
		}
		all[i] = n
	}
	return strings.Join(all, ";")
}

// windowsRoots returns the thumbprints by which Windows finds the roots in its store.
func windowsRoots(s *Settings) []string {
	var thumbprints []string
	for _, root := range s.roots() {
		thumbprints = append(thumbprints, fmt.Sprintf("% x", sha1.Sum(root)))
	}
	return thumbprints
}
