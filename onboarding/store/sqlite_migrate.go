package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// migrateSQLite migrates the file's schema. A lock on a separate file excludes other processes.
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
	_, err = db.ExecContext(ctx, markErased) // a new file holds no remains of deleted rows
	return err
}

// sqliteVersion returns the number of the last applied migration, 0 for a new database.
func sqliteVersion(ctx context.Context, db *sql.DB) (int64, error) {
	return versionOf(ctx, db, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'goose_db_version')")
}
