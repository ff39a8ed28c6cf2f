package devicesim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func oncFixture() textFile {
	return textFile(`{"Type":"UnencryptedConfiguration","NetworkConfigurations":[{"GUID":"{1}","Name":"Venue","Type":"WiFi","WiFi":{
"SSID":"Caffè \"1\"","HexSSID":"43616666C3A8202231 22","HiddenSSID":true,"Security":"WPA-EAP","AutoConnect":true,"EAP":{
"Outer":"EAP-TTLS","Inner":"MSCHAPv2","Identity":"anna","Password":"ca\u0066\\é","AnonymousIdentity":"anonymous@venue.example","SaveCredentials":true,
"ServerCAPEMs":["`+jsonPEM(pemOf(testCA().Certificate))+`"],"UseSystemCAs":false,"DomainSuffixMatch":["radius.venue.example"]}}}],"Certificates":[]}
`).swap("43616666C3A8202231 22", "43616666C3A820223122")
}

func oncCases() []ruleCase {
	c := &textCases{platform: ChromeOS, check: checkONC}
	file := oncFixture
	swap := func(old, new string) textFile { return file().swap(old, new) }
	c.add(oncJSON, "cut short", textFile(string(file())[:200]), file())
	c.add(oncJSON, "member twice", swap(`"HiddenSSID":true`, `"HiddenSSID":true,"HiddenSSID":false`), swap(`"HiddenSSID":true,`, ""))
	c.add(oncJSON, "member twice in an object of an array", swap(`"GUID":"{1}"`, `"GUID":"{1}","GUID":"{2}"`), file())
	c.add(oncJSON, "Latin-1", swap("Caffè", "Caff\xe8"), file())
	c.add(oncJSON, "text behind", textFile(string(file())+"{}"), textFile(string(file())+"\n"))
	c.add(oncJSON, "a list", textFile("[]"), file())
	c.add(oncJSON, "nested too deep", textFile(strings.Repeat("[", 100)+strings.Repeat("]", 100)), file())
	c.add(oncType, "encrypted", swap("UnencryptedConfiguration", "EncryptedConfiguration"), file())
	c.add(oncType, "no network", textFile(`{"Type":"UnencryptedConfiguration","NetworkConfigurations":[]}`), file())
	c.add(oncField, "unknown", swap(`"AutoConnect":true`, `"AutoJoin":true`), file())
	c.add(oncField, "text for a flag", swap(`"HiddenSSID":true`, `"HiddenSSID":"true"`), file())
	c.add(oncField, "text for a list", swap(`["radius.venue.example"]`, `"radius.venue.example"`), file())
	c.add(oncField, "numbers in a list", swap(`["radius.venue.example"]`, `[1]`), file())
	c.add(oncField, "a network that is none", swap(`"NetworkConfigurations":[`, `"NetworkConfigurations":["x",`), file())
	c.add(oncField, "at the top", swap(`"Certificates":[]`, `"Cert":[]`), swap(`,"Certificates":[]`, ``))
	c.add(oncNetwork, "no GUID", swap(`"GUID":"{1}"`, `"GUID":""`), file())
	c.add(oncNetwork, "no name", swap(`"Name":"Venue",`, ``), file())
	c.add(oncNetwork, "ethernet", swap(`"Type":"WiFi"`, `"Type":"Ethernet"`), file())
	c.add(oncNetwork, "no WiFi", swap(`"WiFi":{`, `"Priority":1,"ProxySettings":{`), file())
	c.add(oncSSID, "none", swap(`"SSID":"Caffè \"1\"","HexSSID":"43616666C3A820223122",`, ``), swap(`"SSID":"Caffè \"1\"",`, ``))
	c.add(oncSSID, "another in hex", swap("43616666C3A8", "43616666C3A9"), swap(`"HexSSID":"43616666C3A820223122",`, ``))
	c.add(oncSSID, "33 bytes", swap(`"SSID":"Caffè \"1\"","HexSSID":"43616666C3A820223122",`, `"SSID":"`+strings.Repeat("x", 33)+`",`), file())
	c.add(oncSecurity, "PSK", swap("WPA-EAP", "WPA-PSK"), file())
	c.add(oncEAP, "none", swap(`"EAP":{`, `"Foo":{`), file())
	c.add(oncEAP, "another outer", swap("EAP-TTLS", "TTLS"), swap("EAP-TTLS", "PEAP"))
	c.add(oncEAP, "another inner", swap("MSCHAPv2", "Automatic"), swap("MSCHAPv2", "PAP"))
	c.add(oncCredentials, "no password", swap(`"Password":"ca\u0066\\é",`, ``), file())
	c.add(oncCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.add(oncCredentials, "not saved", swap(`"SaveCredentials":true`, `"SaveCredentials":false`), file())
	pem := jsonPEM(pemOf(testCA().Certificate))
	c.add(oncCA, "DER in base64", swap(pem, testRoot64()), file())
	c.add(oncCA, "two in one", swap(pem, pem+pem), swap(pem, pem+`","`+pem))
	c.add(oncCA, "expired", swap(pem, jsonPEM(pemOf(expiredCA().Certificate))), file())
	c.add(oncCA, "system's beside it", swap(`"UseSystemCAs":false`, `"UseSystemCAs":true`), swap(`"ServerCAPEMs":["`+pem+`"],"UseSystemCAs":false,`, ``))
	c.add(oncCA, "neither", swap(`"ServerCAPEMs":["`+pem+`"],`, ``), file())
	for _, bad := range []string{`"*.venue.example"`, `"com"`, `"x"`, ``} {
		c.add(oncServerName, bad, swap(`["radius.venue.example"]`, `[`+bad+`]`), swap(`["radius.venue.example"]`, `["a.venue.example","b.venue.example"]`))
	}
	return c.cases
}

func TestONCRules(t *testing.T) { runCases(t, "onc-", oncCases()) }

func TestONCView(t *testing.T) {
	v := decide(ChromeOS, checkONC, oncFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := []Network{{
		Type: WPA2Enterprise, SSID: `Caffè "1"`, Hidden: true, EAP: EAPTTLS, Inner: InnerMSCHAPv2,
		OuterIdentity: "anonymous@venue.example", Username: "anna", Password: `caf\é`,
		ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchSuffix, Anchors: [][]byte{testCA().Raw},
	}}
	if diff := cmp.Diff(want, v.View.Networks); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
}

func TestONCMutations(t *testing.T) { mutate(t, ChromeOS, checkONC, oncFixture().bytes()) }

func FuzzCheckChromeOS(f *testing.F) {
	f.Add(oncFixture().bytes())
	fuzz(f, ChromeOS, checkONC, nil)
}
