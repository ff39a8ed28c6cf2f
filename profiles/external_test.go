package profiles

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// The tests in this file pass documents to independent parsers: Python's plistlib, xmllint, GLib
// and wpa_supplicant.

// hostile are texts that break documents built without escaping.
var hostile = []string{
	`plain`,
	`&<>"'`,
	`]]>`,
	`</string><key>x</key>`,
	`%{User-Name}`,
	`${PASSWORD}`,
	`{{.Password}}`,
	`back\slash\n\s\`,
	` leading and trailing `,
	`"quoted"`,
	`#comment ; list = [group]`,
	`josé ñandú`,
	"zero\u200bwidth \u202eright to left",
	"private \uE0000:username\uE001 use",
	`1;2;3;`,
	`ext:secret`,
	`quote " then # hash \x22 "`,
	`P"printf\x41"`,
}

// hostileProfile uses one hostile text in every text field.
func hostileProfile(t testing.TB, text string) (Settings, Credential) {
	s := exampleSettings()
	s.TrustAnchor = certificate(t, "root.pem")
	s.OrganizationName = "O " + text
	s.OrganizationNames = map[string]string{"it": "I " + text}
	s.Passpoint.FriendlyName = strings.Trim("F "+text, " ")
	s.Passpoint.OpenRoaming = SettlementFree
	s.WPA2.SSID = text
	if len(text) > 32 {
		s.WPA2.SSID = strings.ToValidUTF8(text[:32], "")
	}
	s.ConsentText = map[string]string{"en": text + "\nsecond line", "default": "D " + text}
	s.Helpdesk = &Helpdesk{Email: text, URL: text, Phone: text}
	c := exampleCredential()
	c.Username = text
	c.Password = text
	return s, c
}

// python runs a script with one JSON value as its input and output.
func python(t *testing.T, script string, in, out any) {
	t.Helper()
	interpreter := requireTool(t, "python3")
	input, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter, "-c", script)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	answer, err := cmd.Output()
	if err != nil {
		if strings.Contains(stderr.String(), "no GLib") || strings.Contains(stderr.String(), "no ell") {
			process.Missing(t, "%s", strings.TrimSpace(stderr.String()))
		}
		t.Fatalf("%v: %s", err, &stderr)
	}
	readJSON(t, answer, out)
}

func TestPlistlibReads(t *testing.T) {
	type expected struct{ Doc []byte }
	var docs []expected
	var credentials []Credential
	var settings []Settings
	for _, text := range hostile {
		s, c := hostileProfile(t, text)
		p := prepare(t, s)
		for _, platform := range []Platform{IOS, MacOS} {
			docs = append(docs, expected{document(t, p, platform, c).Body})
			credentials, settings = append(credentials, c), append(settings, s)
		}
	}
	var got []map[string]any
	python(t, `
import sys, json, plistlib, base64, datetime
def plain(v):
    if isinstance(v, bytes): return base64.b64encode(v).decode()
    if isinstance(v, datetime.datetime): return v.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list): return [plain(x) for x in v]
    return v
json.dump([plain(plistlib.loads(base64.b64decode(d["Doc"]), fmt=plistlib.FMT_XML)) for d in json.load(sys.stdin)],`+
		` sys.stdout)
`, docs, &got)
	for i, profile := range got {
		s, c := settings[i], credentials[i]
		equal(t, "RemovalDate", profile["RemovalDate"], "2027-11-22T08:30:15Z")
		equal(t, "organization", profile["PayloadOrganization"], s.OrganizationNames["it"])
		equal(t, "consent", profile["ConsentText"],
			map[string]any{"en": s.ConsentText["en"], "default": s.ConsentText["default"]})
		content := profile["PayloadContent"].([]any)
		root, passpoint, wpa2 := content[0].(map[string]any), content[1].(map[string]any), content[2].(map[string]any)
		equal(t, "root", root["PayloadContent"], base64.StdEncoding.EncodeToString(s.anchor()))
		equal(t, "friendly name", passpoint["DisplayedOperatorName"], s.Passpoint.FriendlyName)
		equal(t, "ssid", wpa2["SSID_STR"], s.WPA2.SSID)
		for _, payload := range []map[string]any{passpoint, wpa2} {
			eap := payload["EAPClientConfiguration"].(map[string]any)
			equal(t, "user name", eap["UserName"], c.Username)
			equal(t, "password", eap["UserPassword"], c.Password)
			equal(t, "anchor", eap["PayloadCertificateAnchorUUID"], []any{root["PayloadUUID"]})
		}
	}
}

// TestXMLLint parses every XML document with xmllint.
func TestXMLLint(t *testing.T) {
	lint := requireTool(t, "xmllint")
	dir := t.TempDir()
	var files []string
	for i, text := range hostile {
		s, c := hostileProfile(t, text)
		p := prepare(t, s)
		for _, platform := range []Platform{IOS, MacOS, Android, Windows, EAPConfig} {
			as := c
			if platform == Android {
				as.Username = strings.Trim(c.Username, " ") // others have no representation
			}
			body := document(t, p, platform, as).Body
			if platform == Android {
				body = readAndroid(t, body).xml
			}
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.xml", platform, i))
			if err := os.WriteFile(file, body, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	if out, err := exec.Command(lint,
		append([]string{"--noout", "--nonet"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestGLibReads parses keyfiles with GLib, the library that NetworkManager uses.
func TestGLibReads(t *testing.T) {
	var docs [][]byte
	var settings []Settings
	var credentials []Credential
	for _, text := range hostile {
		s, c := hostileProfile(t, text)
		docs = append(docs, document(t, prepare(t, s), NetworkManager, c).Body)
		settings, credentials = append(settings, s), append(credentials, c)
	}
	var got []map[string]string
	python(t, `
import sys, json, base64, ctypes, ctypes.util
name = ctypes.util.find_library("glib-2.0") or "libglib-2.0.so.0"
try: g = ctypes.CDLL(name)
except OSError: sys.exit("no GLib")
g.g_key_file_new.restype = ctypes.c_void_p
g.g_key_file_get_string.restype = ctypes.c_void_p
g.g_key_file_get_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
g.g_key_file_load_from_data.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int,`+
		` ctypes.c_void_p]
keys = ["connection/id", "wifi/ssid", "802-1x/identity", "802-1x/password", "802-1x/anonymous-identity",`+
		` "802-1x/ca-cert", "802-1x/domain-suffix-match"]
out = []
for doc in json.load(sys.stdin):
    data = base64.b64decode(doc)
    f = g.g_key_file_new()
    if not g.g_key_file_load_from_data(f, data, len(data), 0, None): sys.exit("GLib refuses " + repr(data))
    values = {}
    for k in keys:
        group, key = k.split("/")
        p = g.g_key_file_get_string(f, group.encode(), key.encode(), None)
        if not p: sys.exit("no " + k + " in " + repr(data))
        values[k] = ctypes.string_at(p).decode()
    out.append(values)
json.dump(out, sys.stdout)
`, docs, &got)
	for i, keys := range got {
		s, c := settings[i], credentials[i]
		equal(t, "id", keys["connection/id"], s.WPA2.SSID)
		equal(t, "ssid", keyfileOctets(keys["wifi/ssid"]), s.WPA2.SSID)
		equal(t, "identity", keys["802-1x/identity"], c.Username)
		equal(t, "password", keys["802-1x/password"], c.Password)
		equal(t, "outer identity", keys["802-1x/anonymous-identity"], s.OuterIdentity)
		equal(t, "root", keys["802-1x/ca-cert"], "data:;base64,"+base64.StdEncoding.EncodeToString(s.anchor()))
		equal(t, "names", keys["802-1x/domain-suffix-match"], "get.securewifi.io")
	}
}

// TestWPASupplicantReads starts wpa_supplicant on each document, has it save its configuration and
// compares that with the document.
func TestWPASupplicantReads(t *testing.T) {
	program := requireTool(t, "wpa_supplicant")
	requireRoot(t)
	for i, text := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			s, c := hostileProfile(t, text)
			f := readWPA(t, wpaSaves(t, program, document(t, prepare(t, s), Linux, c).Body))
			for field, want := range map[string]string{
				"realm":               s.Passpoint.Realm,
				"domain":              "get.securewifi.io",
				"username":            c.Username,
				"password":            c.Password,
				"roaming_consortiums": "5a03ba0000",
				"eap":                 "TTLS",
				"phase2":              "auth=MSCHAPV2",
				"ca_cert":             "blob://onramp-root",
				"domain_suffix_match": "get.securewifi.io",
			} {
				equal(t, "cred "+field, f.cred[field], want)
			}
			for field, want := range map[string]string{
				"ssid": s.WPA2.SSID, "identity": c.Username,
				"password": c.Password, "anonymous_identity": s.OuterIdentity,
				"eap":                 "TTLS",
				"phase2":              "auth=MSCHAPV2",
				"ca_cert":             "blob://onramp-root",
				"domain_suffix_match": "get.securewifi.io",
			} {
				equal(t, "network "+field, f.network[field], want)
			}
			equal(t, "root", f.blob, s.anchor())
		})
	}
}

// TestWPASupplicantTakesAll parses every combination with wpa_supplicant.
func TestWPASupplicantTakesAll(t *testing.T) {
	program := requireTool(t, "wpa_supplicant")
	requireRoot(t)
	combinations(t, func(name string, s Settings) {
		d, err := prepare(t, s).Document(Linux, exampleCredential())
		if err != nil {
			return // TestPlatformsRefusedAreWarned
		}
		wpaSaves(t, program, d.Body)
	})
}

// TestWPASupplicantReadsLongLines has wpa_supplicant save values from lines of the maximum length.
func TestWPASupplicantReadsLongLines(t *testing.T) {
	program := requireTool(t, "wpa_supplicant")
	requireRoot(t)
	s, c := exampleSettings(), exampleCredential()
	s.Passpoint.Roaming = true
	for i := range maxConsortiums {
		s.Passpoint.RoamingConsortiums = append(s.Passpoint.RoamingConsortiums, fmt.Sprintf("5A03BA%04X", i))
	}
	s.Passpoint.Realm = strings.Repeat("r", 63) + "." + strings.Repeat("r", 63) + "." + strings.Repeat("r", 63) + "." +
		strings.Repeat("r", 39) + ".example.com"
	s.Passpoint.HomeDomain = "h" + s.Passpoint.Realm[1:len(s.Passpoint.Realm)-4] + "x.com" // 244 bytes, Realm has 243
	s.TrustedServerNames = nil
	for i := range 10 {
		s.TrustedServerNames = append(s.TrustedServerNames, fmt.Sprintf("r%d.radius.example.com", i)) // 229 of 231
	}
	for _, password := range []string{strings.Repeat("x", 189), strings.Repeat("漢", 63), strings.Repeat(`"#`, 50),
		strings.Repeat(`"`, 180) + strings.Repeat("#", 9), "\"" + strings.Repeat("\\", 100) + "#"} {
		c.Password = password
		f := readWPA(t, wpaSaves(t, program, document(t, prepare(t, s), Linux, c).Body))
		for field, want := range map[string]string{
			"realm":               s.Passpoint.Realm,
			"domain":              s.Passpoint.HomeDomain,
			"password":            password,
			"domain_suffix_match": strings.Join(s.TrustedServerNames, ";"),
			"roaming_consortiums": strings.ToLower(strings.Join(s.Passpoint.RoamingConsortiums, ",")),
		} {
			equal(t, "cred "+field, f.cred[field], want)
		}
		equal(t, "network password", f.network["password"], password)
	}
}

// wpaSaves returns the configuration that wpa_supplicant saves after reading body.
func wpaSaves(t *testing.T, program string, body []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "wpa.conf")
	if err := os.WriteFile(config, body, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-Dwired", "-i", "lo", "-c", config, "-C", filepath.Join(dir, "ctrl"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	defer func() { cancel(); <-done }()

	var ctrl *net.UnixConn
	for ctrl == nil {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("wpa_supplicant refuses (%v): %s\n%s", err, &out, body)
		case <-time.After(5 * time.Millisecond):
		}
		var err error
		ctrl, err = net.DialUnix("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "me"), Net: "unixgram"},
			&net.UnixAddr{Name: filepath.Join(dir, "ctrl", "lo"), Net: "unixgram"})
		if err != nil {
			_ = os.Remove(filepath.Join(dir, "me"))
		}
	}
	defer ctrl.Close()
	for _, command := range []string{"SET update_config 1", "SAVE_CONFIG"} {
		if _, err := ctrl.Write([]byte(command)); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4096)
		_ = ctrl.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := ctrl.Read(answer)
		if err != nil || string(answer[:n]) != "OK\n" {
			t.Fatalf("%s: %q, %v", command, answer[:n], err)
		}
	}
	saved, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}
