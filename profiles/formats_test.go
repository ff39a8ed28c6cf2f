package profiles

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"onramp/templates"
)

// TestEAPConfigOrder checks the order of child elements that the published schema requires.
func TestEAPConfigOrder(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		info := "DisplayName DisplayName" + // the customer's description, and one in each language
			strings.Repeat(" Description", 1+len(templates.ProfileLanguages())) + " Helpdesk"
		s.Helpdesk = &Helpdesk{"help@example.com", "+39 02 1234", "https://example.com/help"}
		d, err := prepare(t, s).Document(EAPConfig, exampleCredential())
		if err != nil {
			return // TestPlatformsRefusedAreWarned
		}
		root := mustXML(t, d.Body)
		first := func(name string) *element { return root.all(name)[0] }
		inner := map[EAPMethod]string{TTLS: "NonEAPAuthMethod", PEAP: "EAPMethod"}[s.Method]
		credential := "ServerID"
		for range s.roots() {
			credential = "CA " + credential
		}
		for _, order := range []struct {
			e    *element
			want string
		}{
			{root, "EAPIdentityProvider"},
			{first("EAPIdentityProvider"), "ValidUntil AuthenticationMethods CredentialApplicability ProviderInfo"},
			{first("AuthenticationMethods"), "AuthenticationMethod"},
			{first("AuthenticationMethod"),
				"EAPMethod ServerSideCredential ClientSideCredential InnerAuthenticationMethod"},
			{first("ServerSideCredential"), credential},
			{first("ClientSideCredential"), "OuterIdentity UserName Password"},
			{first("InnerAuthenticationMethod"), inner},
			{first("ProviderInfo"), info},
			{first("Helpdesk"), "EmailAddress WebAddress Phone"},
		} {
			equal(t, name+" "+order.e.name, order.e.order(), order.want)
		}
		for _, e := range root.all("IEEE80211") {
			if o := e.order(); o != "SSID MinRSNProto" && o != "ConsortiumOID" {
				t.Errorf("IEEE80211 holds %s", o)
			}
		}
		provider := first("EAPIdentityProvider")
		if provider.attrs["ID"] == "" || provider.attrs["namespace"] != "urn:RFC4282:realm" {
			t.Errorf("attributes %v", provider.attrs)
		}
	})
}

func TestEAPConfigMethods(t *testing.T) {
	for _, test := range []struct {
		method EAPMethod
		inner  InnerMethod
		types  string // of every Type element, in order
	}{{TTLS, MSCHAPv2, "21 3"}, {TTLS, PAP, "21 1"}, {PEAP, MSCHAPv2, "25 26"}} {
		s := withRoots(t)
		s.Method, s.Inner = test.method, test.inner
		var types []string
		for _, e := range mustXML(t, document(t, prepare(t, s), EAPConfig, exampleCredential()).Body).all("Type") {
			types = append(types, e.text)
		}
		equal(t, "types", strings.Join(types, " "), test.types)
	}
}

// TestEAPConfigNetworks checks for one IEEE80211 element per SSID and per consortium.
func TestEAPConfigNetworks(t *testing.T) {
	s := withRoots(t)
	s.Passpoint.Roaming = true
	s.Passpoint.RoamingConsortiums = []string{"004096", "5a03ba0000"}
	d := document(t, prepare(t, s), EAPConfig, exampleCredential())
	var found []string
	for _, e := range mustXML(t, d.Body).all("IEEE80211") {
		found = append(found, e.children[0].name+"="+e.children[0].text)
	}
	equal(t, "networks", found, []string{"SSID=securewifi.io", "ConsortiumOID=004096", "ConsortiumOID=5A03BA0000"})
	equal(t, "recorded networks", len(d.Networks), 2)
}

// TestWindowsOrder checks the order of child elements that Microsoft's schemas require, and the
// place of the password.
func TestWindowsOrder(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		d, err := prepare(t, s).Document(Windows, exampleCredential())
		if err != nil {
			return // TestPlatformsRefusedAreWarned
		}
		equal(t, "seal", d.Seal, SealXMLDSig)
		root := mustXML(t, d.Body)
		equal(t, "root", root.space+" "+root.name+": "+root.order(),
			"http://www.microsoft.com/networking/CarrierControl/v1 CarrierProvisioning: Global WLANProfiles")
		equal(t, "Global", root.all("Global")[0].order(), "CarrierId SubscriberId")
		if id := root.all("CarrierId")[0].text; len(id) != 38 || id[0] != '{' || id[37] != '}' {
			t.Errorf("CarrierId %s", id)
		}
		if want := len(d.Networks); len(root.all("WLANProfile")) != want {
			t.Errorf("%d profiles, %d networks", len(root.all("WLANProfile")), want)
		}
		for _, profile := range root.all("WLANProfile") {
			equal(t, "namespace", profile.space, "http://www.microsoft.com/networking/CarrierControl/WLAN/v1")
			if o := profile.order(); o != "name SSIDConfig Hotspot2 MSM" && o != "name SSIDConfig MSM" {
				t.Errorf("WLANProfile holds %s", o)
			}
			for _, h := range profile.all("Hotspot2") {
				if o := h.order(); o != "DomainName NAIRealm" && o != "DomainName NAIRealm RoamingConsortium" {
					t.Errorf("Hotspot2 holds %s", o)
				}
			}
			equal(t, "security", profile.all("security")[0].order(), "authEncryption OneX EapHostUserCredentials")
			equal(t, "passwords", len(profile.all("Password")), 1)
			equal(t, "passwords beside the configuration", len(profile.all("OneX")[0].all("Password")), 0)
			validation := profile.all("ServerValidation")[0]
			hash := map[EAPMethod]string{TTLS: "TrustedRootCAHash", PEAP: "TrustedRootCA"}[s.Method]
			equal(t, "root hashes", len(validation.all(hash)), len(s.roots()))
			for i, root := range s.roots() {
				sum := sha1.Sum(root)
				equal(t, "root hash", strings.ReplaceAll(validation.all(hash)[i].text, " ", ""),
					hex.EncodeToString(sum[:]))
			}
			equal(t, "server names", validation.all("ServerNames")[0].text, "get.securewifi.io")
			equal(t, "method", profile.all("EapMethod")[0].children[0].text,
				map[EAPMethod]string{TTLS: "21", PEAP: "25"}[s.Method])
			for _, e := range profile.all("AnonymousIdentity") {
				equal(t, "outer identity", e.text, s.OuterIdentity)
			}
			for _, e := range profile.all("AnonymousUserName") {
				equal(t, "outer identity", e.text, "anonymous")
			}
		}
	})
}

func TestWindowsCarrier(t *testing.T) {
	carrier := func(s Settings, c Credential) string {
		return mustXML(t, document(t, prepare(t, s), Windows, c).Body).all("CarrierId")[0].text
	}
	s, c := exampleSettings(), exampleCredential()
	first := carrier(s, c)
	c.CustomerID = "another"
	equal(t, "another customer's", carrier(s, c), first)
	s.OrganizationID = "another"
	if carrier(s, c) == first {
		t.Error("two organizations share a carrier: Windows would delete the one's profiles when it takes the other's")
	}
	s.CarrierID = "9e3a1d5c-0a54-4c6f-9c2c-0c6a1c2d3e4f"
	equal(t, "the tenant's own", carrier(s, c), "{9E3A1D5C-0A54-4C6F-9C2C-0C6A1C2D3E4F}")
}

func TestWindowsWildcard(t *testing.T) {
	s := exampleSettings()
	s.TrustedServerNames = []string{"*.radius.example.com", "get.securewifi.io"}
	root := mustXML(t, document(t, prepare(t, s), Windows, exampleCredential()).Body)
	equal(t, "names", root.all("ServerNames")[0].text, `[^.]*\.radius\.example\.com;get.securewifi.io`)
}

func TestChromeOS(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		if s.WPA2 == nil {
			return
		}
		d := document(t, prepare(t, s), ChromeOS, exampleCredential())
		var onc struct {
			Type                  string
			NetworkConfigurations []map[string]any
		}
		readJSON(t, d.Body, &onc)
		equal(t, "type", onc.Type, "UnencryptedConfiguration")
		wifi := onc.NetworkConfigurations[0]["WiFi"].(map[string]any)
		equal(t, "security", wifi["Security"], any("WPA-EAP"))
		equal(t, "hidden", wifi["HiddenSSID"], any(s.WPA2.Hidden))
		eap := wifi["EAP"].(map[string]any)
		equal(t, "methods", fmt.Sprint(eap["Outer"], " ", eap["Inner"]), map[EAPMethod]string{TTLS: "EAP-TTLS",
			PEAP: "PEAP"}[s.Method]+" "+map[InnerMethod]string{MSCHAPv2: "MSCHAPv2", PAP: "PAP"}[s.Inner])
		equal(t, "names", eap["DomainSuffixMatch"], any([]any{"get.securewifi.io"}))
		equal(t, "saved", eap["SaveCredentials"], any(true))
		equal(t, "system CAs", eap["UseSystemCAs"], any(s.TrustAnchor == ""))
		if (eap["ServerCAPEMs"] != nil) != (s.TrustAnchor != "") {
			t.Errorf("%s: roots %v", name, eap["ServerCAPEMs"])
		}
		equal(t, "networks", len(d.Networks), 1)
	})
}

// TestAndroidUsernameWithBlanks checks that user names with outer spaces are refused, because
// Android trims the texts of its XML and would send another user name.
func TestAndroidUsernameWithBlanks(t *testing.T) {
	p, c := prepare(t, exampleSettings()), exampleCredential()
	for _, username := range []string{" alice", "alice ", " "} {
		c.Username = username
		_, err := p.Document(Android, c)
		var no *UnsupportedError
		if !errors.As(err, &no) || no.Platform != Android || strings.Contains(err.Error(), "alice") {
			t.Errorf("%q: %v", username, err)
		}
		if _, err := p.Document(IOS, c); err != nil {
			t.Errorf("%q: %v", username, err)
		}
	}
	c.Username = "alice in  wonderland"
	equal(t, "blanks inside",
		readAndroid(t, document(t, p, Android, c).Body).nodes["Credential/UsernamePassword/Username"], c.Username)
}

// TestLinuxOuterIdentity checks that the recorded outer identity is the one that wpa_supplicant
// derives, and that there is no Passpoint network if it would send the user name.
func TestLinuxOuterIdentity(t *testing.T) {
	for _, test := range []struct{ username, want string }{
		{"alice", "anonymous@wifi.cloud4wi.com"},
		{"alice@home.example", "anonymous@home.example"},
		{"@", "anonymous@"},
	} {
		s, c := exampleSettings(), exampleCredential()
		c.Username = test.username
		d := document(t, prepare(t, s), Linux, c)
		equal(t, "Passpoint", d.Networks[0].OuterIdentity, test.want)
		equal(t, "with a name", d.Networks[1].OuterIdentity, s.OuterIdentity)
		if !strings.Contains(strings.Join(d.Notes, " "), test.want) {
			t.Errorf("notes: %v", d.Notes)
		}
	}
	s := exampleSettings()
	s.Method = PEAP
	d := document(t, prepare(t, s), Linux, exampleCredential())
	if len(d.Networks) != 1 || d.Networks[0].Type != TypeWPA2Enterprise || readWPA(t, d.Body).cred != nil ||
		!strings.Contains(d.Notes[0], "PEAP") {
		t.Errorf("PEAP: %v, %v", d.Networks, d.Notes)
	}
}

// TestLinuxLongLines checks that lines that wpa_supplicant would cut are written in another form,
// or left out with a note.
func TestLinuxLongLines(t *testing.T) {
	s, c := exampleSettings(), exampleCredential()
	s.Passpoint.Roaming = true
	for i := range maxConsortiums {
		s.Passpoint.RoamingConsortiums = append(s.Passpoint.RoamingConsortiums, fmt.Sprintf("5A03BA%04X", i))
	}
	for n, creds := range map[int]int{1: 1, 21: 1, 22: 2, maxConsortiums: 2} {
		some := s
		p := *s.Passpoint
		p.RoamingConsortiums = p.RoamingConsortiums[:n]
		some.Passpoint = &p
		d := document(t, prepare(t, some), Linux, c)
		wholeWPALines(t, d.Body)
		f := readWPA(t, d.Body)
		equal(t, "creds", f.creds, creds)
		equal(t, "consortiums", f.cred["roaming_consortiums"], strings.ToLower(strings.Join(p.RoamingConsortiums, ",")))
	}

	s = exampleSettings()
	alone := exampleSettings()
	alone.WPA2 = nil
	both, passpoint := prepare(t, s), prepare(t, alone)
	for _, test := range []struct {
		name, password string
		fits           bool
	}{
		{"long", strings.Repeat("x", 189), true},
		{"long and not ASCII", strings.Repeat("漢", 63), true},
		{"many quotes", strings.Repeat(`"`, 189), true},
		{"many hashes", strings.Repeat(`#`, 189), true},
		{"hashes, then quotes", strings.Repeat(`#`, 90) + strings.Repeat(`"`, 90), true},
		{"a quote, then hashes", `"` + strings.Repeat(`#`, 188), true},
		{"quotes, then a hash", strings.Repeat(`"`, 188) + `#`, true},
		{"backslashes, a quote, a hash", strings.Repeat(`\`, 50) + `"#`, true},
		{"quotes and hashes by turns", strings.Repeat(`"#`, 50), true},
		{"more of them", strings.Repeat(`"#`, 94), false},
		{"backslashes between them", `"` + strings.Repeat(`\`, 187) + `#`, false},
	} {
		c.Password = test.password
		d := document(t, both, Linux, c)
		wholeWPALines(t, d.Body)
		f := readWPA(t, d.Body)
		equal(t, test.name+" network", f.network["password"], c.Password)
		alone, err := passpoint.Document(Linux, c)
		if !test.fits {
			var no *UnsupportedError
			if f.cred != nil || len(d.Networks) != 1 || !strings.Contains(strings.Join(d.Notes, " "), "password") ||
				!errors.As(err, &no) || !strings.Contains(no.Reason, "password") {
				t.Errorf("%s: %v, %v", test.name, d.Notes, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		equal(t, test.name, f.cred["password"], c.Password)
		equal(t, test.name+" alone", readWPA(t, alone.Body).cred["password"], c.Password)
	}
}

// TestSettingsForApps checks the values that NEHotspot and WifiNetworkSuggestion require.
func TestSettingsForApps(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		p := prepare(t, s)
		d := document(t, p, SettingsIOS, exampleCredential())
		var raw struct{ Networks []map[string]any }
		readJSON(t, d.Body, &raw)
		equal(t, "networks", len(raw.Networks), len(d.Networks))
		for _, n := range raw.Networks {
			eap := n["eap"].(map[string]any)
			equal(t, "inner method", eap["ttlsInnerAuthenticationType"],
				any(map[InnerMethod]string{MSCHAPv2: "MSCHAPv2", PAP: "PAP"}[s.Inner]))
			equal(t, "EAP types", eap["supportedEAPTypes"],
				any([]any{map[EAPMethod]float64{TTLS: 21, PEAP: 25}[s.Method]}))
			if got := len(eap["trustedServerCertificates"].([]any)); got > 0 != (s.TrustAnchor != "") {
				t.Errorf("%s: %d certificates", name, got)
			}
			if hs20, ok := n["hs20"].(map[string]any); ok {
				if len(hs20["roamingConsortiumOIs"].([]any)) > 0 == (len(hs20["naiRealmNames"].([]any)) > 0) {
					t.Errorf("%s: %v", name, hs20)
				}
			}
		}
		d, err := p.Document(SettingsAndroid, exampleCredential())
		if err != nil {
			return // TestPlatformsRefusedAreWarned
		}
		raw.Networks = nil
		readJSON(t, d.Body, &raw)
		equal(t, "networks", len(raw.Networks), len(d.Networks))
		for _, n := range raw.Networks {
			if e, ok := n["wpa2EnterpriseConfig"].(map[string]any); ok {
				// Without these Android's builder throws.
				if e["domainSuffixMatch"] != "get.securewifi.io" || len(e["caCertificates"].([]any)) != len(s.roots()) {
					t.Errorf("%s: %v", name, e)
				}
				equal(t, "minimum TLS version", e["minimumTlsVersion"], any("TLS_V1_2"))
			}
			if pp, ok := n["passpoint"].(map[string]any); ok {
				file := document(t, p, Android, exampleCredential())
				equal(t, "x-wifi-config", pp, map[string]any{"xWifiConfig": string(file.Body),
					"minimumTlsVersion": "TLS_V1_2"})
			}
		}
	})
}

func TestKeyfileSSID(t *testing.T) {
	for ssid, want := range map[string]string{
		"Guest-WiFi_5.0": "Guest-WiFi_5.0",
		"123":            "49;50;51;",
		"1;2;":           "49;59;50;59;",
		"a b":            "97;32;98;",
		"é":              "195;169;",
	} {
		equal(t, ssid, keyfileSSID(ssid), want)
	}
}
