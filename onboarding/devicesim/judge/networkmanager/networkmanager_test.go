package networkmanager

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

func networkManagerFixture() judgetest.Text {
	return judgetest.Text(`[connection]
id=Caffè
uuid=2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02
type=wifi

# the network
[wifi]
mode=infrastructure
ssid=Caff\\è
hidden=true

[wifi-security]
key-mgmt=wpa-eap

[802-1x]
eap=ttls;
identity=anna
anonymous-identity=anonymous@venue.example
password=\scaf\\é;"#
phase2-auth=mschapv2
domain-suffix-match=radius.venue.example
ca-cert=data:;base64,` + judgetest.CA64() + `

[ipv4]
method=auto
`)
}

func networkManagerCases() []judgetest.Case {
	c := &judgetest.TextCases{Platform: judge.NetworkManager, Check: Check}
	file := networkManagerFixture
	swap := func(old, new string) judgetest.Text { return file().Swap(old, new) }
	c.Add(ruleText, "Latin-1", swap("Caffè", "Caff\xe8"), file())
	c.Add(ruleText, "NUL", swap("anna", "an\x00na"), file())
	c.Add(ruleSyntax, "no sign", swap("type=wifi", "type wifi"), swap("type=wifi", "type =wifi"))
	c.Add(ruleSyntax, "key before a section", judgetest.Text("id=x\n"+string(file())),
		judgetest.Text("; \n"[2:]+"\n"+string(file())))
	c.Add(ruleSyntax, "section twice", judgetest.Text(string(file())+"[wifi]\nmode=infrastructure\n"),
		judgetest.Text(strings.ReplaceAll(string(file()), "\n", "\r\n")))
	c.Add(ruleSyntax, "key twice", swap("type=wifi", "type=wifi\ntype=wifi"), file())
	c.Add(ruleSyntax, "section not closed", swap("[wifi]", "[wifi"), file())
	c.Add(ruleEscape, "unknown", swap(`\\é`, `\é`), swap(`\\é`, `\né`))
	c.Add(ruleEscape, "at the end", swap(`;"#`, `\`), file())
	c.Add(ruleEscape, "leading blank", swap(`password=\s`, `password= `), file())
	c.Add(ruleUnknown, "key", swap("identity=anna", "identity=anna\nrealm=x"), file())
	c.Add(ruleUnknown, "section", swap("[ipv4]", "[ipx]"), swap("[ipv4]", "[ipv6]"))
	c.Add(ruleConnection, "no id", swap("id=Caffè\n", ""), file())
	c.Add(ruleConnection, "no UUID", swap("2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02", "wifi"), file())
	c.Add(ruleConnection, "ethernet", swap("type=wifi", "type=ethernet"), file())
	c.Add(ruleConnection, "ad hoc", swap("mode=infrastructure", "mode=adhoc"), swap("mode=infrastructure\n", ""))
	c.Add(ruleSSID, "33 bytes", swap(`ssid=Caff\\è`, "ssid="+strings.Repeat("x", 33)),
		swap(`ssid=Caff\\è`, "ssid=67;97;102;102;195;168;"))
	c.Add(ruleSSID, "none", swap(`ssid=Caff\\è`, ""), file())
	c.Add(ruleSSID, "a byte over 255", swap(`ssid=Caff\\è`, "ssid=67;256;"), file())
	c.Add(ruleSecurity, "PSK", swap("wpa-eap", "wpa-psk"), file())
	c.Add(ruleEAP, "upper case", swap("eap=ttls;", "eap=TTLS;"), swap("eap=ttls;", "eap=peap;"))
	c.Add(ruleEAP, "Android's spelling", swap("phase2-auth=mschapv2", "phase2-auth=ms-chap-v2"),
		swap("phase2-auth=mschapv2", "phase2-auth=pap"))
	c.Add(ruleCredentials, "no outer identity", swap("anonymous-identity=anonymous@venue.example\n", ""), file())
	c.Add(ruleCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.Add(ruleCredentials, "no password", swap("password=", "password-flags=0\n#"), file())
	ca := "ca-cert=data:;base64," + judgetest.CA64()
	c.Add(ruleCA, "none", swap(ca, ""), swap(ca, "system-ca-certs=true"))
	c.Add(ruleCA, "both", swap(ca, ca+"\nsystem-ca-certs=true"), swap(ca, ca+"\nsystem-ca-certs=false"))
	c.Add(ruleCA, "garbage", swap(judgetest.CA64(), "AAAA"),
		swap(judgetest.CA64(), base64.StdEncoding.EncodeToString(judgetest.PEM(judgetest.CA().Certificate))))
	c.Add(ruleCA, "an expired root",
		swap(judgetest.CA64(), base64.StdEncoding.EncodeToString(judgetest.ExpiredCA().Raw)), file())
	c.Add(ruleCAFile, "a file", swap(ca, "ca-cert=/etc/onramp/root.pem"), file())
	for _, bad := range []string{"*.venue.example", "radius", ""} {
		c.Add(ruleServerName, bad, swap("domain-suffix-match=radius.venue.example", "domain-suffix-match="+bad),
			swap("domain-suffix-match=radius.venue.example", "domain-suffix-match=a.venue.example;b.venue.example;"))
	}
	return c.Cases
}

func TestNetworkManagerRules(t *testing.T) { judgetest.RunCases(t, "nm-", networkManagerCases()) }

func TestNetworkManagerView(t *testing.T) {
	v := judge.Decide(judge.NetworkManager, Check, networkManagerFixture().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := &judge.View{
		DisplayName: "Caffè", UUID: "2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02",
		Networks: []judge.Network{
			{
				Type:          judge.WPA2Enterprise,
				SSID:          `Caff\è`,
				Hidden:        true,
				EAP:           judge.EAPTTLS,
				Inner:         judge.InnerMSCHAPv2,
				OuterIdentity: "anonymous@venue.example",
				Username:      "anna",
				Password:      ` caf\é;"#`,
				ServerNames: []string{
					"radius.venue.example",
				},
				ServerMatch: judge.MatchSuffix,
				Anchors:     [][]byte{judgetest.CA().Raw},
			},
		},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

func TestNetworkManagerMutations(t *testing.T) {
	judgetest.Mutate(t, judge.NetworkManager, Check, networkManagerFixture().Bytes())
}

func FuzzCheckNetworkManager(f *testing.F) {
	f.Add(networkManagerFixture().Bytes())
	judgetest.Fuzz(f, judge.NetworkManager, Check, nil)
}
