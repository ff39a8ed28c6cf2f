package windows

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

func windowsCases() []judgetest.Case {
	var cases []judgetest.Case
	add := func(r *judge.Rule, name string, broken, sound *windowsFile) {
		cases = append(
			cases,
			judgetest.Case{
				Rule: r, Name: name, Platform: judge.Windows, Check: Check, Broken: broken.bytes(),
				Sound: sound.bytes(), Options: judge.Options{Trust: rsaTrust()},
			},
		)
	}
	file := newWindowsFile
	swap := func(old, new string) *windowsFile { return file().swap(old, new) }
	with := func(change func(*windowsFile)) *windowsFile { f := file(); change(f); return f }
	p := testRSA()

	add(ruleXML, "bare ampersand", swap("&amp;", "&"), swap("&amp;", "<![CDATA[&]]>"))
	add(ruleXML, "processing instruction", swap("<Global>", "<?x y?><Global>"), swap("<Global>", "<!-- x --><Global>"))
	add(ruleXML, "DOCTYPE", swap("<CarrierProvisioning", "<!DOCTYPE x><CarrierProvisioning"), file())
	add(ruleXML, "no declaration", swap(`<?xml version="1.0" encoding="UTF-8"?>`+"\n", ""), file())
	add(
		ruleNamespace,
		"https in the carrier's",
		swap("http://www.microsoft.com/networking/CarrierControl/v1",
			"https://www.microsoft.com/networking/CarrierControl/v1"),
		file(),
	)
	add(ruleNamespace, "profile of netsh", swap("CarrierControl/WLAN/v1", "WLAN/profile/v1"), file())
	add(ruleNamespace, "OneX", swap("networking/OneX/v1", "networking/OneX/v2"), file())
	add(ruleNamespace, "EAP host", swap("provisioning/EapHostConfig", "provisioning/EapHost"), file())
	add(ruleNamespace, "TTLS", swap("EapTtlsConnectionPropertiesV1", "EapTtlsConnectionPropertiesV2"), file())
	add(ruleNamespace, "PEAP", swap("MsPeapConnectionPropertiesV1", "MsPeapConnectionPropertiesV3"), file())
	add(
		ruleSchema,
		"realm before domain",
		swap("<DomainName>venue.example</DomainName><NAIRealm><name>wifi.venue.example</name></NAIRealm>",
			"<NAIRealm><name>wifi.venue.example</name></NAIRealm><DomainName>venue.example</DomainName>"),
		file(),
	)
	add(
		ruleSchema,
		"3GPP before realm",
		swap("<NAIRealm><name>wifi.venue.example</name></NAIRealm><Network3GPP><PLMNID>222001</PLMNID></Network3GPP>",
			"<Network3GPP><PLMNID>222001</PLMNID></Network3GPP><NAIRealm><name>wifi.venue.example</name></NAIRealm>"),
		swap("<Network3GPP><PLMNID>222001</PLMNID></Network3GPP>", ""),
	)
	add(ruleSchema, "unknown element", swap("<DomainName>", "<Operator>x</Operator><DomainName>"), file())
	add(
		ruleSchema,
		"subscriber before carrier",
		swap("<SubscriberId>018f3a5c7b1d</SubscriberId>",
			"").swap("<CarrierId>", "<SubscriberId>018f3a5c7b1d</SubscriberId><CarrierId>"),
		file(),
	)
	add(ruleSchema, "no MSM", swap("<MSM>", "<!--").swap("</MSM>", "-->"), file())
	add(
		ruleSchema,
		"identity before inner method",
		swap("<Phase1Identity>", "<!--").swap("</Phase1Identity>", "-->").
			swap("<Phase2Authentication>",
				"<Phase1Identity><IdentityPrivacy>true</IdentityPrivacy>"+
					"<AnonymousIdentity>anonymous@venue.example</AnonymousIdentity></Phase1Identity>"+
					"<Phase2Authentication>"),
		file(),
	)
	add(ruleGlobal, "no braces", swap("{CF68A9B1-CBE0-5224-B0F5-2B21056773EE}", "CF68A9B1-CBE0-5224-B0F5-2B21056773EE"),
		file())
	add(ruleGlobal, "empty subscriber", swap("018f3a5c7b1d", ""), file())
	add(ruleNoProfile, "none", with(func(f *windowsFile) {
		f.xml = f.xml[:strings.Index(f.xml, "<WLANProfile xmlns")] + "</WLANProfiles></CarrierProvisioning>"
	}), file())
	add(ruleNoProfile, "a name twice", swap("<name>Venue</name>", `<name>Caff&#232; &amp; "Bar"</name>`), file())
	add(ruleSignatureMissing, "unsigned", with(func(f *windowsFile) { f.unsigned = true }), file())
	add(ruleSignatureShape, "two transforms", with(func(f *windowsFile) {
		f.reference = strings.Replace(f.reference, "</Transforms>",
			`<Transform Algorithm="`+dsigC14N+`"></Transform></Transforms>`, 1)
	}), file())
	add(ruleSignatureShape, "Canonical XML 1.1",
		with(func(f *windowsFile) { f.c14n = "http://www.w3.org/2006/12/xml-c14n11" }),
		with(func(f *windowsFile) { f.c14n = dsigExclusiveC14N }))
	add(ruleSignatureShape, "a part of the document",
		with(func(f *windowsFile) { f.reference = strings.Replace(f.reference, `URI=""`, `URI="#a"`, 1) }), file())
	add(ruleSignatureShape, "no URI",
		with(func(f *windowsFile) { f.reference = strings.Replace(f.reference, ` URI=""`, ``, 1) }), file())
	add(ruleSignatureShape, "no certificate", with(func(f *windowsFile) { f.certificates = nil }), file())
	add(ruleSignatureShape, "broken certificate", with(func(f *windowsFile) {
		f.afterwards = func(s string) string {
			return strings.Replace(s, "<X509Certificate>\nMII", "<X509Certificate>\nAAA", 1)
		}
	}), file())
	add(ruleSignatureAlgorithm, "RSA-SHA1",
		with(func(f *windowsFile) { f.method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" }), file())
	add(ruleSignatureAlgorithm, "SHA-1 digest", with(func(f *windowsFile) {
		f.reference = strings.Replace(f.reference, dsigSHA256, "http://www.w3.org/2000/09/xmldsig#sha1", 1)
	}), file())
	add(ruleSignatureAlgorithm, "1024 bits",
		with(func(f *windowsFile) { f.certificates[0], f.key = p.weak, p.weakKey }), file())
	add(ruleSignatureAlgorithm, "ECDSA",
		with(func(f *windowsFile) { f.certificates[0], f.key = p.elliptic.Certificate, p.elliptic.Key }), file())
	add(ruleDigest, "altered document", with(func(f *windowsFile) {
		f.afterwards = func(s string) string { return strings.Replace(s, "018f3a5c7b1d", "018f3a5c7b1e", 1) }
	}), with(func(f *windowsFile) {
		f.afterwards = func(s string) string {
			return strings.NewReplacer("&#232;", "è", `<useOneX>`, `<useOneX >`, "<LogonDomain/>",
				"<LogonDomain></LogonDomain>").
				Replace(s)
		}
	}))
	add(ruleSignature, "another key's", with(func(f *windowsFile) { f.key = p.weakKey }), file())
	add(ruleSignature, "not base64", with(func(f *windowsFile) {
		f.afterwards = func(s string) string { return strings.Replace(s, "<SignatureValue>", "<SignatureValue>*", 1) }
	}), file())
	add(ruleChain, "intermediate missing", with(func(f *windowsFile) { f.certificates = f.certificates[:1] }), file())
	add(ruleChain, "root embedded",
		with(func(f *windowsFile) { f.certificates = append(f.certificates, p.root.Certificate) }), file())
	add(ruleChain, "another root", with(func(f *windowsFile) { f.certificates = []*x509.Certificate{p.stranger} }),
		file())
	add(ruleSignerExpired, "yesterday", with(func(f *windowsFile) { f.certificates[0] = p.late }), file())
	cases = append(
		cases,
		judgetest.Case{
			Rule: ruleNoTrust, Name: "no roots given", Platform: judge.Windows, Check: Check, Broken: file().bytes(),
			Sound: file().bytes(), SoundOptions: &judge.Options{Now: judgetest.Now, Trust: rsaTrust()},
		},
	)
	add(ruleNetwork, "no domain", swap("<DomainName>venue.example</DomainName>", ""), file())
	add(ruleNetwork, "four digits of PLMN", swap("222001", "2220"), swap("222001", "22201"))
	const venue = "<hex>56656E7565</hex>"
	add(ruleNetwork, "hex and name", swap(venue, venue+"<name>Venue</name>"), swap(venue, "<name>Venue</name>"))
	add(ruleNetwork, "neither hex nor name", swap(venue, ""), swap(venue, venue+"</SSID><SSID><name>Other</name>"))
	add(ruleNetwork, "half an octet", swap(venue, "<hex>56656E756</hex>"), file())
	add(ruleNetwork, "33 bytes", swap(venue, "<name>"+strings.Repeat("x", 33)+"</name>"),
		swap(venue, "<name>"+strings.Repeat("x", 32)+"</name>"))
	add(ruleSchema, "Passpoint without an SSID",
		swap("<SSIDConfig><SSID><name>Passpoint</name></SSID></SSIDConfig>", ""), file())
	add(ruleSchema, "nonBroadcast",
		swap("</SSID></SSIDConfig><MSM>", "</SSID><nonBroadcast>true</nonBroadcast></SSIDConfig><MSM>"),
		swap("</SSID></SSIDConfig><MSM>", `</SSID><x:other xmlns:x="urn:x">1</x:other></SSIDConfig><MSM>`))
	add(ruleSchema, "26 SSIDs", swap("<SSID>"+venue+"</SSID>", strings.Repeat("<SSID>"+venue+"</SSID>", 26)),
		swap("<SSID>"+venue+"</SSID>", strings.Repeat("<SSID>"+venue+"</SSID>", 25)))
	add(ruleSchema, "Plans", swap("</WLANProfiles>", "</WLANProfiles><Plans/>"), file())
	add(ruleAuth, "WPA3, which the schema does not have", swap("<authentication>WPA2<", "<authentication>WPA3ENT<"),
		file())
	add(
		ruleOuter,
		"PEAP without a name, and no realm to put behind it",
		swap("<AnonymousUserName>anonymous<", "<AnonymousUserName><"),
		swap("<AnonymousUserName>anonymous<",
			"<AnonymousUserName><").swap("V2UserPropertiesV1\"><Username>anna<",
			"V2UserPropertiesV1\"><Username>anna@venue.example<"),
	)
	add(rulePEAPOuter, "with a realm",
		swap("<AnonymousUserName>anonymous<", "<AnonymousUserName>anonymous@venue.example<"), file())
	add(ruleOUI, "2 octets", swap("<OUI>004096</OUI>", "<OUI>0040</OUI>"),
		swap("<OUI>004096</OUI>", "<OUI>00409600</OUI>"))
	add(ruleAuth, "open", swap("<authentication>WPA2<", "<authentication>open<"), file())
	add(ruleAuth, "TKIP", swap("<encryption>AES<", "<encryption>TKIP<"), file())
	add(ruleAuth, "without 802.1X", swap("<useOneX>true<", "<useOneX>false<"), file())
	add(ruleAuth, "as the machine", swap("<authMode>user<", "<authMode>machine<"), file())
	add(
		ruleEAP,
		"PAP",
		swap("<MSCHAPv2Authentication><UseWinlogonCredentials>false</UseWinlogonCredentials></MSCHAPv2Authentication>",
			"<PAPAuthentication/>"),
		file(),
	)
	add(
		ruleEAP,
		"no inner method",
		swap("<MSCHAPv2Authentication><UseWinlogonCredentials>false</UseWinlogonCredentials></MSCHAPv2Authentication>",
			""),
		file(),
	)
	add(ruleEAP, "the log-on password", swap("<UseWinlogonCredentials>false", "<UseWinlogonCredentials>true"), file())
	add(ruleEAP, "TLS inside PEAP", swap("<Type>26</Type>", "<Type>13</Type>"), file())
	add(ruleEAP, "EAP-TLS", swap(">21</Type>", ">13</Type>"), file())
	add(ruleEAP, "TTLS by another author", swap(">311</AuthorId>", ">0</AuthorId>"), file())
	add(ruleServer, "prompt", swap("<DisablePrompt>true", "<DisablePrompt>false"), file())
	add(ruleServer, "no names", swap("<ServerNames>radius.venue.example;radius2.venue.example</ServerNames>", ""),
		swap("radius.venue.example;radius2.venue.example", "radius.venue.example"))
	for _, bad := range []string{"*.venue.example", `.*\.venue\.example`, `[^.]*\.com`, `[^.]*.venue.example`} {
		add(
			ruleServer,
			bad,
			swap("radius.venue.example;radius2.venue.example", bad),
			swap("radius.venue.example;radius2.venue.example",
				`[^.]*\.radius_1\.venue\.example;[^.]*\.radius\.venue\.example`),
		)
	}
	add(ruleServer, "PEAP without validation",
		swap(`PropertiesV2">true</PerformServerValidation>`, `PropertiesV2">false</PerformServerValidation>`), file())
	add(ruleRoot, "19 octets", swap("</TrustedRootCAHash>", "00</TrustedRootCAHash>"),
		swap("</TrustedRootCAHash>", " </TrustedRootCAHash>"))
	add(ruleRoot, "PEAP", swap("</TrustedRootCA>", "x</TrustedRootCA>"), file())
	add(ruleOuter, "privacy off", swap("<IdentityPrivacy>true", "<IdentityPrivacy>false"), file())
	add(ruleOuter, "the user name", swap("<AnonymousIdentity>anonymous@venue.example", "<AnonymousIdentity>anna"),
		file())
	add(ruleOuter, "PEAP", swap("<EnableIdentityPrivacy>true", "<EnableIdentityPrivacy>false"), file())
	add(ruleCredentials, "none", swap("<EapHostUserCredentials", "<!--").swap("</EapHostUserCredentials>", "-->"),
		file())
	add(ruleCredentials, "no password", swap(`<Password> caf&#233; &amp; "x"</Password>`, "<Password></Password>"),
		file())
	add(ruleCredentials, "another method's", swap("EapTtlsUserPropertiesV1", "EapTtlsConnectionPropertiesV1"), file())
	return cases
}

func TestWindowsRules(t *testing.T) { judgetest.RunCases(t, "windows-", windowsCases()) }

func TestWindowsView(t *testing.T) {
	v := judge.Decide(judge.Windows, Check, newWindowsFile().bytes(),
		judge.Options{Now: judgetest.Now, Trust: rsaTrust()})
	if !v.Accepted || len(v.Warnings) > 0 {
		t.Fatal(v.Refusals, v.Warnings)
	}
	want := &judge.View{
		Identifier:       "{CF68A9B1-CBE0-5224-B0F5-2B21056773EE}",
		Signer:           "CN=profiles.venue.example",
		SignatureTrusted: true,
		Networks: []judge.Network{
			{
				Type:         judge.Passpoint,
				FriendlyName: `Caffè & "Bar"`,
				Realm:        "wifi.venue.example",
				HomeDomain:   "venue.example",
				NAIRealms:    []string{"wifi.venue.example"},
				MCCMNC: []string{
					"222001",
				},
				RoamingConsortiums: []string{"5a03ba0000", "004096"},
				EAP:                judge.EAPTTLS,
				Inner:              judge.InnerMSCHAPv2,
				OuterIdentity:      "anonymous@venue.example",
				Username:           "anna",
				Password:           ` café & "x"`,
				ServerNames:        []string{"radius.venue.example", "radius2.venue.example"},
				ServerMatch:        judge.MatchExact,
			},
			{
				Type:          judge.WPA2Enterprise,
				FriendlyName:  "Venue",
				SSID:          "Venue",
				EAP:           judge.EAPPEAP,
				Inner:         judge.InnerEAPMSCHAPv2,
				OuterIdentity: "anonymous",
				Username:      "anna",
				Password:      ` café & "x"`,
				ServerNames:   []string{"radius.venue.example"},
				ServerMatch:   judge.MatchExact,
			},
		},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

// TestWindowsAgainstXMLSec asks xmlsec1 whether the fixture's signature is one, and then has it
// sign a file of its own for the judge.
func TestWindowsAgainstXMLSec(t *testing.T) {
	program := process.Require(t, "xmlsec1")
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p := testRSA()
	root := write("root.pem", judgetest.PEM(p.root.Certificate))
	for _, c14n := range []string{dsigC14N, dsigExclusiveC14N} {
		f := newWindowsFile()
		f.c14n = c14n
		signed := write("signed.xml", f.bytes())
		// The fixture's certificates begin in the future of a clock that tests do not control.
		at := judgetest.Now.Format("2006-01-02 15:04:05")
		if out, err := exec.Command(program, "--verify", "--verification-gmt-time", at, "--trusted-pem", root, signed).
			CombinedOutput(); err != nil {
			t.Logf("%s: not by GMT: %v: %s", c14n, err, out)
			if out, err := exec.Command(program, "--verify", "--verification-time", at, "--trusted-pem", root, signed).
				CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", c14n, err, out)
			}
		}
		f.reference = strings.Replace(f.reference, "DIGEST", "", 1)
		f.afterwards = func(s string) string {
			s = s[:strings.Index(s, "<SignatureValue>")] +
				"<SignatureValue></SignatureValue><KeyInfo>" +
				"<X509Data></X509Data></KeyInfo></Signature></CarrierProvisioning>"
			return strings.Replace(s, `<Global>`, `<!-- not signed --><Global>`, 1)
		}
		template := write("template.xml", f.bytes())
		key := write("key.pem", judgetest.KeyPEM(t, p.key))
		leaf, middle := write("leaf.pem", judgetest.PEM(p.signer)), write("middle.pem",
			judgetest.PEM(p.intermediate.Certificate))
		out := filepath.Join(dir, "out.xml")
		if text, err := exec.Command(program, "--sign", "--output", out, "--privkey-pem", key+","+leaf+","+middle,
			template).
			CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c14n, err, text)
		}
		v := judge.Decide(judge.Windows, Check, judgetest.Must(os.ReadFile(out)),
			judge.Options{Now: judgetest.Now, Trust: rsaTrust()})
		if !v.Accepted {
			t.Errorf("%s: a file signed by xmlsec1 is refused: %v", c14n, v.Refusals)
		}
	}
}

// TestWindowsSchemaAgrees holds that nothing is accepted which Microsoft's published schemas do not
// allow, as xmllint reads them.
func TestWindowsSchemaAgrees(t *testing.T) {
	xmllint := process.Require(t, "xmllint")
	files, broken := map[string][]byte{}, 0
	for i, c := range windowsCases() {
		files[fmt.Sprintf("broken%d.xml", i)], files[fmt.Sprintf("sound%d.xml", i)] = c.Broken, c.Sound
	}
	m := judgetest.NewMutator(5, 6)
	tag := regexp.MustCompile(`<([A-Za-z0-9]+)[^>]*>[^<]*</[A-Za-z0-9]+>`)
	for i := range 150 {
		f := newWindowsFile()
		spans := tag.FindAllStringIndex(f.xml, -1)
		from, to := judgetest.Pick(m, spans), judgetest.Pick(m, spans)
		if m.IntN(2) == 0 {
			f.xml = f.xml[:from[0]] + f.xml[from[1]:]
		} else {
			f.xml = f.xml[:to[0]] + f.xml[from[0]:from[1]] + f.xml[to[0]:]
		}
		files[fmt.Sprintf("mutant%d.xml", i)] = f.bytes()
	}
	valid := judgetest.Validate(t, xmllint, "../../../../profiles/testdata/windows-schema/carrier.xsd", files)
	for name, file := range files {
		v := judge.Decide(judge.Windows, Check, file, judge.Options{Now: judgetest.Now, Trust: rsaTrust()})
		if v.Accepted && !valid[name] {
			t.Errorf("%s is accepted and not valid\n%s", name, file)
		}
		if !v.Accepted && !valid[name] {
			broken++
		}
	}
	if broken < 50 {
		t.Errorf("only %d files are neither valid nor accepted", broken)
	}
}

func TestWindowsMutations(t *testing.T) {
	judgetest.Mutate(t, judge.Windows, Check, newWindowsFile().bytes())
}

func FuzzCheckWindows(f *testing.F) {
	f.Add(newWindowsFile().bytes())
	f.Add([]byte(newWindowsFile().xml))
	judgetest.Fuzz(f, judge.Windows, Check, nil)
}

// TestWindowsFoundG4 checks that Passpoint needs a placeholder SSID, and PEAP an identity without a
// realm.
func TestWindowsFoundG4(t *testing.T) {
	placeholder := "<SSIDConfig><SSID><name>Passpoint</name></SSID></SSIDConfig>"
	for _, c := range []struct {
		name    string
		file    *windowsFile
		refused *judge.Rule // nil: accepted
	}{
		{"no SSIDConfig", newWindowsFile().swap(placeholder, ""), ruleSchema},
		{"PEAP with a realm", newWindowsFile().swap("UserName>anonymous<", "UserName>anonymous@a.example<"),
			rulePEAPOuter},
		{"a placeholder", newWindowsFile(), nil},
	} {
		judgetest.ExpectRule(t, c.name,
			judge.Decide(judge.Windows, Check, c.file.bytes(), judge.Options{Now: judgetest.Now}), c.refused)
	}
}
