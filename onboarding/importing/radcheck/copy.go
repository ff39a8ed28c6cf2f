package radcheck

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"onramp/onboarding/importing/sqltables"
)

// tables are the tables that are copied.
var tables = []sqltables.Table{
	{Name: "radcheck", Columns: []string{"id", "username", "attribute", "op", "value"}},
	{Name: "radusergroup", Columns: []string{"username", "groupname"}},
	{Name: "radgroupcheck", Columns: []string{"id", "groupname", "attribute", "op", "value"}},
}

// schema is that of the copy. name is the user name as the source compares it.
const schema = `
CREATE TABLE radcheck (name TEXT, id INTEGER, username TEXT, attribute TEXT, op TEXT, value TEXT);
CREATE TABLE radusergroup (name TEXT, groupname TEXT);
CREATE TABLE radgroupcheck (id INTEGER, groupname TEXT, attribute TEXT, op TEXT, value TEXT);`

// indexes are made after the rows are there.
const indexes = `
CREATE INDEX radcheck_name ON radcheck (name, id);
CREATE INDEX radusergroup_name ON radusergroup (name);
CREATE INDEX radgroupcheck_groupname ON radgroupcheck (groupname);`

// newCopy copies the tables into a scratch database.
func newCopy(ctx context.Context, c sqltables.Config) (*sql.DB, error) {
	db, err := sqltables.NewScratch()
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, db, c); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func fill(ctx context.Context, db *sql.DB, c sqltables.Config) error {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after Commit
	insert := map[string]*sql.Stmt{}
	for table, values := range map[string]string{
		"radcheck": "?, ?, ?, ?, ?, ?", "radusergroup": "?, ?", "radgroupcheck": "?, ?, ?, ?, ?",
	} {
		if insert[table], err = tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES ("+values+")"); err != nil {
			return err
		}
	}
	err = sqltables.Read(ctx, c, tables, func(r sqltables.Row) error {
		if r.Table != "radcheck" && !(r.Values[0].Valid && r.Values[1].Valid) {
			return nil // NULL is no group, and no user of one
		}
		values, err := copied(r)
		if err == nil {
			_, err = insert[r.Table].ExecContext(ctx, values...)
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, indexes); err != nil {
		return err
	}
	return tx.Commit()
}

// copied returns the values of a row in the copy.
func copied(r sqltables.Row) ([]any, error) {
	compared := func(text string) string { return text }
	if r.FromMySQL {
		compared = fold
	}
	v := make([]string, len(r.Values))
	for i, value := range r.Values {
		v[i] = value.String
	}
	if r.Table == "radusergroup" {
		return []any{compared(v[0]), compared(v[1])}, nil
	}
	id, err := strconv.ParseInt(v[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: an id is no integer", r.Table)
	}
	if r.Table == "radgroupcheck" {
		return []any{id, compared(v[1]), v[2], v[3], v[4]}, nil
	}
	return []any{compared(v[1]), id, v[1], v[2], v[3], v[4]}, nil
}

// fold returns the same text for two that MySQL compares as equal by its default collations.
func fold(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(text))
	return strings.TrimRight(text, " ")
}
