package devicesim

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func settingsIOSFixture() textFile {
	return textFile(`{"platform":"settings-ios","created":"2026-11-30T08:00:00Z","expires":"2027-11-30T08:00:00Z","networks":[
{"type":"passpoint","displayName":"Caffè","hs20":{"domainName":"venue.example","roamingEnabled":true,"naiRealmNames":["wifi.venue.example"],"roamingConsortiumOIs":["5A03BA0000"],"mccAndMNCs":["222001"]},
"eap":{"supportedEAPTypes":[21],"username":"anna","password":"caf\u00e9 \"","outerIdentity":"anonymous@venue.example","trustedServerNames":["radius.venue.example"],"ttlsInnerAuthenticationType":"PAP","preferredTLSVersion":"1.2","trustedServerCertificates":["` + testRoot64() + `"]}},
{"type":"wpa2enterprise","ssid":"Venue","hidden":true,"eap":{"supportedEAPTypes":[25],"username":"anna","password":"x","outerIdentity":"anonymous@venue.example","trustedServerNames":["radius.venue.example"],"trustedServerCertificates":[]}}]}`)
}

func settingsAndroidFixture() textFile {
	return settingsAndroidWith(privateAndroidFile())
}

// settingsAndroidWith is a document with a Passpoint network of its own.
func settingsAndroidWith(f *androidFile) textFile {
	passpoint := `{"xWifiConfig":"` + string(f.bytes()) + `","minimumTlsVersion":"TLS_V1_2"}`
	return textFile(`{"platform":"settings-android","expires":"2027-11-30T08:00:00Z","passpoint":` + passpoint + `,"networks":[
{"type":"passpoint","passpoint":` + passpoint + `},
{"type":"wpa2enterprise","ssid":"Venue","isHiddenSsid":true,"wpa2EnterpriseConfig":{"eapMethod":"PEAP","phase2Method":"MSCHAPV2","identity":"anna","anonymousIdentity":"anonymous@venue.example","password":"x","domainSuffixMatch":"a.venue.example;b.venue.example","caCertificates":["` + testRoot64() + `"]}}]}`)
}

func settingsCases() []ruleCase {
	c := &textCases{platform: SettingsIOS, check: checkSettingsIOS}
	file := settingsIOSFixture
	swap := func(old, new string) textFile { return file().swap(old, new) }
	c.add(settingsJSON, "cut short", textFile(string(file())[:100]), file())
	c.add(settingsJSON, "a string", textFile(`"x"`), file())
	c.add(settingsTop, "another platform's", swap("settings-ios", "settings-android"), file())
	c.add(settingsTop, "no networks", textFile(`{"platform":"settings-ios","networks":[]}`), file())
	c.add(settingsTop, "another type", swap(`"type":"passpoint"`, `"type":"hotspot"`), file())
	c.add(settingsTop, "a network that is none", swap(`"networks":[`, `"networks":[1,`), file())
	c.add(settingsExpired, "yesterday", swap("2027-11-30T08:00:00Z", "2026-11-30T08:00:00Z"), swap(`"expires":"2027-11-30T08:00:00Z",`, ``))
	c.add(settingsExpired, "no time", swap("2027-11-30T08:00:00Z", "next year"), file())
	c.add(settingsField, "unknown", swap(`"displayName"`, `"friendlyName"`), swap(`"displayName":"Caffè",`, ``))
	c.add(settingsField, "in hs20", swap(`"roamingEnabled":true`, `"roaming":true`).swap(`["5A03BA0000"]`, `[]`), file())
	c.add(settingsField, "in eap", swap(`"preferredTLSVersion":"1.2"`, `"preferredTLSVersion":1.2`), swap(`"preferredTLSVersion":"1.2",`, ``))
	c.add(settingsField, "numbers for names", swap(`["radius.venue.example"]`, `[1]`), file())
	c.add(settingsNetwork, "no domain", swap(`"domainName":"venue.example",`, ``), file())
	c.add(settingsNetwork, "33 bytes", swap(`"ssid":"Venue"`, `"ssid":"`+strings.Repeat("x", 33)+`"`), file())
	c.add(settingsOI, "lower case", swap("5A03BA0000", "5a03ba0000"), swap("5A03BA0000", "5A03BA"))
	c.add(settingsOI, "without roaming", swap(`"roamingEnabled":true`, `"roamingEnabled":false`), file())
	c.add(settingsMCCMNC, "five digits", swap("222001", "22201"), swap("222001", "222F01"))
	c.add(settingsTLS, "1.3", swap(`"preferredTLSVersion":"1.2"`, `"preferredTLSVersion":"1.3"`), swap(`"preferredTLSVersion":"1.2"`, `"preferredTLSVersion":"1.1"`))
	c.add(settingsMethod, "Android's spelling", swap(`"PAP"`, `"MS-CHAP-V2"`), swap(`"PAP"`, `"MSCHAPv2"`))
	c.add(settingsMethod, "no inner method", swap(`"ttlsInnerAuthenticationType":"PAP",`, ``), file())
	c.add(settingsMethod, "two types", swap(`[21]`, `[21,25]`), file())
	c.add(settingsMethod, "no eap", swap(`"eap":{"supportedEAPTypes":[25]`, `"hs20":{"supportedEAPTypes":[25]`), file())
	c.add(settingsCredentials, "no password", swap(`"password":"x",`, ``), file())
	c.add(settingsCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.add(settingsTrust, "neither", swap(`"trustedServerNames":["radius.venue.example"],"trustedServerCertificates":[]`, `"trustedServerNames":[]`), swap(`["radius.venue.example"]`, `[]`))
	c.add(settingsTrust, "PEM", swap(testRoot64(), base64.StdEncoding.EncodeToString(pemOf(testCA().Certificate))), file())
	c.add(settingsTrust, "a name that is none", swap("radius.venue.example", "*.*.venue.example"), swap("radius.venue.example", "*.venue.example"))

	a := &textCases{platform: SettingsAndroid, check: checkSettingsAndroid}
	file = settingsAndroidFixture
	enterprise := `"wpa2EnterpriseConfig":{`
	a.add(settingsNetwork, "no file", textFile(`{"platform":"settings-android","networks":[{"type":"passpoint","passpoint":{}}]}`), file())
	a.add(settingsField, "a path, which is for system apps", swapIn(file, enterprise, enterprise+`"caPath":"/system/etc/security/cacerts",`), file())
	a.add(settingsField, "the classes' own members", swapIn(file, `"networks":[`, `"networks":[{"type":"passpoint","passpointConfiguration":{}},`), file())
	a.add(settingsField, "a flag as text", swapIn(file, `"isHiddenSsid":true`, `"isHiddenSsid":"true"`), file())
	a.add(ruleNamed("android-inner-method"), "Apple's spelling in the file", settingsAndroidWith(privateAndroidFile().value("InnerMethod", "MSCHAPv2")), file())
	a.add(ruleNamed("android-expired"), "the file has ended", settingsAndroidWith(privateAndroidFile().value("ExpirationDate", "2026-11-01T00:00:00Z")), file())
	a.add(ruleNamed("android-base64"), "the file is not in base64", settingsAndroidWith(privateAndroidFile()).swap(`"passpoint","passpoint":{"xWifiConfig":"`, `"passpoint","passpoint":{"xWifiConfig":"{}`), file())
	a.add(settingsPasspointTwice, "another file", swapIn(file, `"passpoint":{"xWifiConfig":"`, `"passpoint":{"xWifiConfig":"AAAA`), file())
	a.add(settingsTLS, "a number", swapIn(file, `TLS_V1_2"},"networks"`, `1.2"},"networks"`).swap(`TLS_V1_2"}},`, `1.2"}},`), file())
	a.add(settingsMethod, "TTLS with GTC", swapIn(file, `"PEAP","phase2Method":"MSCHAPV2"`, `"TTLS","phase2Method":"GTC"`),
		swapIn(file, `"PEAP","phase2Method":"MSCHAPV2"`, `"TTLS","phase2Method":"PAP"`))
	a.add(settingsMethod, "no configuration", swapIn(file, enterprise, `"enterpriseConfig":{`), swapIn(file, `"PEAP","phase2Method":"MSCHAPV2"`, `"TTLS","phase2Method":"MSCHAPV2"`))
	long := func(n int) string { return strings.Repeat("x", n) }
	a.add(settingsCredentials, "255 characters of password", swapIn(file, `"password":"x"`, `"password":"`+long(255)+`"`), swapIn(file, `"password":"x"`, `"password":"`+long(254)+`"`))
	a.add(settingsCredentials, "no outer identity", swapIn(file, `"anonymousIdentity":"anonymous@venue.example",`, ``), file())
	a.add(settingsTrust, "no domain", swapIn(file, `"domainSuffixMatch":"a.venue.example;b.venue.example",`, ``), file())
	domains := func(n int) string {
		list := long(60) + "." + long(60) + "." + long(60) + ".example;" + long(50) + ".example;"
		return list + strings.Repeat("y", n-len(list)-len(".b")) + ".b"
	}
	const two = "a.venue.example;b.venue.example"
	a.add(ruleNamed("android-server-match-length"), "255 characters", swapIn(file, two, domains(255)), swapIn(file, two, domains(254)))
	a.add(settingsTrust, "no certificate", swapIn(file, `"caCertificates":["`+testRoot64()+`"]`, `"caCertificates":[]`), file())
	a.add(settingsTrust, "an expired root", swapIn(file, testRoot64(), base64.StdEncoding.EncodeToString(expiredCA().Raw)), file())
	return append(c.cases, a.cases...)
}

func swapIn(file func() textFile, old, new string) textFile { return file().swap(old, new) }

func TestSettingsRules(t *testing.T) { runCases(t, "settings-", settingsCases()) }

func TestSettingsViews(t *testing.T) {
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	v := decide(SettingsIOS, checkSettingsIOS, settingsIOSFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := &View{Expires: &expires, Networks: []Network{{
		Type: Passpoint, FriendlyName: "Caffè", Realm: "wifi.venue.example", HomeDomain: "venue.example", Roaming: true, NAIRealms: []string{"wifi.venue.example"},
		RoamingConsortiums: []string{"5a03ba0000"}, MCCMNC: []string{"222001"}, EAP: EAPTTLS, Inner: InnerPAP, OuterIdentity: "anonymous@venue.example", Username: "anna",
		Password: `café "`, ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchExact, Anchors: [][]byte{testCA().Raw},
	}, {
		Type: WPA2Enterprise, SSID: "Venue", Hidden: true, EAP: EAPPEAP, Inner: InnerEAPMSCHAPv2, OuterIdentity: "anonymous@venue.example", Username: "anna",
		Password: "x", ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchExact,
	}}}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("iOS (-want +got):\n%s", diff)
	}
	v = decide(SettingsAndroid, checkSettingsAndroid, settingsAndroidFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want = &View{Expires: &expires, Networks: []Network{{
		Type: Passpoint, FriendlyName: "Caffè & Bar", Realm: "wifi.venue.example", HomeDomain: "venue.example",
		RoamingConsortiums: []string{"5a03ba0000", "004096"}, EAP: EAPTTLS, Inner: InnerMSCHAPv2, OuterIdentity: "anonymous@wifi.venue.example", Username: "anna", Password: "café",
		ServerNames: []string{"venue.example"}, ServerMatch: MatchSuffix, Anchors: [][]byte{testCA().Raw},
	}, {
		Type: WPA2Enterprise, SSID: "Venue", Hidden: true, EAP: EAPPEAP, Inner: InnerEAPMSCHAPv2, OuterIdentity: "anonymous@venue.example", Username: "anna",
		Password: "x", ServerNames: []string{"a.venue.example", "b.venue.example"}, ServerMatch: MatchSuffix, Anchors: [][]byte{testCA().Raw},
	}}}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("Android (-want +got):\n%s", diff)
	}
}

func TestSettingsMutations(t *testing.T) {
	mutate(t, SettingsIOS, checkSettingsIOS, settingsIOSFixture().bytes())
	mutate(t, SettingsAndroid, checkSettingsAndroid, settingsAndroidFixture().bytes())
}

func FuzzCheckSettingsIOS(f *testing.F) {
	f.Add(settingsIOSFixture().bytes())
	fuzz(f, SettingsIOS, checkSettingsIOS, nil)
}

func FuzzCheckSettingsAndroid(f *testing.F) {
	f.Add(settingsAndroidFixture().bytes())
	fuzz(f, SettingsAndroid, checkSettingsAndroid, nil)
}

// TestSettingsFoundG2 checks that only what the public parser and SDK take is accepted.
func TestSettingsFoundG2(t *testing.T) {
	file := settingsAndroidFixture
	for _, c := range []struct {
		name    string
		file    textFile
		refused *Rule // nil: accepted
	}{
		{"caPath is for system apps", swapIn(file, `"password":"x"`, `"password":"x","caPath":"/system"`), settingsField},
		{"certificates always", swapIn(file, `["`+testRoot64()+`"]`, `[]`), settingsTrust},
		{"the public parser's file", file(), nil},
	} {
		expectRule(t, c.name, decide(SettingsAndroid, checkSettingsAndroid, c.file.bytes(), Options{Now: testNow}), c.refused)
	}
}
