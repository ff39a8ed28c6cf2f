package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// eventQueries yields the queries of event pages in every order, with the column by which an index
// must be searched.
func eventQueries(ask func(name, text string, args []any, by string)) {
	from := time.UnixMicro(2000).UTC()
	to := time.UnixMicro(4000).UTC()
	for _, customer := range []string{"", "c"} {
		for _, order := range []onboarding.EventOrder{onboarding.ByUTC, onboarding.ByBusiness} {
			for _, q := range []onboarding.EventQuery{
				{}, {OldestFirst: true}, {From: &from, To: &to}, {After: &onboarding.EventPosition{At: to, ID: "x"}},
				{After: &onboarding.EventPosition{At: from, ID: "x"}, OldestFirst: true,
					Types: []onboarding.EventType{onboarding.EventLogin}},
			} {
				q.OrganizationID, q.CustomerID, q.Order, q.Limit = "o", customer, order, 10
				name := fmt.Sprintf("%+v", q)
				by := "organization_id"
				if customer != "" {
					by = "customer_id"
				}
				for _, source := range []struct {
					*eventSource
					types []onboarding.EventType
				}{{&storedEvents, q.Types}, {&visitEvents, nil}, {&connectionEvents, nil}} {
					page := source.page(&q, source.types)
					ask(name, page.String(), page.args, by)
				}
			}
		}
	}
}

// TestEventsUseTheirIndexes: a page is read along an index in its order; only a customer's own
// events, by business time, are sorted.
func TestEventsUseTheirIndexes(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "onramp.db")
		openTestSQLite(t, path, Options{}).Close()
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		eventQueries(func(name, text string, args []any, by string) {
			rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			defer rows.Close()
			var plan string
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				plan += detail + "\n"
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			sorts := strings.Contains(plan, "TEMP B-TREE")
			maySort := by == "customer_id" && strings.Contains(text, "ORDER BY business_at")
			if !strings.Contains(plan, "SEARCH e ") || !strings.Contains(plan, "("+by+"=?") ||
				strings.Contains(plan, "SCAN") || sorts && !maySort {
				t.Errorf("%s\n%s\n%s", name, text, plan)
			}
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		ctx := t.Context()
		conn, err := pgx.Connect(ctx, migratedPostgres(t, postgres.Require(t)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		seedPostgres(t, conn)
		eventQueries(func(name, text string, args []any, by string) {
			var document []byte
			if err := conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+text,
				append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(&document); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			var plan []struct{ Plan planNode }
			if err := json.Unmarshal(document, &plan); err != nil {
				t.Fatal(err)
			}
			if tables := plan[0].Plan.wholeTables(); len(tables) > 0 ||
				!strings.Contains(plan[0].Plan.indexConds(), by+" = ") {
				t.Errorf("%s\n%s\nreads all of %v\n%s", name, text, tables, document)
			}
		})
	})
}
