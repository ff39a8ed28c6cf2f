package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"onramp/onboarding"
	"onramp/onboarding/audit"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit/postgres"
)

// rig is an audit on a database, with a second connection for changes that Onramp does not make.
type rig struct {
	testing.TB
	url     string
	store   onboarding.Store
	auditor *onboarding.Auditor
	audit   *audit.Audit
	db      *sql.DB
	at      time.Time
}

func newRig(t testing.TB, url, driver, source string) *rig {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{TB: t, url: url, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	if store.IsPostgres(url) {
		must(store.Migrate(t.Context(), url, store.Options{}))
	}
	r.store = r.open()
	var err error
	r.auditor, err = onboarding.NewAuditor(make([]byte, onboarding.AuditKeySize), func() time.Time { return r.at })
	must(err)
	r.audit = audit.New(audit.Config{Store: r.store, Auditor: r.auditor})
	r.db, err = sql.Open(driver, source)
	must(err)
	t.Cleanup(func() { _ = r.db.Close() })
	return r
}

// open opens the database as another process does.
func (r *rig) open() onboarding.Store {
	r.Helper()
	s, err := store.Open(context.Background(), r.url, store.Options{})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = s.Close() })
	return s
}

func sqliteRig(t testing.TB) *rig {
	path := filepath.Join(t.TempDir(), "onramp.db")
	return newRig(t, path, "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
}

func eachEngine(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqliteRig(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := postgres.Require(t).NewDatabase(t)
		test(t, newRig(t, url, "pgx", url))
	})
}

// fill chains n rows of an organization and returns their IDs in the order of the chain.
func (r *rig) fill(organization string, n int) []string {
	r.Helper()
	ids := make([]string, n)
	if err := r.store.Write(context.Background(), func(tx onboarding.Tx) error {
		for i := range n {
			row := r.auditor.Row(onboarding.Actor{Kind: onboarding.ActorKey, ID: "key", RequestID: "request"},
				&onboarding.Act{
					OrganizationID: organization, Action: onboarding.AuditContactChanged,
					CustomerID: fmt.Sprint("cid", i),
					Fields:     []string{"email", "phone"},
					Count:      i,
					Refused:    onboarding.Conflict,
				})
			ids[i] = row.ID
			if err := tx.AppendAudit(context.Background(), row); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		r.Fatal(err)
	}
	r.chain()
	return ids
}

func (r *rig) chain() {
	r.Helper()
	if err := r.audit.Chain(context.Background()); err != nil {
		r.Fatal(err)
	}
}

// sql runs statements that must each change a row.
func (r *rig) sql(statement string, args ...any) {
	r.Helper()
	result, err := r.db.ExecContext(context.Background(), statement, args...)
	if err != nil {
		r.Fatalf("%s: %v", statement, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		r.Fatalf("%s: changed %d rows, %v", statement, n, err)
	}
}

// verify returns the result for one chain.
func (r *rig) verify(organization, head string) audit.Chain {
	r.Helper()
	chains, err := r.audit.Verify(context.Background(), organization, head)
	if err != nil {
		r.Fatal(err)
	}
	return chains[0]
}

// dropTriggers removes the protection that the database itself gives the rows.
func (r *rig) dropTriggers() {
	r.Helper()
	on := ""
	if store.IsPostgres(r.url) {
		on = " ON audit_rows"
	}
	for _, name := range []string{"audit_rows_unchanged", "audit_rows_kept"} {
		if _, err := r.db.ExecContext(context.Background(), "DROP TRIGGER "+name+on); err != nil {
			r.Fatal(err)
		}
	}
}

// TestTriggers checks that the database refuses changes and deletions of rows.
func TestTriggers(t *testing.T) {
	eachEngine(t, func(t *testing.T, r *rig) {
		ids := r.fill("org", 3)
		for _, statement := range []string{
			"UPDATE audit_rows SET action = 'x' WHERE id = '" + ids[1] + "'",
			"UPDATE audit_rows SET sequence = NULL, hash = NULL WHERE id = '" + ids[1] + "'",
			"DELETE FROM audit_rows WHERE id = '" + ids[1] + "'",
			"DELETE FROM audit_rows",
		} {
			if _, err := r.db.ExecContext(t.Context(), statement); err == nil ||
				!strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if c := r.verify("org", ""); c.Wrong != nil || c.Rows != 3 {
			t.Errorf("chain after refused changes: %+v", c)
		}
	})
}

// TestTampering changes a chain of its own in every way and expects the first wrong row.
func TestTampering(t *testing.T) {
	const n = 12
	type tampering struct {
		name     string
		do       func(r *rig, org string, ids []string)
		sequence int64 // of the first wrong row
		missing  bool  // the wrong row has no ID
	}
	set := func(assignment string) func(r *rig, org string, ids []string) {
		return func(r *rig, _ string, ids []string) {
			r.sql("UPDATE audit_rows SET "+assignment+" WHERE id = $1", ids[4])
		}
	}
	all := []tampering{
		{"id", set("id = substr(id, 1, 31) || CASE WHEN substr(id, 32) = '0' THEN '1' ELSE '0' END"), 5, false},
		{"organization", set("organization_id = organization_id || 'x'"), 5, true},
		{"at", set("at = at + 1"), 5, false},
		{"actor", set("actor = 'system'"), 5, false},
		{"actor ID", set("actor_id = 'kez'"), 5, false},
		{"request ID", set("request_id = ''"), 5, false},
		{"action", set("action = 'contact.read'"), 5, false},
		{"target", set("target = 'key'"), 5, false},
		{"target ID", set("target_id = ''"), 5, false},
		{"fields", set("fields = 'email'"), 5, false},
		{"fields joined", set("fields = 'emailphone'"), 5, false},
		{"count", set("count = count + 1"), 5, false},
		{"refused", set("refused = ''"), 5, false},
		{"MAC", set("mac = '00000000000000000000000000000000'"), 5, false},
		{"hash", set("hash = '00'"), 5, false},
		{"sequence", set("sequence = 500"), 5, true},
		{"unchained", set("sequence = NULL, hash = NULL"), 5, true},
		{"removed", func(r *rig, _ string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1", ids[4])
		}, 5, true},
		{"first removed", func(r *rig, _ string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1", ids[0])
		}, 1, true},
		{"swapped", func(r *rig, _ string, ids []string) {
			r.sql("UPDATE audit_rows SET sequence = 99 WHERE id = $1", ids[4])
			r.sql("UPDATE audit_rows SET sequence = 5 WHERE id = $1", ids[7])
			r.sql("UPDATE audit_rows SET sequence = 8 WHERE id = $1", ids[4])
		}, 5, false},
		{"swapped with hashes", func(r *rig, _ string, ids []string) {
			r.sql("UPDATE audit_rows SET sequence = 99 WHERE id = $1", ids[4])
			r.sql("UPDATE audit_rows SET sequence = 5, hash = (SELECT hash FROM audit_rows WHERE id = $1) "+
				"WHERE id = $2", ids[4], ids[7])
			r.sql("UPDATE audit_rows SET sequence = 8 WHERE id = $1", ids[4])
		}, 5, false},
		{"contents swapped", func(r *rig, _ string, ids []string) {
			r.sql("UPDATE audit_rows SET target_id = (SELECT target_id FROM audit_rows WHERE id = $1) WHERE id = $2",
				ids[7], ids[4])
		}, 5, false},
		{"removed and renumbered", func(r *rig, org string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1", ids[4])
			for _, id := range ids[5:] {
				r.sql("UPDATE audit_rows SET sequence = sequence - 1 WHERE id = $1", id)
			}
			r.sql("UPDATE audit_heads SET sequence = sequence - 1 WHERE organization_id = $1", org)
		}, 5, false},
		{"added in the middle", func(r *rig, _ string, ids []string) {
			for i := n - 1; i >= 4; i-- {
				r.sql("UPDATE audit_rows SET sequence = sequence + 1 WHERE id = $1", ids[i])
			}
			r.copy(ids[3], "5", "hash")
		}, 5, false},
		{"added at the end", func(r *rig, _ string, ids []string) { r.copy(ids[3], "13", "hash") }, 13, false},
		{"added at the start", func(r *rig, _ string, ids []string) { r.copy(ids[3], "0", "hash") }, 0, false},
		{"added and not chained", func(r *rig, _ string, ids []string) {
			r.copy(ids[3], "CAST(NULL AS BIGINT)", "CAST(NULL AS TEXT)")
			r.chain()
		}, 13, false},
		{"tail removed", func(r *rig, _ string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1 OR id = $2", ids[10], ids[11])
		}, 11, true},
		{"tail removed before more rows", func(r *rig, org string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1 OR id = $2", ids[10], ids[11])
			r.fill(org, 2)
		}, 11, true},
		{"tail removed and head changed", func(r *rig, org string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1 OR id = $2", ids[10], ids[11])
			r.sql("UPDATE audit_heads SET sequence = 10, hash = (SELECT hash FROM audit_rows WHERE id = $1) "+
				"WHERE organization_id = $2", ids[9], org)
		}, 10, true},
		{"tail removed, head changed, before more rows", func(r *rig, org string, ids []string) {
			r.sql("DELETE FROM audit_rows WHERE id = $1 OR id = $2", ids[10], ids[11])
			r.sql("UPDATE audit_heads SET sequence = 10, hash = (SELECT hash FROM audit_rows WHERE id = $1) "+
				"WHERE organization_id = $2", ids[9], org)
			r.fill(org, 2)
		}, 12, true},
		{"head removed", func(r *rig, org string, _ []string) {
			r.sql("DELETE FROM audit_heads WHERE organization_id = $1", org)
			r.fill(org, 1)
		}, 13, true},
		{"head set back", func(r *rig, org string, ids []string) {
			r.sql("UPDATE audit_heads SET sequence = 3 WHERE organization_id = $1", org)
			r.fill(org, 1)
		}, 13, true},
		{"start removed as if pruned", func(r *rig, org string, ids []string) {
			r.sql("UPDATE audit_heads SET base_sequence = 3, base_hash = (SELECT hash FROM audit_rows WHERE id = $1) "+
				"WHERE organization_id = $2", ids[2], org)
			r.sql("DELETE FROM audit_rows WHERE id = $1 OR id = $2 OR id = $3", ids[0], ids[1], ids[2])
		}, 12, true},
		{"all rows removed", func(r *rig, org string, _ []string) {
			r.sql("DELETE FROM audit_rows WHERE organization_id = $1", org)
		}, 1, true},
	}
	eachEngine(t, func(t *testing.T, r *rig) {
		r.dropTriggers()
		for i, c := range all {
			r.TB = t
			org := fmt.Sprintf("org%02d", i)
			ids := r.fill(org, n)
			if got := r.verify(org, ""); got.Wrong != nil || got.Rows != n || got.Sequence != n {
				t.Fatalf("%s: intact chain: %+v", c.name, got)
			}
			c.do(r, org, ids)
			got := r.verify(org, "")
			switch {
			case got.Wrong == nil:
				t.Errorf("%s: not found", c.name)
			case got.Wrong.Sequence != c.sequence || (got.Wrong.ID == "") != c.missing:
				t.Errorf("%s: first wrong row is %v, want sequence %d", c.name, got.Wrong, c.sequence)
			}
		}
		chains, err := r.audit.Verify(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for _, c := range chains {
			if c.Wrong != nil {
				wrong++
			}
		}
		if wrong < len(all) {
			t.Errorf("of %d altered chains, %d are found together", len(all), wrong)
		}
	})
}

// copy inserts a copy of a row under a new ID.
func (r *rig) copy(id, sequence, hash string) {
	r.Helper()
	r.sql(`INSERT INTO audit_rows SELECT $1, organization_id, at, actor, actor_id, request_id, action, target,
		target_id, fields, count, refused, mac, `+sequence+", "+hash+" FROM audit_rows WHERE id = $2",
		onboarding.NewID(), id)
}

// TestRemovedTailByHead replaces the end of a chain by an earlier, authentic one. Only a head that
// was noted elsewhere shows that.
func TestRemovedTailByHead(t *testing.T) {
	eachEngine(t, func(t *testing.T, r *rig) {
		r.dropTriggers()
		r.fill("org", 10)
		var sequence int64
		var hash, mac string
		if err := r.db.QueryRowContext(t.Context(), "SELECT sequence, hash, mac FROM audit_heads").
			Scan(&sequence, &hash, &mac); err != nil {
			t.Fatal(err)
		}
		early := r.verify("org", "").Hash
		r.fill("org", 5)
		noted := r.verify("org", "").Hash
		for _, head := range []string{early, noted} {
			if c := r.verify("org", head); c.Wrong != nil || !c.HeadFound {
				t.Errorf("intact chain with the head %s: %+v", head, c)
			}
		}
		r.sql("DELETE FROM audit_rows WHERE sequence > $1", sequence)
		r.sql("UPDATE audit_heads SET sequence = $1, hash = $2, mac = $3", sequence, hash, mac)
		if c := r.verify("org", noted); c.Wrong != nil || c.HeadFound {
			t.Errorf("chain set back: %+v", c)
		}
		if c := r.verify("org", early); !c.HeadFound {
			t.Errorf("chain set back, with the earlier head: %+v", c)
		}
		if c := r.verify("org", "00"); c.HeadFound {
			t.Errorf("an invented head is found: %+v", c)
		}
	})
}

// TestPrune checks that the rest of a pruned chain verifies and goes on.
func TestPrune(t *testing.T) {
	eachEngine(t, func(t *testing.T, r *rig) {
		begin := r.at
		r.fill("org", 1500)
		r.at = begin.Add(time.Hour)
		r.fill("org", 10)
		r.fill("other", 3)
		last := r.verify("org", "").Hash
		if n, err := r.audit.Prune(t.Context(), "org", begin.Add(time.Second), true); err != nil || n != 1500 {
			t.Errorf("dry run: %d, %v", n, err)
		}
		if c := r.verify("org", ""); c.Wrong != nil || c.Rows != 1510 {
			t.Errorf("chain after a dry run: %+v", c)
		}
		if n, err := r.audit.Prune(t.Context(), "org", begin.Add(time.Second), false); err != nil || n != 1500 {
			t.Errorf("pruned %d, %v", n, err)
		}
		if c := r.verify("org", last); c.Wrong != nil || c.Rows != 12 || c.Sequence != 1512 || !c.HeadFound {
			t.Errorf("pruned chain: %+v", c) // two rows record the portions
		}
		if n, err := r.audit.Prune(t.Context(), "org", r.at.Add(time.Second), false); err != nil || n != 12 {
			t.Errorf("pruned all: %d, %v", n, err)
		}
		if c := r.verify("org", ""); c.Wrong != nil || c.Rows != 1 || c.Sequence != 1513 {
			t.Errorf("wholly pruned chain: %+v", c)
		}
		if c := r.verify("other", ""); c.Wrong != nil || c.Rows != 3 {
			t.Errorf("other chain: %+v", c)
		}
	})
}

// TestReplicasChain lets two processes write and chain at once.
func TestReplicasChain(t *testing.T) {
	const writers, each = 8, 60
	eachEngine(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		stop := make(chan struct{})
		var chainers, all sync.WaitGroup
		for range 2 {
			s := r.open()
			a := audit.New(audit.Config{Store: s, Auditor: r.auditor})
			chainers.Go(func() {
				for {
					if err := a.Chain(ctx); err != nil {
						t.Errorf("chaining: %v", err)
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
			for i := range writers / 2 {
				all.Go(func() {
					for j := range each {
						org := fmt.Sprint("org", (i+j)%3)
						if err := r.auditor.RecordRead(ctx, s, onboarding.Act{OrganizationID: org}); err != nil {
							t.Errorf("writing: %v", err)
							return
						}
					}
				})
			}
		}
		all.Wait()
		close(stop)
		chainers.Wait()
		chains, err := r.audit.Verify(ctx, "", "")
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, c := range chains {
			if c.Wrong != nil {
				t.Error(c.Wrong)
			}
			total += c.Rows
		}
		if total != writers*each {
			t.Errorf("%d rows are chained, %d were written", total, writers*each)
		}
	})
}

// TestExport checks the selection of rows and that the export records itself.
func TestExport(t *testing.T) {
	eachEngine(t, func(t *testing.T, r *rig) {
		r.fill("org", 3)
		r.at = r.at.Add(time.Hour)
		r.fill("org", 2)
		r.fill("other", 2)
		r.at = r.at.Add(time.Hour)
		from := r.at.Add(-time.Hour)
		for _, c := range []struct {
			q    audit.Query
			want int
		}{
			{audit.Query{OrganizationID: "org", To: &from}, 5},
			{audit.Query{OrganizationID: "org", From: &from, To: &from}, 2},
			{audit.Query{To: &from}, 7},
			{audit.Query{CustomerID: "cid0", To: &from}, 3},
			{audit.Query{OrganizationID: "org", CustomerID: "cid2"}, 2}, // one is the export itself
			{audit.Query{OrganizationID: "nobody", To: &from}, 0},
		} {
			seen := 0
			n, err := r.audit.Export(t.Context(), c.q, func(row onboarding.AuditRow) error {
				seen++
				if row.Hash == "" || row.Sequence == 0 {
					t.Errorf("exported row is not chained: %+v", row)
				}
				return nil
			})
			if err != nil || n != c.want || seen != n {
				t.Errorf("%+v: %d rows, %v; want %d", c.q, n, err, c.want)
			}
		}
		exports := 0
		if _, err := r.audit.Export(t.Context(), audit.Query{}, func(row onboarding.AuditRow) error {
			if row.Action == onboarding.AuditExported {
				exports++
			}
			return nil
		}); err != nil || exports != 7 {
			t.Errorf("%d exports are recorded, %v", exports, err)
		}
	})
}

// BenchmarkVerify verifies a chain of 100,000 rows.
func BenchmarkVerify(b *testing.B) {
	r := sqliteRig(b)
	for range 20 {
		r.fill("org", 5000)
	}
	for b.Loop() {
		if c := r.verify("org", ""); c.Wrong != nil || c.Rows != 100_000 {
			b.Fatalf("%+v", c)
		}
	}
}
