package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding/store"
)

// rawRow is one row of a table: the text of each column's value.
type rawRow map[string]string

// rawTables is every row of every table, read without the store.
type rawTables map[string][]rawRow

// rawDatabase reads all tables of a database.
func rawDatabase(t *testing.T, database string) rawTables {
	t.Helper()
	if strings.HasPrefix(database, "postgres") {
		return rawPostgres(t, database)
	}
	return rawSQLite(t, database)
}

func rawSQLite(t *testing.T, path string) rawTables {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read := func(query string) (all []rawRow, columns []string) {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if columns, err = rows.Columns(); err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(sql.RawBytes)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			row := rawRow{}
			for i, column := range columns {
				row[column] = string(*values[i].(*sql.RawBytes))
			}
			all = append(all, row)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all, columns
	}
	tables := rawTables{}
	names, _ := read("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
	for _, table := range names {
		tables[table["name"]], _ = read("SELECT * FROM " + table["name"])
	}
	return tables
}

func rawPostgres(t *testing.T, url string) rawTables {
	t.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	texts := func(query string) []string {
		rows, err := db.Query(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	tables := rawTables{}
	for _, name := range texts("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()") {
		tables[name] = nil
		for _, text := range texts("SELECT to_jsonb(t)::text FROM " + name + " t") {
			values, numbers := map[string]any{}, json.NewDecoder(strings.NewReader(text))
			numbers.UseNumber()
			if err := numbers.Decode(&values); err != nil {
				t.Fatal(err)
			}
			row := rawRow{}
			for column, value := range values {
				if value != nil {
					row[column] = strings.TrimPrefix(fmt.Sprint(value), `\x`)
				}
			}
			tables[name] = append(tables[name], row)
		}
	}
	return tables
}

// columnsOf returns the columns of each table.
func columnsOf(t *testing.T, database string) map[string][]string {
	t.Helper()
	driver, query := "sqlite", `SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT GLOB 'sqlite_*'`
	if strings.HasPrefix(database, "postgres") {
		driver, query = "pgx", `SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c
			JOIN pg_tables t ON t.tablename = c.table_name AND t.schemaname = c.table_schema
			WHERE c.table_schema = current_schema()`
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		columns[table] = append(columns[table], column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// checkRules compares the declared rules with the schema of the database.
func checkRules(t *testing.T, database string) {
	t.Helper()
	columns, ruled := columnsOf(t, database), map[string]bool{}
	for _, r := range store.ErasureRules {
		if ruled[r.Table] {
			t.Errorf("table %s has two rules", r.Table)
		}
		ruled[r.Table] = true
		named := slices.Concat(r.Keeps, r.Refused)
		for _, key := range []string{r.Customer, r.Through} {
			if key != "" {
				named = append(named, key)
			}
		}
		for _, column := range named {
			if !slices.Contains(columns[r.Table], column) {
				t.Errorf("the rule of table %s names column %s, which does not exist", r.Table, column)
			}
		}
		tied := r.Customer != "" || r.Through != ""
		if tied != (r.Deleted != store.FateNone) || tied != (r.Minimised != store.FateNone) {
			t.Errorf("the rule of table %s needs a fate, and a column that leads to the customer", r.Table)
		}
		if !tied && r.Others == "" {
			t.Errorf("the rule of table %s does not tell what its rows are", r.Table)
		}
		if r.Deleted == store.FateKept || r.Deleted == store.FateDeleted && len(r.Keeps) > 0 {
			t.Errorf("the rule of table %s keeps something of a deleted customer", r.Table)
		}
		if r.Customer != "customer_id" && slices.Contains(columns[r.Table], "customer_id") {
			t.Errorf("the rule of table %s does not name its customer_id", r.Table)
		}
	}
	for table := range columns {
		if !ruled[table] {
			t.Errorf("table %s has no rule: declare in store.ErasureRules what a deletion does to its rows", table)
		}
	}
	for table := range ruled {
		if columns[table] == nil {
			t.Errorf("there is a rule of table %s, which does not exist", table)
		}
	}
}

// rowsOf returns the rows of a customer by table.
func (tables rawTables) rowsOf(id string) rawTables {
	own := rawTables{}
	for _, r := range store.ErasureRules {
		for _, row := range tables[r.Table] {
			if r.Customer != "" && row[r.Customer] == id {
				own[r.Table] = append(own[r.Table], row)
			}
		}
	}
	for _, r := range store.ErasureRules {
		for _, row := range tables[r.Table] {
			if r.Through != "" && slices.ContainsFunc(own["activations"], func(link rawRow) bool {
				return link["token_hash"] == row[r.Through]
			}) {
				own[r.Table] = append(own[r.Table], row)
			}
		}
	}
	return own
}

// identifies reports whether a value is long and various enough to identify anything.
func identifies(value string) bool {
	return len(value) >= 8 && strings.Trim(value, "0123456789.-") != "" && value != "passpoint"
}

// privateValues returns the values of a customer's rows that no other row has, with their columns.
func (tables rawTables) privateValues(id string) map[string][]string {
	own, private := tables.rowsOf(id), map[string][]string{}
	mine := map[string]int{}
	for table, rows := range own {
		for _, row := range rows {
			for column, value := range row {
				if identifies(value) {
					private[value] = append(private[value], table+"."+column)
					mine[value]++
				}
			}
		}
	}
	all := map[string]int{}
	for _, rows := range tables {
		for _, row := range rows {
			for _, value := range row {
				all[value]++
			}
		}
	}
	for value := range private {
		if all[value] > mine[value] {
			delete(private, value)
		}
	}
	return private
}

// find calls found for each column of a row that contains one of the texts.
func (tables rawTables) find(texts []string, found func(table, column, text string)) {
	for table, rows := range tables {
		for _, row := range rows {
			for column, value := range row {
				for _, text := range texts {
					if strings.Contains(value, text) {
						found(table, column, text)
					}
				}
			}
		}
	}
}
