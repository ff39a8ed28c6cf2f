package profiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCheckExample checks that the documentation's organization has two warnings, about its outer
// identity and its missing public roots, and one note.
func TestCheckExample(t *testing.T) {
	findings := Check(exampleSettings())
	if len(findings) != 3 || findings[1].Field != "wifi.publicRoots" || findings[1].Severity != Warning ||
		findings[2].Severity != Note {
		t.Fatalf("findings: %v", findings)
	}
	f := findings[0]
	if f.Severity != Warning || f.Field != "wifi.outerIdentity" || f.Platform != Android ||
		f.Rule != "outer-identity-android" {
		t.Errorf("finding: %v", f)
	}
	for _, value := range []string{"anonymous@get.securewifi.io", "anonymous@wifi.cloud4wi.com"} {
		if !strings.Contains(f.Message, value) {
			t.Errorf("the message does not name %s: %s", value, f.Message)
		}
	}
}

// TestCheck makes one change at a time to settings that have no findings.
func TestCheck(t *testing.T) {
	root, intermediate, leaf := certificate(t, "root.pem"), certificate(t, "intermediate.pem"),
		certificate(t, "leaf.pem")
	many := func(n int, format string) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(format, i)
		}
		return all
	}
	tests := []struct {
		name   string
		change func(*Settings)
		want   []string // severity rule field platform
		text   string   // in message or remedy
	}{
		{"nothing", func(*Settings) {}, nil, ""},

		{"no organization", func(s *Settings) { s.OrganizationID = "" }, []string{"error text-required id "}, ""},
		{"control character in a name", func(s *Settings) { s.OrganizationName = "a\x00b" },
			[]string{"error text-characters name "}, ""},
		{"C1 control character", func(s *Settings) { s.OrganizationName = "a\u0085b" },
			[]string{"error text-characters name "}, ""},
		{"a name that is not UTF-8", func(s *Settings) { s.Passpoint.FriendlyName = "a\xffb" },
			[]string{"error text-characters wifi.passpoint.friendlyName "}, ""},
		{"U+FFFE", func(s *Settings) { s.Passpoint.FriendlyName = "a\uFFFE" },
			[]string{"error text-characters wifi.passpoint.friendlyName "}, ""},
		{"an emoji", func(s *Settings) { s.Passpoint.FriendlyName = "Wi-Fi 📶" }, nil, ""},
		{"a bad language", func(s *Settings) { s.ConsentText = map[string]string{"no such": "x"} },
			[]string{"error language-tag wifi.consentText.no such ios"}, ""},
		{"line breaks in a consent",
			func(s *Settings) { s.ConsentText = map[string]string{"default": "a\r\n\tb", "pt-BR": "b"} }, nil, ""},
		{"a bell in a consent", func(s *Settings) { s.ConsentText = map[string]string{"en": "\a"} },
			[]string{"error text-characters wifi.consentText.en ios"}, ""},
		{"a blank consent", func(s *Settings) { s.ConsentText = map[string]string{"en": " \n"} },
			[]string{"error text-required wifi.consentText.en ios"}, ""},
		{"a blank SSID", func(s *Settings) { s.WPA2.SSID = "  " }, []string{"error text-required wifi.wpa2.ssid "},
			"only spaces"},
		{"an empty consent", func(s *Settings) { s.ConsentText = map[string]string{"en": ""} },
			[]string{"error text-required wifi.consentText.en ios"}, ""},
		{"a name in a bad language", func(s *Settings) { s.OrganizationNames = map[string]string{"xx-": "x"} },
			[]string{"error language-tag names.xx- ios"}, ""},
		{"a carrier that is no GUID", func(s *Settings) { s.CarrierID = "x" },
			[]string{"error carrier-guid wifi.carrierId windows"}, ""},
		{"a carrier in braces", func(s *Settings) { s.CarrierID = "{9E3A1D5C-0A54-4C6F-9C2C-0C6A1C2D3E4F}" }, nil, ""},
		{"a helpdesk line break", func(s *Settings) { s.Helpdesk = &Helpdesk{Email: "a\nb"} },
			[]string{"error text-characters wifi.helpdesk.email "}, ""},

		{"unknown method", func(s *Settings) { s.Method = "tls" }, []string{"error eap-method wifi.eap.method "}, ""},
		{"unknown inner method", func(s *Settings) { s.Inner = "chap" }, []string{"error eap-inner wifi.eap.inner "},
			""},
		{"PEAP with PAP", func(s *Settings) { s.Method, s.Inner = PEAP, PAP },
			[]string{"error peap-inner wifi.eap.inner "}, ""},
		{"PEAP with Passpoint", func(s *Settings) { s.Method = PEAP },
			[]string{"warning platform-unsupported wifi.eap.method android",
				"warning outer-identity-windows wifi.outerIdentity windows",
				"warning network-left-out wifi.eap.method linux"}, "only with EAP-TTLS"},
		{"PEAP with Passpoint alone", func(s *Settings) { s.Method, s.WPA2 = PEAP, nil }, []string{
			"warning platform-unsupported wifi.eap.method android", "warning platform-unsupported wifi.wpa2 chromeos",
			"warning platform-unsupported wifi.eap.method linux",
			"warning platform-unsupported wifi.wpa2 networkmanager",
			"warning platform-unsupported wifi.passpoint.roamingConsortiums eap-config",
			"warning platform-unsupported wifi.eap.method settings-android",
			"warning outer-identity-windows wifi.outerIdentity windows"}, ""},
		{"PAP", func(s *Settings) { s.Inner = PAP }, []string{"warning platform-unsupported wifi.eap.inner windows"},
			"MS-CHAP-V2"},

		{"outer identity of another realm", func(s *Settings) { s.OuterIdentity = "guest@example.org" },
			[]string{"warning outer-identity-android wifi.outerIdentity android"}, "anonymous@wifi.example.com"},
		{"outer identity in other case", func(s *Settings) { s.OuterIdentity = "Anonymous@Wifi.Example.com" }, nil, ""},
		{"no outer identity", func(s *Settings) { s.OuterIdentity = "" }, nil, ""},
		{"outer identity with a space", func(s *Settings) { s.OuterIdentity = "no body" },
			[]string{"error outer-identity wifi.outerIdentity ",
				"warning outer-identity-android wifi.outerIdentity android"}, ""},
		{"outer identity with two realms", func(s *Settings) { s.OuterIdentity = "a@b@c"; s.Passpoint = nil },
			[]string{"error outer-identity wifi.outerIdentity "}, ""},
		{"outer identity too long", func(s *Settings) { s.OuterIdentity = strings.Repeat("a", 254); s.Passpoint = nil },
			[]string{"error text-length wifi.outerIdentity "}, ""},

		{"no trusted name", func(s *Settings) { s.TrustedServerNames = nil },
			[]string{"error trusted-name-required wifi.trustedServerNames "}, ""},
		{"17 trusted names", func(s *Settings) { s.TrustedServerNames = many(17, "r%d.radius.example.com") },
			[]string{"error trusted-name-count wifi.trustedServerNames android",
				"error trusted-name-length wifi.trustedServerNames android"}, ""},
		{"16 trusted names", func(s *Settings) { s.TrustedServerNames = many(16, "r%d.radius.example.com") },
			[]string{"error trusted-name-length wifi.trustedServerNames android"}, "*.radius.example.com"},
		{"16 trusted names of 15 characters", func(s *Settings) {
			s.TrustedServerNames = many(16, "r%d.w.example.org")[:14]
		}, []string{"warning network-left-out wifi.trustedServerNames linux"}, "254 bytes"},
		{"10 trusted names", func(s *Settings) { s.TrustedServerNames = many(10, "r%d.radius.example.com") }, nil, ""},
		{"a home domain too long for a line", func(s *Settings) {
			s.Passpoint.HomeDomain = strings.Repeat("long.", 48) +
				"example.com"
		}, []string{
			"warning network-left-out wifi.passpoint.homeDomain linux"}, "254 bytes"},
		{"a realm of 243 bytes", func(s *Settings) {
			s.Passpoint.HomeDomain, s.Passpoint.Realm, s.OuterIdentity = "example.com", strings.Repeat("long.", 46)+
				"xx.example.com"[1:], ""
		}, nil, ""},
		{"a realm of 244 bytes", func(s *Settings) {
			s.Passpoint.HomeDomain, s.Passpoint.Realm = "example.com", strings.Repeat("long.", 46)+"xx.example.com"
			s.OuterIdentity = "anonymous@" + s.Passpoint.Realm
		}, []string{"error realm-length wifi.passpoint.realm "}, "maximum is 243"},
		{"a single label", func(s *Settings) { s.TrustedServerNames = []string{"radius"} },
			[]string{"error trusted-name-host wifi.trustedServerNames[0] android"}, "single label"},
		{"a registrable domain", func(s *Settings) {
			s.TrustedServerNames = []string{"radius.example.com",
				"Example.co.uk"}
		}, []string{"error trusted-name-host wifi.trustedServerNames[1] android"}, "registrable domain"},
		{"a public suffix", func(s *Settings) { s.TrustedServerNames = []string{"co.uk"} },
			[]string{"error trusted-name-host wifi.trustedServerNames[0] android"}, "public suffix"},
		{"a wildcard below a registrable domain",
			func(s *Settings) { s.TrustedServerNames = []string{"*.example.com"} },
			[]string{"error trusted-name-host wifi.trustedServerNames[0] android"}, "registrable domain"},
		{"a wildcard in the right place", func(s *Settings) { s.TrustedServerNames = []string{"*.radius.example.com"} },
			[]string{"warning platform-unsupported wifi.trustedServerNames[0] eap-config"}, "full host names"},
		{"a wildcard in the middle", func(s *Settings) { s.TrustedServerNames = []string{"radius.*.example.com"} },
			[]string{"error trusted-name-wildcard wifi.trustedServerNames[0] ios"}, ""},
		{"a wildcard in a label", func(s *Settings) { s.TrustedServerNames = []string{"r*.radius.example.com"} },
			[]string{"error trusted-name-wildcard wifi.trustedServerNames[0] ios"}, ""},
		{"a bare wildcard", func(s *Settings) { s.TrustedServerNames = []string{"*"} },
			[]string{"error trusted-name-wildcard wifi.trustedServerNames[0] ios"}, ""},
		{"an internationalized name", func(s *Settings) { s.TrustedServerNames = []string{"radius.bücher.example"} },
			[]string{"error host-ascii wifi.trustedServerNames[0] "}, "radius.xn--bcher-kva.example"},
		{"an address", func(s *Settings) { s.TrustedServerNames = []string{"192.0.2.1"} },
			[]string{"error host-syntax wifi.trustedServerNames[0] "}, ""},
		{"a semicolon", func(s *Settings) { s.TrustedServerNames = []string{"a.example.com;b.example.com"} },
			[]string{"error host-syntax wifi.trustedServerNames[0] "}, ""},
		{"a final dot", func(s *Settings) { s.TrustedServerNames = []string{"radius.example.com."} },
			[]string{"error host-syntax wifi.trustedServerNames[0] "}, ""},
		{"an empty name", func(s *Settings) { s.TrustedServerNames = []string{""} },
			[]string{"error host-required wifi.trustedServerNames[0] "}, ""},
		{"a long name", func(s *Settings) {
			s.TrustedServerNames = []string{strings.Repeat("abcdefghi.", 25) +
				"example.com"}
		}, []string{"error trusted-name-length wifi.trustedServerNames android",
			"error host-length wifi.trustedServerNames[0] "}, ""},
		{"a name twice", func(s *Settings) {
			s.TrustedServerNames = []string{"radius.example.com", "RADIUS.example.com"}
		}, []string{"error duplicate wifi.trustedServerNames[1] "}, ""},

		{"private root", func(s *Settings) { s.TrustAnchor = root },
			[]string{"warning windows-private-root wifi.trustAnchor windows",
				"warning home-domain-not-realm wifi.passpoint.homeDomain "},
			"must announce the domain radius.example.com"},
		{"a leaf as anchor", func(s *Settings) { s.TrustAnchor = leaf },
			[]string{"error anchor-ca wifi.trustAnchor android"}, "CN=get.securewifi.io"},
		{"an intermediate as anchor", func(s *Settings) { s.TrustAnchor = intermediate },
			[]string{"error anchor-root wifi.trustAnchor android"}, "CN=Example Wi-Fi Root"},
		{"no certificate as anchor", func(s *Settings) { s.TrustAnchor = "PEM" },
			[]string{"error anchor-certificate wifi.trustAnchor "}, ""},
		{"two anchors", func(s *Settings) { s.TrustAnchor = root + root },
			[]string{"error anchor-certificate wifi.trustAnchor "}, "exactly one"},
		{"private root, home domain elsewhere",
			func(s *Settings) { s.TrustAnchor = root; s.Passpoint.HomeDomain = "wifi.example.org" },
			[]string{"error home-domain-suffix wifi.passpoint.homeDomain android"}, "homeDomain: radius.example.com"},
		{"private root, home domain not on a label",
			func(s *Settings) { s.TrustAnchor = root; s.Passpoint.HomeDomain = "us.example.com" },
			[]string{"error home-domain-suffix wifi.passpoint.homeDomain android"}, "never connect"},
		{"private root, home domain of one server only", func(s *Settings) {
			s.TrustAnchor = root
			s.TrustedServerNames = []string{"a.radius.example.com", "b.radius.example.com"}
			s.Passpoint.HomeDomain = "a.radius.example.com"
		}, []string{"error home-domain-suffix wifi.passpoint.homeDomain android"}, "homeDomain: radius.example.com"},
		{"private root, home domain above", func(s *Settings) {
			s.TrustAnchor = root
			s.Passpoint.HomeDomain = "Example.com"
		}, []string{"warning windows-private-root wifi.trustAnchor windows"}, ""},
		{"private root, servers of two owners", func(s *Settings) {
			s.TrustAnchor = root
			s.TrustedServerNames = []string{"radius.example.com", "radius.example.net"}
		}, []string{"error home-domain-suffix wifi.passpoint.homeDomain android"}, "one domain"},
		{"private root, common suffix is public", func(s *Settings) {
			s.TrustAnchor = root
			s.TrustedServerNames = []string{"radius.example.co.uk", "radius.other.co.uk"}
		}, []string{"error home-domain-public-suffix wifi.trustedServerNames "}, ""},
		{"private root without Passpoint", func(s *Settings) { s.TrustAnchor = root; s.Passpoint = nil }, []string{
			"warning platform-unsupported wifi.passpoint android",
			"warning windows-private-root wifi.trustAnchor windows"}, ""},
		{"home domain elsewhere with public CAs", func(s *Settings) { s.Passpoint.HomeDomain = "wifi.example.org" },
			nil, ""},
		{"home domain a public suffix", func(s *Settings) { s.Passpoint.HomeDomain = "com" },
			[]string{"error home-domain-public-suffix wifi.passpoint.homeDomain "}, ""},
		{"internationalized home domain", func(s *Settings) { s.Passpoint.HomeDomain = "bücher.example" },
			[]string{"error host-ascii wifi.passpoint.homeDomain "}, "xn--bcher-kva.example"},

		{"no network", func(s *Settings) { s.Passpoint, s.WPA2 = nil, nil }, []string{"error network-required wifi "},
			""},
		{"no realm", func(s *Settings) { s.Passpoint.Realm = "" },
			[]string{"error host-required wifi.passpoint.realm "}, ""},
		{"a realm of one label", func(s *Settings) { s.Passpoint.Realm = "wifi"; s.OuterIdentity = "" },
			[]string{"error realm-dot wifi.passpoint.realm ", "error home-domain-public-suffix wifi.passpoint.realm "},
			""},
		{"an internationalized realm", func(s *Settings) { s.Passpoint.Realm = "bücher.example"; s.OuterIdentity = "" },
			[]string{"error host-ascii wifi.passpoint.realm "}, "xn--bcher-kva.example"},
		{"a long realm", func(s *Settings) {
			s.Passpoint.Realm = strings.Repeat("abcdefghi.", 25) + "com1"
			s.OuterIdentity = "x"
		}, []string{"warning outer-identity-android wifi.outerIdentity android",
			"error host-length wifi.passpoint.realm "}, ""},
		{"friendly name of 255 bytes", func(s *Settings) { s.Passpoint.FriendlyName = strings.Repeat("é", 127) + "a" },
			nil, ""},
		{"friendly name of 256 bytes", func(s *Settings) { s.Passpoint.FriendlyName = strings.Repeat("é", 128) },
			[]string{"error text-length wifi.passpoint.friendlyName "}, "256 bytes"},
		{"no friendly name", func(s *Settings) { s.Passpoint.FriendlyName = "" },
			[]string{"error text-required wifi.passpoint.friendlyName "}, ""},

		{"a consortium without roaming", func(s *Settings) { s.Passpoint.RoamingConsortiums = []string{"5A03BA0000"} },
			[]string{"error roaming-consortium-without-roaming wifi.passpoint.roamingConsortiums ios"},
			"roaming: true"},
		{"a consortium", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = []string{"5a03ba0000", "004096"}
		}, nil, ""},
		{"a consortium of 4 octets", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = []string{"004096", "5A03BA00"}
		}, []string{"error roaming-consortium wifi.passpoint.roamingConsortiums[1] ios"}, "full identifier"},
		{"a consortium with dashes", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = []string{"5a-03-ba-00-00"}
		}, []string{"error roaming-consortium wifi.passpoint.roamingConsortiums[0] ios"}, "write 5A03BA0000"},
		{"a consortium not in hex", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = []string{"00409g"}
		}, []string{"error roaming-consortium wifi.passpoint.roamingConsortiums[0] ios"}, ""},
		{"a consortium twice", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = []string{"00aabb", "00AABB"}
		}, []string{"error duplicate wifi.passpoint.roamingConsortiums[1] "}, ""},
		{"36 consortiums", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = many(36, "%06d")
		}, nil, ""},
		{"37 consortiums", func(s *Settings) {
			s.Passpoint.Roaming = true
			s.Passpoint.RoamingConsortiums = many(37,
				"%06d")
		}, []string{"error roaming-consortium-count wifi.passpoint.roamingConsortiums android"}, ""},
		{"36 consortiums and OpenRoaming", func(s *Settings) {
			s.Passpoint.OpenRoaming = SettlementFree
			s.Passpoint.RoamingConsortiums = many(36, "%06d")
		}, []string{"error roaming-consortium-count wifi.passpoint.roamingConsortiums android"}, "has 37"},
		{"OpenRoaming", func(s *Settings) { s.Passpoint.OpenRoaming = SettlementFree }, nil, ""},
		{"OpenRoaming twice", func(s *Settings) {
			s.Passpoint.OpenRoaming = SettlementFree
			s.Passpoint.RoamingConsortiums = []string{"5a03ba0000"}
		}, nil, ""},
		{"unknown OpenRoaming", func(s *Settings) { s.Passpoint.OpenRoaming = "free" },
			[]string{"error open-roaming wifi.passpoint.openRoaming "}, "settlementFree"},
		{"realms beside a consortium", func(s *Settings) {
			s.Passpoint.OpenRoaming = SettlementFree
			s.Passpoint.NAIRealms = []string{"wifi.example.com"}
		}, []string{"warning realms-with-consortiums wifi.passpoint.naiRealms ios"}, ""},
		{"another realm", func(s *Settings) { s.Passpoint.NAIRealms = []string{"wifi.example.com", "other.example"} },
			[]string{"warning realms-android wifi.passpoint.naiRealms android"}, "other.example"},
		{"a bad realm", func(s *Settings) { s.Passpoint.NAIRealms = []string{"wifi.example.com", "a b"} },
			[]string{"error host-syntax wifi.passpoint.naiRealms[1] ",
				"warning realms-android wifi.passpoint.naiRealms android"}, ""},
		{"five digits", func(s *Settings) { s.Passpoint.MCCMNC = []string{"222001", "22201"} },
			[]string{"error mcc-mnc wifi.passpoint.mccMnc[1] ios"}, "write 222F01"},
		{"a two-digit network code", func(s *Settings) { s.Passpoint.MCCMNC = []string{"222F01", "222f10", "222001"} },
			nil, ""},
		{"a network code with its parts apart", func(s *Settings) { s.Passpoint.MCCMNC = []string{"310-410"} },
			[]string{"error mcc-mnc wifi.passpoint.mccMnc[0] ios"}, "write 310410"},
		{"the filler at the end", func(s *Settings) { s.Passpoint.MCCMNC = []string{"22201F"} },
			[]string{"error mcc-mnc wifi.passpoint.mccMnc[0] ios"}, "write 222F01"},

		{"an SSID of 32 octets", func(s *Settings) { s.WPA2.SSID = strings.Repeat("é", 16) }, nil, ""},
		{"an SSID of 33 octets", func(s *Settings) { s.WPA2.SSID = strings.Repeat("é", 16) + "a" },
			[]string{"error text-length wifi.wpa2.ssid "}, ""},
		{"no SSID", func(s *Settings) { s.WPA2.SSID = "" }, []string{"error text-required wifi.wpa2.ssid "}, ""},
		{"a line break in an SSID", func(s *Settings) { s.WPA2.SSID = "a\nb" },
			[]string{"error text-characters wifi.wpa2.ssid "}, ""},
		{"Passpoint alone", func(s *Settings) { s.WPA2 = nil }, []string{
			"warning platform-unsupported wifi.wpa2 chromeos", "warning platform-unsupported wifi.wpa2 networkmanager",
			"warning platform-unsupported wifi.passpoint.roamingConsortiums eap-config"}, ""},
		{"Passpoint with a consortium alone",
			func(s *Settings) { s.WPA2 = nil; s.Passpoint.OpenRoaming = SettlementFree }, []string{
				"warning platform-unsupported wifi.wpa2 chromeos",
				"warning platform-unsupported wifi.wpa2 networkmanager",
				"warning eap-config-linux wifi.wpa2 eap-config"}, "geteduroam on Linux"},
		{"a friendly name with blanks", func(s *Settings) { s.Passpoint.FriendlyName = " Wi-Fi " },
			[]string{"error text-blanks wifi.passpoint.friendlyName android"}, `write "Wi-Fi"`},
		{"a hidden network", func(s *Settings) { s.WPA2.Hidden = true },
			[]string{"warning windows-hidden wifi.wpa2.ssidHidden windows"}, ""},
		{"no public roots", func(s *Settings) { s.PublicRoots = []string{} },
			[]string{"warning platform-unsupported wifi.publicRoots eap-config"},
			"An Android app does not get the network example."},
		{"no public roots, a name alone", func(s *Settings) { s.PublicRoots, s.Passpoint = []string{}, nil }, []string{
			"warning platform-unsupported wifi.passpoint android",
			"warning platform-unsupported wifi.publicRoots settings-android",
			"warning platform-unsupported wifi.publicRoots eap-config"}, ""},
		{"public roots beside a private one", func(s *Settings) { s.TrustAnchor, s.PublicRoots = root, []string{root} },
			[]string{
				"error public-roots-with-anchor wifi.publicRoots "}, ""},
		{"a leaf as public root", func(s *Settings) { s.PublicRoots = []string{root, leaf} },
			[]string{"error public-root-ca wifi.publicRoots[1] "}, ""},
		{"a public root twice", func(s *Settings) { s.PublicRoots = []string{root, root} },
			[]string{"error duplicate wifi.publicRoots[1] "}, ""},
		{"a public root that is none", func(s *Settings) { s.PublicRoots = []string{"PEM"} },
			[]string{"error public-root-certificate wifi.publicRoots[0] "}, ""},
		{"a name alone", func(s *Settings) { s.Passpoint = nil },
			[]string{"warning platform-unsupported wifi.passpoint android"}, "settings-android"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Settings{
				OrganizationID: "org", OrganizationName: "Example", WiFi: WiFi{
					Method: TTLS, Inner: MSCHAPv2,
					OuterIdentity: "anonymous@wifi.example.com", TrustedServerNames: []string{"radius.example.com"},
					Passpoint: &Passpoint{Realm: "wifi.example.com", FriendlyName: "Example Wi-Fi"},
					WPA2:      &WPA2{SSID: "example"},
				}}
			test.change(&s)
			if s.TrustAnchor == "" && s.PublicRoots == nil {
				s.PublicRoots = []string{root}
			}
			findings := slices.DeleteFunc(Check(s), func(f Finding) bool { return f.Severity == Note })
			var got []string
			var text strings.Builder
			broken := false
			for _, f := range findings {
				got = append(got, fmt.Sprintf("%s %s %s %s", f.Severity, f.Rule, f.Field, f.Platform))
				fmt.Fprintln(&text, f)
				broken = broken || f.Severity == Error && len(f.spares) == 0
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", &text, strings.Join(test.want, "\n"))
			}
			if !strings.Contains(text.String(), test.text) {
				t.Errorf("%q is not in\n%s", test.text, &text)
			}
			_, err := Prepare(s)
			var refused *SettingsError
			if errors.As(err, &refused) != broken || (err != nil) != broken {
				t.Errorf("Prepare: %v", err)
			}
		})
	}
}

// TestPlatformsRefusedAreWarned checks that Check warns about each platform for which Document
// fails for every customer.
func TestPlatformsRefusedAreWarned(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		warned := map[Platform]bool{}
		for _, f := range Check(s) {
			if f.Rule == "platform-unsupported" {
				warned[f.Platform] = true
			}
		}
		p := prepare(t, s)
		for _, platform := range Platforms() {
			_, err := p.Document(platform, exampleCredential())
			var no *UnsupportedError
			if errors.As(err, &no) != warned[platform] {
				t.Errorf("%s on %s: warned %v, then %v", name, platform, warned[platform], err)
			}
		}
	})
}

func TestDefaultHomeDomain(t *testing.T) {
	for _, test := range []struct {
		names   []string
		private bool
		want    string
		ok      bool
	}{
		{[]string{"a.example.com"}, false, "realm.example", true},
		{[]string{"get.securewifi.io"}, true, "get.securewifi.io", true},
		{[]string{"*.radius.example.com"}, true, "radius.example.com", true},
		{[]string{"r1.radius.example.com", "R2.Radius.example.com"}, true, "radius.example.com", true},
		{[]string{"r1.radius.example.com", "radius.example.com"}, true, "radius.example.com", true},
		{[]string{"radius.example.com", "myradius.example.com"}, true, "example.com", true},
		{[]string{"radius.example.com", "radius.other.com"}, true, "", false},
		{[]string{"radius.example.com", "radius.example.org"}, true, "", false},
		{nil, true, "", false},
		{[]string{"radius.realm.example"}, true, "realm.example", true},
		{[]string{"*.Radius.Realm.Example", "realm.example"}, true, "realm.example", true},
		{[]string{"radius.realm.example", "radius.example"}, true, "", false},
		{[]string{"radius.notrealm.example"}, true, "radius.notrealm.example", true},
	} {
		got, ok := DefaultHomeDomain("realm.example", test.names, test.private)
		if got != test.want || ok != test.ok {
			t.Errorf("%v: %q %v, want %q %v", test.names, got, ok, test.want, test.ok)
		}
	}
}
