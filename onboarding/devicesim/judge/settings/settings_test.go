package settings

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

func settingsIOSFixture() judgetest.Text {
	return judgetest.Text(
		`{"platform":"settings-ios","created":"2026-11-30T08:00:00Z","expires":"2027-11-30T08:00:00Z","networks":[
{"type":"passpoint","displayName":"Caffè","hs20":{"domainName":"venue.example","roamingEnabled":true,` +
			`"naiRealmNames":["wifi.venue.example"],"roamingConsortiumOIs":["5A03BA0000"],"mccAndMNCs":["222001"]},
"eap":{"supportedEAPTypes":[21],"username":"anna","password":"caf\u00e9 \"",` +
			`"outerIdentity":"anonymous@venue.example","trustedServerNames":["radius.venue.example"],` +
			`"ttlsInnerAuthenticationType":"PAP","preferredTLSVersion":"1.2","trustedServerCertificates":["` +
			judgetest.CA64() + `"]}},
{"type":"wpa2enterprise","ssid":"Venue","hidden":true,"eap":{"supportedEAPTypes":[25],"username":"anna",` +
			`"password":"x","outerIdentity":"anonymous@venue.example","trustedServerNames":["radius.venue.example"],` +
			`"trustedServerCertificates":[]}}]}`,
	)
}

func settingsAndroidFixture() judgetest.Text {
	return settingsAndroidWith(judgetest.NewPrivateAndroidFile())
}

// settingsAndroidWith returns a document with the given Passpoint file.
func settingsAndroidWith(f *judgetest.AndroidFile) judgetest.Text {
	passpoint := `{"xWifiConfig":"` + string(f.Bytes()) + `","minimumTlsVersion":"TLS_V1_2"}`
	return judgetest.Text(
		`{"platform":"settings-android","expires":"2027-11-30T08:00:00Z","passpoint":` + passpoint + `,"networks":[
{"type":"passpoint","passpoint":` + passpoint + `},
{"type":"wpa2enterprise","ssid":"Venue","isHiddenSsid":true,"wpa2EnterpriseConfig":{"eapMethod":"PEAP",` +
			`"phase2Method":"MSCHAPV2","identity":"anna","anonymousIdentity":"anonymous@venue.example",` +
			`"password":"x","domainSuffixMatch":"a.venue.example;b.venue.example","caCertificates":["` +
			judgetest.CA64() + `"]}}]}`,
	)
}

func settingsCases() []judgetest.Case {
	c := &judgetest.TextCases{Platform: judge.SettingsIOS, Check: CheckIOS}
	file := settingsIOSFixture
	swap := func(old, new string) judgetest.Text { return file().Swap(old, new) }
	c.Add(ruleJSON, "cut short", judgetest.Text(string(file())[:100]), file())
	c.Add(ruleJSON, "a string", judgetest.Text(`"x"`), file())
	c.Add(ruleTop, "another platform's", swap("settings-ios", "settings-android"), file())
	c.Add(ruleTop, "no networks", judgetest.Text(`{"platform":"settings-ios","networks":[]}`), file())
	c.Add(ruleTop, "another type", swap(`"type":"passpoint"`, `"type":"hotspot"`), file())
	c.Add(ruleTop, "a network that is none", swap(`"networks":[`, `"networks":[1,`), file())
	c.Add(ruleExpired, "yesterday", swap("2027-11-30T08:00:00Z", "2026-11-30T08:00:00Z"),
		swap(`"expires":"2027-11-30T08:00:00Z",`, ``))
	c.Add(ruleExpired, "no time", swap("2027-11-30T08:00:00Z", "next year"), file())
	c.Add(ruleField, "unknown", swap(`"displayName"`, `"friendlyName"`), swap(`"displayName":"Caffè",`, ``))
	c.Add(ruleField, "in hs20", swap(`"roamingEnabled":true`, `"roaming":true`).Swap(`["5A03BA0000"]`, `[]`), file())
	c.Add(ruleField, "in eap", swap(`"preferredTLSVersion":"1.2"`, `"preferredTLSVersion":1.2`),
		swap(`"preferredTLSVersion":"1.2",`, ``))
	c.Add(ruleField, "numbers for names", swap(`["radius.venue.example"]`, `[1]`), file())
	c.Add(ruleNetwork, "no domain", swap(`"domainName":"venue.example",`, ``), file())
	c.Add(ruleNetwork, "33 bytes", swap(`"ssid":"Venue"`, `"ssid":"`+strings.Repeat("x", 33)+`"`), file())
	c.Add(ruleOI, "lower case", swap("5A03BA0000", "5a03ba0000"), swap("5A03BA0000", "5A03BA"))
	c.Add(ruleOI, "without roaming", swap(`"roamingEnabled":true`, `"roamingEnabled":false`), file())
	c.Add(ruleMCCMNC, "five digits", swap("222001", "22201"), swap("222001", "222F01"))
	c.Add(ruleTLS, "1.3", swap(`"preferredTLSVersion":"1.2"`, `"preferredTLSVersion":"1.3"`),
		swap(`"preferredTLSVersion":"1.2"`, `"preferredTLSVersion":"1.1"`))
	c.Add(ruleMethod, "Android's spelling", swap(`"PAP"`, `"MS-CHAP-V2"`), swap(`"PAP"`, `"MSCHAPv2"`))
	c.Add(ruleMethod, "no inner method", swap(`"ttlsInnerAuthenticationType":"PAP",`, ``), file())
	c.Add(ruleMethod, "two types", swap(`[21]`, `[21,25]`), file())
	c.Add(ruleMethod, "no eap", swap(`"eap":{"supportedEAPTypes":[25]`, `"hs20":{"supportedEAPTypes":[25]`), file())
	c.Add(ruleCredentials, "no password", swap(`"password":"x",`, ``), file())
	c.Add(ruleCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.Add(ruleTrust, "neither",
		swap(`"trustedServerNames":["radius.venue.example"],"trustedServerCertificates":[]`, `"trustedServerNames":[]`),
		swap(`["radius.venue.example"]`, `[]`))
	c.Add(ruleTrust, "PEM",
		swap(judgetest.CA64(), base64.StdEncoding.EncodeToString(judgetest.PEM(judgetest.CA().Certificate))), file())
	c.Add(ruleTrust, "a name that is none", swap("radius.venue.example", "*.*.venue.example"),
		swap("radius.venue.example", "*.venue.example"))

	a := &judgetest.TextCases{Platform: judge.SettingsAndroid, Check: CheckAndroid}
	file = settingsAndroidFixture
	enterprise := `"wpa2EnterpriseConfig":{`
	a.Add(ruleNetwork, "no file",
		judgetest.Text(`{"platform":"settings-android","networks":[{"type":"passpoint","passpoint":{}}]}`), file())
	a.Add(ruleField, "a path, which is for system apps",
		swapIn(file, enterprise, enterprise+`"caPath":"/system/etc/security/cacerts",`), file())
	a.Add(ruleField, "the classes' own members",
		swapIn(file, `"networks":[`, `"networks":[{"type":"passpoint","passpointConfiguration":{}},`), file())
	a.Add(ruleField, "a flag as text", swapIn(file, `"isHiddenSsid":true`, `"isHiddenSsid":"true"`), file())
	a.Add(judgetest.Rule("android-inner-method"), "Apple's spelling in the file",
		settingsAndroidWith(judgetest.NewPrivateAndroidFile().Value("InnerMethod", "MSCHAPv2")), file())
	a.Add(judgetest.Rule("android-expired"), "the file has ended",
		settingsAndroidWith(judgetest.NewPrivateAndroidFile().Value("ExpirationDate", "2026-11-01T00:00:00Z")), file())
	a.Add(
		judgetest.Rule("android-base64"),
		"the file is not in base64",
		settingsAndroidWith(
			judgetest.NewPrivateAndroidFile()).Swap(`"passpoint","passpoint":{"xWifiConfig":"`,
			`"passpoint","passpoint":{"xWifiConfig":"{}`),
		file(),
	)
	a.Add(
		rulePasspointTwice,
		"another file",
		swapIn(file, `"passpoint":{"xWifiConfig":"`, `"passpoint":{"xWifiConfig":"AAAA`),
		file(),
	)
	a.Add(
		ruleTLS,
		"a number",
		swapIn(file, `TLS_V1_2"},"networks"`, `1.2"},"networks"`).Swap(`TLS_V1_2"}},`, `1.2"}},`),
		file(),
	)
	a.Add(ruleMethod, "TTLS with GTC", swapIn(file, `"PEAP","phase2Method":"MSCHAPV2"`, `"TTLS","phase2Method":"GTC"`),
		swapIn(file, `"PEAP","phase2Method":"MSCHAPV2"`, `"TTLS","phase2Method":"PAP"`))
	a.Add(
		ruleMethod,
		"no configuration",
		swapIn(file, enterprise, `"enterpriseConfig":{`),
		swapIn(file, `"PEAP","phase2Method":"MSCHAPV2"`, `"TTLS","phase2Method":"MSCHAPV2"`),
	)
	long := func(n int) string { return strings.Repeat("x", n) }
	a.Add(ruleCredentials, "255 characters of password", swapIn(file, `"password":"x"`, `"password":"`+long(255)+`"`),
		swapIn(file, `"password":"x"`, `"password":"`+long(254)+`"`))
	a.Add(ruleCredentials, "no outer identity", swapIn(file, `"anonymousIdentity":"anonymous@venue.example",`, ``),
		file())
	a.Add(ruleTrust, "no domain", swapIn(file, `"domainSuffixMatch":"a.venue.example;b.venue.example",`, ``), file())
	domains := func(n int) string {
		list := long(60) + "." + long(60) + "." + long(60) + ".example;" + long(50) + ".example;"
		return list + strings.Repeat("y", n-len(list)-len(".b")) + ".b"
	}
	const two = "a.venue.example;b.venue.example"
	a.Add(judgetest.Rule("android-server-match-length"), "255 characters", swapIn(file, two, domains(255)),
		swapIn(file, two, domains(254)))
	a.Add(ruleTrust, "no certificate", swapIn(file, `"caCertificates":["`+judgetest.CA64()+`"]`, `"caCertificates":[]`),
		file())
	a.Add(ruleTrust, "an expired root",
		swapIn(file, judgetest.CA64(), base64.StdEncoding.EncodeToString(judgetest.ExpiredCA().Raw)), file())
	return append(c.Cases, a.Cases...)
}

func swapIn(file func() judgetest.Text, old, new string) judgetest.Text { return file().Swap(old, new) }

func TestSettingsRules(t *testing.T) { judgetest.RunCases(t, "settings-", settingsCases()) }

func TestSettingsViews(t *testing.T) {
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	v := judge.Decide(judge.SettingsIOS, CheckIOS, settingsIOSFixture().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := &judge.View{Expires: &expires, Networks: []judge.Network{
		{
			Type:         judge.Passpoint,
			FriendlyName: "Caffè",
			Realm:        "wifi.venue.example",
			HomeDomain:   "venue.example",
			Roaming:      true,
			NAIRealms:    []string{"wifi.venue.example"},
			RoamingConsortiums: []string{
				"5a03ba0000",
			},
			MCCMNC:        []string{"222001"},
			EAP:           judge.EAPTTLS,
			Inner:         judge.InnerPAP,
			OuterIdentity: "anonymous@venue.example",
			Username:      "anna",
			Password:      `café "`,
			ServerNames:   []string{"radius.venue.example"},
			ServerMatch:   judge.MatchExact,
			Anchors:       [][]byte{judgetest.CA().Raw},
		},
		{
			Type:          judge.WPA2Enterprise,
			SSID:          "Venue",
			Hidden:        true,
			EAP:           judge.EAPPEAP,
			Inner:         judge.InnerEAPMSCHAPv2,
			OuterIdentity: "anonymous@venue.example",
			Username:      "anna",
			Password:      "x",
			ServerNames:   []string{"radius.venue.example"},
			ServerMatch:   judge.MatchExact,
		},
	}}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("iOS (-want +got):\n%s", diff)
	}
	v = judge.Decide(judge.SettingsAndroid, CheckAndroid, settingsAndroidFixture().Bytes(),
		judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want = &judge.View{Expires: &expires, Networks: []judge.Network{
		{
			Type:         judge.Passpoint,
			FriendlyName: "Caffè & Bar",
			Realm:        "wifi.venue.example",
			HomeDomain:   "venue.example",
			RoamingConsortiums: []string{
				"5a03ba0000",
				"004096",
			},
			EAP:           judge.EAPTTLS,
			Inner:         judge.InnerMSCHAPv2,
			OuterIdentity: "anonymous@wifi.venue.example",
			Username:      "anna",
			Password:      "café",
			ServerNames:   []string{"venue.example"},
			ServerMatch:   judge.MatchSuffix,
			Anchors:       [][]byte{judgetest.CA().Raw},
		},
		{
			Type:          judge.WPA2Enterprise,
			SSID:          "Venue",
			Hidden:        true,
			EAP:           judge.EAPPEAP,
			Inner:         judge.InnerEAPMSCHAPv2,
			OuterIdentity: "anonymous@venue.example",
			Username:      "anna",
			Password:      "x",
			ServerNames:   []string{"a.venue.example", "b.venue.example"},
			ServerMatch:   judge.MatchSuffix,
			Anchors:       [][]byte{judgetest.CA().Raw},
		},
	}}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("Android (-want +got):\n%s", diff)
	}
}

func TestSettingsMutations(t *testing.T) {
	judgetest.Mutate(t, judge.SettingsIOS, CheckIOS, settingsIOSFixture().Bytes())
	judgetest.Mutate(t, judge.SettingsAndroid, CheckAndroid, settingsAndroidFixture().Bytes())
}

func FuzzCheckSettingsIOS(f *testing.F) {
	f.Add(settingsIOSFixture().Bytes())
	judgetest.Fuzz(f, judge.SettingsIOS, CheckIOS, nil)
}

func FuzzCheckSettingsAndroid(f *testing.F) {
	f.Add(settingsAndroidFixture().Bytes())
	judgetest.Fuzz(f, judge.SettingsAndroid, CheckAndroid, nil)
}

// TestSettingsFoundG2 checks that members outside the public SDK are refused.
func TestSettingsFoundG2(t *testing.T) {
	file := settingsAndroidFixture
	for _, c := range []struct {
		name    string
		file    judgetest.Text
		refused *judge.Rule // nil: accepted
	}{
		{"caPath is for system apps", swapIn(file, `"password":"x"`, `"password":"x","caPath":"/system"`), ruleField},
		{"certificates always", swapIn(file, `["`+judgetest.CA64()+`"]`, `[]`), ruleTrust},
		{"the public parser's file", file(), nil},
	} {
		judgetest.ExpectRule(t, c.name,
			judge.Decide(judge.SettingsAndroid, CheckAndroid, c.file.Bytes(), judge.Options{Now: judgetest.Now}),
			c.refused)
	}
}
