package profiles

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"howett.net/plist"

	"onramp/templates"
)

// newIOS prepares the .mobileconfig of iPhone and iPad.
func newIOS(s *Settings) (builder, error) {
	return newMobileConfig(s, appleVariant{targetDevice: 1, mobileNetworks: true})
}

// appleVariant is what differs between Apple's systems.
type appleVariant struct {
	targetDevice   int    // TargetDeviceType; with it a paired watch is no candidate and nobody is asked
	scope          string // PayloadScope, macOS only
	mobileNetworks bool   // MCCAndMNCs, iOS only
}

// dict is a plist dictionary. Its keys are those of Apple's published schema;
// any other key is a defect, and a test holds that. The encoder sorts them.
type dict = map[string]any

// mobileConfig builds .mobileconfig documents for one organization.
type mobileConfig struct {
	settings *Settings
	form     *form
}

func newMobileConfig(s *Settings, v appleVariant) (*mobileConfig, error) {
	f, err := newForm(func(blank func(string) string) ([]byte, error) {
		return encodeMobileConfig(s, v, blank)
	})
	return &mobileConfig{s, f}, err
}

// removalDate stands where a date blank will be: a plist date is no text.
var removalDate = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

func encodeMobileConfig(s *Settings, v appleVariant, blank func(string) string) ([]byte, error) {
	payload := func(kind, part, name string) dict {
		return dict{
			"PayloadType":         kind,
			"PayloadVersion":      1,
			"PayloadIdentifier":   identifier(s, blank("customer"), part),
			"PayloadUUID":         blank("uuid " + part),
			"PayloadDisplayName":  name,
			"PayloadOrganization": blank("organization"),
		}
	}
	eap := dict{
		"AcceptEAPTypes":          []int{s.Method.eapType()}, // one only: OuterIdentity is honoured if all of them tunnel
		"UserName":                blank("username"),
		"UserPassword":            blank("password"),
		"OuterIdentity":           s.OuterIdentity,      // without it the user name goes out in clear
		"TTLSInnerAuthentication": s.Inner.apple(),      // always: schema and implementation disagree on the default
		"TLSMinimumVersion":       "1.2",                // the maximum's default is 1.2 as well
		"TLSTrustedServerNames":   s.TrustedServerNames, // given, there is no trust dialog and failure is final
	}
	var content []dict
	if s.privateRoot() {
		root := payload("com.apple.security.root", partRoot, s.OrganizationName+" Wi-Fi CA")
		root["PayloadCertificateFileName"] = "wifi-ca.cer"
		root["PayloadContent"] = s.anchor()
		content = append(content, root)
		eap["PayloadCertificateAnchorUUID"] = []any{root["PayloadUUID"]}
	}
	wifi := func(part, name string) dict {
		w := payload("com.apple.wifi.managed", part, name)
		w["AutoJoin"] = true
		w["EncryptionType"] = "WPA2" // joins WPA3 too; the default, Any, would allow WEP
		w["EAPClientConfiguration"] = eap
		if s.DisableMACRandomization {
			w["DisableAssociationMACRandomization"] = true
		}
		return w
	}
	var title string
	if p := s.Passpoint; p != nil {
		title = p.FriendlyName
		w := wifi(partPasspoint, p.FriendlyName)
		w["IsHotspot"] = true
		w["DomainName"] = p.HomeDomain
		w["DisplayedOperatorName"] = p.FriendlyName
		w["ServiceProviderRoamingEnabled"] = p.Roaming
		setList(w, "RoamingConsortiumOIs", p.RoamingConsortiums)
		setList(w, "NAIRealmNames", appleRealms(p))
		if v.mobileNetworks {
			setList(w, "MCCAndMNCs", p.MCCMNC)
		}
		content = append(content, w)
	}
	if n := s.WPA2; n != nil {
		if title == "" {
			title = n.SSID
		}
		w := wifi(partWPA2, n.SSID)
		w["SSID_STR"] = n.SSID
		w["HIDDEN_NETWORK"] = n.Hidden
		content = append(content, w)
	}
	profile := dict{
		"PayloadType":         "Configuration",
		"PayloadVersion":      1,
		"PayloadIdentifier":   identifier(s, blank("customer"), ""),
		"PayloadUUID":         blank("uuid " + partProfile),
		"PayloadDisplayName":  title,
		"PayloadDescription":  blank("description"),
		"PayloadOrganization": blank("organization"),
		"PayloadContent":      content,
		"TargetDeviceType":    v.targetDevice,
		"RemovalDate":         removalDate, // the only expiry that the device enforces
	}
	if v.scope != "" {
		profile["PayloadScope"] = v.scope
	}
	if len(s.ConsentText) > 0 {
		profile["ConsentText"] = consentText(s, blank("consent"))
	}
	doc, err := plist.MarshalIndent(profile, plist.XMLFormat, "\t")
	// Text is escaped, so only the date element can look like this.
	return bytes.Replace(doc, []byte("<date>"+timestamp(removalDate)+"</date>"), []byte("<date>"+blank("expires")+"</date>"), 1), err
}

// setList adds a list that has members.
func setList(d dict, key string, list []string) {
	if len(list) > 0 {
		d[key] = list
	}
}

// The parts of a profile that have an identifier and a UUID of their own.
const (
	partProfile   = "profile"
	partRoot      = "root"
	partPasspoint = "passpoint"
	partWPA2      = "wpa2enterprise"
)

// identifier is what decides on the device between replacing and adding.
func identifier(s *Settings, customer, part string) string {
	id := "onramp." + s.OrganizationID + "." + customer
	if part != "" {
		id += "." + part
	}
	return id
}

// appleRealms leaves the realm out beside organization identifiers, unless the
// tenant names realms.
func appleRealms(p *Passpoint) []string {
	if len(p.NAIRealms) == 0 && len(p.RoamingConsortiums) == 0 {
		return []string{p.Realm}
	}
	return p.NAIRealms
}

// consentText adds the default entry, which the device falls back to, in the
// customer's language.
func consentText(s *Settings, customers string) map[string]string {
	texts := map[string]string{"default": customers}
	for language, text := range s.ConsentText {
		if language != "default" {
			texts[language] = text
		}
	}
	return texts
}

func (m *mobileConfig) document(c Credential) (*Document, error) {
	s := m.settings
	values := map[string]string{
		"customer":     c.CustomerID,
		"username":     c.Username,
		"password":     c.Password,
		"expires":      timestamp(c.Expires),
		"organization": localized(s.OrganizationNames, c.Language, s.OrganizationName),
	}
	values["description"] = strings.ReplaceAll(localized(descriptions, c.Language, descriptions["en"]), "{organization}", values["organization"])
	if len(s.ConsentText) > 0 {
		// Any text is better than none: without a match the device shows no agreement.
		first := s.ConsentText[sortedKeys(s.ConsentText)[0]]
		values["consent"] = localized(s.ConsentText, c.Language, localized(s.ConsentText, "en", first))
	}
	for _, part := range []string{partProfile, partRoot, partPasspoint, partWPA2} {
		values["uuid "+part] = strings.ToUpper(stableUUID(s.OrganizationID, c.CustomerID, part).String())
	}
	return &Document{
		Body:        m.form.fill(values),
		ContentType: "application/x-apple-aspen-config",
		FileName:    "wifi.mobileconfig",
		Attachment:  true,
		Seal:        SealCMS,
		Networks:    networks(s, c),
	}, nil
}

// descriptions is the sentence on the profile's detail screen, by language.
var descriptions = func() map[string]string {
	source, err := templates.Profiles.ReadFile("profiles/apple-description.json")
	if err != nil {
		panic(err) // the file is part of the binary
	}
	var texts map[string]string
	if err := json.Unmarshal(source, &texts); err != nil {
		panic(err)
	}
	return texts
}()
