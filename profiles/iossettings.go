package profiles

import "encoding/json"

// newSettingsIOS returns the builder of JSON settings for iOS apps that call
// NEHotspotConfigurationManager. The members are named after the properties of
// NEHotspotHS20Settings and NEHotspotEAPSettings.
func newSettingsIOS(s *Settings) (builder, error) { return &settingsIOS{s}, nil }

type settingsIOS struct{ settings *Settings }

type iosSettings struct {
	Platform Platform           `json:"platform"`
	Created  string             `json:"created"`
	Expires  string             `json:"expires"`
	Networks []iosConfiguration `json:"networks"`
}

type iosConfiguration struct {
	Type NetworkType `json:"type"`
	// Passpoint: NEHotspotConfiguration(hs20Settings:eapSettings:).
	DisplayName string   `json:"displayName,omitempty"`
	HS20        *iosHS20 `json:"hs20,omitempty"`
	// With a name: NEHotspotConfiguration(ssid:eapSettings:).
	SSID   string `json:"ssid,omitempty"`
	Hidden *bool  `json:"hidden,omitempty"`

	EAP iosEAP `json:"eap"`
}

type iosHS20 struct {
	DomainName           string   `json:"domainName"`
	RoamingEnabled       bool     `json:"roamingEnabled"`
	NAIRealmNames        []string `json:"naiRealmNames"`
	RoamingConsortiumOIs []string `json:"roamingConsortiumOIs"`
	MCCAndMNCs           []string `json:"mccAndMNCs"`
}

type iosEAP struct {
	SupportedEAPTypes           []int    `json:"supportedEAPTypes"`
	Username                    string   `json:"username"`
	Password                    string   `json:"password"`
	OuterIdentity               string   `json:"outerIdentity"`
	TrustedServerNames          []string `json:"trustedServerNames"`
	TTLSInnerAuthenticationType string   `json:"ttlsInnerAuthenticationType"` // the API's default is EAP
	PreferredTLSVersion         string   `json:"preferredTLSVersion"`
	// TrustedServerCertificates holds DER in base64. If empty, the public CAs are
	// trusted.
	TrustedServerCertificates [][]byte `json:"trustedServerCertificates"`
}

func (b *settingsIOS) document(c Credential) (*Document, error) {
	s := b.settings
	eap := iosEAP{
		SupportedEAPTypes: []int{s.Method.eapType()},
		Username:          c.Username, Password: c.Password, OuterIdentity: s.OuterIdentity,
		TrustedServerNames:          s.TrustedServerNames,
		TTLSInnerAuthenticationType: s.Inner.apple(),
		PreferredTLSVersion:         "1.2",
		TrustedServerCertificates:   [][]byte{},
	}
	if s.privateRoot() {
		eap.TrustedServerCertificates = [][]byte{s.anchor()}
	}
	doc := iosSettings{Platform: SettingsIOS, Created: timestamp(c.Created), Expires: timestamp(c.Expires)}
	if p := s.Passpoint; p != nil {
		doc.Networks = append(doc.Networks, iosConfiguration{
			Type: TypePasspoint, DisplayName: p.FriendlyName, EAP: eap,
			HS20: &iosHS20{
				p.HomeDomain, p.Roaming, orEmpty(appleRealms(p)), orEmpty(p.RoamingConsortiums), orEmpty(p.MCCMNC),
			},
		})
	}
	if n := s.WPA2; n != nil {
		doc.Networks = append(doc.Networks, iosConfiguration{
			Type: TypeWPA2Enterprise, SSID: n.SSID, Hidden: &n.Hidden, EAP: eap,
		})
	}
	return jsonDocument(doc, "settings-ios.json", networks(s, c), nil)
}

// jsonDocument returns a document of settings for apps.
func jsonDocument(content any, name string, networks []Network, notes []string) (*Document, error) {
	body, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return nil, err
	}
	return &Document{
		Body: append(body, '\n'), ContentType: "application/json", FileName: name, Networks: networks, Notes: notes,
	}, nil
}

// orEmpty returns an empty list for nil, which JSON encodes as [] instead of null.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
