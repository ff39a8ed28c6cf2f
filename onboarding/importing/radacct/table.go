// Package radacct imports connections of the past from FreeRADIUS's SQL table radacct, or from a
// dump of it.
//
// # Decisions
//
// The table is copied before the first connection is imported. Reason: the database that accounts
// for the connections of a venue is soon left alone, and the total of the progress is known.
//
// A time without a time zone is an error unless the zone is named. Reason: FreeRADIUS lets MySQL
// write local times, and a guess would move connections by hours.
package radacct

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/importing/sqltables"
)

// Config describes a source.
type Config struct {
	// Tables is the database, or its dump.
	Tables sqltables.Config
	// Zone is that of times without a time zone; nil: such times are an error.
	Zone *time.Location
}

// tables is the table that is copied, of FreeRADIUS 3.
var tables = []sqltables.Table{{Name: "radacct", Columns: []string{
	"acctuniqueid", "acctsessionid", "username", "nasipaddress", "calledstationid", "callingstationid",
	"framedipaddress", "acctterminatecause", "acctsessiontime", "acctinputoctets", "acctoutputoctets",
	"acctstarttime", "acctupdatetime", "acctstoptime",
}}}

// The first column of each kind; those before are texts.
const (
	firstNumber = 8
	firstTime   = 11
)

// schema is that of the copy. Times are microseconds since 1970.
const schema = `CREATE TABLE radacct (id TEXT, session TEXT, username TEXT, nas TEXT, called TEXT, calling TEXT,
	address TEXT, cause TEXT, seconds INTEGER, input INTEGER, output INTEGER, started INTEGER, updated INTEGER,
	stopped INTEGER, other TEXT)`

// Table is the copy of a table.
type Table struct {
	db    *sql.DB
	total int
}

// Open copies the table.
func Open(ctx context.Context, c Config) (*Table, error) {
	db, err := sqltables.NewScratch()
	if err != nil {
		return nil, err
	}
	t := &Table{db: db}
	if err := t.fill(ctx, &c); err != nil {
		t.Close()
		return nil, fmt.Errorf("FreeRADIUS's table: %w", err)
	}
	return t, nil
}

// Close removes the copy.
func (t *Table) Close() { _ = t.db.Close() }

// Total returns the number of rows.
func (t *Table) Total() int { return t.total }

func (t *Table) fill(ctx context.Context, c *Config) error {
	if _, err := t.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after Commit
	insert, err := tx.PrepareContext(ctx, "INSERT INTO radacct VALUES ("+
		strings.Repeat("?, ", len(tables[0].Columns))+"?)")
	if err != nil {
		return err
	}
	err = sqltables.Read(ctx, c.Tables, tables, func(r sqltables.Row) error {
		values := make([]any, len(r.Values)+1)
		for i, v := range r.Values {
			switch text := strings.TrimSpace(v.String); {
			case tables[0].Columns[i] == "nasipaddress", tables[0].Columns[i] == "framedipaddress":
				values[i], _, _ = strings.Cut(onboarding.CutText(text, maxText), "/") // PostgreSQL's 192.0.2.1/32
			case i < firstNumber:
				values[i] = onboarding.CutText(v.String, maxText)
			case i < firstTime:
				values[i], _ = strconv.ParseInt(text, 10, 64) // 0 for NULL
			default:
				at, err := c.time(text)
				switch {
				case errors.Is(err, errNoZone):
					return fmt.Errorf("%s: %w", tables[0].Columns[i], err)
				case err != nil:
					values[0] = "" // which refuses the row
				case !at.IsZero():
					values[i] = at.UnixMicro()
				}
			}
		}
		values[len(r.Values)] = otherName(&r)
		t.total++
		_, err := insert.ExecContext(ctx, values...)
		return err
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

// otherName returns the user name in lower case if the source ignores case: users have typed their
// names in any.
func otherName(r *sqltables.Row) string {
	name := r.Values[2].String
	if lower := strings.ToLower(name); r.FromMySQL && lower != name {
		return onboarding.CutText(lower, maxText)
	}
	return ""
}

// maxText is the most bytes of a text that are kept; no attribute of RADIUS is longer.
const maxText = 253
