package devicesim

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func eapConfigFixture() textFile {
	return textFile{`<?xml version="1.0" encoding="UTF-8"?>
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
`}
}

func eapConfigCases() []ruleCase {
	c := &textCases{platform: EAPConfig}
	file := eapConfigFixture
	swap := func(old, new string) textFile { return file().swap(old, new) }
	c.add(eapConfigXML, "bare ampersand", swap("&amp;", "&"), file())
	c.add(eapConfigXML, "no declaration", swap(`<?xml version="1.0" encoding="UTF-8"?>`+"\n", ""), swap(` encoding="UTF-8"`, ""))
	c.add(eapConfigXML, "Latin-1", swap("UTF-8", "ISO-8859-1"), file())
	c.add(eapConfigXML, "DOCTYPE", swap("<EAPIdentityProviderList", "<!DOCTYPE x><EAPIdentityProviderList"), file())
	c.add(eapConfigSchema, "another root", textFile{`<?xml version="1.0"?><List/>`}, file())
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
	c.add(eapConfigProvider, "another namespace", swap("urn:RFC4282:realm", "urn:undefined"), file())
	c.add(eapConfigValidUntil, "yesterday", swap("2027-11-30T08:00:00Z", "2026-11-30T08:00:00Z"), swap("<ValidUntil>2027-11-30T08:00:00Z</ValidUntil>", ""))
	c.add(eapConfigValidUntil, "a date alone", swap("2027-11-30T08:00:00Z", "2027-11-30"), swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00+01:00"))
	c.add(eapConfigMethod, "MSCHAP", swap("<Type>3</Type>", "<Type>2</Type>"), swap("<Type>3</Type>", "<Type>1</Type>"))
	c.add(eapConfigMethod, "TLS", swap("<Type>21</Type>", "<Type>13</Type>"), file())
	c.add(eapConfigMethod, "PEAP without EAP inside", swap("<Type>21</Type>", "<Type>25</Type>"), swap("<Type>21</Type>", "<Type>25</Type>").swap("<NonEAPAuthMethod><Type>3</Type></NonEAPAuthMethod>", "<EAPMethod><Type>26</Type></EAPMethod>"))
	c.add(eapConfigCA, "PEM format", swap(`format="X.509"`, `format="PEM"`), file())
	c.add(eapConfigCA, "garbage", swap(testRoot64(), "AAAA"), file())
	c.add(eapConfigCA, "expired", swap(testRoot64(), base64.StdEncoding.EncodeToString(expiredCA().Raw)), file())
	ca := `<CA format="X.509" encoding="base64">` + testRoot64() + `</CA>`
	c.add(eapConfigCACount, "none", swap(ca, ""), file())
	c.add(eapConfigServerID, "none", swap("<ServerID>radius.venue.example</ServerID>", ""), swap("<ServerID>", "<ServerID>a.venue.example</ServerID><ServerID>"))
	c.add(eapConfigServerID, "a wildcard", swap("<ServerID>radius", "<ServerID>*"), file())
	c.add(eapConfigCredentials, "no password", swap("<Password>caf&#233; &amp;</Password>", ""), file())
	c.add(eapConfigCredentials, "no outer identity", swap("<OuterIdentity>anonymous@venue.example</OuterIdentity>", ""), file())
	c.add(eapConfigCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.add(eapConfigNetwork, "SSID and identifier in one", swap("<MinRSNProto>", "<ConsortiumOID>004096</ConsortiumOID><MinRSNProto>"), file())
	c.add(eapConfigNetwork, "none", swap("<CredentialApplicability>", "<CredentialApplicability/><!--").swap("</CredentialApplicability>", "-->"), file())
	c.add(eapConfigSSID, "33 bytes", swap("Caff&#232; 1", strings.Repeat("x", 33)), swap("Caff&#232; 1", strings.Repeat("x", 32)))
	c.add(eapConfigOI, "4 octets", swap("5A03BA0000", "5A03BA00"), swap("5A03BA0000", "5a03ba"))
	c.add(eapConfigName, "none", swap("<DisplayName>Venue</DisplayName><DisplayName lang=\"it\">Locale</DisplayName>", ""), file())
	c.add(eapConfigName, "empty", swap("<DisplayName>Venue<", "<DisplayName> <"), file())
	return c.cases
}

func TestEAPConfigRules(t *testing.T) {
	for _, c := range eapConfigCases() {
		t.Run(c.rule.Name+" "+c.name, c.run)
	}
}

func TestEAPConfigView(t *testing.T) {
	v, _ := Check(EAPConfig, eapConfigFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	network := Network{
		EAP: EAPTTLS, Inner: InnerMSCHAPv2, OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "café &",
		ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchSuffix, Anchors: [][]byte{testCA().Raw},
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
