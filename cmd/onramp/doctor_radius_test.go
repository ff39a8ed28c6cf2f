package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"onramp/certs"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
)

// doctorRig runs serve and FreeRADIUS with tenants of every method.
type doctorRig struct {
	*testing.T
	data, raddb, auth, acct string
	serve                   *serving
	radius                  *process.Program
}

const demoName = "radius.demo.onramp.example"

func newDoctorRig(t *testing.T) *doctorRig {
	t.Helper()
	process.Require(t, "freeradius")
	r := &doctorRig{
		T: t, data: filepath.Join(t.TempDir(), "data"), raddb: filepath.Join(t.TempDir(), "raddb"),
		auth: process.FreeAddress(t), acct: process.FreeAddress(t),
	}
	r.serve = startServe(t, r.data)
	r.configure()
	r.startRADIUS()
	return r
}

// configure runs onramp freeradius.
func (r *doctorRig) configure(more ...string) {
	r.Helper()
	_, auth, _ := net.SplitHostPort(r.auth)
	_, acct, _ := net.SplitHostPort(r.acct)
	args := append([]string{"freeradius", r.raddb, "--data", r.data, "--auth-port", auth, "--acct-port", acct}, more...)
	if code, _, stderr := onramp(r, "", args...); code != 0 {
		r.Fatal(stderr)
	}
}

func (r *doctorRig) startRADIUS() {
	r.Helper()
	r.radius = process.StartFreeRADIUS(r, process.FreeRADIUS(r.raddb))
}

func (r *doctorRig) stopRADIUS() { r.radius.Stop() }

// organization applies an organization, by default of the development root.
func (r *doctorRig) organization(n int, method, inner, anchor string, names ...string) string {
	r.Helper()
	if anchor == "" {
		anchor = filepath.Join(r.data, "pki", "radius", "root.pem")
	}
	id := fmt.Sprintf("%032x", n)
	file := filepath.Join(r.TempDir(), "tenant.yaml")
	text := fmt.Sprintf(`organizations:
  - id: %q
    name: Venue %d
    defaultLocation: "%030x01"
    languages: [en]
    policies:
      - {key: termsOfUse, version: "1", title: {en: Terms}, url: "https://example.com/terms"}
      - {key: privacy, version: "1", title: {en: Privacy}, url: "https://example.com/privacy"}
    wifi:
      eap: {method: %s, inner: %s}
      outerIdentity: anonymous@venue%d.example
      trustedServerNames: [%s]
      trustAnchor: %s
      wpa2: {ssid: venue%d}
    locations:
      - {id: "%030x01", name: Hall, timezone: Europe/Rome}
`, id, n, n, method, inner, n, strings.Join(names, ", "), anchor, n, n)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
	if code, out, stderr := onramp(r, "", "apply", file, "--data", r.data); code != 0 {
		r.Fatalf("apply: %s%s", out, stderr)
	}
	return id
}

// doctor runs the doctor and returns its output.
func (r *doctorRig) doctor(want int, more ...string) string {
	r.Helper()
	code, out, stderr := onramp(r, "", append([]string{"doctor", "--data", r.data}, more...)...)
	if code != want {
		r.Errorf("doctor %v ended with %d, not %d:\n%s%s", more, code, want, out, stderr)
	}
	return out + stderr
}

// linesWith returns the lines of an output that contain all the parts.
func linesWith(out string, parts ...string) []string {
	var found []string
	for line := range strings.Lines(out) {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
			found = append(found, line)
		}
	}
	return found
}

// contents returns every row of the database, except the setting that lists throw-away customers
// and the rows that serve renews every few seconds: its last heartbeat and its entry in replicas.
func (r *doctorRig) contents() string {
	r.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.data, "onramp.db")+"?mode=ro")
	if err != nil {
		r.Fatal(err)
	}
	defer db.Close()
	query := func(statement string) [][]any {
		rows, err := db.Query(statement)
		if err != nil {
			r.Fatalf("%s: %v", statement, err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			r.Fatal(err)
		}
		var all [][]any
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				r.Fatal(err)
			}
			all = append(all, row)
		}
		if err := rows.Err(); err != nil {
			r.Fatal(err)
		}
		return all
	}
	moving := []string{"settings [probe-customers", "settings [heartbeat", "replicas ["}
	var text strings.Builder
	for _, table := range query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		for _, row := range query(fmt.Sprintf("SELECT * FROM %q ORDER BY 1", table[0])) {
			line := fmt.Sprintf("%s %v\n", table[0], row)
			if !slices.ContainsFunc(moving, func(start string) bool { return strings.HasPrefix(line, start) }) {
				text.WriteString(line)
			}
		}
	}
	return text.String()
}

// same verifies that the database has the same contents as before.
func (r *doctorRig) same(when, before string) {
	r.Helper()
	after := r.contents()
	for line := range strings.Lines(after) {
		if !strings.Contains(before, line) {
			r.Errorf("%s, new: %s", when, line)
		}
	}
	for line := range strings.Lines(before) {
		if !strings.Contains(after, line) {
			r.Errorf("%s, missing: %s", when, line)
		}
	}
}

// probes returns how many throw-away customers exist.
func (r *doctorRig) probes() int {
	n := 0
	for line := range strings.Lines(r.contents()) {
		if strings.HasPrefix(line, "customers ") && strings.Contains(line, " probe-") {
			n++
		}
	}
	return n
}

// TestDoctorHandshake runs the doctor on a healthy deployment with every method, with and without
// --credential, and with --signing-cert. The database is the same afterwards.
func TestDoctorHandshake(t *testing.T) {
	r := newDoctorRig(t)
	ids := []string{
		r.organization(1, "ttls", "pap", "", demoName), r.organization(2, "ttls", "mschapv2", "", demoName),
		r.organization(3, "peap", "mschapv2", "", demoName, "radius.other.example"),
	}
	r.doctor(0) // prepares the deployment's keys
	before := r.contents()
	signer := filepath.Join(r.data, "pki", "profile", "signer")
	for _, more := range [][]string{nil, {"--signing-cert", signer + ".pem", "--signing-key", signer + ".key"}} {
		out := r.doctor(0, more...)
		for _, id := range ids {
			if len(linesWith(out, "ok    radius handshake", id, "reaches the server's certificate", demoName)) != 1 {
				t.Errorf("doctor %v: organization %s\n%s", more, id, out)
			}
		}
		if len(linesWith(out, "ok    radius certificate", demoName, "days left")) != 1 {
			t.Errorf("doctor %v: certificate\n%s", more, out)
		}
	}
	out := r.doctor(0, "--credential")
	for _, id := range ids {
		if len(linesWith(out, "ok    radius handshake", id, "a throw-away customer is accepted")) != 1 {
			t.Errorf("organization %s\n%s", id, out)
		}
	}
	r.same("after --credential", before)
	r.serve.stop()
	before = r.contents()
	out = r.doctor(1, "--credential")
	if len(linesWith(out, "fail  radius handshake", ids[0], "after the password was sent", "AAA listener")) != 1 {
		t.Errorf("with serve down:\n%s", out)
	}
	r.same("after failed checks", before)
}

// TestDoctorUntrusted has tenants whose phones cannot accept the server's certificate. The doctor
// names the expected and the shown value, with and without --signing-cert.
func TestDoctorUntrusted(t *testing.T) {
	r := newDoctorRig(t)
	other, err := certs.EnsureDevelopment(t.TempDir(), time.Now(), demoName)
	if err != nil {
		t.Fatal(err)
	}
	name := r.organization(1, "ttls", "pap", "", "radius.elsewhere.example")
	anchor := r.organization(2, "peap", "mschapv2", other.RADIUSRoot, demoName)
	good := r.organization(3, "ttls", "mschapv2", "", demoName)
	signer := filepath.Join(r.data, "pki", "profile", "signer")
	for _, more := range [][]string{
		nil, {"--credential"}, {"--signing-cert", signer + ".pem", "--signing-key", signer + ".key"},
	} {
		out := r.doctor(1, more...)
		if len(linesWith(out, "fail  radius handshake", name, "(name)", "radius.elsewhere.example", demoName)) != 1 {
			t.Errorf("doctor %v: wrong name\n%s", more, out)
		}
		if len(linesWith(out, "fail  radius handshake", anchor, "(anchor)", "Onramp Development RADIUS Root")) != 1 {
			t.Errorf("doctor %v: wrong anchor\n%s", more, out)
		}
		if len(linesWith(out, "ok    radius handshake", good)) != 1 || len(linesWith(out, "fail  ")) != 2 {
			t.Errorf("doctor %v: right tenant\n%s", more, out)
		}
	}
	if n := r.probes(); n != 0 {
		t.Errorf("%d throw-away customers are left", n)
	}
	// Another certificate is recorded than the one that FreeRADIUS shows.
	r.configure("--eap-cert", other.RADIUSCert, "--eap-key", other.RADIUSKey)
	if out := r.doctor(1); len(linesWith(out, "warn  radius certificate", "shows "+demoName, "recorded "+demoName,
		"restart FreeRADIUS")) != 1 {
		t.Errorf("changed certificate:\n%s", out)
	}
}

// TestDoctorAsHotspot runs the doctor on a machine whose address is that of a declared hotspot with
// its own secret. The customers of other organizations authenticate there too, and nothing is
// recorded.
func TestDoctorAsHotspot(t *testing.T) {
	r := newDoctorRig(t)
	r.organization(1, "ttls", "pap", "", demoName)
	other := r.organization(2, "peap", "mschapv2", "", demoName)
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	_, text, _ := onramp(t, "", "export", "--data", r.data, "--organization", fmt.Sprintf("%032x", 1))
	text = strings.Replace(text, "timezone: Europe/Rome", "timezone: Europe/Rome\n        hotspots:\n          - {id: "+
		"\"0c0c0000000000000000000000000001\", name: Door, address: 127.0.0.1, secretFile: secret}", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "secret"), []byte("the hotspot's own secret 1"),
		0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, stderr := onramp(t, "", "apply", file, "--data", r.data); code != 0 {
		t.Fatalf("apply: %s%s\n%s", out, stderr, text)
	}
	r.stopRADIUS()
	r.configure()
	r.startRADIUS()
	before := r.contents()
	if out := r.doctor(0, "--credential"); len(linesWith(out, "ok    radius handshake", other, "accepted")) != 1 {
		t.Errorf("at a hotspot:\n%s", out)
	}
	r.same("at a hotspot", before)
}

// TestDoctorChain checks certificates that the server shows without their intermediate, and after
// their end.
func TestDoctorChain(t *testing.T) {
	r := newDoctorRig(t)
	now, dir := time.Now(), t.TempDir()
	root := testkit.IssueRoot(t, "Venue Root", now)
	intermediate := testkit.IssueIntermediate(t, root, "Venue Intermediate", now)
	server := testkit.IssueServer(t, intermediate, now, []string{"radius.venue.example"})
	write := func(file, text string) string {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	id := r.organization(1, "ttls", "pap", write(filepath.Join(dir, "root.pem"), testkit.PEM(root)),
		"radius.venue.example")
	r.configure("--eap-cert", write(filepath.Join(dir, "chain.pem"), testkit.PEM(server, intermediate)),
		"--eap-key", write(filepath.Join(dir, "key.pem"), server.KeyPEM(t)))
	restart := func() {
		t.Helper()
		r.stopRADIUS()
		r.startRADIUS()
	}
	restart()
	// The demo organization has another root.
	if out := r.doctor(1); len(linesWith(out, "ok    radius handshake", id)) != 1 {
		t.Errorf("whole chain:\n%s", out)
	}
	write(filepath.Join(r.raddb, "certs", "server.pem"), testkit.PEM(server))
	restart()
	if out := r.doctor(1); len(linesWith(out, "fail  radius handshake", id, "(intermediate)", "Venue Root",
		"without the certificate of Venue Intermediate")) != 1 {
		t.Errorf("missing intermediate:\n%s", out)
	}
	write(filepath.Join(r.raddb, "certs", "server.pem"), testkit.PEM(server, intermediate))
	restart()
	t.Setenv("ONRAMP_TEST_CLOCK", "9600h")
	if out := r.doctor(1); len(linesWith(out, "fail  radius handshake", id, "(expired)")) != 1 ||
		len(linesWith(out, "fail  radius certificate", "radius.venue.example has expired")) != 1 {
		t.Errorf("expired:\n%s", out)
	}
}

// TestDoctorServers gives the doctor other servers and secrets.
func TestDoctorServers(t *testing.T) {
	r := newDoctorRig(t)
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("another secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	right, closed := filepath.Join(r.raddb, "radius-secret"), process.FreeAddress(t)
	for _, tt := range []struct {
		code int
		args []string
		want string
	}{
		{0, []string{"--radius", r.auth, "--radius-secret-file", right}, "ok    radius handshake"},
		{0, []string{"--radius-secret-file", right}, "ok    radius handshake"},
		{0, []string{"--radius", r.auth}, "ok    radius handshake"},
		{1, []string{"--radius-secret-file", wrong}, r.auth + " does not answer: a program receives"},
		{1, []string{"--radius", closed}, "does not answer: no program receives"},
		{1, []string{"--radius", closed, "--radius-secret-file", wrong}, "does not answer: no program receives"},
		{2, []string{"--radius", "192.0.2.1:1812"}, "--radius-secret-file is required"},
		{2, []string{"--radius", "192.0.2.1"}, "--radius"},
		{1, []string{"--radius-secret-file", wrong + ".missing"}, "--radius-secret-file"},
	} {
		if out := r.doctor(tt.code, tt.args...); !strings.Contains(out, tt.want) {
			t.Errorf("doctor %v: %q missing in\n%s", tt.args, tt.want, out)
		}
	}
	if out := r.doctor(1, "--radius-secret-file", wrong); strings.Contains(out, "radius handshake") {
		t.Errorf("a handshake with a wrong secret:\n%s", out)
	}
}

// stall forwards datagrams to a RADIUS server until a handshake runs, and then drops them. It
// returns its address.
func (r *doctorRig) stall() string {
	r.Helper()
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	back, err := net.Dial("udp", r.auth)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = front.Close(); _ = back.Close() })
	var client atomic.Value
	go func() {
		b := make([]byte, 4096)
		for requests := 0; ; {
			n, from, err := front.ReadFrom(b)
			if err != nil {
				return
			}
			client.Store(from)
			if b[0] == 1 { // Access-Request
				requests++
			}
			if requests < 4 {
				_, _ = back.Write(b[:n])
			}
		}
	}()
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := back.Read(b)
			if err != nil {
				return
			}
			_, _ = front.WriteTo(b[:n], client.Load().(net.Addr))
		}
	}()
	return front.LocalAddr().String()
}

// TestDoctorInterrupted interrupts and kills the doctor while a throw-away customer exists.
func TestDoctorInterrupted(t *testing.T) {
	r := newDoctorRig(t)
	start := func() (*exec.Cmd, *bytes.Buffer) {
		t.Helper()
		cmd, output := command("doctor", "--data", r.data, "--credential", "--radius", r.stall()), &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = output, output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); r.probes() == 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no throw-away customer is created")
			}
		}
		return cmd, output
	}
	cmd, output := start()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(output.String(), "interrupted") {
		t.Errorf("after SIGTERM: %v\n%s", err, output)
	}
	if n := r.probes(); n != 0 {
		t.Errorf("after SIGTERM, %d throw-away customers are left", n)
	}
	cmd, _ = start()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	r.doctor(0, "--credential")
	if n := r.probes(); n != 1 {
		t.Fatalf("after SIGKILL, %d throw-away customers exist; its password is still valid", n)
	}
	r.serve.stop()
	t.Setenv("ONRAMP_TEST_CLOCK", "11m")
	r.serve.start() // removes it
	for deadline := time.Now().Add(20 * time.Second); r.probes() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("serve does not remove the throw-away customer of a killed doctor")
		}
	}
}
