package ceiling

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/postgres"
)

// served serves a database and returns the function that makes a request.
func served(t *testing.T, d Database) func(status int, method, path, body string) string {
	t.Helper()
	table, err := open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler(table))
	t.Cleanup(func() {
		server.Close()
		table.close()
	})
	return func(status int, method, path, body string) string {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != status {
			t.Errorf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
		}
		return strings.TrimSpace(string(text))
	}
}

// insertAndRead inserts the rows among which /read reads, from many clients at once.
func insertAndRead(t *testing.T, d Database) {
	ask := served(t, d)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range rows / 20 {
				ask(http.StatusCreated, http.MethodPost, "/insert", `{"firstName":"Ada","email":"ada@example.com"}`)
			}
		})
	}
	all.Wait()
	for range 5 {
		const want = `{"email":"ada@example.com","name":"Ada"}`
		if got := ask(http.StatusOK, http.MethodPost, "/read", `{}`); got != want {
			t.Errorf("read %s", got)
		}
	}
	ask(http.StatusInternalServerError, http.MethodPost, "/insert", `no JSON`)
	ask(http.StatusInternalServerError, http.MethodGet, "/count?organization=o", "")
}

func TestSQLite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bare.db")
	insertAndRead(t, Database{File: file})
	if n := countRows(t, "sqlite", "file:"+file, "SELECT count(*) FROM bare"); n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
}

func TestPostgres(t *testing.T) {
	insertAndRead(t, Database{URL: postgres.Require(t).NewDatabase(t), Connections: 4})
}

func countRows(t *testing.T, driver, source, query string) (n int) {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCount counts the customers of one organization in a file with Onramp's table.
func TestCount(t *testing.T) {
	file := filepath.Join(t.TempDir(), "onramp.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"CREATE TABLE customers (id TEXT, organization_id TEXT)",
		"INSERT INTO customers VALUES ('1', 'o'), ('2', 'o'), ('3', 'other')",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ask := served(t, Database{File: file})
	if got := ask(http.StatusOK, http.MethodGet, "/count?organization=o", ""); got != `{"totalCount":2}` {
		t.Errorf("counted %s", got)
	}
}

func TestSign(t *testing.T) {
	for _, key := range []string{"rsa2048", "p256"} {
		if rate, err := Sign(key, 10*time.Millisecond); err != nil || rate <= 0 {
			t.Errorf("%s: %g, %v", key, rate, err)
		}
	}
	if _, err := Sign("des", time.Second); err == nil || !strings.Contains(fmt.Sprint(err), `"des"`) {
		t.Errorf("des: %v", err)
	}
}
