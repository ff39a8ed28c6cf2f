package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/postgres"
)

// TestRekeyMasterWhileServing changes the master key while visitors register, fetch profiles and
// connect: no request fails. Commands are killed in the middle.
func TestRekeyMasterWhileServing(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		s := startServe(t, filepath.Join(t.TempDir(), "data"))
		rekeyWhileServing(t, []*serving{s})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		database := postgres.Require(t).NewDatabase(t)
		rekeyWhileServing(t, startReplicas(t, 2, database), "--database", database)
	})
}

// keyID is the ID of a master key in the output of a command.
var keyID = regexp.MustCompile(`[0-9a-f]{16}`)

func rekeyWhileServing(t *testing.T, replicas []*serving, database ...string) {
	demo := replicas[0].demo()
	v := &visitors{replicas: replicas, app: replicas[0].login(demo.AppKey), secret: demo.AAASecret,
		seen: newAcknowledged(), pause: 30 * time.Millisecond}
	manager := replicas[0].login(demo.ManagerKey)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	over := make(chan struct{})
	go func() {
		defer close(over)
		v.run(ctx, t, 0, 3)
	}()
	master := func(args ...string) []string {
		return append(append([]string{"rekey", "master", "--data", replicas[0].data}, database...), args...)
	}
	must := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := onramp(t, "", master(args...)...)
		if code != 0 {
			t.Fatalf("rekey master %s ended with %d: %s%s", args, code, stdout, stderr)
		}
		return stdout
	}
	old := keyID.FindString(must("--status"))
	for range 4 {
		cmd := command(master()...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+rand.IntN(900)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	must()
	code, _, stderr := onramp(t, "", master("--forget", keyID.FindString(must()))...)
	if code != 1 || !strings.Contains(stderr, "is the one that seals") {
		t.Errorf("forgetting the sealing key: %d %s", code, stderr)
	}
	must("--forget", old)
	stop()
	<-over
	if len(v.seen.customers) < 10 {
		t.Errorf("only %d visitors", len(v.seen.customers))
	}
	t.Logf("%d visitors during the changes", len(v.seen.customers))
	v.checkKept(t, manager)
	for line := range strings.Lines(must("--status")) {
		if strings.HasPrefix(line, old) && !strings.Contains(line, "forgotten") {
			t.Errorf("the forgotten key: %s", line)
		}
	}
	for _, r := range replicas {
		r.stop()
		r.start()
	}
	v.checkKept(t, replicas[len(replicas)-1].login(demo.ManagerKey))
}

// TestRekeyMasterKilledServers kills servers during changes of the master key, while visitors
// register and connect and a phone checks its credential. Clients repeat the requests that a
// killed server did not answer; no answered request is lost, and every password stays right.
func TestRekeyMasterKilledServers(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		rekeyKilledServers(t, []*serving{startServe(t, filepath.Join(t.TempDir(), "data"))})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		database := postgres.Require(t).NewDatabase(t)
		rekeyKilledServers(t, startReplicas(t, 2, database), "--database", database)
	})
}

func rekeyKilledServers(t *testing.T, replicas []*serving, database ...string) {
	demo := replicas[0].demo()
	v := &visitors{replicas: replicas, app: replicas[0].login(demo.AppKey), secret: demo.AAASecret,
		seen: newAcknowledged(), pause: 30 * time.Millisecond, patience: time.Minute}
	manager := replicas[0].login(demo.ManagerKey)
	replicas[0].must(201, "POST", "/v3/customers", manager, `{"username":"anna","password":"passwort",`+consented+`}`)
	check := `{"username":"anna","password":"passwort","organizationId":"` + demo.OrganizationID + `"}`
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	checked := 0
	clients.Go(func() { v.run(ctx, t, 0, 2) })
	clients.Go(func() {
		for ctx.Err() == nil {
			if _, err := v.ask(200, "POST", "/v3/customers/credential/check", check); err != nil {
				t.Errorf("credential check %d: %v", checked, err)
				return
			}
			checked++
			time.Sleep(200 * time.Millisecond) // the limit is 600 a minute
		}
	})
	rekey := &rekeyRun{T: t, data: replicas[0].data, database: database}
	old := keyID.FindString(rekey.must(0, "seals", "master", "--status"))
	for round := range 4 {
		cmd := command(rekey.arguments("master")...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+rand.IntN(900)) * time.Millisecond)
		victim := replicas[round%len(replicas)]
		victim.kill()
		victim.start()
		_ = cmd.Wait() // it may have met the killed server
	}
	rekey.must(0, "seals", "master")
	rekey.must(0, "is forgotten", "master", "--forget", old)
	stop()
	clients.Wait()
	if len(v.seen.customers) < 10 || checked < 10 {
		t.Errorf("only %d visitors and %d credential checks", len(v.seen.customers), checked)
	}
	t.Logf("%d visitors and %d credential checks", len(v.seen.customers), checked)
	v.checkKept(t, replicas[len(replicas)-1].login(demo.ManagerKey))
}

// TestRekeyMasterOnSeveralMachines gives each replica a file of its own: the command names the one
// that lacks the new key.
func TestRekeyMasterOnSeveralMachines(t *testing.T) {
	database := postgres.Require(t).NewDatabase(t)
	first := startReplicas(t, 1, database)[0]
	files := []string{filepath.Join(first.data, "master.key"), filepath.Join(t.TempDir(), "other.key")}
	copyKeys := func() {
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files[1], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copyKeys()
	second := startServe(t, first.data, "--database", database, "--master-key-file", files[1], "--public-url",
		"http://wifi.example.test")
	args := []string{"rekey", "master", "--data", first.data, "--database", database}
	code, stdout, stderr := onramp(t, "", args...)
	if code != 1 || !strings.Contains(stderr, "does not hold master key") || !strings.Contains(stderr, "replica ") {
		t.Fatalf("ended with %d: %s%s", code, stdout, stderr)
	}
	copyKeys()
	if code, stdout, stderr := onramp(t, "", args...); code != 0 {
		t.Fatalf("ended with %d: %s%s", code, stdout, stderr)
	}
	for _, s := range []*serving{first, second} {
		s.login(s.demo().AppKey)
	}
}
