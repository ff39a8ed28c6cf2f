package main

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// venueRADIUS is a FreeRADIUS with the configuration that `onramp freeradius` writes.
type venueRADIUS struct {
	dir, auth, acct string
	second          string   // the second port for authentication
	arguments       []string // of onramp freeradius
	program         *process.Program
}

// newVenueRADIUS writes a configuration that asks a server, and starts FreeRADIUS.
func newVenueRADIUS(t *testing.T, s *serving, arguments ...string) *venueRADIUS {
	t.Helper()
	port := func() string { return fmt.Sprint(process.FreePort(t)) }
	r := &venueRADIUS{dir: t.TempDir(), auth: port(), acct: port(), second: port()}
	settings := "reject_delay = 0\nsecond_auth_port = " + r.second + "\nsecond_acct_port = " + port() + "\n"
	if err := os.WriteFile(filepath.Join(r.dir, "settings.conf"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	r.arguments = append([]string{"freeradius", r.dir, "--data", s.data, "--aaa-url", s.aaa, "--auth-port", r.auth,
		"--acct-port", r.acct}, arguments...)
	r.configure(t)
	r.start(t)
	return r
}

func (r *venueRADIUS) configure(t *testing.T) string {
	t.Helper()
	code, stdout, stderr := onramp(t, "", r.arguments...)
	if code != 0 {
		t.Fatalf("onramp freeradius: %s%s", stdout, stderr)
	}
	return stdout
}

func (r *venueRADIUS) start(t *testing.T) {
	t.Helper()
	r.program = process.StartFreeRADIUS(t, process.FreeRADIUS(r.dir))
}

// restart writes the configuration again and restarts FreeRADIUS.
func (r *venueRADIUS) restart(t *testing.T) string {
	t.Helper()
	out := r.configure(t)
	r.program.Stop()
	r.start(t)
	return out
}

// secret returns the content of a file of the folder.
func (r *venueRADIUS) secret(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// accessPoint is an access point with one FreeRADIUS at a time, at which a phone connects again and
// again. Every authentication must be accepted.
type accessPoint struct {
	mu       sync.Mutex // held during an authentication
	port     string
	secret   string
	address  string // its own; empty: 127.0.0.1
	accepted atomic.Int64
}

// moveTo changes the port and secret between two authentications.
func (a *accessPoint) moveTo(port, secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.port, a.secret = port, secret
}

// load runs an access point until the test ends or done is closed.
func (a *accessPoint) load(t *testing.T, network, mac string, done <-chan struct{}) {
	for !t.Failed() {
		select {
		case <-done:
			return
		default:
		}
		a.mu.Lock()
		port := a.port
		n, out := a.connect(network, mac, 3, 60)
		a.mu.Unlock()
		if n != 3 {
			t.Errorf("port %s: %d of 3 authentications\n%s", port, n, out[max(0, len(out)-2000):])
		}
		a.accepted.Add(int64(n))
		time.Sleep(20 * time.Millisecond)
	}
}

// connect authenticates n times, each within a number of seconds, and returns how many succeeded.
func (a *accessPoint) connect(network, mac string, n, seconds int) (succeeded int, output string) {
	address := cmp.Or(a.address, "127.0.0.1")
	out, _ := exec.Command("eapol_test", "-c", network, "-a", "127.0.0.1", "-A", address, "-p", a.port, "-s", a.secret,
		"-M", mac, "-t", fmt.Sprint(seconds), "-r", fmt.Sprint(n-1)).CombinedOutput()
	return strings.Count(string(out), "CTRL-EVENT-EAP-SUCCESS"), string(out)
}

// await waits until the access point had more authentications.
func (a *accessPoint) await(t *testing.T, more int64) {
	t.Helper()
	before := a.accepted.Load()
	for end := time.Now().Add(2 * time.Minute); a.accepted.Load() < before+more && !t.Failed(); {
		if time.Now().After(end) {
			t.Fatalf("%d authentications in two minutes", a.accepted.Load()-before)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// newPhone registers a customer and returns the settings of the phone for eapol_test.
func newPhone(t *testing.T, s *serving) string {
	t.Helper()
	demo := s.demo()
	s.must(http.StatusCreated, "POST", "/v3/customers", s.login(demo.ManagerKey),
		`{"username":"anna","password":"passwort","policies":{"termsOfUse":true,"privacy":true},"ppd":true}`)
	network := filepath.Join(t.TempDir(), "network.conf")
	if err := os.WriteFile(network, []byte("fast_reauth=0\nnetwork={\n\tkey_mgmt=WPA-EAP\n\teap=TTLS\n"+
		"\tanonymous_identity=\"anonymous@demo.example\"\n\tidentity=\"anna\"\n\tpassword=\"passwort\""+
		"\n\tphase2=\"auth=PAP\"\n\tca_cert=\""+demo.RADIUSRoot+"\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return network
}

// rekeyRun runs `onramp rekey`, and checks its exit code and a part of its output.
type rekeyRun struct {
	*testing.T
	data     string
	database []string
}

func (r *rekeyRun) must(wantCode int, wantText string, args ...string) string {
	r.Helper()
	code, stdout, stderr := onramp(r, "", r.arguments(args...)...)
	if code != wantCode || !strings.Contains(stdout+stderr, wantText) {
		r.Errorf("rekey %s: exit code %d, want %d and %q:\n%s%s", strings.Join(args, " "), code, wantCode, wantText,
			stdout, stderr)
	}
	return stdout
}

func (r *rekeyRun) arguments(args ...string) []string {
	return append(append(append([]string{"rekey"}, args...), "--data", r.data), r.database...)
}

// killed runs the command several times and kills it with SIGKILL after a random time.
func (r *rekeyRun) killed(args ...string) {
	r.Helper()
	for range 5 {
		cmd := command(r.arguments(args...)...)
		if err := cmd.Start(); err != nil {
			r.Fatal(err)
		}
		time.Sleep(time.Duration(20+rand.IntN(500)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// TestRekeyAAA changes the AAA secret while phones connect through two FreeRADIUS servers, which
// get it one after the other. The command is killed in the middle. No authentication fails, and the
// old secret ends when it is forgotten.
func TestRekeyAAA(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		process.Require(t, "freeradius", "eapol_test")
		s := startServe(t, filepath.Join(t.TempDir(), "data"))
		rekeyAAA(t, []*serving{s})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		process.Require(t, "freeradius", "eapol_test")
		database := postgres.Require(t).NewDatabase(t)
		replicas := startReplicas(t, 1, database)
		file := filepath.Join(t.TempDir(), "aaa.secret")
		text, err := os.ReadFile(filepath.Join(replicas[0].data, "aaa.secret"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		replicas = append(replicas, startServe(t, replicas[0].data, "--database", database, "--aaa-secret-file", file,
			"--public-url", "http://wifi.example.test"))
		rekeyAAA(t, replicas, "--database", database)
	})
}

func rekeyAAA(t *testing.T, replicas []*serving, database ...string) {
	first, last := replicas[0], replicas[len(replicas)-1]
	network := newPhone(t, first)
	old := first.demo().AAASecret
	radius := []*venueRADIUS{newVenueRADIUS(t, first, database...), newVenueRADIUS(t, last, database...)}
	points := []*accessPoint{{}, {}}
	done := make(chan struct{})
	var phones sync.WaitGroup
	for i, a := range points {
		a.moveTo(radius[i].auth, radius[i].secret(t, "radius-secret"))
		phones.Go(func() { a.load(t, network, fmt.Sprintf("02:00:00:00:aa:%02x", i), done) })
	}
	accepts := func(what, secret string, want int) {
		t.Helper()
		for i, s := range replicas {
			got, err := call("POST", s.aaa+"/aaa/authorize", "", `{"User-Name":"anna"}`, "Authorization",
				"Basic "+base64.StdEncoding.EncodeToString([]byte("radius:"+secret)))
			if err != nil || got.status != want {
				t.Errorf("%s on replica %d: status %d, want %d, %v", what, i, got.status, want, err)
			}
		}
	}
	rekey := &rekeyRun{T: t, data: first.data, database: database}
	rekey.must(0, "aaa-secret  in use", "aaa", "--list")
	rekey.must(2, "--force is for --forget", "aaa", "--force")
	rekey.killed("aaa")
	rekey.must(0, "aaa-secret-2  in use", "aaa")
	if out := rekey.must(0, "no other secret was made", "aaa"); strings.Contains(out, "aaa-secret-3") {
		t.Errorf("a repeated command made another secret:\n%s", out)
	}
	fresh := first.demo().AAASecret
	accepts("the new secret", fresh, http.StatusOK)
	accepts("the old secret", old, http.StatusOK)
	for _, a := range points {
		a.await(t, 3)
	}

	// The access points use the other FreeRADIUS while one restarts.
	for i := range radius {
		other := radius[1-i]
		points[i].moveTo(other.auth, other.secret(t, "radius-secret"))
		radius[i].restart(t)
		points[i].moveTo(radius[i].auth, radius[i].secret(t, "radius-secret"))
		modules, err := os.ReadFile(filepath.Join(radius[i].dir, "modules.conf"))
		text := string(modules)
		requests := strings.Count(text, "username = 'radius'")
		if err != nil || requests < 3 || strings.Contains(text, old) || strings.Count(text, fresh) != requests {
			t.Errorf("the configuration has not the new secret alone: %v", err)
		}
		points[i].await(t, 6)
	}
	accepts("the old secret", old, http.StatusOK)
	awaitUses(t, rekey, "aaa", "aaa-secret-2  in use", "127.0.0.1")
	rekey.must(1, "aaa-secret was used at ", "aaa", "--forget", "aaa-secret")
	rekey.must(1, "aaa-secret-2 is in use", "aaa", "--forget", "aaa-secret-2", "--force")
	rekey.killed("aaa", "--forget", "aaa-secret", "--force")
	if out := rekey.must(0, "aaa-secret-2", "aaa", "--list"); strings.Contains(out, "aaa-secret ") {
		rekey.must(0, "aaa-secret-2", "aaa", "--forget", "aaa-secret", "--force")
	}
	time.Sleep(3 * time.Second) // servers read the versions again each two seconds
	accepts("the forgotten secret", old, http.StatusUnauthorized)
	accepts("the new secret", fresh, http.StatusOK)
	for _, a := range points {
		a.await(t, 6)
	}
	close(done)
	phones.Wait()
	t.Logf("%d and %d authentications", points[0].accepted.Load(), points[1].accepted.Load())
	for _, s := range replicas {
		s.kill()
		s.start()
	}
	accepts("the forgotten secret after a restart", old, http.StatusUnauthorized)
	accepts("the new secret after a restart", fresh, http.StatusOK)
	if got := first.demo().AAASecret; got != fresh {
		t.Error("demo.json does not hold the new secret after a restart")
	}
	if code, out, stderr := onramp(t, "", append([]string{"audit", "export", "--data", first.data},
		database...)...); code != 0 || !strings.Contains(out, "aaa-secret-2") ||
		strings.Contains(out, fresh) || strings.Contains(out, old) {
		t.Errorf("audit: %d %s%s", code, out, stderr)
	}
}

// awaitUses waits until the line of a version has the sender of its last use.
func awaitUses(t *testing.T, r *rekeyRun, kind, line, by string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		out := r.must(0, line, kind, "--list")
		for text := range strings.Lines(out) {
			if strings.HasPrefix(text, line) && strings.Contains(text, by) {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("no use of %q was stored:\n%s", line, out)
		}
	}
}
