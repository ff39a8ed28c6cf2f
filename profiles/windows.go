package profiles

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// newWindows prepares the CarrierProvisioning document of Windows 10 2004 and
// later (templates/profiles/windows.xml), opened through
// ms-settings:wifi-provisioning?uri=. It needs an enveloped RSA signature.
func newWindows(s *Settings) (builder, error) {
	t := xmlTemplate("windows.xml")
	f, err := newForm(func(blank func(string) string) ([]byte, error) {
		data := windowsProvisioning{
			CarrierID:    "{" + carrierID(s) + "}",
			SubscriberID: blank("customer"),
			EAP: windowsEAP{
				TTLS: s.Method == TTLS, Type: s.Method.eapType(), AuthorID: windowsAuthor[s.Method],
				ServerNames: windowsServerNames(s.TrustedServerNames), RootSHA1: windowsRoot(s),
				OuterIdentity: s.OuterIdentity, Username: blank("username"), Password: blank("password"),
			},
		}
		if p := s.Passpoint; p != nil {
			realms := p.NAIRealms
			if len(realms) == 0 {
				realms = []string{p.Realm}
			}
			data.Networks = append(data.Networks, windowsNetwork{
				Name:     windowsPasspointName(s),
				Hotspot2: &windowsHotspot2{p.HomeDomain, realms, p.RoamingConsortiums},
			})
		}
		if n := s.WPA2; n != nil {
			data.Networks = append(data.Networks, windowsNetwork{
				Name: n.SSID,
				SSID: &windowsSSID{strings.ToUpper(hex.EncodeToString([]byte(n.SSID))), n.SSID, n.Hidden},
			})
		}
		return render(t, data)
	})
	return &windows{s, f}, err
}

// windowsProvisioning is what templates/profiles/windows.xml shows.
type windowsProvisioning struct {
	CarrierID, SubscriberID string
	EAP                     windowsEAP
	Networks                []windowsNetwork
}

type windowsEAP struct {
	TTLS                    bool
	Type, AuthorID          int
	ServerNames             string
	RootSHA1                string // empty: any root in the computer's store
	OuterIdentity, Username string
	Password                string
}

type windowsNetwork struct {
	Name     string // unique in the document
	SSID     *windowsSSID
	Hotspot2 *windowsHotspot2
}

type windowsSSID struct {
	Hex, Name string // Windows uses the hex; the name is for people
	Hidden    bool
}

type windowsHotspot2 struct {
	DomainName         string
	NAIRealms          []string
	RoamingConsortiums []string
}

// windowsAuthor is Microsoft's number for who wrote the method's plug-in.
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
	if w.settings.privateRoot() {
		d.Notes = append(d.Notes, "The private root must be in the computer's store of trusted roots beforehand.")
	}
	d.Notes = append(d.Notes, "Windows does not remove the profile when the credential expires.")
	return d, nil
}

// carrierID is constant for the organization, as Windows files profiles under it.
func carrierID(s *Settings) string {
	if s.CarrierID != "" {
		return strings.ToUpper(strings.Trim(s.CarrierID, "{}"))
	}
	return strings.ToUpper(stableUUID(s.OrganizationID, "carrier").String())
}

// windowsPasspointName keeps two profiles of one document from having one name:
// the second would replace the first.
func windowsPasspointName(s *Settings) string {
	if s.WPA2 != nil && s.WPA2.SSID == s.Passpoint.FriendlyName {
		return s.Passpoint.FriendlyName + " (Passpoint)"
	}
	return s.Passpoint.FriendlyName
}

// windowsServerNames joins host names by semicolons. What holds a * is a
// regular expression to Windows.
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

// windowsRoot is the thumbprint by which Windows finds the root in its store.
func windowsRoot(s *Settings) string {
	if !s.privateRoot() {
		return ""
	}
	return fmt.Sprintf("% x", sha1.Sum(s.TrustAnchor))
}
