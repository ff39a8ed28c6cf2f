package devicesim

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func networkManagerFixture() textFile {
	return textFile(`[connection]
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
ca-cert=data:;base64,` + testRoot64() + `

[ipv4]
method=auto
`)
}

func networkManagerCases() []ruleCase {
	c := &textCases{platform: NetworkManager, check: checkNetworkManager}
	file := networkManagerFixture
	swap := func(old, new string) textFile { return file().swap(old, new) }
	c.add(nmText, "Latin-1", swap("Caffè", "Caff\xe8"), file())
	c.add(nmText, "NUL", swap("anna", "an\x00na"), file())
	c.add(nmSyntax, "no sign", swap("type=wifi", "type wifi"), swap("type=wifi", "type =wifi"))
	c.add(nmSyntax, "key before a section", textFile("id=x\n"+string(file())), textFile("; \n"[2:]+"\n"+string(file())))
	c.add(nmSyntax, "section twice", textFile(string(file())+"[wifi]\nmode=infrastructure\n"), textFile(strings.ReplaceAll(string(file()), "\n", "\r\n")))
	c.add(nmSyntax, "key twice", swap("type=wifi", "type=wifi\ntype=wifi"), file())
	c.add(nmSyntax, "section not closed", swap("[wifi]", "[wifi"), file())
	c.add(nmEscape, "unknown", swap(`\\é`, `\é`), swap(`\\é`, `\né`))
	c.add(nmEscape, "at the end", swap(`;"#`, `\`), file())
	c.add(nmEscape, "leading blank", swap(`password=\s`, `password= `), file())
	c.add(nmUnknown, "key", swap("identity=anna", "identity=anna\nrealm=x"), file())
	c.add(nmUnknown, "section", swap("[ipv4]", "[ipx]"), swap("[ipv4]", "[ipv6]"))
	c.add(nmConnection, "no id", swap("id=Caffè\n", ""), file())
	c.add(nmConnection, "no UUID", swap("2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02", "wifi"), file())
	c.add(nmConnection, "ethernet", swap("type=wifi", "type=ethernet"), file())
	c.add(nmConnection, "ad hoc", swap("mode=infrastructure", "mode=adhoc"), swap("mode=infrastructure\n", ""))
	c.add(nmSSID, "33 bytes", swap(`ssid=Caff\\è`, "ssid="+strings.Repeat("x", 33)), swap(`ssid=Caff\\è`, "ssid=67;97;102;102;195;168;"))
	c.add(nmSSID, "none", swap(`ssid=Caff\\è`, ""), file())
	c.add(nmSSID, "a byte over 255", swap(`ssid=Caff\\è`, "ssid=67;256;"), file())
	c.add(nmSecurity, "PSK", swap("wpa-eap", "wpa-psk"), file())
	c.add(nmEAP, "upper case", swap("eap=ttls;", "eap=TTLS;"), swap("eap=ttls;", "eap=peap;"))
	c.add(nmEAP, "Android's spelling", swap("phase2-auth=mschapv2", "phase2-auth=ms-chap-v2"), swap("phase2-auth=mschapv2", "phase2-auth=pap"))
	c.add(nmCredentials, "no outer identity", swap("anonymous-identity=anonymous@venue.example\n", ""), file())
	c.add(nmCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	c.add(nmCredentials, "no password", swap("password=", "password-flags=0\n#"), file())
	ca := "ca-cert=data:;base64," + testRoot64()
	c.add(nmCA, "none", swap(ca, ""), swap(ca, "system-ca-certs=true"))
	c.add(nmCA, "both", swap(ca, ca+"\nsystem-ca-certs=true"), swap(ca, ca+"\nsystem-ca-certs=false"))
	c.add(nmCA, "garbage", swap(testRoot64(), "AAAA"), swap(testRoot64(), base64.StdEncoding.EncodeToString(pemOf(testCA().Certificate))))
	c.add(nmCA, "an expired root", swap(testRoot64(), base64.StdEncoding.EncodeToString(expiredCA().Raw)), file())
	c.add(nmCAFile, "a file", swap(ca, "ca-cert=/etc/onramp/root.pem"), file())
	for _, bad := range []string{"*.venue.example", "radius", ""} {
		c.add(nmServerName, bad, swap("domain-suffix-match=radius.venue.example", "domain-suffix-match="+bad), swap("domain-suffix-match=radius.venue.example", "domain-suffix-match=a.venue.example;b.venue.example;"))
	}
	return c.cases
}

func TestNetworkManagerRules(t *testing.T) { runCases(t, "nm-", networkManagerCases()) }

func TestNetworkManagerView(t *testing.T) {
	v := decide(NetworkManager, checkNetworkManager, networkManagerFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := &View{
		DisplayName: "Caffè", UUID: "2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02",
		Networks: []Network{{
			Type: WPA2Enterprise, SSID: `Caff\è`, Hidden: true, EAP: EAPTTLS, Inner: InnerMSCHAPv2,
			OuterIdentity: "anonymous@venue.example", Username: "anna", Password: ` caf\é;"#`,
			ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchSuffix, Anchors: [][]byte{testCA().Raw},
		}},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

func TestNetworkManagerMutations(t *testing.T) {
	mutate(t, NetworkManager, checkNetworkManager, networkManagerFixture().bytes())
}

func FuzzCheckNetworkManager(f *testing.F) {
	f.Add(networkManagerFixture().bytes())
	fuzz(f, NetworkManager, checkNetworkManager, nil)
}
