package profiles

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// readBack parses a document as a device does and compares every text with the settings and the
// credential.
func readBack(t reporter, platform Platform, s Settings, c Credential, d *Document) {
	t.Helper()
	expires := c.Expires.UTC().Format("2006-01-02T15:04:05Z")
	created := c.Created.UTC().Format("2006-01-02T15:04:05Z")
	switch platform {
	case IOS, MacOS:
		readBackApple(t, s, c, readPlist(t, d.Body), plistDate(expires))
	case Android:
		f := readAndroid(t, d.Body)
		equal(t, "friendly name", f.nodes["HomeSP/FriendlyName"], s.Passpoint.FriendlyName)
		equal(t, "realm", f.nodes["Credential/Realm"], s.Passpoint.Realm)
		equal(t, "user name", f.nodes["Credential/UsernamePassword/Username"], c.Username)
		password, err := base64.StdEncoding.DecodeString(f.nodes["Credential/UsernamePassword/Password"])
		if err != nil {
			t.Error(err)
		}
		equal(t, "password", string(password), c.Password)
		equal(t, "expiry", f.nodes["SubscriptionParameters/ExpirationDate"], expires)
		equal(t, "creation", f.nodes["SubscriptionParameters/CreationDate"], created)
		if s.TrustAnchor == "" {
			equal(t, "trusted names", f.nodes["Extension/Android/AAAServerTrustedNames/FQDN"],
				strings.ReplaceAll(strings.Join(s.TrustedServerNames, ";"), "*.", ""))
		}
	case Windows:
		root := mustXML(t, d.Body)
		var names []string
		for _, profile := range root.all("WLANProfile") {
			names = append(names, profile.children[0].text)
			equal(t, "user name", profile.all("Username")[0].text, c.Username)
			equal(t, "password", profile.all("Password")[0].text, c.Password)
		}
		if s.WPA2 != nil {
			ssids := root.all("SSID")
			octets, err := hex.DecodeString(ssids[len(ssids)-1].children[0].text)
			if err != nil {
				t.Error(err)
			}
			equal(t, "ssid", string(octets), s.WPA2.SSID)
		}
		if s.Passpoint != nil && names[0] != s.Passpoint.FriendlyName+" (Passpoint)" {
			equal(t, "friendly name", names[0], s.Passpoint.FriendlyName)
		}
		if len(names) == 2 && names[0] == names[1] {
			t.Errorf("two profiles are called %q", names[0])
		}
	case ChromeOS:
		var onc struct {
			NetworkConfigurations []struct {
				Name string
				WiFi struct {
					SSID, HexSSID string
					EAP           struct{ Identity, Password, AnonymousIdentity string }
				}
			}
		}
		readJSON(t, d.Body, &onc)
		n := onc.NetworkConfigurations[0]
		equal(t, "name", n.Name, s.WPA2.SSID)
		equal(t, "ssid", n.WiFi.SSID, s.WPA2.SSID)
		equal(t, "hex ssid", n.WiFi.HexSSID, strings.ToUpper(hex.EncodeToString([]byte(s.WPA2.SSID))))
		equal(t, "user name", n.WiFi.EAP.Identity, c.Username)
		equal(t, "password", n.WiFi.EAP.Password, c.Password)
	case Linux:
		wholeWPALines(t, d.Body)
		f := readWPA(t, d.Body)
		for _, block := range []map[string]string{f.cred, f.network} {
			if block != nil {
				equal(t, "password", block["password"], c.Password)
			}
		}
		if f.cred != nil {
			equal(t, "user name", f.cred["username"], c.Username)
			equal(t, "realm", f.cred["realm"], s.Passpoint.Realm)
		}
		if f.network != nil {
			equal(t, "identity", f.network["identity"], c.Username)
			equal(t, "ssid", f.network["ssid"], s.WPA2.SSID)
		}
	case NetworkManager:
		keys := readKeyfile(t, d.Body)
		equal(t, "id", keys["connection/id"], s.WPA2.SSID)
		equal(t, "ssid", keyfileOctets(keys["wifi/ssid"]), s.WPA2.SSID)
		equal(t, "user name", keys["802-1x/identity"], c.Username)
		equal(t, "password", keys["802-1x/password"], c.Password)
	case IWD:
		for _, f := range readIWD(t, d.Body) {
			equal(t, "user name", f.keys["Security/EAP-"+s.Method.iwd()+"-Phase2-Identity"], c.Username)
			equal(t, "password", f.keys["Security/EAP-"+s.Method.iwd()+"-Phase2-Password"], c.Password)
			if f.hotspot {
				equal(t, "friendly name", f.keys["Hotspot/Name"], s.Passpoint.FriendlyName)
			} else {
				equal(t, "ssid", f.ssid, s.WPA2.SSID)
			}
		}
	case EAPConfig:
		root := mustXML(t, d.Body)
		equal(t, "name", root.all("DisplayName")[0].text, s.OrganizationName)
		equal(t, "user name", root.all("UserName")[0].text, c.Username)
		equal(t, "password", root.all("Password")[0].text, c.Password)
		equal(t, "expiry", root.all("ValidUntil")[0].text, expires)
		if s.WPA2 != nil {
			equal(t, "ssid", root.all("SSID")[0].text, s.WPA2.SSID)
		}
	case SettingsIOS:
		var doc struct {
			Expires  string
			Networks []struct {
				DisplayName, SSID string
				EAP               struct{ Username, Password string }
			}
		}
		readJSON(t, d.Body, &doc)
		equal(t, "expiry", doc.Expires, expires)
		for i, n := range doc.Networks {
			equal(t, "user name", n.EAP.Username, c.Username)
			equal(t, "password", n.EAP.Password, c.Password)
			if d.Networks[i].Type == TypePasspoint {
				equal(t, "friendly name", n.DisplayName, s.Passpoint.FriendlyName)
			} else {
				equal(t, "ssid", n.SSID, s.WPA2.SSID)
			}
		}
	case SettingsAndroid:
		var doc struct {
			Expires  string
			Networks []struct {
				SSID                 string
				WPA2EnterpriseConfig struct{ Identity, Password string }
				Passpoint            struct{ XWifiConfig string }
			}
		}
		readJSON(t, d.Body, &doc)
		equal(t, "expiry", doc.Expires, expires)
		for i, n := range doc.Networks {
			if d.Networks[i].Type == TypePasspoint {
				readBack(t, Android, s, c, &Document{Body: []byte(n.Passpoint.XWifiConfig)})
			} else {
				equal(t, "ssid", n.SSID, s.WPA2.SSID)
				equal(t, "user name", n.WPA2EnterpriseConfig.Identity, c.Username)
				equal(t, "password", n.WPA2EnterpriseConfig.Password, c.Password)
			}
		}
	default:
		t.Fatalf("no reader for %s", platform)
	}
}

func readBackApple(t reporter, s Settings, c Credential, profile map[string]any, expires plistDate) {
	t.Helper()
	equal(t, "expiry", profile["RemovalDate"], any(expires))
	equal(t, "organization", profile["PayloadOrganization"], any(s.OrganizationName))
	if len(s.ConsentText) > 0 {
		texts := profile["ConsentText"].(map[string]any)
		for language, text := range s.ConsentText {
			equal(t, "consent", texts[language], any(text))
		}
		if texts["default"] == nil {
			t.Error("no default consent")
		}
	}
	wifi := 0
	for _, item := range profile["PayloadContent"].([]any) {
		payload := item.(map[string]any)
		if payload["PayloadType"] != "com.apple.wifi.managed" {
			continue
		}
		wifi++
		eap := payload["EAPClientConfiguration"].(map[string]any)
		equal(t, "user name", eap["UserName"], any(c.Username))
		equal(t, "password", eap["UserPassword"], any(c.Password))
		if payload["IsHotspot"] == true {
			equal(t, "friendly name", payload["DisplayedOperatorName"], any(s.Passpoint.FriendlyName))
		} else {
			equal(t, "ssid", payload["SSID_STR"], any(s.WPA2.SSID))
		}
	}
	if wifi == 0 {
		t.Error("no network")
	}
}

func mustXML(t reporter, doc []byte) *element {
	t.Helper()
	root, err := parseXML(doc)
	if err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	return root
}

// shownText draws a text that is valid in names and passwords, with a preference for characters
// that are special in some format.
func shownText(limit int) *rapid.Generator[string] {
	special := []rune("&<>\"'\\;#%{}$=[]|`~ \u00a0\u200b\u202eé漢字]>\uE000\uE0010:aZ9")
	char := rapid.OneOf(rapid.SampledFrom(special), rapid.Rune())
	return rapid.Custom(func(t *rapid.T) string {
		n := rapid.IntRange(1, limit).Draw(t, "length")
		var b strings.Builder
		for b.Len() < n {
			r := char.Draw(t, "rune")
			if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
				continue
			}
			if b.Len()+utf8.RuneLen(r) > n {
				r = '&'
			}
			b.WriteRune(r)
		}
		return b.String()
	}).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
}

func drawRealm(t *rapid.T) string {
	return rapid.StringMatching(`([a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?\.){1,5}example\.(com|net|org)`).Draw(t, "realm")
}

// TestEverythingIsReadBack checks that every document returns all values within the limits
// unchanged.
func TestEverythingIsReadBack(t *testing.T) {
	root := certificate(t, "root.pem")
	rapid.Check(t, func(t *rapid.T) {
		s := exampleSettings()
		s.Inner = rapid.SampledFrom([]InnerMethod{MSCHAPv2, PAP}).Draw(t, "inner")
		s.Method = TTLS
		if s.Inner == MSCHAPv2 {
			s.Method = rapid.SampledFrom([]EAPMethod{TTLS, PEAP}).Draw(t, "method")
		}
		switch rapid.IntRange(0, 2).Draw(t, "trust") {
		case 1:
			s.TrustAnchor = root
		case 2:
			s.PublicRoots = []string{root}
		}
		s.OrganizationName = shownText(255).Draw(t, "organization")
		s.Passpoint.FriendlyName = strings.Trim(shownText(255).Draw(t, "friendly name"), " ")
		s.Passpoint.Realm = drawRealm(t)
		s.WPA2.SSID = shownText(32).Draw(t, "ssid")
		if rapid.Bool().Draw(t, "consent") {
			s.ConsentText = map[string]string{"en": shownText(400).Draw(t, "consent text") + "\n\n\t" +
				shownText(10).Draw(t, "last line")}
		}
		switch rapid.IntRange(0, 2).Draw(t, "networks") {
		case 1:
			s.WPA2 = nil
		case 2:
			s.Passpoint = nil
		}
		c := exampleCredential()
		c.Username = shownText(63).Draw(t, "user name")
		c.Password = shownText(189).Draw(t, "password")
		if s.Inner == MSCHAPv2 {
			c.Password = strings.Map(func(r rune) rune { return min(r, 0xFFFD) }, c.Password)
		}
		c.Created = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "created"),
			rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds"))
		c.Expires = c.Created.Add(time.Duration(rapid.Int64Range(1, 1e17).Draw(t, "lifetime")))
		everyPlatform(t, s, c)
	})
}

// everyPlatform builds every document twice and checks it with readBack.
func everyPlatform(t reporter, s Settings, c Credential) {
	t.Helper()
	p, err := Prepare(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Prepare(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range Platforms() {
		d, err := p.Document(platform, c)
		var no *UnsupportedError
		if errors.As(err, &no) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		readBack(t, platform, s, c, d)
		second, err := again.Document(platform, c)
		if err != nil {
			t.Fatal(err)
		}
		if string(second.Body) != string(d.Body) {
			t.Errorf("%s is not the same twice", platform)
		}
	}
}
