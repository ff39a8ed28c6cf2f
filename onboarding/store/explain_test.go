package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// The contract makes the store ask every query that it has. These tests collect the queries' texts
// and have each engine explain them: none may read through a whole table that grows with customers.

// statements is a set of SQL texts.
type statements struct {
	mu     sync.Mutex
	byText map[string]bool
}

func (s *statements) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText == nil {
		s.byText = map[string]bool{}
	}
	s.byText[text] = true
}

// small are the tables with a few rows a tenant; json_each is an argument that is a list.
// sqlite_dbpage finds a page by its number.
var small = []string{
	"organizations", "organization_versions", "locations", "hotspots", "realms", "slugs", "service_keys", "secrets",
	"settings",
	"goose_db_version", "webhooks", "webhook_secrets",
	"access_points", "sqlite_dbpage", "master_keys", "replicas",
	"revocation_sweeps", "audit_heads",
	"json_each", // no table: the values of one argument
}

// wholeTable lists, by the beginning of their text, the statements that may scan a growing table,
// with the reason.
var wholeTable = map[string]string{
	"SELECT EXISTS (SELECT 1 FROM secrets)": "it stops at the first row of each table",
	"SELECT count(*) FROM tombstones":       "one count each 20 seconds",
	"WITH RECURSIVE chains":                 "it reads one row of the index for each tenant",
	"DELETE FROM statistics_changes":        "it takes the first rows in the order of the key",
	"DELETE FROM customer_counts WHERE (":   "it takes the first rows of the partial index of changes",
}

// unchained are parts of the statements that read the partial index of audit rows outside a chain:
// a background task chains them every few seconds.
var unchained = []string{"FROM audit_rows WHERE sequence IS NULL", "AND audit_rows.sequence IS NULL"}

// stale is the condition of the partial index of customers whose terms are not written.
const stale = "WHERE " + staleTerms

// emptied are the statements that delete all rows of a table: the stored responses of a restored
// database, and the sign-ins of operators that a command ends.
var emptied = []string{"DELETE FROM idempotency", deleteSignInLinks, deleteOperatorSessions}

func mayReadAll(text string) bool {
	reads := func(part string) bool { return strings.Contains(text, part) }
	if slices.Contains(emptied, text) || reads(stale) || slices.ContainsFunc(unchained, reads) {
		return true
	}
	for start := range wholeTable {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// collect takes the texts of a SQLite store's prepared statements.
func (s *statements) collect(t *testing.T, store *SQLite) {
	take := func(c *preparedCache) {
		c.mu.RLock()
		defer c.mu.RUnlock()
		for text := range c.byText {
			s.add(text)
		}
	}
	take(&store.readers.prepared)
	// a closed one has nothing more
	_ = store.Write(context.Background(), func(onboarding.Tx) error { take(&store.writer.conn.prepared); return nil })
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// placeholdersIn returns the highest placeholder's number.
func placeholdersIn(text string) (highest int) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		highest = max(highest, n)
	}
	return highest
}

var explained = regexp.MustCompile(`(?i)^(SELECT|WITH|UPDATE|DELETE|INSERT)`)

// explainSQLite looks for SCAN in the plans.
func (s *statements) explainSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	openTestSQLite(t, path, Options{}).Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scan := regexp.MustCompile(`^SCAN (\w+)`)
	n := 0
	for text := range s.byText {
		if !explained.MatchString(text) {
			continue
		}
		rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, placeholdersIn(text))...)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		n++
		aliases := tableAliases(text)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		for _, detail := range plan {
			m := scan.FindStringSubmatch(detail)
			if m == nil {
				continue
			}
			table, known := aliases[m[1]]
			if table == "page" { // the wrapper that sqliteReaders.query adds to a page
				continue
			}
			if known && !slices.Contains(small, table) && !mayReadAll(text) {
				t.Errorf("SQLite reads all of %s:\n%s\n  %s", table, text, strings.Join(plan, "\n  "))
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d statements were collected", n)
	}
}

// tableAliases maps the names that a text uses for tables to the tables.
func tableAliases(text string) map[string]string {
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`(?i)\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?`).
		FindAllStringSubmatch(text, -1) {
		all[m[1]] = m[1]
		if m[2] != "" {
			all[m[2]] = m[1]
		}
	}
	return all
}

// seedPostgres fills every growing table with made-up rows of three organizations, so that the
// planner has something to weigh.
func seedPostgres(t *testing.T, conn *pgx.Conn) {
	ctx := t.Context()
	rows, err := conn.Query(ctx, `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
		JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_identity = 'NO' AND is_generated = `+
		`'NEVER' ORDER BY 1, ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	columns, values := map[string][]string{}, map[string][]string{}
	for rows.Next() {
		var table, column, kind, nullable string
		if err := rows.Scan(&table, &column, &kind, &nullable); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(small, table) {
			continue
		}
		value := map[string]string{
			"text": "md5(i || '" + column + "')", "bigint": "i", "integer": "i % 100", "boolean": "i % 2 = 0",
			"bytea": "''::bytea", "double precision": "i",
		}[kind]
		if column == "organization_id" {
			value = "md5((i % 3)::text)"
		}
		if table == "sessions" && column == "anonymous" { // an anonymous row holds no identity
			value = "FALSE"
		}
		if value == "" {
			t.Fatalf("no value is made up for %s.%s, which is %s", table, column, kind)
		}
		if nullable == "YES" {
			value = "CASE WHEN (i + " + strconv.Itoa(len(columns[table])) + ") % 3 > 0 THEN " + value + " END"
		}
		columns[table], values[table] = append(columns[table], column), append(values[table], value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	statements := []string{"SET session_replication_role = replica"} // references are not checked
	for table := range columns {
		statements = append(statements, "INSERT INTO "+table+" ("+strings.Join(columns[table], ", ")+
			") SELECT "+strings.Join(values[table], ", ")+" FROM generate_series(1, 5000) AS i ON CONFLICT DO NOTHING")
	}
	for _, statement := range append(statements, "ANALYZE") {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
}

// explainPostgres looks for nodes that read a table without a condition on an index. Sequential
// scans are made so dear that one is chosen only where no index serves.
func (s *statements) explainPostgres(t *testing.T, url string) {
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	seedPostgres(t, conn)
	for _, setting := range []string{"enable_seqscan = off", "plan_cache_mode = force_generic_plan"} {
		if _, err := conn.Exec(ctx, "SET "+setting); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for text := range s.byText {
		if !explained.MatchString(text) {
			continue
		}
		if _, err := conn.Exec(ctx, "DEALLOCATE ALL"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(ctx, "PREPARE explained AS "+text); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		n++
		execute := "EXPLAIN (FORMAT JSON) EXECUTE explained"
		if k := placeholdersIn(text); k > 0 {
			execute += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", k), ", ") + ")"
		}
		var plan []struct{ Plan planNode }
		var document []byte
		if err := conn.QueryRow(ctx, execute, pgx.QueryExecModeSimpleProtocol).Scan(&document); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		if err := json.Unmarshal(document, &plan); err != nil {
			t.Fatal(err)
		}
		for _, table := range plan[0].Plan.wholeTables() {
			if !slices.Contains(small, table) && !mayReadAll(text) {
				t.Errorf("PostgreSQL reads all of %s:\n%s\n%s", table, text, document)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d statements were collected", n)
	}
}

// planNode is the part of PostgreSQL's plan that matters here.
type planNode struct {
	Type      string     `json:"Node Type"`
	Table     string     `json:"Relation Name"`
	IndexCond string     `json:"Index Cond"`
	Plans     []planNode `json:"Plans"`
}

func (n *planNode) wholeTables() (tables []string) {
	switch n.Type {
	case "Seq Scan":
		tables = append(tables, n.Table)
	case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
		if n.IndexCond == "" {
			tables = append(tables, n.Table)
		}
	}
	for i := range n.Plans {
		tables = append(tables, n.Plans[i].wholeTables()...)
	}
	return tables
}

// TraceQueryStart and the others make statements a pgx.QueryTracer and pgx.BatchTracer.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.add(data.SQL)
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		s.add(q.SQL)
	}
	return ctx
}

func (s *statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (s *statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// TestMatchUsesItsIndexes: each way to find a customer has an index of its own.
func TestMatchUsesItsIndexes(t *testing.T) {
	columns := map[string]string{
		"id":         "id",
		"username":   "username",
		"email":      "email_key",
		"phone":      "phone",
		"ext id":     "ext_id",
		"ext prop 1": "ext_prop1",
		"ext prop 2": "ext_prop2",
		"guid":       "guid_hash",
	}
	all := criteria(onboarding.Match{ID: "x", Username: "x", Email: "x", Phone: "x", ExtID: "x", ExtProp1: "x",
		ExtProp2: "x", GuidHash: "x"})
	if len(all) != len(columns) {
		t.Fatalf("there are %d criteria, not %d", len(all), len(columns))
	}
	t.Run("SQLite", func(t *testing.T) {
		s := openTestSQLite(t, newSQLite(t), Options{})
		for _, c := range all {
			var id, parent, unused int
			var detail string
			if err := s.one(t.Context(), "EXPLAIN QUERY PLAN "+c.query+" IN ($2, $3)", []any{"o", "x", "y"}, &id,
				&parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(detail, "SEARCH") || !strings.Contains(detail, columns[c.name]+"=?") {
				t.Errorf("%s: %s", c.name, detail)
			}
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		ctx := t.Context()
		conn, err := pgx.Connect(ctx, migratedPostgres(t, postgres.Require(t)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		seedPostgres(t, conn)
		for _, c := range all {
			var document []byte
			text := strings.ReplaceAll(c.query, "$1", "md5('1')") + " IN (md5('77" + columns[c.name] + "'), md5('78'))"
			if err := conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+text,
				pgx.QueryExecModeSimpleProtocol).Scan(&document); err != nil {
				t.Fatal(err)
			}
			var plan []struct{ Plan planNode }
			if err := json.Unmarshal(document, &plan); err != nil {
				t.Fatal(err)
			}
			if conds := plan[0].Plan.indexConds(); !strings.Contains(conds, columns[c.name]+" = ANY") {
				t.Errorf("%s: %s", c.name, document)
			}
		}
	})
}

func (n *planNode) indexConds() string {
	all := n.IndexCond
	for i := range n.Plans {
		all += " " + n.Plans[i].indexConds()
	}
	return all
}
