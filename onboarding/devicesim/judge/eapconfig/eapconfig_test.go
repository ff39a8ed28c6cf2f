package eapconfig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

func eapConfigFixture() judgetest.Text {
	return judgetest.Text(`<?xml version="1.0" encoding="UTF-8"?>
<EAPIdentityProviderList xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
		`xsi:noNamespaceSchemaLocation="eap-metadata.xsd">
<EAPIdentityProvider ID="venue.example" namespace="urn:RFC4282:realm" version="1">
<ValidUntil>2027-11-30T08:00:00Z</ValidUntil>
<AuthenticationMethods><AuthenticationMethod>
<EAPMethod><Type>21</Type></EAPMethod>
<ServerSideCredential><CA format="X.509" encoding="base64">` + judgetest.CA64() + `</CA><ServerID>` +
		`radius.venue.example</ServerID></ServerSideCredential>
<ClientSideCredential><OuterIdentity>anonymous@venue.example</OuterIdentity><UserName>anna</UserName>` +
		`<Password>caf&#233; &amp;</Password></ClientSideCredential>
<InnerAuthenticationMethod><NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod></InnerAuthenticationMethod>
</AuthenticationMethod></AuthenticationMethods>
<CredentialApplicability><IEEE80211><SSID>Caff&#232; 1</SSID><MinRSNProto>CCMP</MinRSNProto></IEEE80211><IEEE80211>` +
		`<ConsortiumOID>5A03BA0000</ConsortiumOID></IEEE80211><IEEE80211><ConsortiumOID>004096</ConsortiumOID>` +
		`</IEEE80211></CredentialApplicability>
<ProviderInfo><DisplayName>Venue</DisplayName><DisplayName lang="it">Locale</DisplayName>` +
		`<Description>Wi-Fi</Description><Helpdesk><EmailAddress>help@venue.example</EmailAddress></Helpdesk>` +
		`</ProviderInfo>
</EAPIdentityProvider></EAPIdentityProviderList>
`)
}

func eapConfigCases() []judgetest.Case {
	c := &judgetest.TextCases{Platform: judge.EAPConfig, Check: Check}
	file := eapConfigFixture
	swap := func(old, new string) judgetest.Text { return file().Swap(old, new) }
	c.Add(ruleXML, "bare ampersand", swap("&amp;", "&"), file())
	c.Add(ruleXML, "no declaration", swap(`<?xml version="1.0" encoding="UTF-8"?>`+"\n", ""),
		swap(` encoding="UTF-8"`, ""))
	c.Add(ruleXML, "Latin-1", swap("UTF-8", "ISO-8859-1"), file())
	c.Add(ruleXML, "DOCTYPE", swap("<EAPIdentityProviderList", "<!DOCTYPE x><EAPIdentityProviderList"), file())
	c.Add(ruleSchema, "another root", judgetest.Text(`<?xml version="1.0"?><List/>`), file())
	c.Add(ruleSchema, "a namespace", swap("<EAPIdentityProviderList", `<EAPIdentityProviderList xmlns="urn:x"`), file())
	c.Add(
		ruleSchema,
		"an undeclared prefix",
		swap("<EAPIdentityProviderList",
			`<e:EAPIdentityProviderList`).Swap("</EAPIdentityProviderList", "</e:EAPIdentityProviderList"),
		file(),
	)
	c.Add(
		ruleSchema,
		"password before user name",
		swap("<UserName>anna</UserName><Password>caf&#233; &amp;</Password>",
			"<Password>x</Password><UserName>anna</UserName>"),
		swap("<UserName>",
			"<InnerIdentitySuffix>venue.example</InnerIdentitySuffix>"+
				"<InnerIdentityHint>true</InnerIdentityHint><UserName>"),
	)
	c.Add(ruleSchema, "ServerID before CA", swap("<CA ", "<ServerID>x.venue.example</ServerID><CA "), file())
	c.Add(ruleSchema, "unknown element", swap("<Description>", "<Note>x</Note><Description>"), file())
	c.Add(ruleSchema, "two user names",
		swap("<UserName>anna</UserName>", "<UserName>anna</UserName><UserName>bea</UserName>"), file())
	c.Add(ruleSchema, "no methods", swap("<AuthenticationMethods>", "<!--").Swap("</AuthenticationMethods>", "-->"),
		file())
	c.Add(ruleSchema, "ProviderInfo before CredentialApplicability",
		swap("<CredentialApplicability>", "<ProviderInfo/><CredentialApplicability>"), file())
	c.Add(ruleSchema, "text between elements", swap("<AuthenticationMethods>", "<AuthenticationMethods>x"), file())
	c.Add(ruleSchema, "elements in a leaf", swap("<Type>21</Type>", "<Type><b>21</b></Type>"), file())
	c.Add(ruleProvider, "no ID", swap(`ID="venue.example"`, `ID=""`), file())
	c.Add(ruleProvider, "no version", swap(` version="1"`, ""), file())
	c.Add(ruleProvider, "an ID that is no realm", swap(`ID="venue.example"`, `ID="My venue"`), file())
	c.Add(ruleProvider, "another namespace", swap("urn:RFC4282:realm", "urn:undefined"), file())
	c.Add(ruleValidUntil, "yesterday", swap("2027-11-30T08:00:00Z", "2026-11-30T08:00:00Z"),
		swap("<ValidUntil>2027-11-30T08:00:00Z</ValidUntil>", ""))
	c.Add(ruleValidUntil, "a date alone", swap("2027-11-30T08:00:00Z", "2027-11-30"), file())
	c.Add(ruleValidUntil, "another zone, which Android reads as UTC",
		swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00+01:00"), file())
	c.Add(ruleValidUntil, "a fraction, which iOS does not read", swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00.5Z"),
		file())
	c.Add(ruleMethod, "no inner method", swap("<Type>3</Type>", "<Type>5</Type>"),
		swap("<Type>3</Type>", "<Type>1</Type>"))
	c.Add(ruleMethod, "blanks around the number", swap("<Type>21</Type>", "<Type> 21 </Type>"),
		swap("<Type>3</Type>", "<Type>2</Type>"))
	c.Add(ruleMethod, "TLS", swap("<Type>21</Type>", "<Type>13</Type>"), file())
	c.Add(
		ruleMethod,
		"PEAP without EAP inside",
		swap("<Type>21</Type>", "<Type>25</Type>"),
		swap("<Type>21</Type>",
			"<Type>25</Type>").Swap("<NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod>",
			"<EAPMethod><Type>26</Type></EAPMethod>"),
	)
	c.Add(ruleCA, "PEM format", swap(`format="X.509"`, `format="PEM"`), file())
	c.Add(ruleCA, "garbage", swap(judgetest.CA64(), "AAAA"), file())
	c.Add(ruleCA, "expired", swap(judgetest.CA64(), base64.StdEncoding.EncodeToString(judgetest.ExpiredCA().Raw)),
		file())
	ca := `<CA format="X.509" encoding="base64">` + judgetest.CA64() + `</CA>`
	c.Add(ruleCA, "none", swap(ca, ""), file())
	c.Add(ruleCA, "broken in lines", swap(judgetest.CA64(), judgetest.CA64()[:64]+"\n"+judgetest.CA64()[64:]), file())
	c.Add(ruleCA, "PEM in base64",
		swap(judgetest.CA64(), base64.StdEncoding.EncodeToString(judgetest.PEM(judgetest.CA().Certificate))), file())
	other := judgetest.Issue(judgetest.PanicTB{}, judgetest.CATemplate("Other Root"), nil)
	middle := judgetest.Issue(judgetest.PanicTB{}, judgetest.CATemplate("Intermediate"), judgetest.CA())
	more := func(root []byte) string {
		return `<CA format="X.509" encoding="base64">` + base64.StdEncoding.EncodeToString(root) + `</CA>`
	}
	c.Add(ruleRoot, "an intermediate alone", swap(ca, more(middle.Raw)), swap(ca, ca+more(middle.Raw)))
	c.Add(ruleCACount, "two roots", swap(ca, ca+more(other.Raw)), swap(ca, ca+more(middle.Raw)))
	c.Add(ruleServerID, "none", swap("<ServerID>radius.venue.example</ServerID>", ""),
		swap("<ServerID>", "<ServerID>a.venue.example</ServerID><ServerID>"))
	long := strings.Repeat("x", 60)
	ids := func(last string) string {
		return "<ServerID>" + long + ".a.example</ServerID><ServerID>" + long + ".b.example</ServerID><ServerID>" +
			long + ".c.example</ServerID><ServerID>" +
			last + "</ServerID>"
	}
	one := "<ServerID>radius.venue.example</ServerID>"
	c.Add(ruleServerIDLength, "255 characters", swap(one, ids(strings.Repeat("y", 34)+".example")),
		swap(one, ids(strings.Repeat("y", 33)+".example")))
	c.Add(ruleServerID, "blanks around it", swap("<ServerID>radius", "<ServerID> radius"), file())
	c.Add(ruleServerID, "a wildcard", swap("<ServerID>radius", "<ServerID>*"), file())
	c.Add(ruleCredentials, "no password", swap("<Password>caf&#233; &amp;</Password>", ""), file())
	c.Add(ruleCredentials, "no outer identity", swap("<OuterIdentity>anonymous@venue.example</OuterIdentity>", ""),
		file())
	c.Add(ruleCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.Add(ruleNetwork, "SSID and identifier in one",
		swap("<MinRSNProto>", "<ConsortiumOID>004096</ConsortiumOID><MinRSNProto>"), file())
	c.Add(ruleNetwork, "none",
		swap("<CredentialApplicability>", "<CredentialApplicability/><!--").Swap("</CredentialApplicability>", "-->"),
		file())
	c.Add(ruleProto, "none", swap("<MinRSNProto>CCMP</MinRSNProto>", ""), file())
	c.Add(ruleProto, "TKIP", swap("CCMP", "TKIP"), file())
	c.Add(ruleNoSSID, "Passpoint alone",
		swap("<IEEE80211><SSID>Caff&#232; 1</SSID><MinRSNProto>CCMP</MinRSNProto></IEEE80211>", ""), file())
	c.Add(rulePEAP, "PEAP", swap("<Type>21</Type>", "<Type>25</Type>").
		Swap("<NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod>", "<EAPMethod><Type>26</Type></EAPMethod>"), file())
	c.Add(ruleBlanks, "user name", swap("<UserName>anna", "<UserName>anna "), file())
	c.Add(ruleSchema, "an attribute", swap("<CA ", `<CA name="x" `), file())
	c.Add(ruleSchema, "no format", swap(`format="X.509" `, ""), file())
	c.Add(ruleSchema, "a hint in words", swap("<UserName>", "<InnerIdentityHint>yes</InnerIdentityHint><UserName>"),
		file())
	c.Add(ruleSchema, "another cipher", swap("CCMP", "GCMP"), file())
	c.Add(ruleSSID, "33 bytes", swap("Caff&#232; 1", strings.Repeat("x", 33)),
		swap("Caff&#232; 1", strings.Repeat("x", 32)))
	c.Add(ruleOI, "4 octets", swap("5A03BA0000", "5A03BA00"), swap("5A03BA0000", "5a03ba"))
	c.Add(ruleName, "none", swap("<DisplayName>Venue</DisplayName><DisplayName lang=\"it\">Locale</DisplayName>", ""),
		file())
	c.Add(ruleName, "empty", swap("<DisplayName>Venue<", "<DisplayName> <"), file())
	return c.Cases
}

func TestEAPConfigRules(t *testing.T) { judgetest.RunCases(t, "eap-config-", eapConfigCases()) }

func TestEAPConfigView(t *testing.T) {
	v := judge.Decide(judge.EAPConfig, Check, eapConfigFixture().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	network := judge.Network{
		EAP:           judge.EAPTTLS,
		Inner:         judge.InnerMSCHAPv2,
		OuterIdentity: "anonymous@venue.example",
		Username:      "anna",
		Password:      "café &",
		ServerNames: []string{
			"radius.venue.example",
		},
		ServerMatch: judge.MatchExact,
		Anchors:     [][]byte{judgetest.CA().Raw},
	}
	ssid, passpoint := network, network
	ssid.Type, ssid.SSID = judge.WPA2Enterprise, "Caffè 1"
	passpoint.Type, passpoint.Realm, passpoint.HomeDomain, passpoint.FriendlyName = judge.Passpoint, "venue.example",
		"venue.example", "Venue"
	passpoint.RoamingConsortiums = []string{"5a03ba0000", "004096"}
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	want := &judge.View{
		DisplayName: "Venue",
		Description: "Wi-Fi",
		Expires:     &expires,
		Networks:    []judge.Network{ssid, passpoint},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

// TestEAPConfigSchemaAgrees compares the restated schema with the published one, as xmllint
// validates it.
func TestEAPConfigSchemaAgrees(t *testing.T) {
	xmllint := process.Require(t, "xmllint")
	files := map[string][]byte{}
	for i, c := range eapConfigCases() {
		files[fmt.Sprintf("broken%d.xml", i)], files[fmt.Sprintf("sound%d.xml", i)] = c.Broken, c.Sound
	}
	m := judgetest.NewMutator(3, 4)
	tag := regexp.MustCompile(`<([A-Za-z0-9]+)[^>]*>[^<]*</[A-Za-z0-9]+>`)
	for i := range 300 {
		text := string(eapConfigFixture())
		spans := tag.FindAllStringIndex(text, -1)
		from, to := judgetest.Pick(m, spans), judgetest.Pick(m, spans)
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
	valid := judgetest.Validate(t, xmllint, "../../../../profiles/testdata/eap-config-schema/eap-metadata.xsd", files)
	for name, file := range files {
		v := judge.Decide(judge.EAPConfig, Check, file, judge.Options{Now: judgetest.Now})
		if v.Accepted && !valid[name] {
			t.Errorf("%s is accepted and not valid\n%s", name, file)
		}
		// The judge refuses repeated inner methods, which the schema allows.
		repeats := bytes.Count(file, []byte("<EAPMethod>")) + bytes.Count(file, []byte("<NonEAPAuthMethod>"))
		if valid[name] && judgetest.HasRule(v.Refusals, ruleSchema.Name) && repeats == 2 {
			t.Errorf("%s is valid and refused: %v\n%s", name, v.Refusals, file)
		}
	}
}

func TestEAPConfigMutations(t *testing.T) {
	judgetest.Mutate(t, judge.EAPConfig, Check, eapConfigFixture().Bytes())
}

func FuzzCheckEAPConfig(f *testing.F) {
	f.Add(eapConfigFixture().Bytes())
	judgetest.Fuzz(f, judge.EAPConfig, Check, nil)
}

// TestEAPConfigFoundG3 checks that a certification authority is required.
func TestEAPConfigFoundG3(t *testing.T) {
	ca := `<CA format="X.509" encoding="base64">` + judgetest.CA64() + `</CA>`
	check := func(f judgetest.Text) *judge.Verdict {
		return judge.Decide(judge.EAPConfig, Check, f.Bytes(), judge.Options{Now: judgetest.Now})
	}
	judgetest.ExpectRule(t, "no CA", check(eapConfigFixture().Swap(ca, "")), ruleCA)
	judgetest.ExpectRule(t, "a CA", check(eapConfigFixture()), nil)
}

// TestEAPConfigFoundG6 checks that server names are compared exactly, without wildcards.
func TestEAPConfigFoundG6(t *testing.T) {
	check := func(f judgetest.Text) *judge.Verdict {
		return judge.Decide(judge.EAPConfig, Check, f.Bytes(), judge.Options{Now: judgetest.Now})
	}
	judgetest.ExpectRule(t, "a wildcard", check(eapConfigFixture().Swap("<ServerID>", "<ServerID>*.")), ruleServerID)
	v := check(eapConfigFixture())
	judgetest.ExpectRule(t, "a host name", v, nil)
	if v.Accepted && v.View.Networks[0].ServerMatch != judge.MatchExact {
		t.Error("names are not compared exactly")
	}
}
