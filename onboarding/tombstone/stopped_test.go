package tombstone_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
	"onramp/onboarding/tombstone"
)

// examine returns the examination of a log.
func examine(t *testing.T, l *tombstone.Log) tombstone.Examination {
	t.Helper()
	e, err := l.Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return *e
}

// TestStoppedWriter cuts the file after each byte of a line, as a kill of its writer does: the next
// start completes it, and the line after it is whole.
func TestStoppedWriter(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	db := testkit.OpenStore(t)
	v := venue(t, db, path)
	remove := func(name string) {
		t.Helper()
		c := v.AddCustomer(v.Here, name, "secret-1")
		if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	remove("first")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	remove("second")
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(before); cut <= len(after); cut++ {
		if err := os.WriteFile(path, after[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := tombstone.Open(ctx, tombstone.Config{Store: db, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := l.Start(ctx); err != nil {
				t.Fatalf("cut at %d: %v", cut-len(before), err)
			}
			if e := examine(t, l); e.Lines != 2 || e.Damaged != 0 || e.Missing+e.Unapplied != 0 {
				t.Fatalf("cut at %d: %+v", cut-len(before), e)
			}
		}
	}
}

// TestTwoProcesses deletes customers by two deployments that share one file, as two processes on
// one folder do: no line is mixed with another.
func TestTwoProcesses(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	db := testkit.OpenStore(t)
	v := venue(t, db, path)
	other := testkit.Deploy(t, deployment.Config{Store: db, Now: v.Now, Tombstones: path})
	const n = 60
	var all sync.WaitGroup
	for i := range n {
		c := v.AddCustomer(v.Here, fmt.Sprint("gone-", i), "secret-1")
		by := v.Deployment
		if i%2 == 0 {
			by = other
		}
		all.Go(func() {
			if err := by.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if e := examine(t, v.Tombstones); e.Lines != n || e.Torn+e.Damaged+e.Missing+e.Unapplied != 0 {
		t.Errorf("%+v", e)
	}
}

// TestPortions deletes customers with more rows than one transaction deletes: each has one line. A
// repeated deletion whose line failed first also erases the rows.
func TestPortions(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
		v := venue(t, db, path)
		large := func(name string) *onboarding.Customer {
			c := v.AddCustomer(v.Here, name, "secret-1", testkit.Profiled)
			var events []onboarding.Event
			for range onboarding.DeletionPortion + 1 {
				events = append(events, onboarding.Event{ID: onboarding.NewID(), OrganizationID: v.Here.ID,
					CustomerID: c.ID, Type: onboarding.EventConsent, At: v.Now()})
			}
			if err := db.Write(ctx, func(tx onboarding.Tx) error { return tx.AppendEvents(ctx, events) }); err != nil {
				t.Fatal(err)
			}
			return c
		}
		remove := func(c *onboarding.Customer) error {
			return v.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID)
		}
		if err := remove(large("first")); err != nil {
			t.Fatal(err)
		}
		if n := lines(t, path, "deleted "); n != 1 {
			t.Errorf("a deletion in portions has %d lines", n)
		}

		second := large("second")
		if err := errors.Join(os.Rename(path, path+".moved"), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := remove(second); onboarding.KindOf(err) != onboarding.Unavailable {
			t.Fatalf("a deletion without a line: %v", err)
		}
		if err := errors.Join(os.Remove(path), os.Rename(path+".moved", path)); err != nil {
			t.Fatal(err)
		}
		if err := remove(second); err != nil {
			t.Fatal(err)
		}
		if n := lines(t, path, "deleted "); n != 2 {
			t.Errorf("the file has %d lines, want 2", n)
		}
		if err := db.Write(ctx, func(tx onboarding.Tx) error {
			left, err := tx.RetiredCustomers(ctx, 10)
			if len(left) > 0 {
				t.Errorf("%d deletions are not finished after their answer", len(left))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
