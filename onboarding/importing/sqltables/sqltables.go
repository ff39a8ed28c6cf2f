// Package sqltables reads tables of another system's SQL database: PostgreSQL, MySQL or MariaDB, a
// SQLite file, or a dump as text by mysqldump or pg_dump.
//
// # Decisions
//
// Dumps are read by own code. Reason: the parsers of SQL that are maintained build a tree of each
// statement, and a statement of a dump may hold a whole table; none reads PostgreSQL's COPY.
//
// A dump that lacks its last line, or one of the tables, is an error. Reason: the missing rows may
// be the ones that restrict the access of a person.
package sqltables

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Config describes a source.
type Config struct {
	// Source is the URL of a database, without a password (postgres://, mysql:// or mariadb://),
	// the path of a SQLite file or of a dump, or "-" for a dump on Input.
	Source string
	Input  io.Reader
	// PasswordFile holds the password for MySQL; without it, the environment's MYSQL_PWD.
	PasswordFile string
}

// Table names a table and the columns to read.
type Table struct {
	Name    string
	Columns []string
}

// Row is a row of a table, with the values of the table's columns. Values is valid until the
// function that receives the row returns.
type Row struct {
	Table  string
	Values []sql.NullString
	// FromMySQL marks a row of MySQL or MariaDB, which by default ignore case, accents and spaces
	// at the end when they compare texts.
	FromMySQL bool
}

// Read calls add with each row of the tables: of a database table by table, in one snapshot and
// without a change; of a dump in the order of its rows.
func Read(ctx context.Context, c Config, tables []Table, add func(Row) error) error {
	scheme, _, isURL := strings.Cut(c.Source, "://")
	if c.PasswordFile != "" && (!isURL || scheme != "mysql" && scheme != "mariadb") {
		return errors.New("a password file is only for MySQL: set PGPASSWORD, or use ~/.pgpass")
	}
	switch {
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		return readPostgres(ctx, c.Source, tables, add)
	case isURL && (scheme == "mysql" || scheme == "mariadb"):
		return readMySQL(ctx, &c, tables, add)
	case isURL:
		return fmt.Errorf("%s is not among postgres, mysql and mariadb", scheme)
	case c.Source == "-":
		return readDump(bufio.NewReaderSize(&untilDone{ctx, c.Input}, readAhead), tables, add)
	}
	file, err := os.Open(c.Source)
	if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReaderSize(&untilDone{ctx, file}, readAhead)
	if start, _ := r.Peek(len(sqliteStart)); string(start) == sqliteStart {
		return readSQLite(ctx, c.Source, tables, add)
	}
	return readDump(r, tables, add)
}

// sqliteStart is the begin of a SQLite file.
const sqliteStart = "SQLite format 3\x00"

// readAhead is the size of a dump's buffer in bytes.
const readAhead = 1 << 16

// untilDone reads until the end of a context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
