package profiles

import (
	"errors"
	"strings"
)

// newSettingsAndroid returns the builder of JSON settings for Android apps that call
// WifiManager with WifiNetworkSuggestions. They need only the public SDK. A Passpoint
// network is a text for ConfigParser.parsePasspointConfig, because the properties of
// PasspointConfiguration that authenticate the server are hidden from apps.
func newSettingsAndroid(s *Settings) (builder, error) {
	b := &settingsAndroid{settings: s}
	if s.Passpoint == nil || s.Method != TTLS {
		return b, nil
	}
	file, err := newAndroid(s)
	b.file = file
	return b, err
}

type settingsAndroid struct {
	settings *Settings
	file     builder // of the Passpoint network, or nil
}

type androidSettings struct {
	Platform Platform `json:"platform"`
	Created  string   `json:"created"`
	Expires  string   `json:"expires"`
	// Passpoint repeats the Passpoint network of Networks.
	Passpoint *androidPasspoint   `json:"passpoint,omitempty"`
	Networks  []androidSuggestion `json:"networks"`
}

type androidSuggestion struct {
	Type NetworkType `json:"type"`
	// Passpoint: Builder.setPasspointConfig.
	Passpoint *androidPasspoint `json:"passpoint,omitempty"`
	// WPA2: Builder.setSsid, setIsHiddenSsid, setWpa2EnterpriseConfig.
	SSID       string             `json:"ssid,omitempty"`
	Hidden     *bool              `json:"isHiddenSsid,omitempty"`
	Enterprise *androidEnterprise `json:"wpa2EnterpriseConfig,omitempty"`
}

type androidPasspoint struct {
	// XWiFiConfig is the argument of ConfigParser.parsePasspointConfig, with the type
	// application/x-wifi-config.
	XWiFiConfig string `json:"xWifiConfig"`
	// MinimumTLSVersion is for Credential.setMinimumTlsVersion (Android 14).
	MinimumTLSVersion string `json:"minimumTlsVersion"`
}

// androidEnterprise has the properties of WifiEnterpriseConfig.
type androidEnterprise struct {
	EAPMethod         string `json:"eapMethod"`
	Phase2Method      string `json:"phase2Method"`
	Identity          string `json:"identity"`
	AnonymousIdentity string `json:"anonymousIdentity"`
	Password          string `json:"password"`
	// A suggestion without a domain or without certificates throws an exception.
	DomainSuffixMatch string   `json:"domainSuffixMatch"`
	CACertificates    [][]byte `json:"caCertificates"` // DER in base64
	MinimumTLSVersion string   `json:"minimumTlsVersion"`
}

// androidTLS12 is the name of a WifiEnterpriseConfig constant.
const androidTLS12 = "TLS_V1_2"

func (b *settingsAndroid) document(c Credential) (*Document, error) {
	s := b.settings
	doc := androidSettings{
		Platform: SettingsAndroid, Created: timestamp(c.Created), Expires: timestamp(c.Expires),
		Networks: []androidSuggestion{},
	}
	var record []Network
	var notes []string
	reason := "" // of the error if there is no network
	leaveOut := func(why string) { reason, notes = why, append(notes, why) }

	switch file, err := b.passpoint(c); {
	case err != nil:
		no, ok := errors.AsType[*UnsupportedError](err)
		if !ok {
			return nil, err
		}
		leaveOut(no.Reason)
	case file != nil:
		doc.Passpoint = &androidPasspoint{XWiFiConfig: string(file.Body), MinimumTLSVersion: androidTLS12}
		doc.Networks = append(doc.Networks, androidSuggestion{Type: TypePasspoint, Passpoint: doc.Passpoint})
		record = append(record, file.Networks...)
		if outer := anonymousAt(s.Passpoint.Realm); !strings.EqualFold(outer, s.OuterIdentity) {
			notes = append(notes, "Android sends the outer identity "+outer+" for Passpoint, not "+s.OuterIdentity+".")
		}
	case s.Passpoint != nil:
		leaveOut("Android supports Passpoint only with EAP-TTLS: the Passpoint network is left out.")
	}
	if n := s.WPA2; n != nil && len(s.roots()) > 0 {
		doc.Networks = append(doc.Networks, androidSuggestion{
			Type: TypeWPA2Enterprise, SSID: n.SSID, Hidden: &n.Hidden,
			Enterprise: &androidEnterprise{
				EAPMethod: s.Method.supplicant(), Phase2Method: s.Inner.supplicant(),
				Identity: c.Username, AnonymousIdentity: s.OuterIdentity, Password: c.Password,
				DomainSuffixMatch: strings.Join(s.suffixNames(), ";"),
				CACertificates:    s.roots(), MinimumTLSVersion: androidTLS12,
			},
		})
		record = append(record, wpa2Network(s, c))
	} else if n != nil {
		leaveOut("The network " + n.SSID + " is left out: an Android app can add it only with the root of " +
			"the server's certificate, which the organization does not provide.")
	}
	if len(record) == 0 {
		return nil, &UnsupportedError{SettingsAndroid, reason}
	}
	return jsonDocument(doc, "settings-android.json", record, notes)
}

// passpoint returns the file of the Passpoint network, or nil if there is none.
func (b *settingsAndroid) passpoint(c Credential) (*Document, error) {
	if b.file == nil {
		return nil, nil
	}
	return b.file.document(c)
}
