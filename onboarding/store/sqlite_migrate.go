package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// migrateSQLite brings the file's schema up to date. A lock beside the file keeps other processes from doing so at the same time.
func migrateSQLite(ctx context.Context, path string, opts Options) error {
	db, err := sql.Open("sqlite", sqliteURI(path, opts.BusyTimeout, "_txlock=immediate", "_pragma=secure_delete(ON)"))
	if err != nil {
		return err
	}
	defer db.Close()
	need := newest("sqlite")
	if version, err := sqliteVersion(ctx, db); err != nil || version == need {
		return err
	} else if version > need {
		return tooNew(version, need)
	}
	release, err := lockFile(path+".migrate", true)
	if err != nil {
		return err
	}
	defer release()
	provider, err := provider(goose.DialectSQLite3, "sqlite", db, opts)
	if err != nil {
		return err
	}
	fresh, err := sqliteVersion(ctx, db)
	if err != nil {
		return err
	}
	if _, err = provider.Up(ctx); err != nil || fresh != 0 {
		return err
	}
	_, err = db.ExecContext(ctx, markErased) // nothing was ever deleted from it by a version that leaves traces
	return err
}

// sqliteVersion returns the number of the last migration that was applied, 0 for a new database.
func sqliteVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var known bool
	err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'goose_db_version')").Scan(&known)
	if err != nil || !known {
		return 0, err
	}
	var version sql.NullInt64
	err = db.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version)
	return version.Int64, err
}
