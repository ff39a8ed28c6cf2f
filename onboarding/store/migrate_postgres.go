package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

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

// openForMigration connects without the timeouts of the store: a migration may take long.
func openForMigration(url string) (*sql.DB, error) {
	config, err := pgxpool.ParseConfig(url) // which knows the pool's own parameters, so that one URL serves all commands
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config.ConnConfig), nil
}

// postgresVersion returns the number of the last migration that was applied, 0 for a new database.
func postgresVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var known bool
	if err := db.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version') IS NOT NULL").Scan(&known); err != nil || !known {
		return 0, err
	}
	var version int64
	err := db.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	return version, err
}
