package profiles

import (
	"bytes"
	"strings"
	"time"

	"howett.net/plist"
)

// newIOS returns the builder of .mobileconfig documents for iPhone and iPad.
func newIOS(s *Settings) (builder, error) {
	return newMobileConfig(s, appleVariant{targetDevice: 1, mobileNetworks: true})
}

// appleVariant holds the differences between Apple's systems.
type appleVariant struct {
	targetDevice   int    // TargetDeviceType; without it, iOS asks whether to install on a paired watch
	scope          string // PayloadScope, macOS only
	mobileNetworks bool   // MCCAndMNCs, iOS only
}

// dict is a plist dictionary. Its keys must be in Apple's published schema, which a
// test verifies. The encoder sorts the keys.
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

// removalDate is the placeholder of a date, since the plist encoder accepts no text
// for dates.
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
		"AcceptEAPTypes":          []int{s.Method.eapType()}, // OuterIdentity needs tunnelled types only
		"UserName":                blank("username"),
		"UserPassword":            blank("password"),
		"OuterIdentity":           s.OuterIdentity,      // without it, the user name is sent in clear
		"TTLSInnerAuthentication": s.Inner.apple(),      // schema and implementation have different defaults
		"TLSMinimumVersion":       "1.2",                // the default of the maximum is 1.2, too
		"TLSTrustedServerNames":   s.TrustedServerNames, // with it, there is no trust dialog
	}
	var content []dict
	if s.privateRoot() {
		root := payload("com.apple.security.root", partRoot, blank("certificate"))
		root["PayloadCertificateFileName"] = "wifi-ca.cer"
		root["PayloadContent"] = s.anchor()
		content = append(content, root)
		eap["PayloadCertificateAnchorUUID"] = []any{root["PayloadUUID"]}
	}
	wifi := func(part, name string) dict {
		w := payload("com.apple.wifi.managed", part, name)
		w["AutoJoin"] = true
		w["EncryptionType"] = "WPA2" // includes WPA3; the default, Any, permits WEP
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
		"RemovalDate":         removalDate, // the only expiry that devices enforce
	}
	if v.scope != "" {
		profile["PayloadScope"] = v.scope
	}
	if len(s.ConsentText) > 0 {
		profile["ConsentText"] = consentText(s, blank("consent"))
	}
	doc, err := plist.MarshalIndent(profile, plist.XMLFormat, "\t")
	// Texts are escaped, so only the date element can match.
	date := func(value string) []byte { return []byte("<date>" + value + "</date>") }
	return bytes.Replace(doc, date(timestamp(removalDate)), date(blank("expires")), 1), err
}

// setList adds a list unless it is empty.
func setList(d dict, key string, list []string) {
	if len(list) > 0 {
		d[key] = list
	}
}

// The parts of a profile that have their own identifier and UUID.
const (
	partProfile   = "profile"
	partRoot      = "root"
	partPasspoint = "passpoint"
	partWPA2      = "wpa2enterprise"
)

// identifier returns the PayloadIdentifier of a part. A device replaces an installed
// profile if the identifiers are equal.
func identifier(s *Settings, customer, part string) string {
	id := "onramp." + s.OrganizationID + "." + customer
	if part != "" {
		id += "." + part
	}
	return id
}

// appleRealms returns the realms for NAIRealmNames. With roaming consortiums, it
// returns only the realms that the tenant names.
func appleRealms(p *Passpoint) []string {
	if len(p.NAIRealms) == 0 && len(p.RoamingConsortiums) == 0 {
		return []string{p.Realm}
	}
	return p.NAIRealms
}

// consentText returns the consent texts with the customer's text as the default, which
// devices use for all other languages.
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
	texts := s.proseFor(c)
	values["description"], values["certificate"] = texts.Description, texts.Certificate
	if len(s.ConsentText) > 0 {
		// Use any text as the last resort: without a default the device may show none.
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
