package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding/testkit/postgres"
)

// unsealedBytes are the columns of bytes that hold no sealed value.
var unsealedBytes = []string{}

// sealedSchema finds the columns of a database that could hold sealed values, as "table.column":
// those of bytes, and those named after a key's ID or a box. triggers counts the triggers of a
// table that refuse retired keys in a column.
type sealedSchema struct {
	columns  func() ([]string, error)
	triggers func(table, keyID string) (int, error)
	each     int // the number of triggers of a place
}

// named is the condition on the name of a column that may hold a sealed value.
const named = `(NAME = 'key_id' OR NAME LIKE '%\_key\_id' ESCAPE '\' OR NAME = 'box'
	OR NAME LIKE '%\_box' ESCAPE '\' OR NAME LIKE '%sealed%')`

func columnsOf(ctx context.Context, db executor, query string) func() ([]string, error) {
	return func() ([]string, error) {
		return collect(ctx, db, func(row rows) (table string, err error) {
			var column string
			err = row.Scan(&table, &column)
			return table + "." + column, err
		}, query)
	}
}

// listed are the columns of sealedPlaces.
func listed() (known []string) {
	for _, p := range sealedPlaces {
		known = append(known, p.table+"."+p.keyID)
		if p.box != "" {
			known = append(known, p.table+"."+p.box)
		}
	}
	return known
}

// unlisted returns the columns that are neither in sealedPlaces nor in unsealedBytes, and those of
// sealedPlaces that the schema lacks.
func (s sealedSchema) unlisted(t *testing.T) (unknown, missing []string) {
	t.Helper()
	found, err := s.columns()
	if err != nil {
		t.Fatal(err)
	}
	known := listed()
	for _, name := range found {
		if !slices.Contains(known, name) && !slices.Contains(unsealedBytes, name) {
			unknown = append(unknown, name)
		}
	}
	for _, name := range known {
		if !slices.Contains(found, name) {
			missing = append(missing, name)
		}
	}
	return unknown, missing
}

// check fails for each column that could hold sealed values and does not belong to a place, so that
// neither `onramp rekey master` nor `onramp backup verify` would reach it, and for each place
// without triggers.
func (s sealedSchema) check(t *testing.T) {
	t.Helper()
	unknown, missing := s.unlisted(t)
	for _, name := range unknown {
		t.Errorf("%s may hold sealed values: add it to sealedPlaces, or to unsealedBytes with the reason", name)
	}
	for _, name := range missing {
		t.Errorf("sealedPlaces names %s, which the schema does not have", name)
	}
	for _, p := range sealedPlaces {
		if n, err := s.triggers(p.table, p.keyID); err != nil || n != s.each {
			t.Errorf("%s has %d triggers that refuse retired keys, %v", p.table, n, err)
		}
	}
}

func sqliteSealed(t *testing.T, path string) sealedSchema {
	t.Helper()
	s := openTestSQLite(t, path, Options{})
	return sealedSchema{
		columnsOf(t.Context(), s.readers, `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND (c.type = 'BLOB' OR `+strings.ReplaceAll(named, "NAME", "c.name")+`)
			ORDER BY m.name, c.cid`),
		func(table, keyID string) (int, error) {
			return s.count(t.Context(), `SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = $1
				AND name LIKE '%_sealed_%' AND sql LIKE '%NEW.' || $2 || ' AND retired IS NOT NULL%'`, table, keyID)
		}, 2,
	}
}

func TestSealedPlacesAreComplete(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := newSQLite(t)
		schema := sqliteSealed(t, path)
		schema.check(t)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, statement := range []string{
			"ALTER TABLE customers ADD COLUMN photo BLOB", "ALTER TABLE app_devices ADD COLUMN name_key_id TEXT",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"app_devices.name_key_id", "customers.photo"}
		if unknown, _ := schema.unlisted(t); !slices.Equal(unknown, want) {
			t.Errorf("of two new columns without a place were found: %q", unknown)
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		s := openTestPostgres(t, migratedPostgres(t, postgres.Require(t)), Options{})
		sealedSchema{
			columnsOf(t.Context(), s.reader.db, `SELECT table_name, column_name FROM information_schema.columns
				WHERE table_schema = 'public' AND (data_type = 'bytea'
					OR `+strings.ReplaceAll(named, "NAME", "column_name")+`) ORDER BY table_name, ordinal_position`),
			func(table, keyID string) (int, error) {
				return s.count(t.Context(), `SELECT count(*) FROM pg_trigger WHERE tgrelid = $1::regclass
					AND tgfoid = ('sealed_' || $2)::regproc`, table, keyID)
			}, 1,
		}.check(t)
	})
}
