package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// TestAuditSurvivesKill kills a server by SIGKILL while clients register and read, and checks that
// every request that was answered has its row, and that the chains are intact.
func TestAuditSurvivesKill(t *testing.T) {
	const rounds, clients = 3, 6
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data, "--limits", "off")
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	anna := s.must(http.StatusCreated, "POST", "/v3/customers", app,
		`{"policies":{"termsOfUse":true,"privacy":true}}`).body["id"].(string)
	var mu sync.Mutex
	answered := map[string]string{} // the acts by request ID
	for round := range rounds {
		var all sync.WaitGroup
		stop := make(chan struct{})
		for i := range clients {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					method, path, token, body := "GET", "/v2/customers/"+anna, manager, ""
					if i%2 == 0 {
						method, path, token = "POST", "/v3/customers", app
						body = `{"policies":{"termsOfUse":true,"privacy":true}}`
					}
					a, err := call(method, s.url+path, token, body)
					if err != nil || a.status >= 300 {
						continue // killed
					}
					mu.Lock()
					answered[a.header.Get("X-Request-Id")] = method + " " + path
					mu.Unlock()
				}
			})
		}
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
			time.Sleep(50 * time.Millisecond)
			mu.Lock()
			n := len(answered)
			mu.Unlock()
			if n >= (round+1)*2*clients {
				break
			}
		}
		s.kill()
		close(stop)
		all.Wait()
		s.start()
	}
	if code := s.stop(); code != 0 {
		t.Fatal(s.output)
	}
	recorded := map[string]bool{}
	for _, r := range auditTrail(t, &flags{data: data}) {
		recorded[r.Actor.RequestID] = true
	}
	lost := 0
	for id, what := range answered {
		if !recorded[id] {
			lost++
			t.Logf("%s, request %s, has no row", what, id)
		}
	}
	if lost > 0 || len(answered) < rounds*clients {
		t.Errorf("of %d answered requests, %d have no row", len(answered), lost)
	}
	if code, out, stderr := onramp(t, "", "audit", "verify", "--data", data); code != 0 {
		t.Errorf("verify: %s%s", out, stderr)
	}
}

// TestAuditVerifyCommand alters the audit behind the program, on both engines: the command names
// the first wrong row, and with a head that was kept elsewhere it finds a removed end.
func TestAuditVerifyCommand(t *testing.T) {
	run := func(t *testing.T, f *flags, driver, source string, args ...string) {
		o := testkit.Organization(1)
		if err := withService(t.Context(), f, func(_ *storage, s *deployment.Deployment) error {
			_, err := s.Tenant.Apply(t.Context(), []*onboarding.Organization{o})
			for range 5 {
				if err == nil {
					_, err = s.Access.Keys(t.Context(), o.ID)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		verify := func(more ...string) (int, string, string) {
			t.Helper()
			return onramp(t, "", append(append([]string{"audit", "verify"}, args...), more...)...)
		}
		code, out, stderr := verify("--organization", o.ID)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if code != 0 || len(lines) != 2 {
			t.Fatalf("verify: %d %s%s", code, out, stderr)
		}
		fields := strings.Fields(lines[1])
		head := fields[len(fields)-1]
		if code, out, stderr := verify("--head", head); code != 0 {
			t.Errorf("with the head: %d %s%s", code, out, stderr)
		}
		if code, _, stderr := verify("--head", strings.Repeat("0", 64)); code != 1 ||
			!strings.Contains(stderr, "--head") {
			t.Errorf("with another head: %d %s", code, stderr)
		}
		db, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		alter := "UPDATE audit_rows SET count = count + 1 WHERE organization_id = '" + o.ID + "' AND sequence = 3"
		if _, err := db.ExecContext(t.Context(), alter); err == nil {
			t.Error("the database lets a row be changed")
		}
		drop := "DROP TRIGGER audit_rows_unchanged"
		if driver == "pgx" {
			drop += " ON audit_rows"
		}
		for _, text := range []string{drop, alter} {
			if _, err := db.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		if code, _, stderr := verify(); code != 1 ||
			!strings.Contains(stderr, fmt.Sprintf("audit of organization %s, sequence 3", o.ID)) {
			t.Errorf("after a change: %d %s", code, stderr)
		}
	}
	t.Run("SQLite", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "data")
		run(t, &flags{data: data}, "sqlite", "file:"+filepath.Join(data, "onramp.db")+"?_pragma=busy_timeout(10000)",
			"--data", data)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := postgres.Require(t).NewDatabase(t)
		data := filepath.Join(t.TempDir(), "data")
		if code, out, stderr := onramp(t, "", "migrate", "--database", url); code != 0 {
			t.Fatal(out, stderr)
		}
		run(t, &flags{data: data, database: url}, "pgx", url, "--data", data, "--database", url)
	})
}
