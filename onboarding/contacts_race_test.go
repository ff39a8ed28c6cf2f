package onboarding_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/store"
	"onramp/onboarding/storetest"
)

// eachStore runs a test on both engines.
func eachStore(t *testing.T, test func(*testing.T, onboarding.Store)) {
	t.Run("SQLite", func(t *testing.T) { test(t, openStore(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := storetest.RequirePostgres(t).NewDatabase(t)
		if err := store.Migrate(t.Context(), url, store.Options{}); err != nil {
			t.Fatal(err)
		}
		db, err := store.OpenPostgres(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		test(t, db)
	})
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestDeletionRace deletes customers while everything else happens to them. Afterwards nothing knows them, whoever came first.
func TestDeletionRace(t *testing.T) {
	eachStore(t, func(t *testing.T, db onboarding.Store) {
		v := newVenueOn(t, db)
		ctx := context.Background()
		const rounds = 25
		for i := range rounds {
			name, guid := fmt.Sprint("leaving ", i), fmt.Sprintf("device-of-leaving-%04d", i)
			c := v.register(v.here, name, "secret", profiled, func(in *onboarding.CustomerInput) { in.Guid = &guid })
			hash, err := auth.HashGuid(guid)
			if err != nil {
				t.Fatal(err)
			}
			by := manager(v.here)
			at := onboarding.AccessPointClaim{NASIdentifier: hall}
			now, issued := v.now(), v.issued(name)
			var wg sync.WaitGroup
			for _, act := range []func() error{
				func() error {
					return v.RecordLogin(ctx, onboarding.LoginOutcome{Username: name, AccessPoint: at, Accepted: true})
				},
				func() error {
					return v.Account(ctx, &onboarding.AccountingRecord{Type: onboarding.AccountingStart, UniqueID: name, Username: issued, AccessPoint: at, CallingStation: "02-00-00-00-BB-01", Event: &now})
				},
				func() error {
					_, err := v.UpdateCustomer(ctx, by, c.ID, onboarding.CustomerInput{LastName: new("Rossi")})
					return err
				},
				func() error {
					_, err := v.DecidePolicies(ctx, by, c.ID, []onboarding.PolicyDecision{{Key: "ppd", Accepted: i%2 == 0}, {Key: "profiling", Accepted: true}}, nil)
					return err
				},
				func() error { return v.RecordDevice(ctx, by, c.ID, onboarding.DeviceInput{InstallID: "1"}) },
				func() error {
					_, err := v.CheckCredential(ctx, by, v.here.ID, name, "secret", guid+"-new")
					return err
				},
				func() error { return v.Lock(ctx, by, c.ID) },
				func() error {
					time.Sleep(time.Duration(i%5) * 300 * time.Microsecond)
					return v.DeleteCustomer(ctx, by, c.ID)
				},
			} {
				wg.Go(func() {
					if err := act(); err != nil && onboarding.KindOf(err) != onboarding.NotFound && onboarding.KindOf(err) != onboarding.Conflict {
						t.Errorf("round %d: %v", i, err)
					}
				})
			}
			wg.Wait()
			if err := v.DeleteCustomer(ctx, by, c.ID); onboarding.KindOf(err) != onboarding.NotFound {
				t.Fatalf("round %d: he is still there: %v", i, err)
			}
			r := v.store
			for what, n := range map[string]int{
				"consents":      len(must(r.Consents(ctx, c.ID))(t)),
				"devices":       len(must(r.AppDevices(ctx, c.ID))(t)),
				"stations":      len(must(r.Stations(ctx, c.ID))(t)),
				"visits":        len(must(r.Visits(ctx, c.ID))(t)),
				"sessions":      len(must(r.Sessions(ctx, onboarding.SessionQuery{CustomerID: c.ID, Limit: 10}))(t)),
				"activations":   len(must(r.ActivationsOf(ctx, c.ID))(t)),
				"guids":         len(must(r.DeviceGuids(ctx, c.ID))(t)),
				"installations": len(must(r.Installations(ctx, c.ID))(t)),
				"disconnects":   len(must(r.DisconnectsOf(ctx, c.ID))(t)),
				"events":        len(must(r.Events(ctx, onboarding.EventQuery{OrganizationID: v.here.ID, CustomerID: c.ID, Limit: 10}))(t)),
				"metrics":       len(must(r.MetricsOf(ctx, []string{c.ID}))(t)),
				"segments":      len(must(r.SegmentsOf(ctx, []string{c.ID}))(t)),
			} {
				if n != 0 {
					t.Errorf("round %d: %d %s of the deleted", i, n, what)
				}
			}
			if has := must(r.Proves(ctx, c.ID, onboarding.Evidence{GuidHash: hash}))(t); has {
				t.Errorf("round %d: the guid still proves him", i)
			}
			// The session is anonymous, whether it came before or after the deletion.
			if session, err := r.Session(ctx, name); err == nil && (!session.Anonymous || session.CustomerID != "" || session.MAC != "") {
				t.Errorf("round %d: the session is of %q with %q", i, session.CustomerID, session.MAC)
			}
		}
	})
}
