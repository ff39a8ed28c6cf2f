package store

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding"
)

func TestSQLiteFileIsPrivate(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a b?c#d%20é.db") // as hostile as a path may be
	s := openTestSQLite(t, path, Options{})
	if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.PutSetting(t.Context(), "a", "b")
	}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), filepath.Base(path)) {
			t.Errorf("a file of another name: %s", entry.Name())
		}
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
	}
	if len(entries) < 3 {
		t.Errorf("there are only %d files: the database is not in WAL mode", len(entries))
	}
}

func TestSQLiteSettings(t *testing.T) {
	s := openTestSQLite(t, filepath.Join(t.TempDir(), "onramp.db"), Options{})
	err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			var got string
			if err := tx.(*transaction).one(t.Context(), "PRAGMA "+pragma, nil, &got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("the writer has %s = %s, not %s", pragma, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.readers.write(t.Context()); err == nil {
		t.Error("a reading connection writes")
	}
}

// write attempts a write that must fail.
func (r *sqliteReaders) write(ctx context.Context) error {
	_, err := r.db.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES ('a', 'b')")
	return err
}

func TestSQLiteOpenedByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := OpenSQLite(t.Context(), path, Options{})
			if err != nil {
				t.Errorf("one of many that open a new database: %v", err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

func TestSQLiteNewerThanTheBinary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	openTestSQLite(t, path, Options{}).Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = OpenSQLite(t.Context(), path, Options{})
	if err == nil || !strings.Contains(err.Error(), "a newer onramp has migrated it") {
		t.Errorf("a database of the future was opened: %v", err)
	}
}

func TestSQLiteCannotOpen(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{garbage, folder, filepath.Join(folder, "none", "onramp.db")} {
		if s, err := OpenSQLite(t.Context(), path, Options{}); err == nil {
			s.Close()
			t.Errorf("%s was opened", path)
		}
	}
}

func TestSQLiteStatus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	if err := Migrate(t.Context(), path, Options{}); err == nil {
		t.Error("a file that is not there was migrated")
	}
	openTestSQLite(t, path, Options{}).Close()
	status, err := Status(t.Context(), path, Options{})
	if err != nil || status.Version != newest("sqlite") || status.Needs != status.Version || len(status.Pending) != 0 {
		t.Errorf("status of a new database: %+v, %v", status, err)
	}
}
