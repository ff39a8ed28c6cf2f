package wpasupplicant

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

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

func linuxFixture() judgetest.Text {
	return judgetest.Text(`# for wpa_supplicant
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
func wrappedRoot() string { return string(judgetest.Wrapped([]byte(judgetest.CA64()))) }

func linuxCases() []judgetest.Case {
	c := &judgetest.TextCases{Platform: judge.Linux, Check: Check}
	file := linuxFixture
	swap := func(old, new string) judgetest.Text { return file().Swap(old, new) }
	c.Add(ruleText, "byte order mark", judgetest.Text("\ufeff"+string(file())), file())
	c.Add(ruleText, "NUL", swap("anna", "an\x00na"), file())
	c.Add(ruleText, "Latin-1", swap("é", "\xe9"), file())
	c.Add(ruleLine, "blanks around the sign", swap("eap=TTLS", "eap = TTLS"), swap("	eap=TTLS", "  \teap=TTLS  "))
	c.Add(ruleLine, "no sign", swap("eap=TTLS", "eap"), file())
	c.Add(ruleLine, "blank before the brace", swap("cred={", "cred ={"), swap("cred={", "cred={ # Passpoint"))
	c.Add(
		ruleLine,
		"never closed",
		judgetest.Text(strings.TrimSuffix(string(file()), "}\n")),
		judgetest.Text(strings.ReplaceAll(string(file()), "\n", "\r\n")),
	)
	c.Add(ruleUnknown, "block in a block", swap("	eap=TTLS", "	network={"), file())
	c.Add(ruleLength, "255 bytes in a cred", swap(`realm="venue.example"`, `realm="`+strings.Repeat("x", 247)+`"`),
		swap(`realm="venue.example"`, `realm="`+strings.Repeat("x", 245)+`"`))
	c.Add(ruleLength, "2,000 bytes in a network", swap(`identity="anna"`, `identity="`+strings.Repeat("x", 1989)+`"`),
		swap(`identity="anna" # a comment`, `identity="`+strings.Repeat("x", 1980)+`"`))
	c.Add(ruleLength, "a certificate on one line", swap(wrappedRoot(), judgetest.CA64()+judgetest.CA64()), file())
	c.Add(ruleComment, "quote and hash", swap(`"ca"f é"`, `"ca"#f"`), swap(`"ca"f é"`, `"ca#"f"`))
	c.Add(ruleComment, "quote and hash in printf form", swap(`P"a\"b\\c\n\t"`, `P"a\"#b"`),
		swap(`P"a\"b\\c\n\t"`, `P"a\x22\x23b"`))
	c.Add(ruleUnknown, "home_ois, of 2.11", swap("roaming_consortiums", "home_ois"), file())
	c.Add(ruleUnknown, "anonymous_identity in a cred",
		swap("	eap=TTLS", "	anonymous_identity=\"x\"\n	eap=TTLS"),
		file())
	c.Add(ruleUnknown, "domain in a network", swap("	scan_ssid=1", "	domain=\"x\""), file())
	c.Add(ruleUnknown, "global", swap("hs20=1", "hs20=1\nhotspot=1"), swap("hs20=1", "hs20=1\ncountry=IT"))
	c.Add(ruleDuplicate, "realm", swap("	eap=TTLS", "	realm=\"x\"\n	eap=TTLS"),
		swap("	eap=TTLS", "	domain=\"two.example\"\n	eap=TTLS"))
	c.Add(ruleDuplicate, "global", swap("hs20=1", "hs20=1\nhs20=1"), file())
	c.Add(ruleValue, "text without quotes", swap(`username="anna"`, `username=anna`),
		swap(`username="anna"`, `username=616e6e61`))
	c.Add(ruleValue, "quote open", swap(`username="anna"`, `username="anna`), file())
	c.Add(ruleValue, "a line break in a cred", swap(`password="ca"f é"`, `password=P"a\nb"`),
		swap(`password="ca"f é"`, `password=P"a\tb"`))
	c.Add(ruleValue, "a line break in hex in a cred", swap(`password="ca"f é"`, `password=610a62`),
		swap(`password="ca"f é"`, `password=2223`))
	c.Add(ruleValue, "roaming_consortiums without quotes", swap(`"5a03ba0000,004096"`, `5a03ba0000`), file())
	c.Add(ruleValue, "number in words", swap("scan_ssid=1", "scan_ssid=yes"), swap("scan_ssid=1", "scan_ssid=0"))
	c.Add(ruleValue, "global number", swap("hs20=1", "hs20=yes"), file())
	c.Add(ruleValue, "unknown escape", swap(`P"Caff\xc3\xa8"`, `P"Caff\q"`), swap(`P"Caff\xc3\xa8"`, `P"a\r\e\t"`))
	c.Add(ruleValue, "escape cut short", swap(`P"Caff\xc3\xa8"`, `P"Caff\xc"`), file())
	c.Add(ruleValue, "quoted word", swap("eap=TTLS", `eap="TTLS"`), file())
	for _, bad := range []string{"5a03ba0000, 004096", "5a03b", "5a03ba00", "0x5a03ba", "", "5a03ba,"} {
		c.Add(ruleOI, bad, swap("5a03ba0000,004096", bad), swap("5a03ba0000,004096", "5A03BA"))
	}
	c.Add(ruleOI, "37", swap("5a03ba0000,004096", strings.TrimSuffix(strings.Repeat("004096,", 37), ",")), file())
	for _, line := range []string{
		"realm=\"venue.example\"", "domain=\"venue.example\"", "username=\"anna\"", "eap=TTLS",
		"phase2=\"auth=MSCHAPV2\"", "ssid=P\"Caff\\xc3\\xa8\"", "identity=\"anna\"",
		"anonymous_identity=\"anonymous@venue.example\"", "key_mgmt=WPA-EAP WPA-EAP-SHA256",
	} {
		c.Add(ruleMissing, line, swap("	"+line, "	#"), file())
	}
	c.Add(ruleSSID, "33 bytes", swap(`P"Caff\xc3\xa8"`, `"`+strings.Repeat("x", 33)+`"`),
		swap(`P"Caff\xc3\xa8"`, `"`+strings.Repeat("x", 32)+`"`))
	c.Add(ruleKeyManagement, "WPA-PSK beside it", swap("WPA-EAP WPA-EAP-SHA256", "WPA-EAP WPA-PSK"),
		swap("WPA-EAP WPA-EAP-SHA256", "WPA-EAP"))
	c.Add(ruleKeyManagement, "SHA256 alone", swap("WPA-EAP WPA-EAP-SHA256", "WPA-EAP-SHA256"), file())
	c.Add(ruleEAP, "lower case", swap("eap=TTLS", "eap=ttls"), file())
	c.Add(ruleEAP, "Android's spelling", swap("auth=MSCHAPV2", "auth=MS-CHAP-V2"), swap("auth=MSCHAPV2", "auth=PAP"))
	c.Add(ruleOuter, "PEAP in a cred", swap("eap=TTLS", "eap=PEAP"), file())
	c.Add(ruleOuter, "the user name", swap("anonymous@venue.example", "anna"), file())
	c.Add(ruleCA, "none", swap("	ca_cert=\"blob://root\"", "	#"),
		swap("blob://root", "/etc/pki/tls/certs/ca-bundle.crt"))
	c.Add(ruleCA, "another blob", swap("blob://root", "blob://toor"), file())
	c.Add(
		ruleCA,
		"not base64",
		swap(wrappedRoot(), "****"),
		swap(
			wrappedRoot(),
			string(
				judgetest.Wrapped(
					[]byte(base64.StdEncoding.EncodeToString(judgetest.PEM(judgetest.CA().Certificate))))),
		),
	)
	c.Add(
		ruleCA,
		"an expired root",
		swap(wrappedRoot(),
			string(judgetest.Wrapped([]byte(base64.StdEncoding.EncodeToString(judgetest.ExpiredCA().Raw))))),
		file(),
	)
	c.Add(ruleCA, "a relative path", swap("blob://root", "root.pem"), file())
	c.Add(ruleCAFile, "a file", swap("blob://root", "/etc/onramp/root.pem"), file())
	for _, bad := range []string{"*.venue.example", "radius", "com", "", "a.venue.example, b.venue.example"} {
		c.Add(ruleServerName, bad, swap(`match="radius.venue.example"`, `match="`+bad+`"`),
			swap(`match="radius.venue.example"`, `match="venue.example"`))
	}
	c.Add(ruleServerName, "none", swap("	domain_suffix_match=\"radius.venue.example\"\n", ""), file())
	c.Add(ruleInterworking, "off", swap("interworking=1", "interworking=0"), file())
	c.Add(ruleEmpty, "only globals", judgetest.Text("interworking=1\nhs20=1\n"), file())
	return c.Cases
}

func TestLinuxRules(t *testing.T) { judgetest.RunCases(t, "linux-", linuxCases()) }

func TestLinuxView(t *testing.T) {
	v := judge.Decide(judge.Linux, Check, linuxFixture().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	want := []judge.Network{
		{
			Type:               judge.Passpoint,
			Realm:              "venue.example",
			HomeDomain:         "venue.example",
			NAIRealms:          []string{"venue.example"},
			RoamingConsortiums: []string{"5a03ba0000", "004096"},
			EAP:                judge.EAPTTLS,
			Inner:              judge.InnerMSCHAPv2,
			OuterIdentity:      "anonymous@venue.example",
			Username:           "anna",
			Password:           `ca"f é`,
			ServerNames: []string{
				"radius.venue.example",
			},
			ServerMatch: judge.MatchSuffix,
			Anchors:     [][]byte{judgetest.CA().Raw},
		},
		{
			Type: judge.WPA2Enterprise, SSID: "Caffè", Hidden: true, EAP: judge.EAPPEAP, Inner: judge.InnerEAPMSCHAPv2,
			OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "a\"b\\c\n\t",
			ServerNames: []string{"radius.venue.example", "radius2.venue.example"}, ServerMatch: judge.MatchSuffix,
		},
	}
	if diff := cmp.Diff(want, v.View.Networks); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
}

// TestLinuxCreds checks that only credentials with different consortiums are one network.
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
		v := judge.Decide(judge.Linux, Check, []byte(text[:to]+c.second+text[to:]), judge.Options{Now: judgetest.Now})
		if !v.Accepted || len(v.View.Networks) != c.networks ||
			strings.Join(v.View.Networks[0].RoamingConsortiums, " ") != c.oi {
			t.Errorf("%s: %v, %+v", name, v.Refusals, v.View)
		}
	}
}

// TestLinuxMadeUpIdentity checks the realm of the outer identity.
func TestLinuxMadeUpIdentity(t *testing.T) {
	for name, want := range map[string]string{
		"anna": "anonymous@venue.example", "anna@home.example": "anonymous@home.example", "@": "anonymous@",
		"a@b@c": "anonymous@b@c",
	} {
		v := judge.Decide(judge.Linux, Check, linuxFixture().Swap(`username="anna"`, `username="`+name+`"`).Bytes(),
			judge.Options{Now: judgetest.Now})
		if !v.Accepted || v.View.Networks[0].OuterIdentity != want {
			t.Errorf("%s: %v, %+v", name, v.Refusals, v.View)
		}
	}
}

// TestLinuxAgainstTheRealThing compares the rules with wpa_supplicant: which files it loads and
// which it refuses as a whole.
func TestLinuxAgainstTheRealThing(t *testing.T) {
	program := process.Require(t, "wpa_supplicant")
	if os.Geteuid() != 0 {
		process.Missing(t, "wpa_supplicant needs root to open an interface")
	}
	fatal := map[*judge.Rule]bool{ruleLine: true, ruleLength: true, ruleUnknown: true, ruleOI: true, ruleValue: true}
	harmless := map[string]bool{
		// wpa_supplicant loads these, but no hotspot matches.
		"5a03ba00": true, "": true, "5a03ba,": true,
		// It drops the end of the line and uses the rest as certificate.
		"a certificate on one line": true,
		// It decodes these leniently.
		"unknown escape": true, "escape cut short": true,
	}
	tried := 0
	for _, c := range linuxCases() {
		if !fatal[c.Rule] {
			continue
		}
		tried++
		if took := wpaSupplicantTakes(t, program, c.Broken); took != harmless[c.Name] {
			t.Errorf("%s %s: wpa_supplicant takes the broken file: %v", c.Rule.Name, c.Name, took)
		}
	}
	if tried < 15 {
		t.Errorf("only %d broken files tried", tried)
	}
	if !wpaSupplicantTakes(t, program, linuxFixture().Bytes()) {
		t.Error("wpa_supplicant refuses the sound file")
	}
}

// wpaSupplicantTakes reports whether the program keeps running with a configuration, on a driver
// without a radio.
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

func TestLinuxMutations(t *testing.T) {
	judgetest.Mutate(t, judge.Linux, Check, linuxFixture().Bytes())
}

func FuzzCheckLinux(f *testing.F) {
	f.Add(linuxFixture().Bytes())
	judgetest.Fuzz(f, judge.Linux, Check, nil)
}
