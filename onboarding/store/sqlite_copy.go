package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// CopySQLite writes a consistent copy of a SQLite database, with every transaction committed before
// the call, to a new file with mode 0600. The copy is complete in one file and holds no remains of
// deleted rows. Other processes read and write meanwhile; the write-ahead log grows by their
// writes, and the eraser of deleted rows continues afterwards.
func CopySQLite(ctx context.Context, from, to string) error {
	if err := createPrivate(to); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", sqliteURI(from, Options{}.withDefaults().BusyTimeout))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO $1", to); err != nil {
		return fmt.Errorf("copy of database %s: %w", from, sqliteError(err))
	}
	return db.Close()
}

// SQLiteSize returns the size in bytes of a copy by CopySQLite, at most.
func SQLiteSize(ctx context.Context, path string) (bytes int64, err error) {
	db, err := queryOnly(path, Options{}.withDefaults())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&bytes)
	return bytes, err
}

// CheckSQLite checks the structure, the indexes and the references of a SQLite database completely,
// without changing it. It returns the first fault.
func CheckSQLite(ctx context.Context, path string) error {
	db, err := queryOnly(path, Options{}.withDefaults())
	if err != nil {
		return err
	}
	defer db.Close()
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("database: %w", sqliteError(err))
	}
	if found != "ok" {
		return errors.New("database: " + found)
	}
	var table, parent string
	err = db.QueryRowContext(ctx, `SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table,
		&parent)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("table %s has a row without its row in %s", table, parent)
	}
	return fmt.Errorf("database: %w", err)
}

// SQLiteVersion returns the schema version of a SQLite database, or an error if a newer version of
// Onramp has migrated it.
func SQLiteVersion(ctx context.Context, path string) (int64, error) {
	db, err := queryOnly(path, Options{}.withDefaults())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	version, err := sqliteVersion(ctx, db)
	if need := newest("sqlite"); err == nil && version > need {
		err = tooNew(version, need)
	}
	return version, err
}

// CountSQLite returns the number of rows of each table of a SQLite database.
func CountSQLite(ctx context.Context, path string) (map[string]int64, error) {
	db, err := queryOnly(path, Options{}.withDefaults())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT name FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return nil, sqliteError(err)
	}
	defer rows.Close()
	counts := map[string]int64{}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		counts[table] = 0
	}
	if err := rows.Err(); err != nil {
		return nil, sqliteError(err)
	}
	for table := range counts {
		var n int64
		quoted := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+quoted).Scan(&n); err != nil {
			return nil, fmt.Errorf("table %s: %w", table, sqliteError(err))
		}
		counts[table] = n
	}
	return counts, nil
}

// FreeSpace returns the number of bytes available to this process on the folder's file system, if
// known.
func FreeSpace(folder string) (free uint64, known bool) { return freeSpace(folder) }
