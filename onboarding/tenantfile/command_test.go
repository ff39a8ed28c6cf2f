package tenantfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
)

// bench is a service on a database of its own, and a folder for files.
type bench struct {
	t       *testing.T
	service *deployment.Deployment
	folder  string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{t, testkit.Deploy(t, deployment.Config{Store: testkit.OpenStore(t)}), t.TempDir()}
}

func (b *bench) file(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) apply(stdin string, names ...string) (stdout, stderr string, err error) {
	var out, diagnostics bytes.Buffer
	_, err = Apply(b.t.Context(), b.service.Tenant, names, strings.NewReader(stdin), &out, &diagnostics)
	return out.String(), diagnostics.String(), err
}

func (b *bench) export(id string) string {
	b.t.Helper()
	var out bytes.Buffer
	if err := ExportTo(b.t.Context(), b.service.Tenant, id, &out); err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

// Files with a certificate and a secret in files of their own are applied and exported; the export
// is applied.
func TestApplyAndExport(t *testing.T) {
	b := newBench(t)
	text := strings.NewReplacer(
		"nasIdentifier: ap1.example.com}",
		"nasIdentifier: ap1.example.com, address: 192.0.2.1, secretFile: secrets/ap1}",
		"# trustAnchor: a file beside this one, or the certificate itself", "trustAnchor: certs/root.pem",
		"# segments:\n    #   -", "segments:\n      -",
		"# radius:", "radius:",
		"redirectHosts: [example.com]", `redirectHosts: [example.com]
      grant: {kind: unifi, url: "https://192.168.1.1", site: default, minutes: 60, keyFile: secrets/unifi}`,
	).Replace(readTestdata(t, "venue.yaml"))
	b.file("venues/certs/root.pem", readTestdata(t, "root.pem"))
	b.file("venues/secrets/ap1", "sesame, open\n")
	b.file("venues/secrets/unifi", "sesame-admin\n")
	venue := b.file("venues/venue.yaml", text)
	smallest := b.file("smallest.yaml", readTestdata(t, "smallest.yaml"))

	stdout, stderr, err := b.apply("", venue, smallest)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if want := "3a8ccd060216452e09b2b32e750cb5eb Cloud4Wi Demo: created\n" +
		"00000000000000000000000000000001 Corner Café: created\n"; stdout != want {
		t.Errorf("got %q, want %q", stdout, want)
	}
	if !strings.Contains(stderr, venue+":15: warning: organizations[0].wifi.outerIdentity: ") {
		t.Errorf("warnings:\n%s", stderr)
	}
	exported := b.export("")
	for _, want := range []string{"trustAnchor: |\n", "-----BEGIN CERTIFICATE-----", "secret: kept",
		"key: kept", "minutes: 60",
		"profileLifetime: 8760h", `mac: "02:00:00:00:00:01"`} {
		if !strings.Contains(exported, want) {
			t.Errorf("the export has no %s:\n%s", want, exported)
		}
	}
	if strings.Contains(exported, "sesame") {
		t.Error("the export shows a secret")
	}
	if again := b.export(""); again != exported {
		t.Error("two exports differ")
	}
	stdout, stderr, err = b.apply(exported, "-")
	if err != nil || strings.Count(stdout, ": unchanged\n") != 2 {
		t.Errorf("export | apply: %v\n%s%s", err, stdout, stderr)
	}
	// Applying the files again, with the same secret, changes nothing.
	if stdout, _, err = b.apply("", venue, smallest); err != nil || strings.Count(stdout, ": unchanged\n") != 2 {
		t.Errorf("the same files: %v\n%s", err, stdout)
	}
	one := b.export("00000000000000000000000000000001")
	if strings.Contains(one, "Cloud4Wi") || !strings.Contains(one, "Corner Café") {
		t.Errorf("the export of one:\n%s", one)
	}
	var out bytes.Buffer
	if err := ExportTo(t.Context(), b.service.Tenant, "ffffffffffffffffffffffffffffffff",
		&out); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("the export of none: %v", err)
	}
	// Another deployment has no stored secret to keep.
	_, stderr, err = newBench(t).apply(exported, "-")
	if _, ok := errors.AsType[*RefusedError](err); !ok || !strings.Contains(stderr,
		"hotspots[0].secret: cannot be kept") || !strings.Contains(stderr, "portal.grant.key: cannot be kept") {
		t.Errorf("in another deployment: %v\n%s", err, stderr)
	}
}

// The tenants' documentation promises two warnings for its example, and no more; which domain
// access points announce is a note.
func TestApplyVenue(t *testing.T) {
	b := newBench(t)
	_, stderr, err := b.apply(readTestdata(t, "venue.yaml"), "-")
	if err != nil || strings.Count(stderr, "\n") != 3 || strings.Count(stderr, ": warning: ") != 2 ||
		!strings.Contains(stderr, "stdin:15: warning: ") || !strings.Contains(stderr,
		"note: organizations[0].wifi.passpoint.homeDomain: access points must announce the domain wifi.cloud4wi.com ") {
		t.Errorf("%v\n%s", err, stderr)
	}
}

func TestExportOfNothing(t *testing.T) {
	b := newBench(t)
	exported := b.export("")
	if stdout, stderr, err := b.apply(exported, "-"); err != nil || stdout != "" || stderr != "" {
		t.Errorf("%q: %v %q %q", exported, err, stdout, stderr)
	}
}

// Errors about the form, the rules and other organizations are reported at once, in the order of
// files and lines, and nothing of any file is applied.
func TestApplyReportsAllErrorsAtOnce(t *testing.T) {
	b := newBench(t)
	if _, _, err := b.apply(readTestdata(t, "smallest.yaml"), "-"); err != nil {
		t.Fatal(err)
	}
	before := b.export("")
	sound := b.file("a.yaml", strings.Replace(readTestdata(t, "smallest.yaml"), "Corner", "Other", 1))
	form := b.file("b.yaml", strings.NewReplacer("timezone:", "timezon:", "languages: [en, it]",
		"languages: [en, xx]").Replace(readTestdata(t, "venue.yaml")))
	thief := b.file("c.yaml", strings.NewReplacer("00000000000000000000000000000001",
		"0000000000000000000000000000000a", "c0000000000000000000000000000001",
		"c000000000000000000000000000000a").Replace(readTestdata(t, "smallest.yaml")))
	broken := b.file("d.yaml", "organizations: [")
	stdout, stderr, err := b.apply("", sound, form, thief, broken)
	refused, ok := errors.AsType[*RefusedError](err)
	if !ok || stdout != "" {
		t.Fatalf("%v\n%s", err, stdout)
	}
	var got []string
	for line := range strings.Lines(stderr) {
		got = append(got, strings.TrimPrefix(line, b.folder+"/"))
	}
	wants := []string{
		"b.yaml:6: organizations[0].languages[1]: ",
		"b.yaml:41: organizations[0].locations[0].timezon: ",
		"c.yaml:9: organizations[0].wifi.passpoint.realm: is the realm cafe.example of another organization",
		"d.yaml:1: organizations: invalid YAML",
	}
	errorLines := got[:0]
	for _, line := range got {
		if !strings.Contains(line, ": warning: ") {
			errorLines = append(errorLines, line)
		}
	}
	if len(errorLines) != len(wants) || len(refused.Errors) != len(wants) {
		t.Fatalf("got:\n%s", strings.Join(got, ""))
	}
	for i, want := range wants {
		if !strings.HasPrefix(errorLines[i], want) {
			t.Errorf("got %s want %s", errorLines[i], want)
		}
	}
	if after := b.export(""); after != before {
		t.Errorf("something was applied:\n%s", after)
	}
	if !strings.Contains(err.Error(), "4 errors") {
		t.Error(err)
	}
}

func TestApplyFiles(t *testing.T) {
	b := newBench(t)
	// A file that cannot be read hides no error of the others.
	missing, bad := filepath.Join(b.folder, "missing.yaml"), b.file("bad.yaml", "organisations: []\n")
	_, stderr, err := b.apply("", missing, b.folder, bad)
	if _, refused := errors.AsType[*RefusedError](err); !refused || strings.Count(stderr, "\n") != 4 ||
		!strings.Contains(stderr, missing+":1: organizations: the file cannot be read: no such file or directory") ||
		!strings.Contains(stderr, b.folder+":1: organizations: the file cannot be read: is a directory [file]\n") ||
		!strings.Contains(stderr, bad+":1: organisations: unknown key") {
		t.Errorf("%v\n%s", err, stderr)
	}
	// A named file may be an endless device.
	endless := strings.Replace(readTestdata(t, "smallest.yaml"), "    wifi:\n",
		"    wifi:\n      trustAnchor: /dev/zero\n", 1)
	if _, stderr, err := b.apply(endless, "-"); err == nil || !strings.Contains(stderr,
		":8: organizations[0].wifi.trustAnchor: ") {
		t.Errorf("%v\n%s", err, stderr)
	}
	// Control characters from a file do not reach the operator's terminal.
	hostile := strings.Replace(readTestdata(t, "smallest.yaml"), "name: Corner Café", `"na\eme\n\u009b1m": "x"`, 1)
	_, stderr, err = b.apply(hostile, "-")
	if err == nil || strings.ContainsAny(stderr, "\x1b\u009b") {
		t.Errorf("%v\n%q", err, stderr)
	}
}
