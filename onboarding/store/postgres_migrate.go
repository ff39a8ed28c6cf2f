package store

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// openForMigration connects without the timeouts of the store: a migration may take long.
func openForMigration(url string) (*sql.DB, error) {
	config, err := pgxpool.ParseConfig(url) // accepts the pool's own parameters, so that one URL serves all commands
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config.ConnConfig), nil
}

// postgresVersion returns the number of the last applied migration, 0 for a new database.
func postgresVersion(ctx context.Context, db *sql.DB) (int64, error) {
	return versionOf(ctx, db, postgresHasVersions)
}

const postgresHasVersions = "SELECT to_regclass('goose_db_version') IS NOT NULL"
