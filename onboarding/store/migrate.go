package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// newest returns the number of the last migration of an engine ("sqlite" or "postgres"): the schema that this binary needs.
func newest(engine string) int64 {
	names, err := fs.Glob(migrations, "migrations/"+engine+"/*.sql")
	if err != nil || len(names) == 0 {
		panic("no migrations of " + engine + " are embedded")
	}
	last := names[len(names)-1] // Glob sorts, and the numbers have leading zeros
	number, _, _ := strings.Cut(last[strings.LastIndexByte(last, '/')+1:], "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(last + " has no number")
	}
	return version
}

// tooNew is the refusal of a database that a newer version has migrated.
func tooNew(version, need int64) error {
	return fmt.Errorf("its schema is version %d, and this binary knows versions up to %d: a newer onramp has migrated it; use that one or a later one", version, need)
}

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

func provider(dialect goose.Dialect, engine string, db *sql.DB, opts Options, more ...goose.ProviderOption) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+engine)
	if err != nil {
		return nil, err
	}
	more = append(more, goose.WithSlog(opts.Log), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goMigrations()))
	return goose.NewProvider(dialect, db, folder, more...)
}
