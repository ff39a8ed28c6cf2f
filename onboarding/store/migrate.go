package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"onramp/onboarding"
)

//go:embed migrations
var migrations embed.FS

// newest returns the number of the last migration of an engine ("sqlite" or "postgres"), which is
// the schema version that this binary needs.
func newest(engine string) int64 {
	names, err := fs.Glob(migrations, "migrations/"+engine+"/*.sql")
	if err != nil || len(names) == 0 {
		panic("no embedded migrations for " + engine)
	}
	last := names[len(names)-1] // Glob sorts; the numbers have leading zeros
	number, _, _ := strings.Cut(last[strings.LastIndexByte(last, '/')+1:], "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(last + " has no number")
	}
	return version
}

// tooNew returns the error for a database migrated by a newer version.
func tooNew(version, need int64) error {
	return fmt.Errorf("schema version %d is newer than this binary's %d: a newer onramp has migrated it; "+
		"use that version or a later one", version, need)
}

// MigrationStatus describes the schema of a database relative to this binary.
type MigrationStatus struct {
	Version int64    // the last applied migration, 0 for none
	Needs   int64    // the last migration of this binary
	Pending []string // the file names of the migrations that Migrate would apply, in order
	// Documents is the value of onboarding.SettingDocuments; empty without one.
	Documents string
	// Budgets is the value of onboarding.SettingBudgets; empty without one.
	Budgets string
}

// Migrate applies the pending migrations. Of several processes that call it for a PostgreSQL
// database, one works and the others wait. Migrations only add to the previous version's schema, so
// processes of that version keep working. It returns an error for a database migrated by a newer
// version. A SQLite database is also migrated whenever it is opened.
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
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // every second, for five minutes
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

// Status returns the migration status of the database without changing it.
func Status(ctx context.Context, database string, opts Options) (*MigrationStatus, error) {
	engine, dialect := "sqlite", goose.DialectSQLite3
	version, open := sqliteVersion, func() (*sql.DB, error) {
		return sql.Open("sqlite", sqliteURI(database, opts.withDefaults().BusyTimeout))
	}
	if IsPostgres(database) {
		engine, dialect = "postgres", goose.DialectPostgres
		version, open = postgresVersion, func() (*sql.DB, error) { return openForMigration(database) }
	}
	db, err := open()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	status := &MigrationStatus{Needs: newest(engine)}
	if status.Version, err = version(ctx, db); err != nil {
		return nil, err
	}
	if status.Version > 0 { // there is a schema
		for name, value := range map[string]*string{
			onboarding.SettingDocuments: &status.Documents, onboarding.SettingBudgets: &status.Budgets,
		} {
			err := db.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(value)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, err
			}
		}
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

const selectVersion = "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied"

// versionOf returns the number of the last applied migration; 0 if hasVersions, a query, finds that
// no migration was ever applied.
func versionOf(ctx context.Context, db *sql.DB, hasVersions string) (version int64, err error) {
	var known bool
	if err := db.QueryRowContext(ctx, hasVersions).Scan(&known); err != nil || !known {
		return 0, err
	}
	err = db.QueryRowContext(ctx, selectVersion).Scan(&version)
	return version, err
}

func provider(
	dialect goose.Dialect, engine string, db *sql.DB, opts Options, more ...goose.ProviderOption,
) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+engine)
	if err != nil {
		return nil, err
	}
	more = append(more, goose.WithSlog(opts.Log), goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goMigrations()))
	return goose.NewProvider(dialect, db, folder, more...)
}
