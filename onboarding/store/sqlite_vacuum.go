package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"onramp/onboarding"
)

// settingErased is set in a SQLite database whose file holds no remains of deleted rows: it was
// created by a version that erases them, or rewritten by Vacuum. Its value is the time.
const settingErased = "sqlite-erased"

const markErased = `INSERT INTO settings (name, value) VALUES ('` + settingErased + `', strftime('%Y-%m-%dT%H:%M:%SZ'))
	ON CONFLICT (name) DO UPDATE SET value = excluded.value`

// vacuumPatience is the maximum time that Vacuum waits for readers to empty the write-ahead log.
const vacuumPatience = 30 * time.Second

// ErrNotSQLite is the error of Vacuum for a PostgreSQL database.
var ErrNotSQLite = errors.New(
	"vacuum is for SQLite; on PostgreSQL autovacuum frees deleted rows, and VACUUM FULL rewrites a table")

// Vacuum rewrites a SQLite database file without the remains of deleted rows. Other processes can
// read meanwhile; their writes wait.
func Vacuum(ctx context.Context, database string, opts Options) error {
	opts = opts.withDefaults()
	if IsPostgres(database) {
		return ErrNotSQLite
	}
	s, err := OpenSQLite(ctx, database, opts) // brings the schema up to date
	if err != nil {
		return err
	}
	defer s.Close()
	// VACUUM's copy may exceed the memory. SQLite unlinks the temporary file as soon as it is open.
	db, err := sql.Open("sqlite",
		sqliteURI(database, opts.BusyTimeout, "_pragma=secure_delete(ON)", "_pragma=temp_store(FILE)"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("database %s: %w", database, sqliteError(err))
	}
	if err := s.Erase(ctx); err != nil {
		return fmt.Errorf("file rewritten, but its log could not be emptied: run vacuum again (%w)", err)
	}
	_, err = db.ExecContext(ctx, markErased)
	return err
}

// Erase removes the remains of deleted rows, and of documents stored in clear, from the file's
// pages and its log now. It waits for readers of other processes.
func (s *SQLite) Erase(ctx context.Context) error {
	for began := time.Now(); ; {
		err := s.eraser.pass(ctx, gatePatience)
		if err == nil || !errors.Is(err, errReadersInTheWay) || time.Since(began) > vacuumPatience {
			return err
		}
		if err := onboarding.Sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// Erased reports whether the file holds no remains of deleted rows (see Vacuum).
func (s *SQLite) Erased(ctx context.Context) (bool, error) {
	return s.exists(ctx, "SELECT EXISTS (SELECT 1 FROM settings WHERE name = $1)", settingErased)
}

// Check runs SQLite's own check of the file's structure and returns the damage it finds. It ends
// early with ctx.
func (s *SQLite) Check(ctx context.Context) error { return s.health.check(ctx, s.checks) }
