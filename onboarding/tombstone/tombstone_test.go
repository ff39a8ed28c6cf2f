package tombstone_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/tombstone"
)

// venue is a venue whose deployment keeps a log.
func venue(t *testing.T, db onboarding.Store, path string) *testkit.Venue {
	t.Helper()
	v := testkit.NewVenueOn(t, db)
	v.Deployment = testkit.Deploy(t, deployment.Config{Store: db, Now: v.Now, Tombstones: path})
	if _, err := v.Tombstones.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return v
}

func refuse(t *testing.T, v *testkit.Venue, c *onboarding.Customer) {
	t.Helper()
	v.Consent(c, map[string]bool{"ppd": false})
}

// older returns a database of the same deployment with the customers, as a copy from before their
// deletion has them.
func older(t testing.TB, db, other onboarding.Store, customers ...*onboarding.Customer) onboarding.Store {
	t.Helper()
	ctx := t.Context()
	id, err := db.Setting(ctx, tombstone.SettingDeployment)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.PutSetting(ctx, tombstone.SettingDeployment, id); err != nil {
			return err
		}
		for _, c := range customers {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return other
}

// lines counts the lines of a kind.
func lines(t *testing.T, path, kind string) (n int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, kind) && strings.HasSuffix(line, "\n") && len(line) > 40 {
			n++
		}
	}
	return n
}

// TestApply deletes and minimises customers, and applies the log to a copy from before.
func TestApply(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
		v := venue(t, db, path)
		named := testkit.Profiled
		deleted := v.AddCustomer(v.Here, "deleted", "secret-1", named)
		refusing := v.AddCustomer(v.Here, "refusing", "secret-2", named)
		staying := v.AddCustomer(v.Here, "staying", "secret-3", named)
		for _, c := range []*onboarding.Customer{deleted, refusing, staying} {
			c.LastName = "Name"
		}
		if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), deleted.ID); err != nil {
			t.Fatal(err)
		}
		refuse(t, v, refusing)
		if d, m := lines(t, path, "deleted "), lines(t, path, "minimised "); d != 1 || m != 1 {
			t.Fatalf("the log has %d deletions and %d minimisations", d, m)
		}
		text, _ := os.ReadFile(path)
		for _, id := range []string{deleted.ID, refusing.ID, "deleted@", "refusing"} {
			if strings.Contains(string(text), id) {
				t.Errorf("the log has %q", id)
			}
		}

		s := older(t, db, testkit.OpenStore(t), deleted, refusing, staying)
		applied, err := tombstone.Apply(ctx, s, path)
		if want := (tombstone.Applied{Tombstones: 2, Deleted: 1, Minimised: 1}); err != nil || applied != want {
			t.Fatalf("applied %+v, %v, want %+v", applied, err, want)
		}
		if _, err := s.Customer(ctx, v.Here.ID, deleted.ID); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("the deleted customer: %v", err)
		}
		if c, err := s.Customer(ctx, v.Here.ID, refusing.ID); err != nil || !c.Minimised() || c.LastName != "" {
			t.Errorf("the customer who refused: %+v, %v", c, err)
		}
		if c, err := s.Customer(ctx, v.Here.ID, staying.ID); err != nil || c.Minimised() || c.LastName != "Name" {
			t.Errorf("another customer: %+v, %v", c, err)
		}
		if applied, err := tombstone.Apply(ctx, s, path); err != nil || applied != (tombstone.Applied{}) {
			t.Errorf("a second application: %+v, %v", applied, err)
		}
	})
}

// TestReconcile checks that a file that was lost is completed from the database.
func TestReconcile(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	v := venue(t, testkit.OpenStore(t), path)
	for n := range 3 {
		c := v.AddCustomer(v.Here, fmt.Sprint("gone-", n), "secret-1")
		if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if applied, err := v.Tombstones.Reconcile(ctx); err != nil || applied != (tombstone.Applied{}) {
		t.Fatalf("%+v, %v", applied, err)
	}
	if n := lines(t, path, "deleted "); n != 3 {
		t.Errorf("the file has %d lines, want 3", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// TestUnwritable checks the answers of deletions while the file cannot be written, and after.
func TestUnwritable(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	v := venue(t, testkit.OpenStore(t), path)
	c := v.AddCustomer(v.Here, "gone", "secret-1")
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // no file can be opened here, not even by root
		t.Fatal(err)
	}
	remove := func(by *onboarding.Caller) error { return v.Registration.Delete(ctx, by, c.ID) }
	for range 2 {
		if err := remove(testkit.Manager(v.Here)); onboarding.KindOf(err) != onboarding.Unavailable {
			t.Fatalf("a deletion without a line: %v", err)
		}
	}
	if err := remove(testkit.Manager(v.There)); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("another organization: %v", err)
	}
	if n := v.Tombstones.Owed(); n != 1 {
		t.Errorf("%d lines are owed, want 1", n)
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".moved", path)); err != nil {
		t.Fatal(err)
	}
	if err := remove(testkit.Manager(v.Here)); err != nil {
		t.Errorf("the repeated deletion: %v", err)
	}
	if err := remove(testkit.Manager(v.Here)); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("a deletion of an unknown customer: %v", err)
	}
	if n := lines(t, path, "deleted "); n != 1 {
		t.Errorf("the file has %d lines, want 1", n)
	}
}

// TestUnwritableMinimisation refuses the processing of personal data while the file cannot be
// written, by each use case that records consents: its repeated call completes the line.
func TestUnwritableMinimisation(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	v := venue(t, testkit.OpenStore(t), path)
	manager := testkit.Manager(v.Here)
	manager.Principal.ServiceID = auth.HashToken("operator")
	no := map[string]bool{"ppd": false}
	for i, tt := range []struct {
		name   string
		refuse func(*onboarding.Customer) error
	}{
		{"an update", func(c *onboarding.Customer) error {
			_, err := v.Registration.Update(ctx, manager, c.ID, registration.CustomerInput{Policies: no})
			return err
		}},
		{"a manager's decision", func(c *onboarding.Customer) error {
			ppd := []registration.PolicyDecision{{Key: "ppd"}}
			_, err := v.Registration.DecidePolicies(ctx, manager, c.ID, ppd, nil)
			return err
		}},
		{"a visitor's decision", func(c *onboarding.Customer) error {
			return v.Registration.DecideByVisitor(ctx, &onboarding.Caller{Address: "192.0.2.9"},
				onboarding.CustomerKey{ID: c.ID, OrganizationID: c.OrganizationID},
				registration.VisitorDecisions{Accepted: no}, func(onboarding.Tx) error { return nil })
		}},
		{"a registration that finds the customer", func(c *onboarding.Customer) error {
			_, err := v.Registration.Register(ctx, manager, registration.Request{
				Deduplicate: []string{"extId"}, IdempotencyKey: "once", RequestHash: "hash",
				Input: registration.CustomerInput{ExtID: &c.ExtID, Policies: map[string]bool{
					"termsOfUse": true, "privacy": true, "ppd": false,
				}},
			})
			return err
		}},
	} {
		c := v.AddCustomer(v.Here, fmt.Sprint("refusing-", i), "secret-1", func(in *registration.CustomerInput) {
			id := fmt.Sprint("external-", i)
			in.ExtID = &id
		})
		if err := errors.Join(os.Rename(path, path+".moved"), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := tt.refuse(c); onboarding.KindOf(err) != onboarding.Unavailable {
				t.Errorf("%s without a line: %v", tt.name, err)
			}
		}
		if err := errors.Join(os.Remove(path), os.Rename(path+".moved", path)); err != nil {
			t.Fatal(err)
		}
		if err := tt.refuse(c); err != nil {
			t.Errorf("%s, repeated: %v", tt.name, err)
		}
		if n := lines(t, path, "minimised "); n != i+1 {
			t.Errorf("%s: the file has %d lines, want %d", tt.name, n, i+1)
		}
	}
}

// TestLines checks torn and damaged lines, and the file of another deployment.
func TestLines(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	db := testkit.OpenStore(t)
	v := venue(t, db, path)
	c := v.AddCustomer(v.Here, "gone", "secret-1")
	add := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(text)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	add("\ndeleted 0123")
	if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID); err != nil {
		t.Fatal(err)
	}
	s := older(t, db, testkit.OpenStore(t), c)
	if applied, err := tombstone.Apply(ctx, s, path); err != nil || applied.Deleted != 1 {
		t.Errorf("after a torn line: %+v, %v", applied, err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"flipped": "\ndeleted " + strings.Repeat("0", 32) + " 00000000\n",
		"foreign": "\nhello\n",
		"long":    "\n" + strings.Repeat("a", 10_000) + "\n",
		"binary":  "\n\x01\xff\n",
	} {
		if err := os.WriteFile(path, append(good[:len(good):len(good)], text...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tombstone.Apply(ctx, s, path); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := testkit.NewVenue(t)
	_, err = tombstone.Apply(ctx, other.Store, path)
	if err == nil || !strings.Contains(err.Error(), "another deployment") {
		t.Errorf("the log of another deployment: %v", err)
	}
	if _, err := tombstone.Apply(ctx, s, path+".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestConcurrent deletes customers at once and finds each in the file.
func TestConcurrent(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "tombstones"), t.Context()
	v := venue(t, testkit.OpenStore(t), path)
	const n = 40
	var all sync.WaitGroup
	for i := range n {
		c := v.AddCustomer(v.Here, fmt.Sprint("gone-", i), "secret-1")
		all.Go(func() {
			if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := lines(t, path, "deleted "); got != n {
		t.Errorf("the file has %d lines, want %d", got, n)
	}
}
