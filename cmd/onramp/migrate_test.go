package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"onramp/onboarding/testkit/postgres"
)

// upgraded is a database that the version before has used, and goes on using.
type upgraded struct {
	t        *testing.T
	db       *sql.DB
	data     string
	database []string // the flags of a command
}

func (u *upgraded) exec(text string, args ...any) {
	u.t.Helper()
	if _, err := u.db.ExecContext(u.t.Context(), text, args...); err != nil {
		u.t.Fatalf("%s: %v", text, err)
	}
}

func (u *upgraded) count(where string) (n int) {
	u.t.Helper()
	if err := u.db.QueryRowContext(u.t.Context(), "SELECT count(*) FROM customers WHERE "+where).Scan(&n); err != nil {
		u.t.Fatal(err)
	}
	return n
}

// run runs a command on the database and returns its output.
func (u *upgraded) run(command ...string) string {
	u.t.Helper()
	_, out, stderr := onramp(u.t, "", append(command, u.database...)...)
	return out + stderr
}

// says checks that the command's output holds the text.
func (u *upgraded) says(text string, command ...string) {
	u.t.Helper()
	if out := u.run(command...); !strings.Contains(out, text) {
		u.t.Errorf("onramp %s does not say %q:\n%s", strings.Join(command, " "), text, out)
	}
}

const inClear = `attributes LIKE '%passportNumber%'`

// TestFinishKilled finishes the migration of a database of the version before, beside a running
// server: the first run is killed, the second seals the rest, and no number remains in a file.
func TestFinishKilled(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "data")
		u := &upgraded{t: t, data: data, database: []string{"--data", data}}
		testFinish(u, "sqlite", "file:"+filepath.Join(data, "onramp.db")+"?_pragma=busy_timeout(10000)")
		content := everything(t, data)
		for _, number := range []string{"YA-OLDER-", "YA-NEWER"} {
			if bytes.Contains(content, []byte(number)) {
				t.Errorf("a number %s... is in the data folder", number)
			}
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := postgres.Require(t).NewDatabase(t)
		data := filepath.Join(t.TempDir(), "data")
		u := &upgraded{t: t, data: data, database: []string{"--data", data, "--database", url}}
		if out := u.run("migrate"); !strings.Contains(out, "identity documents: sealed") {
			t.Fatal(out)
		}
		testFinish(u, "pgx", url)
	})
}

func testFinish(u *upgraded, driver, source string) {
	t := u.t
	const older = 2000
	s := startServe(t, u.data, u.database[2:]...)
	s.stop()
	var err error
	if u.db, err = sql.Open(driver, source); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.db.Close() })
	u.exec("DELETE FROM settings WHERE name IN ('identity-documents', 'budget-keys')")
	u.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ` + fmt.Sprint(older) + `)
		INSERT INTO customers (id, organization_id, username, email_verified, phone_verified, locked,
			signup_method, created, modified, logins, kiosk, attributes)
		SELECT '0000000000000000000000000000' || (1000 + i), '` + s.demo().OrganizationID + `', 'older-' || i,
			FALSE, FALSE, FALSE, 'app', 1, 1, 0, FALSE,
			'{"title":"Dr","document":{"personalId":"P-' || i || '","passportNumber":"YA-OLDER-' || i || '"}}'
		FROM n`)

	s.start()
	manager := s.login(s.demo().ManagerKey)
	document := `{` + consented + `,"document":{"passportNumber":"YA-NEWER"}}`
	s.must(201, "POST", "/v3/customers", manager, document)
	if n := u.count(inClear); n != older+1 {
		t.Errorf("%d documents in clear before the finish, want %d", n, older+1)
	}
	u.says("run onramp migrate --finish", "doctor")
	u.says("onramp migrate --finish", "migrate", "--status")
	u.says("limits: stored under plain hashes", "migrate", "--status")
	u.says("warn  limits: stored under plain hashes", "doctor")

	killed := command(append([]string{"migrate", "--finish"}, u.database...)...)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(60 * time.Second); u.count("document IS NOT NULL") == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the finish seals nothing")
		}
		time.Sleep(time.Millisecond)
	}
	_ = killed.Process.Kill()
	_ = killed.Wait()
	if n := u.count(inClear); n == 0 {
		t.Error("the finish ended before it was killed")
	}
	u.says("onramp migrate --finish again", "migrate", "--status")
	u.says("onramp migrate --finish again", "doctor")
	before := u.count("document IS NOT NULL")
	s.must(201, "POST", "/v3/customers", manager, document) // the running server seals
	if n := u.count("document IS NOT NULL"); n != before+1 {
		t.Errorf("%d sealed documents after a registration, before it %d", n, before)
	}

	u.says("identity documents: sealed", "migrate", "--finish")
	if n := u.count(inClear); n != 0 {
		t.Errorf("%d documents in clear after the finish", n)
	}
	u.says("identity documents: sealed", "doctor")
	u.says("limits: stored under keyed hashes", "migrate", "--status")
	u.says("ok    limits: stored under keyed hashes", "doctor")
	for _, i := range []int{1, older / 2, older} {
		contact := s.must(200, "GET", fmt.Sprintf("/v2/customers/%032d", 1000+i), manager, "")
		if want := fmt.Sprint("P-", i); !strings.Contains(string(contact.raw), `"`+want+`"`) {
			t.Errorf("contact %d without %s: %s", i, want, contact.raw)
		}
	}
}
