package profiles

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"strings"
	"testing"
)

// iwdRead is one provisioning file as parsed by iwd.
type iwdRead struct {
	name    string
	hotspot bool
	ssid    string
	keys    map[string]string // "Group/Key"
	body    string
}

// readIWD unpacks the archive and parses its files according to iwd.network(5), independently of
// the code that wrote them.
func readIWD(t reporter, body []byte) []iwdRead {
	t.Helper()
	var files []iwdRead
	for archive := tar.NewReader(bytes.NewReader(body)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if header.Mode != 0o600 || header.Uid != 0 {
			t.Errorf("%s may be read by others: %o", header.Name, header.Mode)
		}
		f := iwdRead{name: header.Name, body: string(text), keys: map[string]string{}}
		if _, f.hotspot = strings.CutPrefix(f.name, "hotspot/"); !f.hotspot {
			f.ssid = iwdSSID(t, f.name)
		}
		group, certificate := "", false
		for line := range strings.Lines(f.body) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(line, "[@pem@"):
				certificate = true
			case certificate || line == "":
			case strings.HasPrefix(line, "["):
				group = strings.Trim(line, "[]")
			default:
				key, value, ok := strings.Cut(line, "=")
				if !ok {
					t.Fatalf("%s: %q is not a setting", f.name, line)
				}
				f.keys[group+"/"+key] = strings.NewReplacer(`\s`, " ", `\t`, "\t", `\n`, "\n", `\r`, "\r", `\\`,
					`\`).Replace(strings.TrimLeft(value, " \t"))
			}
		}
		files = append(files, f)
	}
}

// iwdSSID returns the SSID that a file name encodes.
func iwdSSID(t reporter, name string) string {
	t.Helper()
	name, ok := strings.CutSuffix(name, ".8021x")
	if !ok {
		t.Fatalf("%s is not a WPA2-Enterprise provisioning file", name)
	}
	encoded, isHex := strings.CutPrefix(name, "=")
	if !isHex {
		if strings.ContainsFunc(name, func(r rune) bool {
			return !(r == '-' || r == '_' || r == ' ' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' ||
				r >= 'A' && r <= 'Z')
		}) {
			t.Fatalf("iwd does not take the file name %q", name)
		}
		return name
	}
	octets, err := hex.DecodeString(encoded)
	if err != nil || encoded != strings.ToLower(encoded) {
		t.Fatalf("%q: %v", name, err)
	}
	return string(octets)
}

// TestFoundG11 checks that iwd's archive holds the WPA2 network and the Passpoint network with its
// realm and every consortium.
func TestFoundG11(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		d := document(t, prepare(t, s), IWD, exampleCredential())
		equal(t, name+" type", d.ContentType, "application/x-tar")
		files := readIWD(t, d.Body)
		want := 0
		if s.WPA2 != nil {
			want++
		}
		if s.Passpoint != nil {
			want += 1 + len(s.resolved().Passpoint.RoamingConsortiums)
		}
		equal(t, name+" files", len(files), want)
		equal(t, name+" recorded networks", d.Networks, networks(new(s.resolved()), exampleCredential()))
		seen := map[string]bool{}
		for _, f := range files {
			method := "Security/EAP-" + map[EAPMethod]string{TTLS: "TTLS", PEAP: "PEAP"}[s.Method]
			equal(t, f.name+" method", "Security/EAP-"+f.keys["Security/EAP-Method"], method)
			equal(t, f.name+" outer identity", f.keys["Security/EAP-Identity"], s.OuterIdentity)
			equal(t, f.name+" server", f.keys[method+"-ServerDomainMask"], "get.securewifi.io")
			equal(t, f.name+" inner method", f.keys[method+"-Phase2-Method"], map[EAPMethod]map[InnerMethod]string{
				TTLS: {MSCHAPv2: "Tunneled-MSCHAPv2", PAP: "Tunneled-PAP"}, PEAP: {MSCHAPv2: "MSCHAPV2"},
			}[s.Method][s.Inner])
			ca := "/etc/ssl/certs/ca-certificates.crt"
			if len(s.roots()) > 0 {
				ca = "embed:roots"
			}
			equal(t, f.name+" roots", f.keys[method+"-CACert"], ca)
			equal(t, f.name+" hidden", f.keys["Settings/Hidden"] == "true", !f.hotspot && s.WPA2.Hidden)
			for _, by := range []string{"NAIRealmNames", "RoamingConsortium"} {
				if value := f.keys["Hotspot/"+by]; value != "" {
					seen[by+"="+value] = true
				}
			}
		}
		if s.Passpoint != nil && !seen["NAIRealmNames=wifi.cloud4wi.com"] {
			t.Errorf("%s: the realm is missing: %v", name, seen)
		}
		if s.Passpoint != nil && s.Passpoint.Roaming {
			equal(t, name+" found by", seen, map[string]bool{
				"NAIRealmNames=wifi.cloud4wi.com": true,
				"RoamingConsortium=004096":        true,
				"RoamingConsortium=001bc504bd":    true,
				"RoamingConsortium=5a03ba0000":    true,
			})
		}
	})
	for ssid, want := range map[string]string{
		"Guest Wi-Fi_5": "Guest Wi-Fi_5.8021x",
		"securewifi.io": "=736563757265776966692e696f.8021x",
		"é":             "=c3a9.8021x",
		"=a":            "=3d61.8021x",
		"a/b":           "=612f62.8021x",
	} {
		s := exampleSettings()
		s.Passpoint, s.WPA2.SSID = nil, ssid
		equal(t, ssid, readIWD(t, document(t, prepare(t, s), IWD, exampleCredential()).Body)[0].name, want)
	}
}

// TestELLReads parses the files with ELL, the library that iwd uses.
func TestELLReads(t *testing.T) {
	requireTool(t, "python3")
	var docs [][]byte
	var want []map[string]string
	var roots []string
	for _, text := range hostile {
		s, c := hostileProfile(t, text)
		for _, f := range readIWD(t, document(t, prepare(t, s), IWD, c).Body) {
			docs = append(docs, []byte(f.body))
			keys := map[string]string{
				"Security/EAP-Identity": s.OuterIdentity, "Security/EAP-TTLS-Phase2-Identity": c.Username,
				"Security/EAP-TTLS-Phase2-Password":  c.Password,
				"Security/EAP-TTLS-ServerDomainMask": "get.securewifi.io",
			}
			if f.hotspot {
				keys["Hotspot/Name"] = s.Passpoint.FriendlyName
			}
			want = append(want, keys)
			roots = append(roots, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.anchor()})))
		}
	}
	var got []struct {
		Loaded bool
		Keys   map[string]string
		Roots  string
	}
	python(t, `
import sys, json, base64, ctypes, ctypes.util
try: ell = ctypes.CDLL("libell.so.0")
except OSError: sys.exit("no ell")
pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
ell.l_settings_new.restype = pointer
ell.l_settings_load_from_data.argtypes, ell.l_settings_load_from_data.restype = [pointer, text, size], ctypes.c_bool
ell.l_settings_get_string.argtypes, ell.l_settings_get_string.restype = [pointer, text, text], text
ell.l_settings_get_embedded_value.argtypes, ell.l_settings_get_embedded_value.restype = [pointer, text, pointer], text
def string(value): return value.decode() if value is not None else ""
answers = []
ask = json.load(sys.stdin)
for doc, keys in zip(ask["Docs"], ask["Keys"]):
    data = base64.b64decode(doc)
    s = ell.l_settings_new()
    loaded = ell.l_settings_load_from_data(s, data, len(data))
    got = {k: string(ell.l_settings_get_string(s, *[p.encode() for p in k.split("/")])) for k in keys} if loaded else {}
    answers.append({"Loaded": loaded, "Keys": got, "Roots": string(ell.l_settings_get_embedded_value(s, b"roots",`+
		` None)) if loaded else ""})
json.dump(answers, sys.stdout)
`, map[string]any{"Docs": docs, "Keys": want}, &got)
	for i := range docs {
		if !got[i].Loaded {
			t.Errorf("ell refuses\n%s", docs[i])
			continue
		}
		equal(t, "keys", got[i].Keys, want[i])
		equal(t, "roots", got[i].Roots, roots[i])
	}
}
