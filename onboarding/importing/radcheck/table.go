// Package radcheck reads people from the SQL tables of FreeRADIUS: radcheck, and radgroupcheck for
// the groups of radusergroup.
//
// # Decisions
//
// Only passwords in clear text are taken over. Reason: profiles carry the password, and MSCHAPv2
// needs it; from a hash neither can be made, so that a person with one would connect on no new
// phone.
//
// A check item that is not understood refuses its user. Reason: it may restrict the access, and an
// import without it would let the person in.
package radcheck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"onramp/onboarding/importing"
	"onramp/onboarding/registration"
)

// Config describes a source.
type Config struct {
	// Database is a PostgreSQL URL without a password, or the path of a SQLite file.
	Database string
	// Consents are the decisions of all people, as the organization declares them.
	Consents []registration.ImportedConsent
	// WithoutAttributes are the names of check items that are left out.
	WithoutAttributes []string
	// NewPasswords gives people whose password is a hash a new one.
	NewPasswords bool
}

// Table reads the users of a database, one after the other.
type Table struct {
	config Config
	db     *sql.DB
	rows   *sql.Rows
	next   *item // of the following user
	total  int
	done   atomic.Int64
}

// item is one row: a check item of a user, or of one of the user's groups.
type item struct {
	id                             int64
	username, attribute, op, value string
}

// users selects the check items, those of a user together.
const users = `SELECT id, username, attribute, op, value FROM (
	SELECT id, username, attribute, op, value, 0 AS kind FROM radcheck
	UNION ALL
	SELECT g.id, u.username, g.attribute, g.op, g.value, 1 FROM radusergroup u
		JOIN radgroupcheck g ON g.groupname = u.groupname
		WHERE EXISTS (SELECT 1 FROM radcheck c WHERE c.username = u.username)
	) AS items ORDER BY username, kind, id`

// Open connects to the database and begins to read. The tables are not changed.
func Open(ctx context.Context, c Config) (*Table, error) {
	db, err := connect(c.Database)
	if err != nil {
		return nil, err
	}
	t := &Table{config: c, db: db}
	err = db.QueryRowContext(ctx, "SELECT count(DISTINCT username) FROM radcheck").Scan(&t.total)
	if err == nil {
		t.rows, err = db.QueryContext(ctx, users) //nolint:rowserrcheck // item checks it
	}
	if err == nil {
		t.next, err = t.item()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.Close()
		return nil, fmt.Errorf("FreeRADIUS's tables: %w", err)
	}
	return t, nil
}

func connect(database string) (*sql.DB, error) {
	if !strings.HasPrefix(database, "postgres://") && !strings.HasPrefix(database, "postgresql://") {
		if _, err := os.Stat(database); err != nil {
			return nil, err
		}
		file := url.URL{Path: database}
		return sql.Open("sqlite", "file:"+file.EscapedPath()+"?mode=ro&_pragma=busy_timeout(5000)")
	}
	u, err := url.Parse(database)
	if err != nil {
		return nil, errors.New("not a PostgreSQL URL") // the error of url.Parse repeats a password
	}
	if _, given := u.User.Password(); given || u.Query().Has("password") {
		return nil, errors.New("the URL must hold no password, which others on this machine could see: " +
			"set PGPASSWORD, or use ~/.pgpass")
	}
	return sql.Open("pgx", database)
}

// Close ends the connection.
func (t *Table) Close() {
	if t.rows != nil {
		_ = t.rows.Close()
	}
	_ = t.db.Close()
}

// Total returns the number of users.
func (t *Table) Total() int { return t.total }

// Done returns the number of users that were read.
func (t *Table) Done() int { return int(t.done.Load()) }

// item reads the next row; io.EOF after the last.
func (t *Table) item() (*item, error) {
	if !t.rows.Next() {
		if err := t.rows.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	var i item
	var username, attribute, op, value sql.NullString
	if err := t.rows.Scan(&i.id, &username, &attribute, &op, &value); err != nil {
		return nil, err
	}
	i.username, i.attribute, i.value = username.String, attribute.String, value.String
	i.op = strings.TrimSpace(op.String)
	return &i, nil
}

// maxItems is the most check items of a user.
const maxItems = 100

// Next implements importing.Source.
func (t *Table) Next(context.Context) (*importing.Record, error) {
	if t.next == nil {
		return nil, io.EOF
	}
	user := []*item{t.next}
	for {
		next, err := t.item()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("FreeRADIUS's tables: %w", err)
		}
		if t.next = next; next == nil || next.username != user[0].username {
			break
		}
		if len(user) <= maxItems {
			user = append(user, next)
		}
	}
	t.done.Add(1)
	return t.config.record(user), nil
}
