package retention_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/retention"
	"onramp/onboarding/testkit"
)

// aged is a record of a test with the time by which it ages.
type aged struct {
	kind onboarding.RecordKind
	at   time.Time
}

// put stores a record of the organization.
func (a aged) put(ctx context.Context, tx onboarding.Tx, organization string) error {
	id := onboarding.NewID()
	switch a.kind {
	case onboarding.RecordEvents:
		return tx.AppendEvents(ctx, []onboarding.Event{{ID: id, OrganizationID: organization,
			Type: onboarding.EventSignup, At: a.at}})
	case onboarding.RecordRefusals:
		return tx.CountFailure(ctx, onboarding.LoginFailure{OrganizationID: organization, AccessPoint: id,
			Reason: onboarding.ReasonLocked}, a.at)
	case onboarding.RecordAttempts:
		attempt := &onboarding.Attempt{OrganizationID: organization, AccessPoint: id, HostID: organization,
			Reason: onboarding.ReasonLocked, First: a.at, Last: a.at, Count: 1}
		attempt.SetID()
		return tx.CountAttempt(ctx, attempt)
	case onboarding.RecordDisconnects:
		if err := tx.InsertDisconnect(ctx, &onboarding.Disconnect{ID: id, OrganizationID: organization, UniqueID: id,
			Reason: "locked", Created: a.at, Due: a.at}); err != nil {
			return err
		}
		return tx.FinishDisconnect(ctx, id, onboarding.DisconnectRefused, 0, a.at)
	case onboarding.RecordUnknownStations, onboarding.RecordConnections:
		end := onboarding.Progress{At: a.at}
		return tx.PutConnection(ctx, &onboarding.Connection{UniqueID: id, Key: id, OrganizationID: organization,
			AccessPoint: "a", Anonymous: a.kind == onboarding.RecordConnections, Implied: a.at.Add(-time.Hour),
			Progress: end, Reported: &onboarding.Stop{Progress: end}})
	}
	c := &onboarding.Customer{ID: id, OrganizationID: organization, Username: id, Created: a.at, Modified: a.at,
		SignupMethod: onboarding.ChannelPortal}
	if a.kind == onboarding.RecordInactiveContacts {
		c.SignupMethod = onboarding.ChannelApp
	}
	if err := tx.InsertCustomer(ctx, c); err != nil {
		return err
	}
	return tx.InsertCredential(ctx, &onboarding.Credential{CustomerID: id, OrganizationID: organization, Username: id,
		Password: onboarding.Sealed{KeyID: "k", Box: []byte("b")}, Created: a.at, Expires: a.at.Add(time.Hour)})
}

var tenantKinds = []onboarding.RecordKind{
	onboarding.RecordConnections, onboarding.RecordEvents, onboarding.RecordRefusals, onboarding.RecordDisconnects,
	onboarding.RecordUnknownStations, onboarding.RecordAttempts, onboarding.RecordInactiveContacts,
	onboarding.RecordUnverifiedSignups,
}

// older reports whether the record is older than its period.
func (a aged) older(o *onboarding.Organization, now time.Time) bool {
	p := o.Retention.WithDefaults(onboarding.DefaultRetention)
	period := map[onboarding.RecordKind]onboarding.Period{
		onboarding.RecordConnections: p.Connections, onboarding.RecordEvents: p.Events,
		onboarding.RecordRefusals: p.Refusals, onboarding.RecordDisconnects: p.Disconnects,
		onboarding.RecordUnknownStations: p.UnknownStations, onboarding.RecordInactiveContacts: p.InactiveContacts,
		onboarding.RecordUnverifiedSignups: p.UnverifiedSignups,
		onboarding.RecordAttempts:          {Time: o.RADIUS.AttemptLifetime()},
	}
	at := a.at
	if a.kind == onboarding.RecordRefusals {
		at = at.Truncate(time.Hour)
	}
	before, ends := period[a.kind].Before(now)
	if a.kind == onboarding.RecordUnverifiedSignups && !ends { // an inactive contact as well
		before, ends = p.InactiveContacts.Before(now)
	}
	if a.kind == onboarding.RecordUnverifiedSignups && ends {
		if inactive, also := p.InactiveContacts.Before(now); also {
			before = onboarding.MaxTime(before, inactive)
		}
	}
	return ends && at.Before(before)
}

func drawPeriod(t *rapid.T, name string) onboarding.Period {
	switch rapid.IntRange(0, 3).Draw(t, name) {
	case 0:
		return onboarding.Period{Never: true}
	case 1:
		return onboarding.Months(rapid.IntRange(1, 30).Draw(t, name+" months"))
	case 2:
		return onboarding.Days(rapid.IntRange(1, 400).Draw(t, name+" days"))
	}
	return onboarding.Period{}
}

// counts returns the counts of a report's rows of an organization.
func counts(r *retention.Report, organization string) map[onboarding.RecordKind]int {
	all := map[onboarding.RecordKind]int{}
	for _, row := range r.Rows {
		if row.OrganizationID == organization && row.Count > 0 {
			all[row.Kind] += row.Count
		}
	}
	return all
}

// TestRuns draws periods and records: a run deletes all that is older and nothing that is younger,
// of the given organization only, and as many as a dry run counts.
func TestRuns(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		now := testkit.Monday
		d := testkit.Deploy(t, deployment.Config{Store: db, Now: func() time.Time { return now }})
		ctx := t.Context()
		rounds := 0
		rapid.Check(t, func(rt *rapid.T) {
			if rounds++; rounds > 15 { // the engines are the slow part
				return
			}
			o := &onboarding.Organization{ID: onboarding.NewID(), Retention: onboarding.Retention{
				Connections: drawPeriod(rt, "connections"), Events: drawPeriod(rt, "events"),
				Refusals: drawPeriod(rt, "refusals"), Disconnects: drawPeriod(rt, "disconnects"),
				UnknownStations:   drawPeriod(rt, "unknownStations"),
				InactiveContacts:  drawPeriod(rt, "inactiveContacts"),
				UnverifiedSignups: drawPeriod(rt, "unverifiedSignups"),
			}}
			other := &onboarding.Organization{ID: onboarding.NewID(), Retention: o.Retention}
			records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aged {
				age := time.Duration(rapid.Int64Range(0, int64(900*24*time.Hour)).Draw(t, "age"))
				return aged{rapid.SampledFrom(tenantKinds).Draw(t, "kind"), now.Add(-age).Truncate(time.Microsecond)}
			}), 0, 60).Draw(rt, "records")
			if err := db.Write(ctx, func(tx onboarding.Tx) error {
				for _, of := range []*onboarding.Organization{o, other} {
					if err := tx.PutOrganization(ctx, of); err != nil {
						return err
					}
					for _, r := range records {
						if err := r.put(ctx, tx, of.ID); err != nil {
							return err
						}
					}
				}
				return nil
			}); err != nil {
				rt.Fatal(err)
			}
			want, contacts := map[onboarding.RecordKind]int{}, 0
			for _, r := range records {
				contact := r.kind == onboarding.RecordInactiveContacts || r.kind == onboarding.RecordUnverifiedSignups
				switch {
				case !r.older(o, now):
				case contact:
					contacts++
				default:
					want[r.kind]++
				}
			}
			run := func(options retention.Options) map[onboarding.RecordKind]int {
				options.AcceptClock, options.OrganizationID = true, o.ID
				report, err := d.Retention.Run(ctx, options)
				if err != nil {
					rt.Fatal(err)
				}
				return counts(report, o.ID)
			}
			dry, real, again := run(retention.Options{DryRun: true}), run(retention.Options{}), run(retention.Options{})
			if fmt.Sprint(dry) != fmt.Sprint(real) || len(again) > 0 {
				rt.Fatalf("dry run %v, run %v, a second run %v", dry, real, again)
			}
			if n := real[onboarding.RecordInactiveContacts] + real[onboarding.RecordUnverifiedSignups]; n != contacts {
				rt.Fatalf("%d contacts were deleted, not %d", n, contacts)
			}
			delete(real, onboarding.RecordInactiveContacts)
			delete(real, onboarding.RecordUnverifiedSignups)
			if fmt.Sprint(real) != fmt.Sprint(want) {
				rt.Fatalf("deleted %v, not %v", real, want)
			}
			kept := 0
			if err := db.Write(ctx, func(tx onboarding.Tx) (err error) {
				kept, err = tx.CountAged(ctx, onboarding.AgedRecords{Kind: onboarding.RecordEvents,
					OrganizationID: other.ID, Before: now.Add(time.Hour)})
				return err
			}); err != nil {
				rt.Fatal(err)
			}
			events := 0
			for _, r := range records {
				if r.kind == onboarding.RecordEvents {
					events++
				}
			}
			if kept != events {
				rt.Fatalf("%d of %d events of another organization are left", kept, events)
			}
		})
	})
}

// TestReplicas runs several replicas at once: together they delete each record once.
func TestReplicas(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		ctx := t.Context()
		const records = 3000
		if err := db.Write(ctx, func(tx onboarding.Tx) error {
			for i := range records {
				r := aged{onboarding.RecordConnections, v.Now().AddDate(-3, 0, 0).Add(time.Duration(i) * time.Second)}
				if err := r.put(ctx, tx, v.Here.ID); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for range 3 {
			replica := testkit.Deploy(t, deployment.Config{Store: db, Now: v.Now})
			all.Go(func() {
				report, err := replica.Retention.Run(ctx, retention.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				total += counts(report, v.Here.ID)[onboarding.RecordConnections]
			})
		}
		all.Wait()
		if total != records {
			t.Errorf("%d of %d records were deleted", total, records)
		}
	})
}

// TestInterrupted cancels a run: the next one deletes the rest.
func TestInterrupted(t *testing.T) {
	v := testkit.NewVenue(t)
	const records = 2000
	if err := v.Store.Write(t.Context(), func(tx onboarding.Tx) error {
		for i := range records {
			r := aged{onboarding.RecordEvents, v.Now().AddDate(-3, 0, 0).Add(time.Duration(i) * time.Second)}
			if err := r.put(t.Context(), tx, v.Here.ID); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := testkit.Deploy(t, deployment.Config{Store: v.Store, Now: v.Now, Observer: canceller{cancel: cancel}})
	first, err := interrupted.Retention.Run(ctx, retention.Options{AcceptClock: true})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted run: %v", err)
	}
	second, err := v.Retention.Run(t.Context(), retention.Options{AcceptClock: true})
	if err != nil {
		t.Fatal(err)
	}
	a, b := counts(first, v.Here.ID)[onboarding.RecordEvents], counts(second, v.Here.ID)[onboarding.RecordEvents]
	if a == 0 || b == 0 || a+b != records {
		t.Errorf("%d and %d of %d were deleted", a, b, records)
	}
	// The audit has both counts, also that of the interrupted run.
	if err := v.AuditLog.Chain(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := v.Store.AuditRows(t.Context(), onboarding.AuditQuery{OrganizationID: v.Here.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var counted []int64
	for _, row := range rows {
		if row.Action == onboarding.AuditRowsDeleted && slices.Equal(row.Fields, []string{"events"}) {
			counted = append(counted, row.Count)
		}
	}
	if !slices.Equal(counted, []int64{int64(a), int64(b)}) {
		t.Errorf("the audit counts %v, not %d and %d", counted, a, b)
	}
}

// canceller cancels a run after its first batch.
type canceller struct {
	deployment.Observer
	cancel func()
}

func (c canceller) Deleted(onboarding.RecordKind, int) { c.cancel() }
func (c canceller) RetentionHeld(bool)                 {}

// TestClock moves the clock a year ahead: nothing of an organization is deleted until the clock is
// accepted or has been refused for three days of running.
func TestClock(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	put := func() {
		t.Helper()
		if err := v.Store.Write(ctx, func(tx onboarding.Tx) error {
			return aged{onboarding.RecordRefusals, v.Now()}.put(ctx, tx, v.Here.ID)
		}); err != nil {
			t.Fatal(err)
		}
	}
	run := func(o retention.Options) (int, error) {
		report, err := v.Retention.Run(ctx, o)
		return counts(report, v.Here.ID)[onboarding.RecordRefusals], err
	}
	put()
	if _, err := run(retention.Options{}); err != nil {
		t.Fatal(err)
	}
	v.Advance(400 * 24 * time.Hour)
	for i := range 72 {
		n, err := run(retention.Options{})
		if _, leapt := errors.AsType[*retention.ClockError](err); !leapt || n != 0 {
			t.Fatalf("run %d under the wrong clock: %d deleted, %v", i, n, err)
		}
		v.Advance(time.Hour)
	}
	if n, err := run(retention.Options{}); n != 1 || err != nil {
		t.Errorf("after 72 runs: %d deleted, %v", n, err)
	}
	put()
	v.Advance(400 * 24 * time.Hour)
	if n, err := run(retention.Options{DryRun: true}); n != 1 || err != nil {
		t.Errorf("a dry run: %d, %v", n, err)
	}
	if n, err := run(retention.Options{AcceptClock: true}); n != 1 || err != nil {
		t.Errorf("with the clock accepted: %d deleted, %v", n, err)
	}
	put()
	v.Advance(47 * time.Hour)
	if _, err := run(retention.Options{}); err != nil {
		t.Errorf("after two days without a run: %v", err)
	}
}

// TestVisitsStay deletes the connections of a profiled customer: its tally and visits stay, and a
// repeated record of a deleted connection counts no visit again.
func TestVisitsStay(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		v.Here.Retention.Connections = onboarding.Days(30)
		if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.Here}); err != nil {
			t.Fatal(err)
		}
		anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
		v.Advance(time.Hour)
		begin := v.Now()
		stay := func() { v.Stay("anna", "apvenue1.example", "first", begin, time.Hour) }
		stay()
		tally := v.TallyOf(anna)
		if tally.Visits != 1 || len(v.ConnectionsOf(v.Here, anna)) != 1 {
			t.Fatalf("%d visits, %d connections", tally.Visits, len(v.ConnectionsOf(v.Here, anna)))
		}
		v.Advance(31 * 24 * time.Hour)
		if _, err := v.Retention.Run(t.Context(), retention.Options{AcceptClock: true}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if n := len(v.ConnectionsOf(v.Here, anna)); n != 0 {
				t.Errorf("%d connections are left", n)
			}
			if got := v.TallyOf(anna); fmt.Sprint(got) != fmt.Sprint(tally) || len(v.VisitsOf(anna)) != 1 {
				t.Errorf("the tally is %+v, not %+v, with %d visits", got, tally, len(v.VisitsOf(anna)))
			}
			stay() // again, from a backlog
		}
	})
}

// TestMonths checks the ends of months.
func TestMonths(t *testing.T) {
	for _, c := range []struct {
		now    string
		months int
		want   string
	}{
		{"2026-03-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"},
		{"2028-03-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"},
		{"2028-02-29T10:00:00Z", 12, "2027-02-28T10:00:00Z"},
		{"2026-01-15T10:00:00Z", 1, "2025-12-15T10:00:00Z"},
		{"2026-11-23T09:00:00Z", 24, "2024-11-23T09:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got, ends := onboarding.Months(c.months).Before(now); !ends || got.Format(time.RFC3339) != c.want {
			t.Errorf("%d months before %s: %v, not %s", c.months, c.now, got, c.want)
		}
	}
	if _, ends := (onboarding.Period{Never: true}).Before(time.Now()); ends {
		t.Error("never ends")
	}
}

// refusing refuses to delete one contact.
type refusing struct {
	retention.Contacts
	id string
}

func (r refusing) DeleteDormant(ctx context.Context, q onboarding.DormantContacts, id string) (bool, error) {
	if id == r.id {
		return false, errors.New("cannot be read")
	}
	return r.Contacts.DeleteDormant(ctx, q, id)
}

// TestContactThatFails checks that a contact that cannot be deleted stops neither the others nor
// the audit's end, and is part of the error.
func TestContactThatFails(t *testing.T) {
	v := testkit.NewVenue(t)
	v.Here.Retention.InactiveContacts = onboarding.Days(30)
	if err := v.Store.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.PutOrganization(t.Context(), v.Here)
	}); err != nil {
		t.Fatal(err)
	}
	var all []*onboarding.Customer
	for i := range 5 {
		all = append(all, v.AddCustomer(v.Here, fmt.Sprint("name", i), "correct horse"))
	}
	v.Advance(40 * 24 * time.Hour)
	pruned := false
	c := v.Retention.Config
	c.Contacts = refusing{c.Contacts, all[2].ID}
	c.PruneAudit = func(_ context.Context, id string, _ time.Time, _ bool) (int, error) {
		pruned = pruned || id == v.Here.ID
		return 0, nil
	}
	report, err := retention.New(c).Run(t.Context(), retention.Options{AcceptClock: true})
	if err == nil || !strings.Contains(err.Error(), "1 skipped") {
		t.Errorf("the error: %v", err)
	}
	if n := counts(report, v.Here.ID)[onboarding.RecordInactiveContacts]; n != 4 || !pruned {
		t.Errorf("%d contacts were deleted, want 4; audit pruned: %t", n, pruned)
	}
	left, err := v.Store.CustomersAfter(t.Context(), v.Here.ID, "", 10)
	if err != nil || len(left) != 1 || left[0].ID != all[2].ID {
		t.Errorf("%d contacts are left, %v", len(left), err)
	}
}
