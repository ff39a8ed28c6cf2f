package profiles

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// schemaJudges validates documents of every combination by a published schema.
func schemaJudges(t *testing.T, platform Platform, schema string) {
	t.Helper()
	lint := requireTool(t, "xmllint")
	dir := t.TempDir()
	var files []string
	add := func(s Settings, c Credential) {
		d, err := prepare(t, s).Document(platform, c)
		if no := new(UnsupportedError); errors.As(err, &no) {
			return // TestPlatformsRefusedAreWarned
		}
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", len(files)))
		if err := os.WriteFile(file, d.Body, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	combinations(t, func(_ string, s Settings) {
		for _, hidden := range []bool{false, true} {
			if s.WPA2 != nil {
				s.WPA2 = &WPA2{SSID: "Gäste & <Freunde>", Hidden: hidden}
			}
			s.Helpdesk = &Helpdesk{"help@example.com", "+39 02 1234", "https://example.com/help"}
			add(s, exampleCredential())
		}
	})
	for _, text := range hostile {
		s, c := hostileProfile(t, text)
		add(s, c)
	}
	if len(files) < 30 {
		t.Fatalf("%d files only", len(files))
	}
	out, err := exec.Command(lint, append([]string{"--noout", "--nonet", "--schema", schema}, files...)...).
		CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out[:min(len(out), 4000)])
	}
}

// TestFoundG4 validates Windows files by CarrierControl's published schemas.
func TestFoundG4(t *testing.T) {
	schemaJudges(t, Windows, filepath.Join("testdata", "windows-schema", "carrier.xsd"))
	s := exampleSettings()
	s.Method, s.OuterIdentity = PEAP, "guest@example.org"
	d := document(t, prepare(t, s), Windows, exampleCredential())
	root := mustXML(t, d.Body)
	equal(t, "PEAP's identity", root.all("AnonymousUserName")[0].text, "guest")
	equal(t, "recorded identity", d.Networks[0].OuterIdentity, "guest")
	c := exampleCredential()
	c.Username = "anna@example.com"
	equal(t, "recorded identity of a user name with a realm",
		document(t, prepare(t, s), Windows, c).Networks[0].OuterIdentity, "guest@example.com")
	equal(t, "SSID of a Passpoint network", root.all("SSID")[0].order(), "hex")
	s.OuterIdentity = "@example.org"
	equal(t, "PEAP's identity without a name",
		mustXML(t, document(t, prepare(t, s), Windows, c).Body).all("AnonymousUserName")[0].text, "anonymous")

	// The schema folds spaces and Windows ignores case, so two profiles could get the same name.
	s = exampleSettings()
	s.Passpoint.FriendlyName, s.WPA2.SSID = "Guest  Wi-Fi", "guest Wi-Fi"
	names := mustXML(t, document(t, prepare(t, s), Windows, c).Body).all("WLANProfile")
	equal(t, "names", names[0].children[0].text+", "+names[1].children[0].text, "Guest  Wi-Fi (Passpoint), guest Wi-Fi")
}

// TestEAPConfigSchema validates eap-config files by the published schema.
func TestEAPConfigSchema(t *testing.T) {
	schemaJudges(t, EAPConfig, filepath.Join("testdata", "eap-config-schema", "eap-metadata.xsd"))
}

// TestFoundG1OfDeployedSettings checks that settings applied before Android's limit was checked
// still serve the other systems.
func TestFoundG1OfDeployedSettings(t *testing.T) {
	s := withRoots(t)
	s.TrustedServerNames = nil
	for i := range 16 {
		s.TrustedServerNames = append(s.TrustedServerNames, fmt.Sprintf("r%d.radius.example.com", i))
	}
	p := prepare(t, s)
	for _, platform := range Platforms() {
		_, err := p.Document(platform, exampleCredential())
		var no *UnsupportedError
		if concerned := platform == Android || platform == SettingsAndroid; errors.As(err, &no) != concerned {
			t.Errorf("%s: %v", platform, err)
		} else if concerned && !strings.Contains(no.Reason, "254") {
			t.Errorf("%s: %s", platform, no.Reason)
		}
	}
	s.TrustAnchor, s.PublicRoots = certificate(t, "root.pem"), nil // the file holds no names then
	document(t, prepare(t, s), Android, exampleCredential())
}

// TestFoundG3InAndroid checks that phones before Android 11 get the first public root.
func TestFoundG3InAndroid(t *testing.T) {
	s := withRoots(t)
	s.PublicRoots = append(s.PublicRoots, certificate(t, "root-p384.pem"))
	d := document(t, prepare(t, s), Android, exampleCredential())
	message, err := base64.StdEncoding.DecodeString(string(d.Body))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "CA parts", strings.Count(string(message), "application/x-x509-ca-cert"), 1)
	equal(t, "CA part", readAndroid(t, d.Body).ca, certificateDER(s.PublicRoots[0]))
}
