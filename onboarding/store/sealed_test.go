package store

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unsealedBytes are the columns of bytes that hold no sealed value.
var unsealedBytes = []string{}

// TestSealedPlacesAreComplete finds the columns that could hold sealed values: those of bytes, and
// those named after a key's ID or a box. Each must belong to a place of sealedPlaces, so that
// `onramp rekey master` re-seals it.
func TestSealedPlacesAreComplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	s := openTestSQLite(t, path, Options{})
	type column struct{ table, name string }
	columns, err := collect(context.Background(), s.readers, func(row rows) (c column, err error) {
		err = row.Scan(&c.table, &c.name)
		return c, err
	}, `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'
		AND (c.type = 'BLOB' OR c.name = 'key_id' OR c.name LIKE '%\_key\_id' ESCAPE '\'
			OR c.name = 'box' OR c.name LIKE '%\_box' ESCAPE '\' OR c.name LIKE '%sealed%')
		ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, p := range sealedPlaces {
		known = append(known, p.table+"."+p.keyID)
		if p.box != "" {
			known = append(known, p.table+"."+p.box)
		}
	}
	var found []string
	for _, c := range columns {
		name := c.table + "." + c.name
		if !slices.Contains(unsealedBytes, name) {
			found = append(found, name)
		}
	}
	for _, name := range found {
		if !slices.Contains(known, name) {
			t.Errorf("%s may hold sealed values: add it to sealedPlaces, or to unsealedBytes with the reason", name)
		}
	}
	for _, p := range sealedPlaces {
		n, err := s.count(t.Context(), `SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = $1
			AND name LIKE '%_sealed_%' AND sql LIKE '%NEW.' || $2 || ' AND retired IS NOT NULL%'`, p.table, p.keyID)
		if err != nil || n != 2 {
			t.Errorf("%s has %d triggers that refuse retired keys, %v", p.table, n, err)
		}
	}
	for _, name := range known {
		if !slices.Contains(found, name) {
			t.Errorf("sealedPlaces names %s, which the schema does not have (found: %s)", name,
				strings.Join(found, ", "))
		}
	}
}
