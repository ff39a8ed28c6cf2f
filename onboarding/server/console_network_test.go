package server

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/server/apidocs"
	"onramp/templates"
)

// setting stores a setting as a command does.
func (v *venue) setting(name, value string) {
	v.Helper()
	if err := v.store.Write(v.Context(), func(tx onboarding.Tx) error {
		return tx.PutSetting(v.Context(), name, value)
	}); err != nil {
		v.Fatal(err)
	}
}

// TestConsoleNetwork: every guide with the organization's values, as far as they are known, and no
// secret.
func TestConsoleNetwork(t *testing.T) {
	const hotspot = "8a80808170f5232b0175465369aa0009"
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Name = `Bar <b>"Fox"</b> {NOPE}`
		o.WiFi.Method, o.WiFi.Inner = "ttls", "pap"
		o.WiFi.WPA2 = &onboarding.WPA2{SSID: `Fox's <i>`}
		o.WiFi.Passpoint.Realm, o.WiFi.OuterIdentity = "wifi.fox.example", "anonymous@wifi.fox.example"
		o.WiFi.Passpoint.Roaming = true
		o.WiFi.Passpoint.RoamingConsortiums = []string{"004096", "5A03BA0000"}
		o.Portal.Slug = "fox"
		o.Locations[0].Hotspots = append(o.Locations[0].Hotspots, onboarding.Hotspot{
			ID: hotspot, Name: "Roof <i>", NASIdentifier: "roof",
		})
	})
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/network"
	first := o.open(page).want(http.StatusOK)
	first.says("Set up the network",
		v.api.URL+"/fox?hotspot="+hotspot, v.api.URL+"/fox?location="+demoLocation, "Roof <i>",
		"is not known here", "by https only", "radius-secret",
		"list iw_nai_realm '0,wifi.fox.example,21[2:1][5:7]'", "inner-auth-non-eap pap",
		"list iw_roaming_consortium '004096' list iw_roaming_consortium '5A03BA0000'",
		"Fox's <i>", "{SERVER}", "{SECRET}", v.api.URL+"/capport/"+demoID)
	first.saysNot("<i>", `<b>"Fox`, "{PORTAL}", "{REALM}", "{OI}", "{OIS}", "{AUTH}", "{ACCT}", "{SSID}", "{HOST}",
		"{EAP}", "{INNER}", "{PATH}", "{CAPPORT}", "{DOMAIN}", "-EAP}", "-ID}", "-VALUE}", "-INNER}")
	for _, product := range []string{"UniFi", "Meraki", "Aruba", "Cisco", "MikroTik", "OpenWrt", "CoovaChilli"} {
		if !strings.Contains(first.raw, "<summary><b>"+product+"</b></summary>") {
			t.Errorf("%s has no guide", product)
		}
	}

	v.setting(onboarding.SettingRADIUSAddress, "192.0.2.5:2812")
	v.setting(onboarding.SettingRADIUSAccounting, "2813")
	v.setting(onboarding.SettingRADIUSFolder, "/etc/onramp/raddb")
	o.open(page+"?lang=it").want(http.StatusOK).
		says("Cosa scrivere", "address ipv4 192.0.2.5 auth-port 2812 acct-port 2813", "192.0.2.5", "2812, 2813",
			"nel file /etc/onramp/raddb/radius-secret", "porta UDP 2812", "{SECRET}").
		saysNot("{SERVER}", "non è noto", "auth-port 1812")

	v.setting(onboarding.SettingRADIUSAddress, "127.0.0.1:1812")
	o.open(page+"?lang=en").want(http.StatusOK).says("{SERVER}", "is not known here")
	signedIn(v, "").open(page).want(http.StatusOK)
}

// TestConsoleNetworkPlain: an organization without Passpoint or without a network with a name.
func TestConsoleNetworkPlain(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) {
		o.WiFi.Passpoint, o.WiFi.WPA2 = nil, &onboarding.WPA2{SSID: "Fox"}
		o.WiFi.OuterIdentity = "anonymous@fox.example"
	})
	signedIn(v, demoID).open(consoleOf(demoID)+"/network").want(http.StatusOK).
		says("roaming consortium (OI) none", `essid "Fox"`).
		saysNot("iw_roaming_consortium", "roam-cons-oi {", "Passpoint realm")
}

// TestNetworkGuides compares the guide network in the languages of the console: the same sections
// and code, and the same words in braces.
func TestNetworkGuides(t *testing.T) {
	code := regexp.MustCompile("(?ms)^```.*?^```$")
	word := regexp.MustCompile(`\{[A-Z][A-Z-]*\}`)
	about := func(language string) (blocks, headings []string, words map[string]int) {
		t.Helper()
		source, err := templates.NetworkGuide(language)
		if err != nil {
			t.Fatal(err)
		}
		text := string(source)
		text = text[strings.Index(text, "\n|"):] // from the first table of every product on
		if language == "en" {
			text = text[strings.Index(text, "## What every product needs"):]
		}
		if _, err := apidocs.Render(source); err != nil {
			t.Error(err)
		}
		words = map[string]int{}
		for _, w := range word.FindAllString(text, -1) {
			words[w]++
		}
		for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(text, -1) {
			headings = append(headings, m[1])
		}
		return code.FindAllString(text, -1), headings, words
	}
	blocks, headings, words := about("en")
	italian, titles, itWords := about("it")
	if len(blocks) < 6 || strings.Join(blocks, "\n") != strings.Join(italian, "\n") {
		t.Errorf("the code of the two languages differs: %d and %d blocks", len(blocks), len(italian))
	}
	if strings.Join(headings[1:], ",") != strings.Join(titles, ",") {
		t.Errorf("the products are %v and %v", headings, titles)
	}
	for w, n := range words {
		if itWords[w] != n {
			t.Errorf("%s stands %d times in English and %d times in Italian", w, n, itWords[w])
		}
	}
}
