package devicesim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func eapConfigFixture() textFile {
	return textFile(`<?xml version="1.0" encoding="UTF-8"?>
<EAPIdentityProviderList xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="eap-metadata.xsd">
<EAPIdentityProvider ID="venue.example" namespace="urn:RFC4282:realm" version="1">
<ValidUntil>2027-11-30T08:00:00Z</ValidUntil>
<AuthenticationMethods><AuthenticationMethod>
<EAPMethod><Type>21</Type></EAPMethod>
<ServerSideCredential><CA format="X.509" encoding="base64">` + testRoot64() + `</CA><ServerID>radius.venue.example</ServerID></ServerSideCredential>
<ClientSideCredential><OuterIdentity>anonymous@venue.example</OuterIdentity><UserName>anna</UserName><Password>caf&#233; &amp;</Password></ClientSideCredential>
<InnerAuthenticationMethod><NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod></InnerAuthenticationMethod>
</AuthenticationMethod></AuthenticationMethods>
<CredentialApplicability><IEEE80211><SSID>Caff&#232; 1</SSID><MinRSNProto>CCMP</MinRSNProto></IEEE80211><IEEE80211><ConsortiumOID>5A03BA0000</ConsortiumOID></IEEE80211><IEEE80211><ConsortiumOID>004096</ConsortiumOID></IEEE80211></CredentialApplicability>
<ProviderInfo><DisplayName>Venue</DisplayName><DisplayName lang="it">Locale</DisplayName><Description>Wi-Fi</Description><Helpdesk><EmailAddress>help@venue.example</EmailAddress></Helpdesk></ProviderInfo>
</EAPIdentityProvider></EAPIdentityProviderList>
`)
}

func eapConfigCases() []ruleCase {
	c := &textCases{platform: EAPConfig, check: checkEAPConfig}
	file := eapConfigFixture
	swap := func(old, new string) textFile { return file().swap(old, new) }
	c.add(eapConfigXML, "bare ampersand", swap("&amp;", "&"), file())
	c.add(eapConfigXML, "no declaration", swap(`<?xml version="1.0" encoding="UTF-8"?>`+"\n", ""), swap(` encoding="UTF-8"`, ""))
	c.add(eapConfigXML, "Latin-1", swap("UTF-8", "ISO-8859-1"), file())
	c.add(eapConfigXML, "DOCTYPE", swap("<EAPIdentityProviderList", "<!DOCTYPE x><EAPIdentityProviderList"), file())
	c.add(eapConfigSchema, "another root", textFile(`<?xml version="1.0"?><List/>`), file())
	c.add(eapConfigSchema, "a namespace", swap("<EAPIdentityProviderList", `<EAPIdentityProviderList xmlns="urn:x"`), file())
	c.add(eapConfigSchema, "an undeclared prefix", swap("<EAPIdentityProviderList", `<e:EAPIdentityProviderList`).swap("</EAPIdentityProviderList", "</e:EAPIdentityProviderList"), file())
	c.add(eapConfigSchema, "password before user name", swap("<UserName>anna</UserName><Password>caf&#233; &amp;</Password>", "<Password>x</Password><UserName>anna</UserName>"), swap("<UserName>", "<InnerIdentitySuffix>venue.example</InnerIdentitySuffix><InnerIdentityHint>true</InnerIdentityHint><UserName>"))
	c.add(eapConfigSchema, "ServerID before CA", swap("<CA ", "<ServerID>x.venue.example</ServerID><CA "), file())
	c.add(eapConfigSchema, "unknown element", swap("<Description>", "<Note>x</Note><Description>"), file())
	c.add(eapConfigSchema, "two user names", swap("<UserName>anna</UserName>", "<UserName>anna</UserName><UserName>bea</UserName>"), file())
	c.add(eapConfigSchema, "no methods", swap("<AuthenticationMethods>", "<!--").swap("</AuthenticationMethods>", "-->"), file())
	c.add(eapConfigSchema, "ProviderInfo before CredentialApplicability", swap("<CredentialApplicability>", "<ProviderInfo/><CredentialApplicability>"), file())
	c.add(eapConfigSchema, "text between elements", swap("<AuthenticationMethods>", "<AuthenticationMethods>x"), file())
	c.add(eapConfigSchema, "elements in a leaf", swap("<Type>21</Type>", "<Type><b>21</b></Type>"), file())
	c.add(eapConfigProvider, "no ID", swap(`ID="venue.example"`, `ID=""`), file())
	c.add(eapConfigProvider, "no version", swap(` version="1"`, ""), file())
	c.add(eapConfigProvider, "an ID that is no realm", swap(`ID="venue.example"`, `ID="My venue"`), file())
	c.add(eapConfigProvider, "another namespace", swap("urn:RFC4282:realm", "urn:undefined"), file())
	c.add(eapConfigValidUntil, "yesterday", swap("2027-11-30T08:00:00Z", "2026-11-30T08:00:00Z"), swap("<ValidUntil>2027-11-30T08:00:00Z</ValidUntil>", ""))
	c.add(eapConfigValidUntil, "a date alone", swap("2027-11-30T08:00:00Z", "2027-11-30"), file())
	c.add(eapConfigValidUntil, "another zone, which Android reads as UTC", swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00+01:00"), file())
	c.add(eapConfigValidUntil, "a fraction, which iOS does not read", swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00.5Z"), file())
	c.add(eapConfigMethod, "no inner method", swap("<Type>3</Type>", "<Type>5</Type>"), swap("<Type>3</Type>", "<Type>1</Type>"))
	c.add(eapConfigMethod, "blanks around the number", swap("<Type>21</Type>", "<Type> 21 </Type>"), swap("<Type>3</Type>", "<Type>2</Type>"))
	c.add(eapConfigMethod, "TLS", swap("<Type>21</Type>", "<Type>13</Type>"), file())
	c.add(eapConfigMethod, "PEAP without EAP inside", swap("<Type>21</Type>", "<Type>25</Type>"), swap("<Type>21</Type>", "<Type>25</Type>").swap("<NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod>", "<EAPMethod><Type>26</Type></EAPMethod>"))
	c.add(eapConfigCA, "PEM format", swap(`format="X.509"`, `format="PEM"`), file())
	c.add(eapConfigCA, "garbage", swap(testRoot64(), "AAAA"), file())
	c.add(eapConfigCA, "expired", swap(testRoot64(), base64.StdEncoding.EncodeToString(expiredCA().Raw)), file())
	ca := `<CA format="X.509" encoding="base64">` + testRoot64() + `</CA>`
	c.add(eapConfigCA, "none", swap(ca, ""), file())
	c.add(eapConfigCA, "broken in lines", swap(testRoot64(), testRoot64()[:64]+"\n"+testRoot64()[64:]), file())
	c.add(eapConfigCA, "PEM in base64", swap(testRoot64(), base64.StdEncoding.EncodeToString(pemOf(testCA().Certificate))), file())
	other := issue(panicTB{}, caTemplate("Other Root"), nil)
	middle := issue(panicTB{}, caTemplate("Intermediate"), testCA())
	more := func(root []byte) string {
		return `<CA format="X.509" encoding="base64">` + base64.StdEncoding.EncodeToString(root) + `</CA>`
	}
	c.add(eapConfigRoot, "an intermediate alone", swap(ca, more(middle.Raw)), swap(ca, ca+more(middle.Raw)))
	c.add(eapConfigCACount, "two roots", swap(ca, ca+more(other.Raw)), swap(ca, ca+more(middle.Raw)))
	c.add(eapConfigServerID, "none", swap("<ServerID>radius.venue.example</ServerID>", ""), swap("<ServerID>", "<ServerID>a.venue.example</ServerID><ServerID>"))
	long := strings.Repeat("x", 60)
	ids := func(last string) string {
		return "<ServerID>" + long + ".a.example</ServerID><ServerID>" + long + ".b.example</ServerID><ServerID>" + long + ".c.example</ServerID><ServerID>" +
			last + "</ServerID>"
	}
	one := "<ServerID>radius.venue.example</ServerID>"
	c.add(eapConfigServerIDLength, "255 characters", swap(one, ids(strings.Repeat("y", 34)+".example")), swap(one, ids(strings.Repeat("y", 33)+".example")))
	c.add(eapConfigServerID, "blanks around it", swap("<ServerID>radius", "<ServerID> radius"), file())
	c.add(eapConfigServerID, "a wildcard", swap("<ServerID>radius", "<ServerID>*"), file())
	c.add(eapConfigCredentials, "no password", swap("<Password>caf&#233; &amp;</Password>", ""), file())
	c.add(eapConfigCredentials, "no outer identity", swap("<OuterIdentity>anonymous@venue.example</OuterIdentity>", ""), file())
	c.add(eapConfigCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.add(eapConfigNetwork, "SSID and identifier in one", swap("<MinRSNProto>", "<ConsortiumOID>004096</ConsortiumOID><MinRSNProto>"), file())
	c.add(eapConfigNetwork, "none", swap("<CredentialApplicability>", "<CredentialApplicability/><!--").swap("</CredentialApplicability>", "-->"), file())
	c.add(eapConfigProto, "none", swap("<MinRSNProto>CCMP</MinRSNProto>", ""), file())
	c.add(eapConfigProto, "TKIP", swap("CCMP", "TKIP"), file())
	c.add(eapConfigNoSSID, "Passpoint alone", swap("<IEEE80211><SSID>Caff&#232; 1</SSID><MinRSNProto>CCMP</MinRSNProto></IEEE80211>", ""), file())
	c.add(eapConfigPEAP, "PEAP", swap("<Type>21</Type>", "<Type>25</Type>").
		swap("<NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod>", "<EAPMethod><Type>26</Type></EAPMethod>"), file())
	c.add(eapConfigBlanks, "user name", swap("<UserName>anna", "<UserName>anna "), file())
	c.add(eapConfigSchema, "an attribute", swap("<CA ", `<CA name="x" `), file())
	c.add(eapConfigSchema, "no format", swap(`format="X.509" `, ""), file())
	c.add(eapConfigSchema, "a hint in words", swap("<UserName>", "<InnerIdentityHint>yes</InnerIdentityHint><UserName>"), file())
	c.add(eapConfigSchema, "another cipher", swap("CCMP", "GCMP"), file())
	c.add(eapConfigSSID, "33 bytes", swap("Caff&#232; 1", strings.Repeat("x", 33)), swap("Caff&#232; 1", strings.Repeat("x", 32)))
	c.add(eapConfigOI, "4 octets", swap("5A03BA0000", "5A03BA00"), swap("5A03BA0000", "5a03ba"))
	c.add(eapConfigName, "none", swap("<DisplayName>Venue</DisplayName><DisplayName lang=\"it\">Locale</DisplayName>", ""), file())
	c.add(eapConfigName, "empty", swap("<DisplayName>Venue<", "<DisplayName> <"), file())
	return c.cases
}

func TestEAPConfigRules(t *testing.T) { runCases(t, "eap-config-", eapConfigCases()) }

func TestEAPConfigView(t *testing.T) {
	v := decide(EAPConfig, checkEAPConfig, eapConfigFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	network := Network{
		EAP: EAPTTLS, Inner: InnerMSCHAPv2, OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "café &",
		ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchExact, Anchors: [][]byte{testCA().Raw},
	}
	ssid, passpoint := network, network
	ssid.Type, ssid.SSID = WPA2Enterprise, "Caffè 1"
	passpoint.Type, passpoint.Realm, passpoint.HomeDomain, passpoint.FriendlyName = Passpoint, "venue.example", "venue.example", "Venue"
	passpoint.RoamingConsortiums = []string{"5a03ba0000", "004096"}
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	want := &View{DisplayName: "Venue", Description: "Wi-Fi", Expires: &expires, Networks: []Network{ssid, passpoint}}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

// TestEAPConfigSchemaAgrees holds the restated schema to the published one, as xmllint reads it.
func TestEAPConfigSchemaAgrees(t *testing.T) {
	xmllint := requireProgram(t, "xmllint")
	files := map[string][]byte{}
	for i, c := range eapConfigCases() {
		files[fmt.Sprintf("broken%d.xml", i)], files[fmt.Sprintf("sound%d.xml", i)] = c.broken, c.sound
	}
	m := newMutator(3, 4)
	tag := regexp.MustCompile(`<([A-Za-z0-9]+)[^>]*>[^<]*</[A-Za-z0-9]+>`)
	for i := range 300 {
		text := string(eapConfigFixture())
		spans := tag.FindAllStringIndex(text, -1)
		from, to := pick(m, spans), pick(m, spans)
		switch m.IntN(3) {
		case 0:
			text = text[:from[0]] + text[from[1]:]
		case 1:
			text = text[:to[0]] + text[from[0]:from[1]] + text[to[0]:]
		default:
			text = text[:from[0]] + text[to[0]:to[1]] + text[from[1]:]
		}
		files[fmt.Sprintf("mutant%d.xml", i)] = []byte(text)
	}
	valid := validates(t, xmllint, "../../profiles/testdata/eap-config-schema/eap-metadata.xsd", files)
	for name, file := range files {
		v := decide(EAPConfig, checkEAPConfig, file, Options{Now: testNow})
		if v.Accepted && !valid[name] {
			t.Errorf("%s is accepted and not valid\n%s", name, file)
		}
		// A method within a method, which the schema lets repeat, is refused.
		repeats := bytes.Count(file, []byte("<EAPMethod>")) + bytes.Count(file, []byte("<NonEAPAuthMethod>"))
		if valid[name] && names(v.Refusals, eapConfigSchema.Name) && repeats == 2 {
			t.Errorf("%s is valid and refused: %v\n%s", name, v.Refusals, file)
		}
	}
}

func TestEAPConfigMutations(t *testing.T) {
	mutate(t, EAPConfig, checkEAPConfig, eapConfigFixture().bytes())
}

func FuzzCheckEAPConfig(f *testing.F) {
	f.Add(eapConfigFixture().bytes())
	fuzz(f, EAPConfig, checkEAPConfig, nil)
}

// TestEAPConfigFoundG3 checks that a certification authority is required.
func TestEAPConfigFoundG3(t *testing.T) {
	ca := `<CA format="X.509" encoding="base64">` + testRoot64() + `</CA>`
	check := func(f textFile) *Verdict {
		return decide(EAPConfig, checkEAPConfig, f.bytes(), Options{Now: testNow})
	}
	expectRule(t, "no CA", check(eapConfigFixture().swap(ca, "")), eapConfigCA)
	expectRule(t, "a CA", check(eapConfigFixture()), nil)
}

// TestEAPConfigFoundG6 checks that server names are compared exactly, without wildcards.
func TestEAPConfigFoundG6(t *testing.T) {
	check := func(f textFile) *Verdict {
		return decide(EAPConfig, checkEAPConfig, f.bytes(), Options{Now: testNow})
	}
	expectRule(t, "a wildcard", check(eapConfigFixture().swap("<ServerID>", "<ServerID>*.")), eapConfigServerID)
	v := check(eapConfigFixture())
	expectRule(t, "a host name", v, nil)
	if v.Accepted && v.View.Networks[0].ServerMatch != MatchExact {
		t.Error("names are not compared exactly")
	}
}
