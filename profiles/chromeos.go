package profiles

import (
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
)

// newChromeOS returns the builder of Open Network Configuration files, which do not
// support Passpoint.
func newChromeOS(s *Settings) (builder, error) { return &chromeOS{s}, nil }

type chromeOS struct{ settings *Settings }

type onc struct {
	Type                  string
	NetworkConfigurations []oncNetwork
	Certificates          []struct{} // empty but required; the root is in the network
}

type oncNetwork struct {
	GUID, Name, Type string
	WiFi             oncWiFi
}

type oncWiFi struct {
	SSID, HexSSID string
	HiddenSSID    bool
	Security      string
	AutoConnect   bool
	EAP           oncEAP
}

type oncEAP struct {
	Outer, Inner, Identity, Password, AnonymousIdentity string
	SaveCredentials                                     bool
	UseSystemCAs                                        bool
	ServerCAPEMs                                        []string `json:",omitempty"`
	DomainSuffixMatch                                   []string
}

func (b *chromeOS) document(c Credential) (*Document, error) {
	s := b.settings
	eap := oncEAP{
		Outer: s.Method.onc(), Inner: s.Inner.onc(),
		Identity: c.Username, Password: c.Password, AnonymousIdentity: s.OuterIdentity,
		SaveCredentials: true, UseSystemCAs: !s.privateRoot(), DomainSuffixMatch: s.suffixNames(),
	}
	if s.privateRoot() {
		eap.ServerCAPEMs = []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.anchor()}))}
	}
	doc := onc{
		Type: "UnencryptedConfiguration",
		NetworkConfigurations: []oncNetwork{{
			GUID: "{" + stableUUID(s.OrganizationID, c.CustomerID, partWPA2).String() + "}",
			Name: s.WPA2.SSID, Type: "WiFi",
			WiFi: oncWiFi{
				SSID: s.WPA2.SSID, HexSSID: strings.ToUpper(hex.EncodeToString([]byte(s.WPA2.SSID))),
				HiddenSSID: s.WPA2.Hidden, Security: "WPA-EAP", AutoConnect: true, EAP: eap,
			},
		}},
		Certificates: []struct{}{},
	}
	body, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, err
	}
	return &Document{
		Body: append(body, '\n'), ContentType: "application/x-onc", FileName: "wifi.onc", Attachment: true,
		Networks: []Network{wpa2Network(s, c)}, Notes: nameOnlyNotes(s, "ChromeOS"),
	}, nil
}

// nameOnlyNotes returns the notes of a platform that supports only WPA2 networks.
func nameOnlyNotes(s *Settings, system string) []string {
	var notes []string
	if s.Passpoint != nil {
		notes = append(notes, system+" does not support Passpoint: the network "+s.Passpoint.FriendlyName+
			" is not in this file.")
	}
	return append(notes, system+" does not remove the network when the credential expires.")
}
