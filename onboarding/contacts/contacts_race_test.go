package contacts_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// TestDeletionRace deletes customers while everything else happens to them. Afterwards nothing
// knows them, in any order of events.
func TestDeletionRace(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		ctx := context.Background()
		const rounds = 25
		for i := range rounds {
			name, guid := fmt.Sprint("leaving ", i), fmt.Sprintf("device-of-leaving-%04d", i)
			c := v.AddCustomer(v.Here, name, "secret", testkit.Profiled, func(in *registration.CustomerInput) {
				in.Guid = &guid
			})
			hash, err := auth.HashGuid(guid)
			if err != nil {
				t.Fatal(err)
			}
			by := testkit.Manager(v.Here)
			at := radius.AccessPointIdentity{NASIdentifier: testkit.Hall}
			now, issued := v.Now(), v.IssuedName(name)
			var wg sync.WaitGroup
			for _, act := range []func() error{
				func() error {
					return v.RADIUS.RecordLogin(ctx, radius.LoginOutcome{Username: name, AccessPoint: at,
						Accepted: true})
				},
				func() error {
					return v.RADIUS.Account(ctx, &radius.AccountingRecord{Type: radius.AccountingStart, UniqueID: name,
						Username: issued, AccessPoint: at, CallingStation: "02-00-00-00-BB-01", Event: &now})
				},
				func() error {
					_, err := v.Registration.Update(ctx, by, c.ID, registration.CustomerInput{LastName: new("Rossi")})
					return err
				},
				func() error {
					_, err := v.Registration.DecidePolicies(ctx, by, c.ID,
						[]registration.PolicyDecision{{Key: "ppd", Accepted: i%2 == 0},
							{Key: "profiling", Accepted: true}}, nil)
					return err
				},
				func() error {
					return v.Registration.RecordDevice(ctx, by, c.ID, registration.DeviceInput{InstallID: "1"})
				},
				func() error {
					_, err := v.Registration.CheckCredential(ctx, by, v.Here.ID, name, "secret", guid+"-new")
					return err
				},
				func() error { return v.Registration.Lock(ctx, by, c.ID) },
				func() error {
					time.Sleep(time.Duration(i%5) * 300 * time.Microsecond)
					return v.Registration.Delete(ctx, by, c.ID)
				},
			} {
				wg.Go(func() {
					if err := act(); err != nil && onboarding.KindOf(err) != onboarding.NotFound &&
						onboarding.KindOf(err) != onboarding.Conflict {
						t.Errorf("round %d: %v", i, err)
					}
				})
			}
			wg.Wait()
			if err := v.Registration.Delete(ctx, by, c.ID); onboarding.KindOf(err) != onboarding.NotFound {
				t.Fatalf("round %d: he is still there: %v", i, err)
			}
			r := v.Store
			for what, n := range map[string]int{
				"consents": len(testkit.Must(r.Consents(ctx, c.ID))(t)),
				"devices":  len(testkit.Must(r.Devices(ctx, c.ID))(t)),
				"stations": len(testkit.Must(r.Stations(ctx, c.ID))(t)),
				"visits":   len(testkit.Must(r.Visits(ctx, c.ID))(t)),
				"sessions": len(
					testkit.Must(r.Connections(ctx, onboarding.ConnectionQuery{CustomerID: c.ID, Limit: 10}))(t)),
				"activations":   len(testkit.Must(r.LinksOf(ctx, c.ID))(t)),
				"guids":         len(testkit.Must(r.DeviceGuids(ctx, c.ID))(t)),
				"installations": len(testkit.Must(r.Installations(ctx, c.ID))(t)),
				"disconnects":   len(testkit.Must(r.DisconnectsOf(ctx, c.ID))(t)),
				"events": len(
					testkit.Must(r.Events(ctx, onboarding.EventQuery{OrganizationID: v.Here.ID, CustomerID: c.ID,
						Limit: 10}))(t)),
				"metrics":  len(testkit.Must(r.MetricsOf(ctx, []string{c.ID}))(t)),
				"segments": len(testkit.Must(r.SegmentsOf(ctx, []string{c.ID}))(t)),
			} {
				if n != 0 {
					t.Errorf("round %d: %d %s of the deleted", i, n, what)
				}
			}
			if has := testkit.Must(r.Proves(ctx, c.ID, onboarding.Evidence{GuidHash: hash}))(t); has {
				t.Errorf("round %d: the guid still proves him", i)
			}
			// The session is anonymous, whether it came before or after the deletion.
			if session, err := r.Connection(ctx, name); err == nil && (!session.Anonymous || session.CustomerID != "" ||
				session.MAC != "") {
				t.Errorf("round %d: the session is of %q with %q", i, session.CustomerID, session.MAC)
			}
		}
	})
}
