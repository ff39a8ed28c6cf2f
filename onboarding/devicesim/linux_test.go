package devicesim

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func linuxFixture() textFile {
	return textFile(`# for wpa_supplicant
interworking=1
hs20=1

cred={
	realm="venue.example"
	domain="venue.example"
	username="anna"
	password="ca"f é"
	roaming_consortiums="5a03ba0000,004096"
	eap=TTLS
	phase2="auth=MSCHAPV2"
	ca_cert="blob://root"
	domain_suffix_match="radius.venue.example"
}
network={
	ssid=P"Caff\xc3\xa8"
	scan_ssid=1
	key_mgmt=WPA-EAP WPA-EAP-SHA256
	eap=PEAP
	identity="anna" # a comment
	anonymous_identity="anonymous@venue.example"
	password=P"a\"b\\c\n\t"
	phase2="auth=MSCHAPV2"
	ca_cert="/etc/ssl/certs/ca-certificates.crt"
	domain_suffix_match="radius.venue.example;radius2.venue.example"
}
blob-base64-root={
` + wrappedRoot() + `
}
`)
}

// wrappedRoot is the private root in base64, in short lines.
func wrappedRoot() string { return string(wrapped([]byte(testRoot64()))) }

func linuxCases() []ruleCase {
	c := &textCases{platform: Linux, check: checkLinux}
	file := linuxFixture
	swap := func(old, new string) textFile { return file().swap(old, new) }
	c.add(linuxText, "byte order mark", textFile("\ufeff"+string(file())), file())
	c.add(linuxText, "NUL", swap("anna", "an\x00na"), file())
	c.add(linuxText, "Latin-1", swap("é", "\xe9"), file())
	c.add(linuxLine, "blanks around the sign", swap("eap=TTLS", "eap = TTLS"), swap("	eap=TTLS", "  \teap=TTLS  "))
	c.add(linuxLine, "no sign", swap("eap=TTLS", "eap"), file())
	c.add(linuxLine, "blank before the brace", swap("cred={", "cred ={"), swap("cred={", "cred={ # Passpoint"))
	c.add(linuxLine, "never closed", textFile(strings.TrimSuffix(string(file()), "}\n")), textFile(strings.ReplaceAll(string(file()), "\n", "\r\n")))
	c.add(linuxUnknown, "block in a block", swap("	eap=TTLS", "	network={"), file())
	c.add(linuxLength, "255 bytes in a cred", swap(`realm="venue.example"`, `realm="`+strings.Repeat("x", 247)+`"`), swap(`realm="venue.example"`, `realm="`+strings.Repeat("x", 245)+`"`))
	c.add(linuxLength, "2,000 bytes in a network", swap(`identity="anna"`, `identity="`+strings.Repeat("x", 1989)+`"`), swap(`identity="anna" # a comment`, `identity="`+strings.Repeat("x", 1980)+`"`))
	c.add(linuxLength, "a certificate on one line", swap(wrappedRoot(), testRoot64()+testRoot64()), file())
	c.add(linuxComment, "quote and hash", swap(`"ca"f é"`, `"ca"#f"`), swap(`"ca"f é"`, `"ca#"f"`))
	c.add(linuxComment, "quote and hash in printf form", swap(`P"a\"b\\c\n\t"`, `P"a\"#b"`), swap(`P"a\"b\\c\n\t"`, `P"a\x22\x23b"`))
	c.add(linuxUnknown, "home_ois, of 2.11", swap("roaming_consortiums", "home_ois"), file())
	c.add(linuxUnknown, "anonymous_identity in a cred", swap("	eap=TTLS", "	anonymous_identity=\"x\"\n	eap=TTLS"), file())
	c.add(linuxUnknown, "domain in a network", swap("	scan_ssid=1", "	domain=\"x\""), file())
	c.add(linuxUnknown, "global", swap("hs20=1", "hs20=1\nhotspot=1"), swap("hs20=1", "hs20=1\ncountry=IT"))
	c.add(linuxDuplicate, "realm", swap("	eap=TTLS", "	realm=\"x\"\n	eap=TTLS"), swap("	eap=TTLS", "	domain=\"two.example\"\n	eap=TTLS"))
	c.add(linuxDuplicate, "global", swap("hs20=1", "hs20=1\nhs20=1"), file())
	c.add(linuxValue, "text without quotes", swap(`username="anna"`, `username=anna`), swap(`username="anna"`, `username=616e6e61`))
	c.add(linuxValue, "quote open", swap(`username="anna"`, `username="anna`), file())
	c.add(linuxValue, "a line break in a cred", swap(`password="ca"f é"`, `password=P"a\nb"`), swap(`password="ca"f é"`, `password=P"a\tb"`))
	c.add(linuxValue, "a line break in hex in a cred", swap(`password="ca"f é"`, `password=610a62`), swap(`password="ca"f é"`, `password=2223`))
	c.add(linuxValue, "roaming_consortiums without quotes", swap(`"5a03ba0000,004096"`, `5a03ba0000`), file())
	c.add(linuxValue, "number in words", swap("scan_ssid=1", "scan_ssid=yes"), swap("scan_ssid=1", "scan_ssid=0"))
	c.add(linuxValue, "global number", swap("hs20=1", "hs20=yes"), file())
	c.add(linuxValue, "unknown escape", swap(`P"Caff\xc3\xa8"`, `P"Caff\q"`), swap(`P"Caff\xc3\xa8"`, `P"a\r\e\t"`))
	c.add(linuxValue, "escape cut short", swap(`P"Caff\xc3\xa8"`, `P"Caff\xc"`), file())
	c.add(linuxValue, "quoted word", swap("eap=TTLS", `eap="TTLS"`), file())
	for _, bad := range []string{"5a03ba0000, 004096", "5a03b", "5a03ba00", "0x5a03ba", "", "5a03ba,"} {
		c.add(linuxOI, bad, swap("5a03ba0000,004096", bad), swap("5a03ba0000,004096", "5A03BA"))
	}
	c.add(linuxOI, "37", swap("5a03ba0000,004096", strings.TrimSuffix(strings.Repeat("004096,", 37), ",")), file())
	for _, line := range []string{"realm=\"venue.example\"", "domain=\"venue.example\"", "username=\"anna\"", "eap=TTLS", "phase2=\"auth=MSCHAPV2\"", "ssid=P\"Caff\\xc3\\xa8\"", "identity=\"anna\"", "anonymous_identity=\"anonymous@venue.example\"", "key_mgmt=WPA-EAP WPA-EAP-SHA256"} {
		c.add(linuxMissing, line, swap("	"+line, "	#"), file())
	}
	c.add(linuxSSID, "33 bytes", swap(`P"Caff\xc3\xa8"`, `"`+strings.Repeat("x", 33)+`"`), swap(`P"Caff\xc3\xa8"`, `"`+strings.Repeat("x", 32)+`"`))
	c.add(linuxKeyManagement, "WPA-PSK beside it", swap("WPA-EAP WPA-EAP-SHA256", "WPA-EAP WPA-PSK"), swap("WPA-EAP WPA-EAP-SHA256", "WPA-EAP"))
	c.add(linuxKeyManagement, "SHA256 alone", swap("WPA-EAP WPA-EAP-SHA256", "WPA-EAP-SHA256"), file())
	c.add(linuxEAP, "lower case", swap("eap=TTLS", "eap=ttls"), file())
	c.add(linuxEAP, "Android's spelling", swap("auth=MSCHAPV2", "auth=MS-CHAP-V2"), swap("auth=MSCHAPV2", "auth=PAP"))
	c.add(linuxOuter, "PEAP in a cred", swap("eap=TTLS", "eap=PEAP"), file())
	c.add(linuxOuter, "the user name", swap("anonymous@venue.example", "anna"), file())
	c.add(linuxCA, "none", swap("	ca_cert=\"blob://root\"", "	#"), swap("blob://root", "/etc/pki/tls/certs/ca-bundle.crt"))
	c.add(linuxCA, "another blob", swap("blob://root", "blob://toor"), file())
	c.add(linuxCA, "not base64", swap(wrappedRoot(), "****"), swap(wrappedRoot(), string(wrapped([]byte(base64.StdEncoding.EncodeToString(pemOf(testCA().Certificate)))))))
	c.add(linuxCA, "an expired root", swap(wrappedRoot(), string(wrapped([]byte(base64.StdEncoding.EncodeToString(expiredCA().Raw))))), file())
	c.add(linuxCA, "a relative path", swap("blob://root", "root.pem"), file())
	c.add(linuxCAFile, "a file", swap("blob://root", "/etc/onramp/root.pem"), file())
	for _, bad := range []string{"*.venue.example", "radius", "com", "", "a.venue.example, b.venue.example"} {
		c.add(linuxServerName, bad, swap(`match="radius.venue.example"`, `match="`+bad+`"`), swap(`match="radius.venue.example"`, `match="venue.example"`))
	}
	c.add(linuxServerName, "none", swap("	domain_suffix_match=\"radius.venue.example\"\n", ""), file())
	c.add(linuxInterworking, "off", swap("interworking=1", "interworking=0"), file())
	c.add(linuxEmpty, "only globals", textFile("interworking=1\nhs20=1\n"), file())
	return c.cases
}

func TestLinuxRules(t *testing.T) { runCases(t, "linux-", linuxCases()) }

func TestLinuxView(t *testing.T) {
	v := decide(Linux, checkLinux, linuxFixture().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := []Network{{
		Type: Passpoint, Realm: "venue.example", HomeDomain: "venue.example", NAIRealms: []string{"venue.example"},
		RoamingConsortiums: []string{"5a03ba0000", "004096"}, EAP: EAPTTLS, Inner: InnerMSCHAPv2,
		OuterIdentity: "anonymous@venue.example", Username: "anna", Password: `ca"f é`,
		ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchSuffix, Anchors: [][]byte{testCA().Raw},
	}, {
		Type: WPA2Enterprise, SSID: "Caffè", Hidden: true, EAP: EAPPEAP, Inner: InnerEAPMSCHAPv2,
		OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "a\"b\\c\n\t",
		ServerNames: []string{"radius.venue.example", "radius2.venue.example"}, ServerMatch: MatchSuffix,
	}}
	if diff := cmp.Diff(want, v.View.Networks); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
}

// TestLinuxCreds: credentials that differ in their consortiums only are one network, others are not.
func TestLinuxCreds(t *testing.T) {
	text := string(linuxFixture())
	from, to := strings.Index(text, "cred={"), strings.Index(text, "network={")
	cred := text[from:to]
	second := strings.Replace(cred, "5a03ba0000,004096", "aabbcc", 1)
	for name, c := range map[string]struct {
		second   string
		networks int
		oi       string
	}{
		"consortiums": {second, 2, "5a03ba0000 004096 aabbcc"},
		"user name":   {strings.Replace(second, "anna", "bea", 1), 3, "5a03ba0000 004096"},
		"none":        {strings.Replace(second, "roaming_consortiums=\"aabbcc\"", "#", 1), 3, "5a03ba0000 004096"},
	} {
		v := decide(Linux, checkLinux, []byte(text[:to]+c.second+text[to:]), Options{Now: testNow})
		if !v.Accepted || len(v.View.Networks) != c.networks || strings.Join(v.View.Networks[0].RoamingConsortiums, " ") != c.oi {
			t.Errorf("%s: %v, %+v", name, v.Refusals, v.View)
		}
	}
}

// TestLinuxMadeUpIdentity: a user name with a realm of its own is anonymous there.
func TestLinuxMadeUpIdentity(t *testing.T) {
	for name, want := range map[string]string{"anna": "anonymous@venue.example", "anna@home.example": "anonymous@home.example", "@": "anonymous@", "a@b@c": "anonymous@b@c"} {
		v := decide(Linux, checkLinux, linuxFixture().swap(`username="anna"`, `username="`+name+`"`).bytes(), Options{Now: testNow})
		if !v.Accepted || v.View.Networks[0].OuterIdentity != want {
			t.Errorf("%s: %v, %+v", name, v.Refusals, v.View)
		}
	}
}

// TestLinuxAgainstTheRealThing gives the files to wpa_supplicant itself: what it takes and what it refuses
// as a whole must be what the rules say.
func TestLinuxAgainstTheRealThing(t *testing.T) {
	program := requireProgram(t, "wpa_supplicant")
	if os.Geteuid() != 0 {
		if os.Getenv("ONRAMP_TEST_REQUIRE") == "all" {
			t.Fatal("wpa_supplicant needs root to open an interface")
		}
		t.Skip("wpa_supplicant needs root to open an interface")
	}
	fatal := map[*Rule]bool{linuxLine: true, linuxLength: true, linuxUnknown: true, linuxOI: true, linuxValue: true}
	harmless := map[string]bool{
		// wpa_supplicant takes these and then never matches a hotspot with them.
		"5a03ba00": true, "": true, "5a03ba,": true,
		// It drops the end of the line and takes what is left for the certificate.
		"a certificate on one line": true,
		// It reads these as best it can.
		"unknown escape": true, "escape cut short": true,
	}
	tried := 0
	for _, c := range linuxCases() {
		if !fatal[c.rule] {
			continue
		}
		tried++
		if took := wpaSupplicantTakes(t, program, c.broken); took != harmless[c.name] {
			t.Errorf("%s %s: wpa_supplicant takes the broken file: %v", c.rule.Name, c.name, took)
		}
	}
	if tried < 15 {
		t.Errorf("only %d broken files tried", tried)
	}
	if !wpaSupplicantTakes(t, program, linuxFixture().bytes()) {
		t.Error("wpa_supplicant refuses the sound file")
	}
}

// wpaSupplicantTakes starts the program on a driver that needs no radio and sees whether it stays.
func wpaSupplicantTakes(t *testing.T, program string, config []byte) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "wpa.conf")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 400*time.Millisecond)
	defer cancel()
	err := exec.CommandContext(ctx, program, "-Dwired", "-ilo", "-c"+file).Run()
	if ctx.Err() != nil {
		return true // it was still running
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("wpa_supplicant: %v", err)
	}
	return false
}

func TestLinuxMutations(t *testing.T) { mutate(t, Linux, checkLinux, linuxFixture().bytes()) }

func FuzzCheckLinux(f *testing.F) {
	f.Add(linuxFixture().bytes())
	fuzz(f, Linux, checkLinux, nil)
}
