package freeradius_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/radius/freeradius"
	"onramp/onboarding/testkit/process"
)

func options(t testing.TB, dir string) freeradius.Options {
	t.Helper()
	made, err := pki()
	if err != nil {
		t.Fatal(err)
	}
	return freeradius.Options{Dir: dir, AAAURL: "http://127.0.0.1:8081", AAASecret: aaaSecret, EAPCert: made.RADIUSCert,
		EAPKey: made.RADIUSKey}
}

func mustWrite(t testing.TB, aaa *radius.AAA, o freeradius.Options) {
	t.Helper()
	if _, err := freeradius.Write(context.Background(), aaa, o); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestWritePrivate(t *testing.T) {
	s, _ := newService(t)
	dir := filepath.Join(t.TempDir(), "new", "radius folder é")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s.RADIUS, options(t, dir))
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		name, _ := filepath.Rel(dir, path)
		found[name] = true
		if strings.HasPrefix(d.Name(), ".") && path != dir {
			t.Errorf("%s is left over", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"radiusd.conf", "settings.conf", "clients.conf", "modules.conf", "servers.conf", "dictionary", "reject.attrs",
		"accounting.attrs", "attempt.attrs", "radius-secret",
		"certs/server.pem", "certs/server.key", "accounting", "log", "run",
	} {
		if !found[name] {
			t.Errorf("%s is missing; there is %v", name, found)
		}
	}
	if secret := read(t, dir, "radius-secret"); len(secret) != 32 {
		t.Errorf("the secret has %d characters", len(secret))
	}
	if strings.Contains(read(t, dir, "certs/server.pem"), "PRIVATE") {
		t.Error("the chain holds a key")
	}
	check(t, dir)
}

// check makes FreeRADIUS parse a folder.
func check(t testing.TB, dir string) {
	t.Helper()
	process.Require(t, "freeradius")
	if out, err := exec.Command("freeradius", "-XC", "-d", dir).CombinedOutput(); err != nil {
		t.Errorf("FreeRADIUS refuses it: %v\n%s", err, tail(string(out), 1500))
	}
}

func TestWriteAgain(t *testing.T) {
	s, _ := newService(t)
	dir := t.TempDir()
	o := options(t, dir)
	mustWrite(t, s.RADIUS, o)
	first := map[string]string{}
	for _, name := range []string{"radiusd.conf", "settings.conf", "clients.conf", "modules.conf", "servers.conf",
		"radius-secret", "certs/server.pem"} {
		first[name] = read(t, dir, name)
	}
	if err := os.WriteFile(filepath.Join(dir, "accounting", "backlog"), []byte("what waits"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s.RADIUS, o)
	for name, before := range first {
		if read(t, dir, name) != before {
			t.Errorf("%s differs the second time", name)
		}
	}
	if read(t, dir, "accounting/backlog") != "what waits" {
		t.Error("what waits is gone")
	}

	edited := strings.NewReplacer("threads = 64", "threads=8", "reject_delay = 1", "  reject_delay =  2",
		"listen_address = 127.0.0.1", "listen_address = 192.0.2.1",
		"log_authentications = no", "log_authentications = yes", "tls_max_version = 1.2",
		"tls_max_version = 1.3", "resumption = yes", "resumption = no", "resumption_hours = 24", "resumption_hours = 8",
		"auth_port = 1812", "auth_port = 9").Replace(first["settings.conf"])
	if err := os.WriteFile(filepath.Join(dir, "settings.conf"), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	o.AuthPort = 2812
	mustWrite(t, s.RADIUS, o)
	got := read(t, dir, "settings.conf")
	for _, want := range []string{"auth_port = 2812\n", "acct_port = 1813\n", "threads = 8\n", "reject_delay = 2\n",
		"listen_address = 192.0.2.1\n", "log_authentications = yes\n", "onramp_timeout = 2\n",
		"tls_min_version = 1.2\n", "tls_max_version = 1.3\n", "resumption = no\n", "resumption_hours = 8\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("settings.conf lacks %q:\n%s", want, got)
		}
	}
	if clients := read(t, dir, "clients.conf"); !strings.Contains(clients, "ipaddr = 192.0.2.1\n") {
		t.Errorf("requests of this machine come from no client:\n%s", clients)
	}
	if address, err := freeradius.Address(dir, 2812); err != nil || address != "192.0.2.1:2812" {
		t.Errorf("the address is %q, %v", address, err)
	}
	for _, bad := range []string{"threads = many", "threads = 0", "reject_delay = 6",
		"tls_min_version = 1.1", "tls_max_version = \"1.3\"", "resumption = 1",
		"resumption_hours = 0", "resumption_hours = 169", "resumption_sessions = 0",
		"listen_address = 127.0.0.1 } x {", "log_authentications = ${x}", "own = 1", "$INCLUDE /etc/passwd"} {
		if err := os.WriteFile(filepath.Join(dir, "settings.conf"), []byte("# mine\n"+bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := freeradius.Write(t.Context(), s.RADIUS, o)
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.conf"), []byte("tls_min_version = 1.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := freeradius.Write(t.Context(), s.RADIUS, o); err == nil ||
		!strings.Contains(err.Error(), "tls_min_version must not be above tls_max_version") {
		t.Error(err)
	}
}

func TestWriteRefuses(t *testing.T) {
	s, _ := newService(t)
	for _, c := range []struct {
		name   string
		change func(*freeradius.Options)
	}{
		{"no AAA URL", func(o *freeradius.Options) { o.AAAURL = "" }},
		{"an AAA URL with a path", func(o *freeradius.Options) { o.AAAURL += "/x" }},
		{"an AAA URL with a secret", func(o *freeradius.Options) { o.AAAURL = "http://a:b@127.0.0.1:1" }},
		{"an AAA URL that expands", func(o *freeradius.Options) { o.AAAURL = "http://127.0.0.1:1%{x}" }},
		{"passwords in clear over a network", func(o *freeradius.Options) { o.AAAURL = "http://192.0.2.1:8081" }},
		{"no AAA secret", func(o *freeradius.Options) { o.AAASecret = "" }},
		{"an AAA secret that cannot be written", func(o *freeradius.Options) { o.AAASecret = "x\ny" }},
		{"another such", func(o *freeradius.Options) { o.AAASecret = `x\` }},
		{"one port twice", func(o *freeradius.Options) { o.AuthPort, o.AcctPort = 1812, 1812 }},
		{"no port", func(o *freeradius.Options) { o.AuthPort = 65536 }},
		{"a folder whose name expands", func(o *freeradius.Options) { o.Dir += "/%{User-Name}" }},
		{"no certificate", func(o *freeradius.Options) { o.EAPCert = "/nonexistent" }},
		{"another's key", func(o *freeradius.Options) { made, _ := pki(); o.EAPKey = made.ProfileKey }},
	} {
		dir := t.TempDir()
		o := options(t, dir)
		c.change(&o)
		_, err := freeradius.Write(t.Context(), s.RADIUS, o)
		if err == nil || strings.Contains(err.Error(), "x\n") || strings.Contains(err.Error(), `x\`) {
			t.Errorf("%s: %v", c.name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %v is written nevertheless", c.name, left)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "radiusd.conf"), []byte("prefix = /usr\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := freeradius.Write(t.Context(), s.RADIUS, options(t, dir)); err == nil ||
		read(t, dir, "radiusd.conf") != "prefix = /usr\n" {
		t.Errorf("somebody else's configuration is replaced: %v", err)
	}
}

// hostileSecrets try to change the configuration around them.
var hostileSecrets = []string{
	`plain`, `with space`, `"double"`, `'single'`, `both ' and "`, `back\slash`, `a\\b`, `\n\t\x`, `${confdir}`,
	`$ENV{HOME}`, `%{User-Name}`, `# not a comment`,
	`} client x { ipaddr = 0.0.0.0/0`, "`id`", `;x`, `,x`, `=x`, `:=`, `0x6162`, `é😀x`, `a\"b`, `a\'b`, `${`, `%%x`,
	`x\\`, strings.Repeat("s", 128),
}

func init() {
	for i, secret := range hostileSecrets { // shorter secrets are refused for their length
		hostileSecrets[i] = strings.Repeat("a", max(0, 8-len(secret))) + secret
	}
}

// TestHostileSecrets sends requests from a client of each secret, to verify that FreeRADIUS read
// it.
func TestHostileSecrets(t *testing.T) {
	var hotspots []onboarding.Hotspot
	for i, secret := range hostileSecrets {
		hotspots = append(hotspots, onboarding.Hotspot{
			ID:      fmt.Sprintf("0d0d000000000000000000000000%04d", i),
			Name:    "x",
			Address: fmt.Sprintf("127.0.1.%d", i+1),
			Secret:  &onboarding.Sealed{Box: []byte(secret)},
		})
	}
	r := newRig(t, hotspots...)
	for i, secret := range hostileSecrets {
		from := fmt.Sprintf("Packet-Src-IP-Address = 127.0.1.%d", i+1)
		if r.radclient("status", secret, packet(from, "Message-Authenticator = 0x00")) != 1 {
			t.Errorf("FreeRADIUS does not know the secret %q", secret)
		}
	}
}

func TestHostileTenants(t *testing.T) {
	secrets := hostileSecrets
	var hotspots []onboarding.Hotspot
	for i, secret := range secrets {
		hotspots = append(hotspots, onboarding.Hotspot{
			ID:      fmt.Sprintf("0d0d000000000000000000000000%04d", i),
			Name:    secret[:min(len(secret), 60)],
			Address: fmt.Sprintf("192.0.2.%d", i+1),
			Secret:  &onboarding.Sealed{Box: []byte(secret)},
		})
	}
	hotspots = append(hotspots,
		onboarding.Hotspot{ID: ownHotspotID, Name: "v6 } x {", Address: "2001:db8::1"},
		onboarding.Hotspot{ID: strings.Repeat("e", 32), Name: "loopback's own", Address: "127.0.0.1",
			Secret: &onboarding.Sealed{Box: []byte("its very own")}})
	s, _ := newService(t, hotspots...)
	dir := t.TempDir()
	mustWrite(t, s.RADIUS, options(t, dir))
	check(t, dir)
	clients := read(t, dir, "clients.conf")
	if n := strings.Count(clients, "\nclient "); n != len(secrets)+2 {
		t.Errorf("%d clients for %d hotspots", n, len(secrets)+2)
	}
	if !strings.Contains(read(t, dir, "settings.conf"), "listen_address = *\n") ||
		!strings.Contains(read(t, dir, "servers.conf"), "ipv6addr = ::\n") {
		t.Error("it does not listen for the access points")
	}
	process.Require(t, "freeradius")
	out, err := exec.Command("freeradius", "-XC", "-d", dir).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(out), "require_message_authenticator = yes"); n != len(secrets)+2 {
		t.Errorf("FreeRADIUS reads %d clients", n)
	}

	// A secret that cannot be written is refused on apply.
	for _, unwritable := range []string{`ends in \`, `\'"\"${ long`} {
		if _, err := s.Tenant.SealHotspotSecret(ownHotspotID, []byte(unwritable)); err == nil ||
			strings.Contains(err.Error(), unwritable) {
			t.Errorf("%q: %v", unwritable, err)
		}
	}
}
