package platforms_test

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"onramp/profiles"
)

// Generators of any organization that profiles.Check accepts, and of any credential within its
// limits.

// pieces are letters of several alphabets, and characters with a meaning in some format.
var pieces = []string{
	"a",
	"Z",
	"7",
	" ",
	"  ",
	"é",
	"ß",
	"漢",
	"ק",
	"&",
	"<",
	">",
	`"`,
	"'",
	"]]>",
	"%{User-Name}",
	"${x}",
	"\\",
	`\x41`,
	`\\`,
	"#",
	";",
	"=",
	"{",
	"}",
	",",
	"`",
	"|",
	"@",
	"\u2028",
	"\u00a0",
	"\ufeff",
	"e\u0301",
	"&amp;",
	"&#0;",
	`"#`,
	"*",
	"P\"",
	"ext:",
	"[a]",
	"\\s",
	"0",
	"//",
	"--",
}

// beyond are characters above U+FFFF.
var beyond = []string{"📶", "𝒳"}

// anyText draws a text of 1 to most bytes.
func anyText(t *rapid.T, name string, most int, more ...string) string {
	s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(append(more, pieces...)), 1, 40).Draw(t, name), "")
	return cut(s, most)
}

// longText draws a text that may come near the limit.
func longText(t *rapid.T, name string, most int, more ...string) string {
	s := anyText(t, name, most, more...)
	if rapid.IntRange(0, 3).Draw(t, name+" long") == 0 {
		s = cut(strings.Repeat(s, 1+most/len(s)), most)
	}
	return s
}

func cut(s string, most int) string {
	for len(s) > most {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	if strings.TrimSpace(s) == "" {
		return "x"
	}
	return s
}

// label draws a label of a host name.
func label(t *rapid.T, name string) string {
	return rapid.StringMatching(`[a-zA-Z0-9]([a-zA-Z0-9_-]{0,20}[a-zA-Z0-9])?`).Draw(t, name)
}

// host draws a host name below a domain, sometimes a long one of at most 243 bytes, the maximum of
// a realm.
func host(t *rapid.T, name, domain string) string {
	h := label(t, name) + "." + domain
	if rapid.IntRange(0, 9).Draw(t, name+" long") == 0 {
		for len(h) < 203 {
			h = strings.Repeat("x", 40) + "." + h
		}
	}
	return h
}

var domains = []string{"venue.example", "Example.co.uk", "wifi.example.com", "xn--bcher-kva.example", "hotel.github.io"}

// anySettings draws an organization's Wi-Fi.
func anySettings(t *rapid.T, roots []string) profiles.Settings {
	domain := rapid.SampledFrom(domains).Draw(t, "domain")
	s := profiles.Settings{
		OrganizationID: rapid.StringMatching(`[0-9a-f]{32}`).
			Draw(t, "organization ID"),
		OrganizationName: longText(t, "organization", 255, beyond...),
		WiFi: profiles.WiFi{
			Method: profiles.TTLS, Inner: profiles.MSCHAPv2,
			DisableMACRandomization: rapid.Bool().Draw(t, "hardware address"),
		},
	}
	switch rapid.IntRange(0, 3).Draw(t, "methods") {
	case 0:
		s.Inner = profiles.PAP
	case 1:
		s.Method = profiles.PEAP
	}
	if rapid.Bool().Draw(t, "private") {
		s.TrustAnchor = rapid.SampledFrom(roots).Draw(t, "root")
	} else if rapid.Bool().Draw(t, "named roots") {
		s.PublicRoots = roots[:rapid.IntRange(1, len(roots)).Draw(t, "roots")]
	}
	if rapid.Bool().Draw(t, "names") {
		s.OrganizationNames = map[string]string{}
		for _, language := range rapid.SliceOfDistinct(
			rapid.SampledFrom([]string{"en", "it", "pt-BR", "zh-Hant", "default"}), rapid.ID[string]).Draw(t,
			"languages") {
			s.OrganizationNames[language] = anyText(t, "name in "+language, 255)
		}
	}
	if rapid.Bool().Draw(t, "consent") {
		s.ConsentText = map[string]string{}
		for _, language := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"en", "it", "de-CH", "default"}), 1,
			4, rapid.ID[string]).Draw(t, "consent's languages") {
			s.ConsentText[language] = anyText(t, "consent in "+language, 2000, "\n", "\t", "\r\n")
		}
	}
	if rapid.Bool().Draw(t, "carrier") {
		s.CarrierID = rapid.StringMatching(
			`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`).
			Draw(t, "carrier ID")
		if rapid.Bool().Draw(t, "braces") {
			s.CarrierID = "{" + s.CarrierID + "}"
		}
	}
	s.Helpdesk = &profiles.Helpdesk{}
	for name, to := range map[string]*string{"email": &s.Helpdesk.Email, "web": &s.Helpdesk.URL,
		"phone": &s.Helpdesk.Phone} {
		if rapid.Bool().Draw(t, name) {
			*to = anyText(t, "helpdesk's "+name, 255)
		}
	}
	names := rapid.IntRange(1, 3).Draw(t, "servers")
	if rapid.IntRange(0, 9).Draw(t, "many servers") == 0 {
		names = 16
	}
	seen := map[string]bool{}
	for i := range names {
		name := host(t, fmt.Sprintf("server %d", i), domain)
		if joined := strings.Join(append(s.TrustedServerNames, "*."+name), ";"); seen[strings.ToLower(name)] ||
			len(joined) > 254 {
			continue // Android compares no more
		}
		seen[strings.ToLower(name)] = true
		if rapid.IntRange(0, 3).Draw(t, "wildcard") == 0 {
			name = "*." + name
		}
		s.TrustedServerNames = append(s.TrustedServerNames, name)
	}
	networks := rapid.IntRange(1, 3).Draw(t, "networks")
	if networks&1 != 0 {
		s.Passpoint = anyPasspoint(t, domain)
	}
	if networks&2 != 0 {
		s.WPA2 = &profiles.WPA2{SSID: anyText(t, "SSID", 32, beyond...), Hidden: rapid.Bool().Draw(t, "hidden")}
		if s.Passpoint != nil && rapid.IntRange(0, 5).Draw(t, "one name for both") == 0 {
			s.Passpoint.FriendlyName = strings.TrimSpace(s.WPA2.SSID)
		}
	}
	switch rapid.IntRange(0, 4).Draw(t, "outer identity") {
	case 0:
		s.OuterIdentity = "anonymous@" + domain
	case 1:
		s.OuterIdentity = "guest"
	case 2:
		s.OuterIdentity = strings.NewReplacer(" ", "", "@", "", "\t", "").
			Replace(anyText(t, "outer name", 60)) +
			"@" + label(
			t,
			"outer realm",
		) + "." + domain
	case 3:
		s.OuterIdentity = "@" + domain // RFC 7542: the name may be empty
	}
	return s
}

func anyPasspoint(t *rapid.T, domain string) *profiles.Passpoint {
	name := strings.TrimSpace(longText(t, "friendly name", 255, beyond...)) // blanks around it are cut
	p := &profiles.Passpoint{Realm: host(t, "realm", domain), FriendlyName: name}
	if rapid.Bool().Draw(t, "home domain") {
		p.HomeDomain = domain
	}
	if rapid.Bool().Draw(t, "realms") {
		for i := range rapid.IntRange(1, 4).Draw(t, "NAI realms") {
			p.NAIRealms = append(p.NAIRealms,
				host(t, fmt.Sprintf("NAI realm %d", i), rapid.SampledFrom(domains).Draw(t, "its domain")))
		}
	}
	if rapid.Bool().Draw(t, "OpenRoaming") {
		p.OpenRoaming = profiles.SettlementFree
	}
	p.MCCMNC = rapid.SliceOfN(rapid.StringMatching(`[0-9]{6}`), 0, 3).Draw(t, "mobile networks")
	p.Roaming = rapid.Bool().Draw(t, "roaming")
	if p.Roaming {
		seen := map[string]bool{"5A03BA0000": p.OpenRoaming != ""}
		most := rapid.SampledFrom([]int{0, 2, 35}).Draw(t, "most consortiums")
		for _, oi := range rapid.SliceOfN(rapid.StringMatching(`[0-9a-fA-F]{6}([0-9a-fA-F]{4})?`), most/2, most).Draw(t,
			"consortiums") {
			if !seen[strings.ToUpper(oi)] {
				seen[strings.ToUpper(oi)] = true
				p.RoamingConsortiums = append(p.RoamingConsortiums, oi)
			}
		}
	}
	return p
}

// anyCredential draws one within the limits of the settings' inner method.
func anyCredential(t *rapid.T, s profiles.Settings) profiles.Credential {
	more := beyond
	if s.Inner == profiles.MSCHAPv2 {
		more = nil
	}
	c := profiles.Credential{
		CustomerID: rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "customer"),
		Username:   longText(t, "user name", 63, beyond...),
		Password:   longText(t, "password", 189, more...),
		Language:   rapid.SampledFrom([]string{"", "en", "it", "pt-BR", "de", "zh-Hant-TW"}).Draw(t, "language"),
		Created:    now.Add(-time.Duration(rapid.Int64Range(0, int64(10*365*24*time.Hour)).Draw(t, "age"))),
		Expires: now.Add(
			time.Second + time.Duration(rapid.Int64Range(0, int64(200*365*24*time.Hour)).Draw(t, "time left"))),
	}
	if outerIdentity(s) == c.Username {
		c.Username += "x" // a user name equal to the public outer identity is not secret
	}
	if rapid.IntRange(0, 4).Draw(t, "e-mail address") == 0 {
		c.Username = "Anna.O'Neil+wifi@mail.example"
	}
	return c
}
