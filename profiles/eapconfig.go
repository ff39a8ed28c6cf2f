package profiles

import (
	"encoding/base64"
	"strings"

	"onramp/templates"
)

// newEAPConfig returns the builder of the files for the geteduroam apps
// (templates/profiles/eap-config.xml).
func newEAPConfig(s *Settings) (builder, error) {
	t := xmlTemplate("eap-config.xml")
	f, err := newForm(func(blank func(string) string) ([]byte, error) {
		data := eapConfigFile{
			ID:            eapConfigRealm(s),
			Expires:       blank("expires"),
			EAPType:       s.Method.eapType(),
			ServerNames:   s.suffixNames(),
			OuterIdentity: s.OuterIdentity,
			Username:      blank("username"),
			Password:      blank("password"),
			Names:         eapConfigNames(s),
			Descriptions:  eapConfigDescriptions(s, blank("description")),
			Helpdesk:      s.Helpdesk,
		}
		if s.Method == TTLS {
			data.InnerNonEAPType = s.Inner.eapConfig()
		} else {
			data.InnerEAPType = 26 // EAP-MSCHAPv2
		}
		for _, root := range s.roots() {
			data.RootsBase64 = append(data.RootsBase64, base64.StdEncoding.EncodeToString(root))
		}
		if s.WPA2 != nil {
			data.SSID = s.WPA2.SSID
		}
		if s.Passpoint != nil {
			data.RoamingConsortiums = s.Passpoint.RoamingConsortiums
		}
		return render(t, data)
	})
	return &eapConfig{s, f}, err
}

// eapConfigFile is the data of templates/profiles/eap-config.xml.
type eapConfigFile struct {
	ID, Expires                   string
	EAPType                       int
	RootsBase64                   []string
	ServerNames                   []string
	OuterIdentity                 string
	Username, Password            string
	InnerEAPType, InnerNonEAPType int // exactly one is 0
	SSID                          string
	RoamingConsortiums            []string
	Names, Descriptions           []localText
	Helpdesk                      *Helpdesk // or nil
}

type localText struct{ Language, Text string }

type eapConfig struct {
	settings *Settings
	form     *form
}

func (b *eapConfig) document(c Credential) (*Document, error) {
	s := b.settings
	d := &Document{
		Body: b.form.fill(map[string]string{
			"username": c.Username,
			"password": c.Password,
			"expires":  timestamp(c.Expires),

			"description": s.proseFor(c).Description,
		}),
		ContentType: "application/x-eap-config",
		FileName:    "wifi.eap-config",
		Attachment:  true,
	}
	if p := s.Passpoint; p != nil && len(p.RoamingConsortiums) > 0 {
		d.Networks = append(d.Networks, passpointNetwork(s, c))
		if len(s.roots()) > 1 {
			d.Notes = append(d.Notes, "geteduroam on Android adds no Passpoint network, because the file contains "+
				"several roots.")
		}
		if s.WPA2 == nil {
			d.Notes = append(d.Notes, eapConfigNotOnLinux)
		}
	} else if p != nil {
		d.Notes = append(d.Notes, "An eap-config file supports Passpoint only with roaming consortiums: the network "+
			p.FriendlyName+" is not in this file.")
	}
	if s.WPA2 != nil {
		d.Networks = append(d.Networks, wpa2Network(s, c))
	}
	return d, nil
}

const eapConfigNotOnLinux = "geteduroam on Linux supports only WPA2 networks and rejects a file with only Passpoint."

// eapConfigRealm returns the ID of the provider: the Passpoint realm, else the realm of
// the outer identity, else the first server name.
func eapConfigRealm(s *Settings) string {
	if s.Passpoint != nil {
		return s.Passpoint.Realm
	}
	if _, realm, ok := strings.Cut(s.OuterIdentity, "@"); ok && realm != "" {
		return realm
	}
	return s.suffixNames()[0]
}

func eapConfigNames(s *Settings) []localText {
	names := []localText{{"", s.OrganizationName}}
	for _, language := range sortedKeys(s.OrganizationNames) {
		names = append(names, localText{language, s.OrganizationNames[language]})
	}
	return names
}

// eapConfigDescriptions returns the description in each language, and the customer's for devices
// with another one.
func eapConfigDescriptions(s *Settings, customers string) []localText {
	texts := []localText{{"", customers}}
	for _, language := range templates.ProfileLanguages() {
		texts = append(texts, localText{language, s.proseIn(language).Description})
	}
	return texts
}
