package sqltables

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

func readPostgres(ctx context.Context, address string, tables []Table, add func(Row) error) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("not a PostgreSQL URL") // the error of url.Parse repeats a password
	}
	if _, given := u.User.Password(); given || u.Query().Has("password") {
		return errors.New("the URL must hold no password, which others on this machine could see: " +
			"set PGPASSWORD, or use ~/.pgpass")
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer db.Close()
	return readTables(ctx, db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL DateStyle = 'ISO'",
		asText, tables, add)
}

func readSQLite(ctx context.Context, path string, tables []Table, add func(Row) error) error {
	file := url.URL{Path: path}
	db, err := sql.Open("sqlite", "file:"+file.EscapedPath()+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	return readTables(ctx, db, "BEGIN", asText, tables, add)
}

// asText makes the database write a time as it stores it, with or without a time zone; the drivers
// would add one.
func asText(column string) string { return "CAST(" + column + " AS TEXT)" }

// NewScratch opens an empty SQLite database on disk, with one connection, whose file has no name:
// no other process can open it, and it is gone with this one.
func NewScratch() (*sql.DB, error) {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection has a database of its own
	db.SetConnMaxIdleTime(0)
	return db, nil
}

// readTables reads the tables in one transaction.
func readTables(
	ctx context.Context, db *sql.DB, begin string, expression func(string) string, tables []Table, add func(Row) error,
) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // and the pool closes it, which ends the transaction
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return err
	}
	for _, t := range tables {
		if err := readTable(ctx, conn, t, expression, add); err != nil {
			return err
		}
	}
	return nil
}

func readTable(
	ctx context.Context, conn *sql.Conn, t Table, expression func(string) string, add func(Row) error,
) error {
	columns := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		columns[i] = expression(column)
	}
	rows, err := conn.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+t.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := Row{Table: t.Name, Values: make([]sql.NullString, len(t.Columns))}
	to := make([]any, len(t.Columns))
	for i := range to {
		to[i] = &row.Values[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		if err := add(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
