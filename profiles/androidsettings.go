package profiles

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// newSettingsAndroid prepares the settings that an Android app hands to
// WifiManager as WifiNetworkSuggestions. Member names are the properties of
// PasspointConfiguration and WifiEnterpriseConfig.
func newSettingsAndroid(s *Settings) (builder, error) { return &settingsAndroid{s}, nil }

type settingsAndroid struct{ settings *Settings }

type androidSettings struct {
	Platform Platform            `json:"platform"`
	Created  string              `json:"created"`
	Expires  string              `json:"expires"`
	Networks []androidSuggestion `json:"networks"`
}

type androidSuggestion struct {
	Type NetworkType `json:"type"`
	// Passpoint: Builder.setPasspointConfig.
	Passpoint *androidPasspoint `json:"passpointConfiguration,omitempty"`
	// With a name: Builder.setSsid, setIsHiddenSsid, setWpa2EnterpriseConfig.
	SSID       string             `json:"ssid,omitempty"`
	Hidden     *bool              `json:"isHiddenSsid,omitempty"`
	Enterprise *androidEnterprise `json:"wpa2EnterpriseConfig,omitempty"`
}

type androidPasspoint struct {
	HomeSP struct {
		FQDN         string `json:"fqdn"`
		FriendlyName string `json:"friendlyName"`
		// RoamingConsortiumOIs is hex; Longs is the same for setRoamingConsortiumOis(long[]).
		RoamingConsortiumOIs []string `json:"roamingConsortiumOis"`
		Longs                []int64  `json:"roamingConsortiumOiLongs"`
	} `json:"homeSp"`
	Credential struct {
		Realm string `json:"realm"`
		User  struct {
			Username          string `json:"username"`
			Password          string `json:"password"` // base64, as setPassword wants it
			EAPType           int    `json:"eapType"`
			NonEAPInnerMethod string `json:"nonEapInnerMethod"`
		} `json:"userCredential"`
		CACertificate []byte `json:"caCertificate"` // DER in base64, null: the system's store
	} `json:"credential"`
	// AAAServerTrustedNames is for setAaaServerTrustedNames; it forces the
	// system's store, so it is empty with a private root.
	AAAServerTrustedNames []string `json:"aaaServerTrustedNames"`
	SubscriptionExpires   int64    `json:"subscriptionExpirationTimeMillis"`
}

type androidEnterprise struct {
	EAPMethod         string `json:"eapMethod"`
	Phase2Method      string `json:"phase2Method"`
	Identity          string `json:"identity"`
	AnonymousIdentity string `json:"anonymousIdentity"`
	Password          string `json:"password"`
	// A suggestion without a domain, or without one of the two below, throws.
	DomainSuffixMatch string   `json:"domainSuffixMatch"`
	CACertificates    [][]byte `json:"caCertificates,omitempty"` // DER in base64
	CAPath            string   `json:"caPath,omitempty"`
}

// systemStore is where Android keeps the public CAs.
const systemStore = "/system/etc/security/cacerts"

func (b *settingsAndroid) document(c Credential) (*Document, error) {
	s := b.settings
	doc := androidSettings{Platform: SettingsAndroid, Created: timestamp(c.Created), Expires: timestamp(c.Expires)}
	var record []Network
	var notes []string
	if s.Passpoint != nil && s.Method == TTLS {
		doc.Networks = append(doc.Networks, androidSuggestion{Type: TypePasspoint, Passpoint: androidPasspointConfiguration(s, c)})
		network := passpointNetwork(s, c)
		network.OuterIdentity = anonymousAt(s.Passpoint.Realm)
		record = append(record, network)
		if !strings.EqualFold(network.OuterIdentity, s.OuterIdentity) {
			notes = append(notes, "Android sends the outer identity "+network.OuterIdentity+" for Passpoint, not "+s.OuterIdentity+".")
		}
	} else if s.Passpoint != nil {
		notes = append(notes, "Android has Passpoint with EAP-TTLS only: the Passpoint network is left out.")
	}
	if n := s.WPA2; n != nil {
		e := &androidEnterprise{
			EAPMethod: s.Method.supplicant(), Phase2Method: s.Inner.supplicant(),
			Identity: c.Username, AnonymousIdentity: s.OuterIdentity, Password: c.Password,
			DomainSuffixMatch: strings.Join(s.suffixNames(), ";"),
		}
		if s.privateRoot() {
			e.CACertificates = [][]byte{s.TrustAnchor}
		} else {
			e.CAPath = systemStore
		}
		doc.Networks = append(doc.Networks, androidSuggestion{Type: TypeWPA2Enterprise, SSID: n.SSID, Hidden: &n.Hidden, Enterprise: e})
		record = append(record, wpa2Network(s, c))
	}
	return jsonDocument(doc, "settings-android.json", record, notes)
}

func androidPasspointConfiguration(s *Settings, c Credential) *androidPasspoint {
	p := &androidPasspoint{AAAServerTrustedNames: []string{}, SubscriptionExpires: c.Expires.UnixMilli()}
	p.HomeSP.FQDN = s.Passpoint.HomeDomain
	p.HomeSP.FriendlyName = s.Passpoint.FriendlyName
	p.HomeSP.RoamingConsortiumOIs = orEmpty(s.Passpoint.RoamingConsortiums)
	p.HomeSP.Longs = []int64{}
	for _, oi := range s.Passpoint.RoamingConsortiums {
		n, _ := strconv.ParseInt(oi, 16, 64) // Check has read it
		p.HomeSP.Longs = append(p.HomeSP.Longs, n)
	}
	p.Credential.Realm = s.Passpoint.Realm
	p.Credential.User.Username = c.Username
	p.Credential.User.Password = base64.StdEncoding.EncodeToString([]byte(c.Password))
	p.Credential.User.EAPType = s.Method.eapType()
	p.Credential.User.NonEAPInnerMethod = s.Inner.passpoint()
	if s.privateRoot() {
		p.Credential.CACertificate = s.TrustAnchor
	} else {
		p.AAAServerTrustedNames = s.suffixNames()
	}
	return p
}
