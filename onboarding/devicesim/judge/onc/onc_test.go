package onc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

func oncFixture() judgetest.Text {
	return judgetest.Text(
		`{"Type":"UnencryptedConfiguration","NetworkConfigurations":[{"GUID":"{1}","Name":"Venue","Type":"WiFi","WiFi":{
"SSID":"Caffè \"1\"","HexSSID":"43616666C3A8202231 22","HiddenSSID":true,"Security":"WPA-EAP","AutoConnect":true,"EAP":{
"Outer":"EAP-TTLS","Inner":"MSCHAPv2","Identity":"anna","Password":"ca\u0066\\é",`+
			`"AnonymousIdentity":"anonymous@venue.example","SaveCredentials":true,
"ServerCAPEMs":["`+judgetest.JSONPEM(judgetest.PEM(judgetest.CA().Certificate))+`"],"UseSystemCAs":false,`+
			`"DomainSuffixMatch":["radius.venue.example"]}}}],"Certificates":[]}
`).
		Swap("43616666C3A8202231 22", "43616666C3A820223122")
}

func oncCases() []judgetest.Case {
	c := &judgetest.TextCases{Platform: judge.ChromeOS, Check: Check}
	file := oncFixture
	swap := func(old, new string) judgetest.Text { return file().Swap(old, new) }
	c.Add(ruleJSON, "cut short", judgetest.Text(string(file())[:200]), file())
	c.Add(ruleJSON, "member twice", swap(`"HiddenSSID":true`, `"HiddenSSID":true,"HiddenSSID":false`),
		swap(`"HiddenSSID":true,`, ""))
	c.Add(ruleJSON, "member twice in an object of an array", swap(`"GUID":"{1}"`, `"GUID":"{1}","GUID":"{2}"`), file())
	c.Add(ruleJSON, "Latin-1", swap("Caffè", "Caff\xe8"), file())
	c.Add(ruleJSON, "text behind", judgetest.Text(string(file())+"{}"), judgetest.Text(string(file())+"\n"))
	c.Add(ruleJSON, "a list", judgetest.Text("[]"), file())
	c.Add(ruleJSON, "nested too deep", judgetest.Text(strings.Repeat("[", 100)+strings.Repeat("]", 100)), file())
	c.Add(ruleType, "encrypted", swap("UnencryptedConfiguration", "EncryptedConfiguration"), file())
	c.Add(ruleType, "no network", judgetest.Text(`{"Type":"UnencryptedConfiguration","NetworkConfigurations":[]}`),
		file())
	c.Add(ruleField, "unknown", swap(`"AutoConnect":true`, `"AutoJoin":true`), file())
	c.Add(ruleField, "text for a flag", swap(`"HiddenSSID":true`, `"HiddenSSID":"true"`), file())
	c.Add(ruleField, "text for a list", swap(`["radius.venue.example"]`, `"radius.venue.example"`), file())
	c.Add(ruleField, "numbers in a list", swap(`["radius.venue.example"]`, `[1]`), file())
	c.Add(ruleField, "a network that is none", swap(`"NetworkConfigurations":[`, `"NetworkConfigurations":["x",`),
		file())
	c.Add(ruleField, "at the top", swap(`"Certificates":[]`, `"Cert":[]`), swap(`,"Certificates":[]`, ``))
	c.Add(ruleNetwork, "no GUID", swap(`"GUID":"{1}"`, `"GUID":""`), file())
	c.Add(ruleNetwork, "no name", swap(`"Name":"Venue",`, ``), file())
	c.Add(ruleNetwork, "ethernet", swap(`"Type":"WiFi"`, `"Type":"Ethernet"`), file())
	c.Add(ruleNetwork, "no WiFi", swap(`"WiFi":{`, `"Priority":1,"ProxySettings":{`), file())
	c.Add(ruleSSID, "none", swap(`"SSID":"Caffè \"1\"","HexSSID":"43616666C3A820223122",`, ``),
		swap(`"SSID":"Caffè \"1\"",`, ``))
	c.Add(ruleSSID, "another in hex", swap("43616666C3A8", "43616666C3A9"),
		swap(`"HexSSID":"43616666C3A820223122",`, ``))
	c.Add(ruleSSID, "33 bytes",
		swap(`"SSID":"Caffè \"1\"","HexSSID":"43616666C3A820223122",`, `"SSID":"`+strings.Repeat("x", 33)+`",`), file())
	c.Add(ruleSecurity, "PSK", swap("WPA-EAP", "WPA-PSK"), file())
	c.Add(ruleEAP, "none", swap(`"EAP":{`, `"Foo":{`), file())
	c.Add(ruleEAP, "another outer", swap("EAP-TTLS", "TTLS"), swap("EAP-TTLS", "PEAP"))
	c.Add(ruleEAP, "another inner", swap("MSCHAPv2", "Automatic"), swap("MSCHAPv2", "PAP"))
	c.Add(ruleCredentials, "no password", swap(`"Password":"ca\u0066\\é",`, ``), file())
	c.Add(ruleCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.Add(ruleCredentials, "not saved", swap(`"SaveCredentials":true`, `"SaveCredentials":false`), file())
	pem := judgetest.JSONPEM(judgetest.PEM(judgetest.CA().Certificate))
	c.Add(ruleCA, "DER in base64", swap(pem, judgetest.CA64()), file())
	c.Add(ruleCA, "two in one", swap(pem, pem+pem), swap(pem, pem+`","`+pem))
	c.Add(ruleCA, "expired", swap(pem, judgetest.JSONPEM(judgetest.PEM(judgetest.ExpiredCA().Certificate))), file())
	c.Add(ruleCA, "system's beside it", swap(`"UseSystemCAs":false`, `"UseSystemCAs":true`),
		swap(`"ServerCAPEMs":["`+pem+`"],"UseSystemCAs":false,`, ``))
	c.Add(ruleCA, "neither", swap(`"ServerCAPEMs":["`+pem+`"],`, ``), file())
	for _, bad := range []string{`"*.venue.example"`, `"com"`, `"x"`, ``} {
		c.Add(ruleServerName, bad, swap(`["radius.venue.example"]`, `[`+bad+`]`),
			swap(`["radius.venue.example"]`, `["a.venue.example","b.venue.example"]`))
	}
	return c.Cases
}

func TestONCRules(t *testing.T) { judgetest.RunCases(t, "onc-", oncCases()) }

func TestONCView(t *testing.T) {
	v := judge.Decide(judge.ChromeOS, Check, oncFixture().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := []judge.Network{
		{
			Type:          judge.WPA2Enterprise,
			SSID:          `Caffè "1"`,
			Hidden:        true,
			EAP:           judge.EAPTTLS,
			Inner:         judge.InnerMSCHAPv2,
			OuterIdentity: "anonymous@venue.example",
			Username:      "anna",
			Password:      `caf\é`,
			ServerNames: []string{
				"radius.venue.example",
			},
			ServerMatch: judge.MatchSuffix,
			Anchors:     [][]byte{judgetest.CA().Raw},
		},
	}
	if diff := cmp.Diff(want, v.View.Networks); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
}

func TestONCMutations(t *testing.T) { judgetest.Mutate(t, judge.ChromeOS, Check, oncFixture().Bytes()) }

func FuzzCheckChromeOS(f *testing.F) {
	f.Add(oncFixture().Bytes())
	judgetest.Fuzz(f, judge.ChromeOS, Check, nil)
}
