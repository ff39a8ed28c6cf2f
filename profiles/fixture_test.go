package profiles

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

var update = flag.Bool("update", false, "write the golden files anew")

// exampleSettings are the values of the HTTP API's own documentation.
func exampleSettings() Settings {
	return Settings{
		OrganizationID:   "3a8ccd060216452e09b2b32e750cb5eb",
		OrganizationName: "Cloud4Wi Demo",
		WiFi: WiFi{
			Method:             TTLS,
			Inner:              MSCHAPv2,
			OuterIdentity:      "anonymous@get.securewifi.io",
			TrustedServerNames: []string{"get.securewifi.io"},
			Passpoint:          &Passpoint{Realm: "wifi.cloud4wi.com", FriendlyName: "Cloud4Wi WiFi"},
			WPA2:               &WPA2{SSID: "securewifi.io"},
		},
	}
}

// withRoots are the example's settings with a public root named, so that every
// platform gets its document.
func withRoots(t testing.TB) Settings {
	s := exampleSettings()
	s.PublicRoots = []string{certificate(t, "root.pem")}
	return s
}

func exampleCredential() Credential {
	return Credential{
		CustomerID: "018f3a5c7b1d7c3e9a2b4c5d6e7f8091",
		Username:   "GUEST7KQX",
		Password:   "W9HTM4RKC7XPQNFLD3VJ",
		Language:   "it",
		Created:    time.Date(2026, 11, 22, 9, 30, 15, 123456789, time.FixedZone("CET", 3600)),
		Expires:    time.Date(2027, 11, 22, 9, 30, 15, 123456789, time.FixedZone("CET", 3600)),
	}
}

// certificate reads the PEM of a certificate in testdata/certs.
func certificate(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "certs", name))
	if err != nil {
		t.Fatal(err)
	}
	if certificateDER(string(text)) == nil {
		t.Fatalf("%s holds no certificate in PEM", name)
	}
	return string(text)
}

func prepare(t testing.TB, s Settings) *Profile {
	t.Helper()
	p, err := Prepare(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func document(t testing.TB, p *Profile, platform Platform, c Credential) *Document {
	t.Helper()
	d, err := p.Document(platform, c)
	if err != nil {
		t.Fatalf("%s: %v", platform, err)
	}
	return d
}

// requireTool skips without a program of the system, and fails where the whole
// toolbox is promised.
func requireTool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		for _, dir := range []string{"/usr/sbin", "/sbin"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return filepath.Join(dir, name)
			}
		}
		process.Missing(t, "%s is missing", name)
	}
	return path
}

// requireRoot skips where wpa_supplicant could not open even the loopback interface.
func requireRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	process.Missing(t, "wpa_supplicant needs root")
}

// golden compares with testdata/golden/name, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}
