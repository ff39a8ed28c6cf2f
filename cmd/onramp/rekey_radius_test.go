package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// TestRekeyRADIUS changes the common RADIUS secret while phones connect at two access points, which
// get the new secret one after the other, as do two FreeRADIUS servers. The command is killed in
// the middle. No authentication fails, and the old secret ends when it is forgotten.
func TestRekeyRADIUS(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		process.Require(t, "freeradius", "eapol_test")
		rekeyRADIUS(t, []*serving{startServe(t, filepath.Join(t.TempDir(), "data"))})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		process.Require(t, "freeradius", "eapol_test")
		database := postgres.Require(t).NewDatabase(t)
		rekeyRADIUS(t, startReplicas(t, 2, database), "--database", database)
	})
}

// declareAccessPoint gives the first hotspot of the demo organization an address.
func declareAccessPoint(t *testing.T, s *serving, address string, database ...string) {
	t.Helper()
	code, out, stderr := onramp(t, "", append([]string{"export", "--data", s.data}, database...)...)
	const mac = "mac: "
	before, after, found := strings.Cut(out, mac)
	if code != 0 || !found {
		t.Fatal(out, stderr)
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	indent := strings.Repeat(" ", len(line))
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	text := before + "address: " + address + "\n" + indent + mac + after
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr = onramp(t, "", append([]string{"apply", file, "--data", s.data}, database...)...)
	if code != 0 {
		t.Fatal(out, stderr)
	}
}

func rekeyRADIUS(t *testing.T, replicas []*serving, database ...string) {
	const declared = "127.0.0.2"
	first, last := replicas[0], replicas[len(replicas)-1]
	network := newPhone(t, first)
	declareAccessPoint(t, first, declared, database...)
	rekey := &rekeyRun{T: t, data: first.data, database: database}
	rekey.must(1, "there is no RADIUS secret yet", "radius")
	radius := []*venueRADIUS{newVenueRADIUS(t, first, database...), newVenueRADIUS(t, last, database...)}
	old := radius[0].secret(t, "radius-secret")
	points := []*accessPoint{{address: declared}, {}}
	done := make(chan struct{})
	var phones sync.WaitGroup
	for i, a := range points {
		a.moveTo(radius[i].auth, old)
		phones.Go(func() { a.load(t, network, fmt.Sprintf("02:00:00:00:aa:%02x", i), done) })
	}
	refused := func(what string, a *accessPoint) {
		t.Helper()
		if n, out := a.connect(network, "02:00:00:00:aa:99", 1, 4); n != 0 {
			t.Errorf("%s is accepted\n%s", what, out[max(0, len(out)-2000):])
		}
	}
	// healthy checks that the doctor reaches the last configured FreeRADIUS.
	healthy := func(when string) {
		t.Helper()
		_, out, stderr := onramp(t, "", append([]string{"doctor", "--data", first.data}, database...)...)
		if len(linesWith(out, "ok    radius: ")) == 0 || len(linesWith(out, "fail  radius")) > 0 {
			t.Errorf("the doctor %s:\n%s%s", when, out, stderr)
		}
	}
	rekey.must(0, "radius-secret  in use", "radius", "--list")
	rekey.killed("radius")
	rekey.must(0, "radius-secret-2  in use", "radius")
	if out := rekey.must(0, "no other secret was made", "radius"); strings.Contains(out, "radius-secret-3") {
		t.Errorf("a repeated command made another secret:\n%s", out)
	}
	healthy("before FreeRADIUS has the new secret")
	rekey.must(1, "no request has used radius-secret-2 yet", "radius", "--forget", "radius-secret")
	for _, a := range points {
		a.await(t, 3)
	}

	// restart restarts a FreeRADIUS while the access points use the other one.
	restart := func(i int) string {
		t.Helper()
		other := radius[1-i]
		points[i].mu.Lock()
		port, second := points[i].port, points[i].port == radius[i].second
		points[i].port = other.auth
		if second {
			points[i].port = other.second
		}
		points[i].mu.Unlock()
		out := radius[i].restart(t)
		points[i].moveTo(port, points[i].secret)
		points[i].await(t, 6)
		return out
	}
	for i := range radius {
		if out := restart(i); !strings.Contains(out, "radius-secret-former, ports "+radius[i].auth) ||
			!strings.Contains(out, "radius-secret, ports "+radius[i].second) {
			t.Errorf("the ports:\n%s", out)
		}
		if former := radius[i].secret(t, "radius-secret-former"); former != old {
			t.Error("radius-secret-former does not hold the former secret")
		}
	}
	healthy("during the change")
	fresh := radius[0].secret(t, "radius-secret")
	points[0].moveTo(radius[0].second, fresh)
	for _, a := range points {
		a.await(t, 6)
	}
	for _, a := range []*accessPoint{
		{port: radius[0].auth, secret: fresh, address: declared}, {port: radius[0].second, secret: old},
	} {
		refused("a secret at the ports of the other", a)
	}
	awaitUses(t, rekey, "radius", "radius-secret-2  in use", "hotspot")
	rekey.must(1, "radius-secret was used at ", "radius", "--forget", "radius-secret")
	points[1].moveTo(radius[1].second, fresh)
	points[1].await(t, 6)
	rekey.must(1, "radius-secret-2 is in use", "radius", "--forget", "radius-secret-2", "--force")
	rekey.killed("radius", "--forget", "radius-secret", "--force")
	if out := rekey.must(0, "radius-secret-2", "radius", "--list"); strings.Contains(out, "radius-secret ") {
		rekey.must(0, "radius-secret-2", "radius", "--forget", "radius-secret", "--force")
	}
	for i := range radius {
		restart(i)
		if _, err := os.Stat(filepath.Join(radius[i].dir, "radius-secret-former")); err == nil {
			t.Error("radius-secret-former remains")
		}
		refused("the forgotten secret", &accessPoint{port: radius[i].auth, secret: old, address: declared})
		refused("the forgotten secret of this machine", &accessPoint{port: radius[i].auth, secret: old})
	}
	healthy("after the change")

	// The next secret has the first pair of ports.
	rekey.must(0, "radius-secret-3  in use", "radius")
	healthy("before FreeRADIUS has the third secret")
	for i := range radius {
		restart(i)
		points[i].moveTo(radius[i].auth, radius[i].secret(t, "radius-secret"))
		points[i].await(t, 6)
	}
	healthy("during the second change")
	close(done)
	phones.Wait()
	t.Logf("%d and %d authentications", points[0].accepted.Load(), points[1].accepted.Load())
}
