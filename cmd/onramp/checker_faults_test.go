package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// TestCheckedSQLite inflicts faults on the only server on a SQLite database under load.
func TestCheckedSQLite(t *testing.T) {
	folder, isRoot := t.TempDir(), os.Geteuid() == 0 || process.Required()
	if isRoot {
		folder = smallDisk(t, 64<<20+2048*checkedOperations())
	}
	s := newServing(t, filepath.Join(folder, "data"))
	s.args = append(s.args, "--limits", "off")
	clock := s.withClock(filepath.Join(t.TempDir(), "clock"))
	s.start()
	t.Cleanup(s.kill)
	r := newCheckedRound(t, s)
	faults := []checkedFault{
		{"kill", func(int) {
			s.kill()
			s.start()
		}},
		{"stop of the process", func(int) { s.freeze(1500 * time.Millisecond) }},
		{"clock", func(int) { r.stepClock(clock) }},
		{"signer of garbage", func(i int) { s.spoilSigner(i) }},
	}
	if isRoot {
		ballast := filepath.Join(folder, "ballast")
		faults = append(faults, checkedFault{"disk full", func(int) {
			fill(t, ballast)
			time.Sleep(time.Second)
			if err := os.Remove(ballast); err != nil {
				t.Error(err)
			}
			s.ready(200)
		}})
	}
	r.mustHold(r.run(checkedOperations(), checkedFaults(len(faults)), faults...))
}

// TestCheckedPostgres inflicts faults on two replicas and on the synchronous pair of servers behind
// them. As root, the second replica is in a network of its own that is cut off.
func TestCheckedPostgres(t *testing.T) {
	pair := postgres.NewPair(t)
	if err := pair.Exec("CREATE DATABASE onramp"); err != nil {
		t.Fatal(err)
	}
	// A loaded machine needs more than the second of the pair's URL, with which a start fails.
	database := strings.Replace(pair.URL("onramp"), "connect_timeout=1", "connect_timeout=10", 1)
	data := filepath.Join(t.TempDir(), "data")
	if code, _, stderr := onramp(t, "", "migrate", "--database", database); code != 0 {
		t.Fatal(stderr)
	}
	common := []string{"--limits", "off", "--public-url", "http://wifi.example.test"}
	first, second := newServing(t, data), newServing(t, data)
	first.args = append(first.args, append(common, "--database", database)...)
	isRoot := os.Geteuid() == 0 || process.Required()
	var network *separateNetwork
	if isRoot {
		network = newSeparateNetwork(t)
		second = network.newServing(t, data)
		database = network.relay(t, database)
	}
	second.args = append(second.args, append(common, "--database", database)...)
	replicas := []*serving{first, second}
	var clocks []func(time.Duration)
	for i, s := range replicas {
		clocks = append(clocks, s.withClock(filepath.Join(t.TempDir(), fmt.Sprint("clock", i))))
		s.start()
		t.Cleanup(s.kill)
	}
	r := newCheckedRound(t, replicas...)
	r.idle = func() error { return pair.Idle("onramp") }
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	faults := []checkedFault{
		{"failover", func(int) {
			must(pair.Failover())
			time.Sleep(300 * time.Millisecond)
			must(pair.Rebuild())
		}},
		{"kill of a replica", func(i int) {
			s := replicas[i%2]
			s.kill()
			time.Sleep(100 * time.Millisecond)
			s.start()
		}},
		{"stop of a replica", func(i int) { replicas[i%2].freeze(1500 * time.Millisecond) }},
		{"stop of the primary", func(int) {
			must(pair.Freeze())
			time.Sleep(1500 * time.Millisecond)
			must(pair.Thaw())
		}},
		{"clock of a replica", func(i int) { r.stepClock(clocks[i%2]) }},
		{"signer of garbage", func(i int) { first.spoilSigner(i) }},
	}
	if isRoot {
		faults = append(faults, checkedFault{"partition", func(int) { network.cut(t, 2*time.Second) }})
	}
	r.mustHold(r.run(checkedOperations(), checkedFaults(len(faults)), faults...))
}

// withClock gives the server a clock that reads a file, and returns a function that sets how far it
// is ahead.
func (s *serving) withClock(file string) func(ahead time.Duration) {
	set := func(ahead time.Duration) {
		draft := file + ".new"
		if err := os.WriteFile(draft, []byte(ahead.String()), 0o600); err != nil {
			s.t.Error(err)
		}
		if err := os.Rename(draft, file); err != nil {
			s.t.Error(err)
		}
	}
	set(0)
	wrap := s.wrap
	s.wrap = func(cmd *exec.Cmd) *exec.Cmd {
		if wrap != nil {
			cmd = wrap(cmd)
		}
		cmd.Env = append(cmd.Env, "ONRAMP_TEST_CLOCK_FILE="+file)
		return cmd
	}
	return set
}

// freeze stops the process for a time. Its connections stay open without answers.
func (s *serving) freeze(d time.Duration) {
	for _, signal := range []os.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := s.cmd.Process.Signal(signal); err != nil {
			s.t.Error(err)
		}
		if signal == syscall.SIGSTOP {
			time.Sleep(d)
		}
	}
}

// stepClock steps a server's clock an hour ahead, and back after a time. It never lags behind the
// clients' tokens, which a server refuses before their time.
func (r *checkedRound) stepClock(set func(time.Duration)) {
	r.step(func() { set(time.Hour) })
	time.Sleep(800 * time.Millisecond)
	r.step(func() { set(0) })
}

// spoilSigner overwrites the certificate or the key that signs profiles by garbage until the server
// has read it, and then restores it.
func (s *serving) spoilSigner(i int) {
	s.t.Helper()
	file := filepath.Join(s.data, "pki", "profile", []string{"signer.pem", "signer.key"}[i%2])
	right, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	const message = "certificate reload failed, keeping the current one"
	before := strings.Count(s.output.String(), message)
	if err := os.WriteFile(file, []byte("garbage"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); strings.Count(s.output.String(), message) == before; {
		if time.Now().After(deadline) {
			s.t.Errorf("the server did not read the signer's file:\n%s", s.output)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := os.WriteFile(file, right, 0o600); err != nil {
		s.t.Fatal(err)
	}
}
