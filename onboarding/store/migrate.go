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
	"github.com/pressly/goose/v3/lock"
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

// MigrationStatus is how a database stands to this binary.
type MigrationStatus struct {
	Version int64    // the last migration that was applied, 0 for none
	Needs   int64    // the last one that this binary knows
	Pending []string // the file names of those that Migrate would apply, in order
}

// Migrate brings a PostgreSQL database's schema up to date; several processes may do so at once, one works and the others wait. Migrations only
// add to what the version before knew, so that its processes go on working meanwhile. A database that a newer version has migrated is refused.
// A SQLite database is migrated whenever it is opened.
func Migrate(ctx context.Context, database string, opts Options) error {
	opts = opts.withDefaults()
	if !IsPostgres(database) {
		return migrateSQLite(ctx, database, opts)
	}
	db, err := openForMigration(database)
	if err != nil {
		return err
	}
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // tries each second, for five minutes
	if err != nil {
		return err
	}
	provider, err := provider(goose.DialectPostgres, "postgres", db, opts, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	version, err := postgresVersion(ctx, db)
	if err != nil {
		return err
	}
	if need := newest("postgres"); version > need {
		return fmt.Errorf("database: %w", tooNew(version, need))
	}
	_, err = provider.Up(ctx)
	return err
}

// Status tells how the database stands, and changes nothing.
func Status(ctx context.Context, database string, opts Options) (*MigrationStatus, error) {
	engine, dialect := "sqlite", goose.DialectSQLite3
	versionOf, open := sqliteVersion, func() (*sql.DB, error) {
		return sql.Open("sqlite", sqliteURI(database, opts.withDefaults().BusyTimeout))
	}
	if IsPostgres(database) {
		engine, dialect = "postgres", goose.DialectPostgres
		versionOf, open = postgresVersion, func() (*sql.DB, error) { return openForMigration(database) }
	}
	db, err := open()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	status := &MigrationStatus{Needs: newest(engine)}
	if status.Version, err = versionOf(ctx, db); err != nil {
		return nil, err
	}
	provider, err := provider(dialect, engine, db, opts.withDefaults())
	if err != nil {
		return nil, err
	}
	for _, source := range provider.ListSources() {
		if source.Version > status.Version {
			path := source.Path
			if path == "" {
				path = fmt.Sprintf("%04d_email_keys.go", source.Version)
			}
			status.Pending = append(status.Pending, path)
		}
	}
	return status, nil
}

func provider(dialect goose.Dialect, engine string, db *sql.DB, opts Options, more ...goose.ProviderOption) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+engine)
	if err != nil {
		return nil, err
	}
	more = append(more, goose.WithSlog(opts.Log), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goMigrations()))
	return goose.NewProvider(dialect, db, folder, more...)
}
