// Package radcheck reads people from the SQL tables of FreeRADIUS, or from a dump of them:
// radcheck, and radgroupcheck for the groups of radusergroup.
//
// # Decisions
//
// Only passwords in clear text are taken over. Reason: profiles carry the password, and MSCHAPv2
// needs it; from a hash neither can be made, so that a person with one would connect on no new
// phone.
//
// The tables are copied before the first user is read. Reason: the source is read once, without
// order, and soon left alone, however long the import takes; and a dump has no order.
//
// MySQL ignores case, accents and spaces at the end of a user name. Check items of one user in
// several spellings are found, and refuse the user. Reason: in this service they would be several
// people.
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
	"strings"
	"sync/atomic"

	"onramp/onboarding/importing"
	"onramp/onboarding/importing/sqltables"
	"onramp/onboarding/registration"
)

// Config describes a source.
type Config struct {
	// Tables is the database, or its dump.
	Tables sqltables.Config
	// Consents are the decisions of all people, as the organization declares them.
	Consents []registration.ImportedConsent
	// WithoutAttributes are the names of check items that are left out.
	WithoutAttributes []string
	// NewPasswords gives people whose password is a hash a new one.
	NewPasswords bool
}

// Table reads the users from the copy of the tables, one after the other.
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
	id                                   int64
	name, username, attribute, op, value string // name is the user name as the source compares it
}

// users selects the check items, those of a user together.
const users = `SELECT name, id, username, attribute, op, value FROM (
	SELECT name, id, username, attribute, op, value, 0 AS kind FROM radcheck
	UNION ALL
	SELECT u.name, g.id, '', g.attribute, g.op, g.value, 1 FROM radusergroup u
		JOIN radgroupcheck g ON g.groupname = u.groupname
		WHERE EXISTS (SELECT 1 FROM radcheck c WHERE c.name = u.name)
	) AS items ORDER BY name, kind, id`

// Open copies the tables and begins to read.
func Open(ctx context.Context, c Config) (*Table, error) {
	db, err := newCopy(ctx, c.Tables)
	if err != nil {
		return nil, fmt.Errorf("FreeRADIUS's tables: %w", err)
	}
	t := &Table{config: c, db: db}
	err = db.QueryRowContext(ctx, "SELECT count(DISTINCT name) FROM radcheck").Scan(&t.total)
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

// Close removes the copy.
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
	if err := t.rows.Scan(&i.name, &i.id, &i.username, &i.attribute, &i.op, &i.value); err != nil {
		return nil, err
	}
	i.op = strings.TrimSpace(i.op)
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
		if t.next = next; next == nil || next.name != user[0].name {
			break
		}
		if len(user) <= maxItems {
			user = append(user, next)
		}
	}
	t.done.Add(1)
	return t.config.record(user), nil
}
