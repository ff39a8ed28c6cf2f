package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// settingErased stands in the settings of a SQLite database in whose file nothing of a deleted row can be: one that was made by a version that
// erases deleted rows, or that was rewritten by Vacuum since. Its value is the time.
const settingErased = "sqlite-erased"

const markErased = `INSERT INTO settings (name, value) VALUES ('` + settingErased + `', strftime('%Y-%m-%dT%H:%M:%SZ'))
	ON CONFLICT (name) DO UPDATE SET value = excluded.value`

// vacuumPatience is how long Vacuum waits for readers before it gives up emptying the write-ahead log.
const vacuumPatience = 30 * time.Second

// ErrNotSQLite is returned by Vacuum for a PostgreSQL database.
var ErrNotSQLite = errors.New("vacuum is for SQLite; on PostgreSQL autovacuum frees deleted rows, and VACUUM FULL rewrites a table")

// Vacuum rewrites a SQLite database file, so that nothing of rows that were deleted before is left in it. Other processes may
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
	// The copy that VACUUM makes may be larger than the memory. SQLite removes the temporary file's name as soon as it is open.
	db, err := sql.Open("sqlite", sqliteURI(database, opts.BusyTimeout, "_pragma=secure_delete(ON)", "_pragma=temp_store(FILE)"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("database %s: %w", database, sqliteError(err))
	}
	for began := time.Now(); ; {
		err := s.eraser.pass(ctx, gatePatience)
		if err == nil {
			break
		}
		if !errors.Is(err, errReadersInTheWay) || time.Since(began) > vacuumPatience {
			return fmt.Errorf("the file was rewritten, but its log could not be emptied: run vacuum again (%w)", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	_, err = db.ExecContext(ctx, markErased)
	return err
}

// Erased reports whether nothing of deleted rows can be in the file (see Vacuum).
func (s *SQLite) Erased(ctx context.Context) (bool, error) {
	return s.exists(ctx, "SELECT EXISTS (SELECT 1 FROM settings WHERE name = $1)", settingErased)
}

// Check runs SQLite's own check of the file's structure until ctx ends.
func (s *SQLite) Check(ctx context.Context) error { return s.health.check(ctx, s.checks) }
