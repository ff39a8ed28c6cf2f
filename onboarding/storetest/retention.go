package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"onramp/onboarding"
)

var retentionParts = []part{
	{"AgedRecords", testAgedRecords},
	{"AgedConnections", testAgedConnections},
	{"AgedProfileSettings", testAgedProfileSettings},
	{"InactiveContacts", testInactiveContacts},
	{"UnverifiedSignups", testUnverifiedSignups},
	{"DormantPages", testDormantPages},
}

// deleteAged deletes up to limit of the records and returns their number.
func deleteAged(t *testing.T, s onboarding.Store, q onboarding.AgedRecords, limit int) (n int) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
		n, err = tx.DeleteAged(ctx, q, limit)
		return err
	})
	return n
}

// finishedDisconnect orders a disconnect of the organization and finishes it.
func finishedDisconnect(ctx context.Context, tx onboarding.Tx, organization string, at time.Time) error {
	d := &onboarding.Disconnect{ID: onboarding.NewID(), OrganizationID: organization, UniqueID: onboarding.NewID(),
		Reason: "locked", Created: at, Due: at}
	if err := tx.InsertDisconnect(ctx, d); err != nil {
		return err
	}
	return tx.FinishDisconnect(ctx, d.ID, onboarding.DisconnectAcknowledged, 0, at)
}

// testAgedRecords checks for each kind that exactly the older records of one organization are
// counted and deleted, in batches, and that the oldest other one is found.
func testAgedRecords(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	organizations := []string{"", "o1", "o2"}
	begin := noon.Truncate(time.Hour)
	for kind, put := range agedRecords(ctx, c) {
		deployment := !slices.Contains([]onboarding.RecordKind{onboarding.RecordEvents, onboarding.RecordRefusals,
			onboarding.RecordAttempts, onboarding.RecordUnknownStations, onboarding.RecordDisconnects}, kind)
		for _, organization := range organizations {
			if deployment && organization != "" {
				continue
			}
			write(t, s, func(_ context.Context, tx onboarding.Tx) error {
				for i := range 7 {
					if err := put(tx, organization, begin.Add(time.Duration(i)*time.Hour)); err != nil {
						return fmt.Errorf("%s: %w", kind, err)
					}
				}
				return nil
			})
		}
		for i, organization := range organizations {
			if deployment && organization != "" {
				continue
			}
			q := onboarding.AgedRecords{
				Kind: kind, OrganizationID: organization, Before: begin.Add(time.Duration(5-i) * time.Hour),
			}
			what := fmt.Sprintf("%s of %q", kind, organization)
			equal(t, what, must(s.CountAged(ctx, q))(t), 5-i)
			equal(t, what+": oldest kept", *must(s.OldestKept(ctx, q))(t), q.Before)
			equal(t, what+": a batch", deleteAged(t, s, q, 2), 2)
			equal(t, what+": the rest", deleteAged(t, s, q, 10), 3-i)
			equal(t, what+": none left", must(s.CountAged(ctx, q))(t), 0)
			q.Before = begin.Add(10 * time.Hour)
			equal(t, what+": newer ones", must(s.CountAged(ctx, q))(t), 2+i)
			if at := must(s.OldestKept(ctx, q))(t); at != nil {
				t.Errorf("%s: %v is kept", what, at)
			}
		}
	}
}

// agedRecords returns for each kind of aged records a function that stores one of a time.
func agedRecords(
	ctx context.Context, c *onboarding.Customer,
) map[onboarding.RecordKind]func(tx onboarding.Tx, organization string, at time.Time) error {
	return map[onboarding.RecordKind]func(tx onboarding.Tx, organization string, at time.Time) error{
		onboarding.RecordEvents: func(tx onboarding.Tx, organization string, at time.Time) error {
			return tx.AppendEvents(ctx, []onboarding.Event{{ID: onboarding.NewID(), OrganizationID: organization,
				Type: onboarding.EventSignup, At: at}})
		},
		onboarding.RecordRefusals: func(tx onboarding.Tx, organization string, at time.Time) error {
			return tx.CountFailure(ctx, onboarding.LoginFailure{OrganizationID: organization, AccessPoint: "a",
				Reason: onboarding.ReasonLocked}, at)
		},
		onboarding.RecordAttempts: func(tx onboarding.Tx, organization string, at time.Time) error {
			a := &onboarding.Attempt{OrganizationID: organization, AccessPoint: "a", Reason: onboarding.ReasonLocked,
				First: at, Last: at, Count: 1}
			a.SetID()
			return tx.CountAttempt(ctx, a)
		},
		onboarding.RecordUnknownStations: func(tx onboarding.Tx, organization string, at time.Time) error {
			return tx.PutConnection(ctx, &onboarding.Connection{UniqueID: onboarding.NewID(), AccessPoint: "a",
				OrganizationID: organization, Implied: at, Progress: onboarding.Progress{At: at}})
		},
		onboarding.RecordDisconnects: func(tx onboarding.Tx, organization string, at time.Time) error {
			return finishedDisconnect(ctx, tx, organization, at)
		},
		onboarding.RecordStationAccepts: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.PutStationAccept(ctx, onboarding.NewID(), "", at)
		},
		onboarding.RecordStationClaims: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.PutStationClaim(ctx, onboarding.StationClaim{CustomerID: c.ID, MAC: onboarding.NewID(), At: at})
		},
		onboarding.RecordAnswers: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.InsertIdempotency(ctx, &onboarding.Idempotency{ServiceID: onboarding.NewID(), Key: "k",
				RequestHash: "r", CustomerID: c.ID, Answer: onboarding.Sealed{KeyID: "k", Box: []byte("b")},
				Expires: at}, noon)
		},
		onboarding.RecordLinks: func(tx onboarding.Tx, _ string, at time.Time) error {
			l := newLink(c, 1)
			l.TokenHash, l.Expires = onboarding.NewID(), at
			return tx.InsertLink(ctx, l)
		},
		onboarding.RecordTokenProofs: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.AddTokenProof(ctx, onboarding.NewID(), c.ID, at)
		},
		onboarding.RecordVerifications: func(tx onboarding.Tx, _ string, at time.Time) error {
			v := newVerification()
			v.Expires = at
			return tx.InsertVerification(ctx, v)
		},
		onboarding.RecordWrongCodes: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.AddWrongCode(ctx, "r", at)
		},
		onboarding.RecordRestarts: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.PutRestart(ctx, onboarding.NewID(), at)
		},
		onboarding.RecordMessages: func(tx onboarding.Tx, _ string, at time.Time) error {
			return finishedMessage(ctx, tx, at)
		},
		onboarding.RecordWebhooks: func(tx onboarding.Tx, _ string, at time.Time) error {
			return finishedDelivery(ctx, tx, at)
		},
		onboarding.RecordAccessPoints: func(tx onboarding.Tx, _ string, at time.Time) error {
			return tx.PutAccessPoint(ctx, &onboarding.AccessPoint{Key: onboarding.NewID(), FirstSeen: at, LastSeen: at})
		},
	}
}

// testAgedConnections checks that connections go by their last record, that open ones stay as long
// as they may be open, and that the station of the last one goes too.
func testAgedConnections(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	put := func(id string, begun, seen int, mac string, open, anonymous bool) {
		t.Helper()
		started := hour(begun)
		x := &onboarding.Connection{UniqueID: id, Key: id, OrganizationID: c.OrganizationID, CustomerID: c.ID, MAC: mac,
			AccessPoint: "a", Started: &started, Implied: started, Progress: onboarding.Progress{At: hour(seen)}}
		if !open {
			x.Reported = &onboarding.Stop{Progress: x.Progress}
		}
		if anonymous {
			x.CustomerID, x.MAC, x.Anonymous = "", "", true
		}
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if mac != "" && !anonymous {
				if err := tx.PutStation(ctx, &onboarding.Station{CustomerID: c.ID, MAC: mac, FirstSeen: started,
					LastSeen: hour(seen), Connections: 1}); err != nil {
					return err
				}
			}
			return tx.PutConnection(ctx, x)
		})
	}
	put("old", 0, 1, "02:00:00:00:00:01", false, false)
	put("old and anonymous", 0, 1, "", false, true)
	put("old of a station seen since", 0, 1, "02:00:00:00:00:02", false, false)
	put("new of that station", 11, 12, "02:00:00:00:00:02", false, false)
	put("long", 2, 12, "02:00:00:00:00:03", false, false)
	put("open without records", 6, 6, "02:00:00:00:00:04", true, false)
	put("open for too long", 4, 4, "02:00:00:00:00:05", true, false)
	q := onboarding.AgedRecords{Kind: onboarding.RecordConnections, OrganizationID: c.OrganizationID, Before: hour(10),
		OpenSince: hour(5)}
	equal(t, "counted", must(s.CountAged(ctx, q))(t), 4)
	equal(t, "another organization's", deleteAged(t, s, onboarding.AgedRecords{
		Kind: onboarding.RecordConnections, OrganizationID: "o2", Before: hour(10)}, 10), 0)
	equal(t, "a batch", deleteAged(t, s, q, 3), 3)
	equal(t, "the rest", deleteAged(t, s, q, 10), 1)
	var left []string
	for _, x := range must(s.Connections(ctx, onboarding.ConnectionQuery{CustomerID: c.ID, Limit: 10}))(t) {
		left = append(left, x.UniqueID)
	}
	equal(t, "left", left, []string{"new of that station", "open without records", "long"})
	var stations []string
	for _, x := range must(s.Stations(ctx, c.ID))(t) {
		stations = append(stations, x.MAC)
	}
	slices.Sort(stations)
	equal(t, "stations", stations, []string{"02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"})
	_, err := s.Connection(ctx, "old and anonymous")
	notFound(t, "the anonymous connection", err)
}

// testAgedProfileSettings checks that settings stay while a download has them, and the current
// ones.
func testAgedProfileSettings(t *testing.T, s onboarding.Store) {
	c := storedCustomer(t, s)
	k := newCredential(c)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, id := range []string{"unused", "downloaded", "current"} {
			if err := tx.PutProfileSettings(ctx, &onboarding.ProfileSettings{ID: id,
				OrganizationID: c.OrganizationID, First: noon}); err != nil {
				return err
			}
		}
		return tx.CountDownload(ctx, &onboarding.Download{CustomerID: c.ID, OrganizationID: c.OrganizationID,
			Platform: "ios", Source: onboarding.SourceApp, Credential: k.Created, Expires: k.Expires,
			SettingsID: "downloaded", First: noon, Last: noon, Count: 1})
	})
	q := onboarding.AgedRecords{Kind: onboarding.RecordProfileSettings, OrganizationID: c.OrganizationID, Before: noon,
		SettingsID: "current"}
	equal(t, "none is old", deleteAged(t, s, q, 10), 0)
	q.Before = noon.Add(time.Second)
	equal(t, "counted", must(s.CountAged(t.Context(), q))(t), 1)
	equal(t, "deleted", deleteAged(t, s, q, 10), 1)
	_, err := s.ProfileSettings(t.Context(), "unused")
	notFound(t, "unused settings", err)
}

// dormant returns whether IsDormant and DormantContacts, which must agree, select the contact.
func dormant(t *testing.T, s onboarding.Store, q onboarding.DormantContacts, id string) bool {
	t.Helper()
	q.Limit = 1000
	ids, _, err := s.DormantContacts(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	one := must(s.IsDormant(t.Context(), q, id))(t)
	if one != slices.Contains(ids, id) {
		t.Errorf("IsDormant: %v, in the list: %v", one, !one)
	}
	return one
}

// activity is a way in which a contact of an organization shows that it is active.
type activity struct {
	name string
	do   func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error
}

var activities = []activity{
	{"login", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		return tx.CountLogin(ctx, c.ID, at)
	}},
	{"connection", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		id := onboarding.NewID()
		return tx.PutConnection(ctx, &onboarding.Connection{UniqueID: id, Key: id, OrganizationID: c.OrganizationID,
			CustomerID: c.ID, AccessPoint: "a", Implied: at.Add(-time.Hour), Progress: onboarding.Progress{At: at},
			Reported: &onboarding.Stop{Progress: onboarding.Progress{At: at}}})
	}},
	{"station", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		return tx.PutStation(ctx, &onboarding.Station{CustomerID: c.ID, MAC: "02:00:00:00:00:01", FirstSeen: at,
			LastSeen: at, Connections: 1})
	}},
	{"download", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		return tx.CountDownload(ctx, &onboarding.Download{CustomerID: c.ID, OrganizationID: c.OrganizationID,
			Platform: "ios", Source: onboarding.SourceApp, Credential: noon, Expires: noon, SettingsID: "s",
			First: at, Last: at, Count: 1})
	}},
	{"installation", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		_, _, err := tx.PutInstallation(ctx, &onboarding.Installation{ID: onboarding.NewID(), CustomerID: c.ID,
			Platform: "ios", Type: onboarding.TypePasspoint, InstalledBy: "web", Installed: at, Recorded: at})
		return err
	}},
	{"device", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		return tx.PutDevice(ctx, &onboarding.Device{CustomerID: c.ID, InstallID: "i", Registered: noon, LastSeen: &at})
	}},
}

// testInactiveContacts checks each activity: a contact is inactive exactly if the last one is
// before the instant.
func testInactiveContacts(t *testing.T, s onboarding.Store) {
	begin := noon.AddDate(1, 0, 0)
	others := append(slices.Clone(activities), activity{"consent", func(ctx context.Context, tx onboarding.Tx,
		c *onboarding.Customer, at time.Time) error {
		return tx.AppendConsents(ctx, []onboarding.Consent{{ID: onboarding.NewID(), CustomerID: c.ID,
			OrganizationID: c.OrganizationID, Policy: onboarding.TermsOfUse, Version: "1", Accepted: true, At: at,
			Channel: onboarding.ChannelApp}})
	}}, activity{"guid", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		return tx.AddGuid(ctx, c.OrganizationID, c.ID, "hash", at)
	}}, activity{"link", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		l := newLink(c, 1)
		l.TokenHash, l.Created, l.Expires = onboarding.NewID(), at, at.Add(time.Hour)
		return tx.InsertLink(ctx, l)
	}}, activity{"change", func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, at time.Time) error {
		changed := *c
		changed.Modified = at
		return tx.UpdateCustomer(ctx, &changed)
	}})
	for _, a := range others {
		c := storedCustomer(t, s)
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return a.do(ctx, tx, c, begin) })
		q := onboarding.DormantContacts{Kind: onboarding.RecordInactiveContacts, OrganizationID: c.OrganizationID,
			Before: begin, OpenSince: begin, LoginBefore: begin}
		equal(t, a.name+" at the instant", dormant(t, s, q, c.ID), false)
		q.Before, q.LoginBefore = begin.Add(time.Microsecond), begin.Add(time.Microsecond)
		equal(t, a.name+" before", dormant(t, s, q, c.ID), true)
		q.OrganizationID = onboarding.NewID()
		equal(t, a.name+" of another organization", dormant(t, s, q, c.ID), false)
	}

	c := storedCustomer(t, s)
	q := onboarding.DormantContacts{Kind: onboarding.RecordInactiveContacts, OrganizationID: c.OrganizationID,
		Before: begin, OpenSince: begin.Add(-time.Hour), LoginBefore: begin}
	equal(t, "without any activity", dormant(t, s, q, c.ID), true)
	id := onboarding.NewID()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PutConnection(ctx, &onboarding.Connection{UniqueID: id, Key: id, OrganizationID: c.OrganizationID,
			CustomerID: c.ID, AccessPoint: "a", Implied: begin.Add(-time.Minute),
			Progress: onboarding.Progress{At: begin.Add(-time.Minute)}})
	})
	equal(t, "with an open connection", dormant(t, s, q, c.ID), false)
	q.OpenSince = begin
	equal(t, "with a connection open for too long", dormant(t, s, q, c.ID), true)

	for name, change := range map[string]func(*onboarding.Customer){
		"locked":    func(c *onboarding.Customer) { c.Locked = true },
		"minimised": func(c *onboarding.Customer) { c.PPD = ptr(false) },
	} {
		c := storedCustomer(t, s)
		k := newCredential(c)
		k.Expires = begin
		changed := *c
		change(&changed)
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if err := tx.UpdateCustomer(ctx, &changed); err != nil {
				return err
			}
			return tx.InsertCredential(ctx, k)
		})
		q.OrganizationID = c.OrganizationID
		q.Before = begin
		equal(t, name, dormant(t, s, q, c.ID), false)
		q.Before = begin.Add(time.Second)
		equal(t, name+" after the end of the credential", dormant(t, s, q, c.ID), name == "minimised")
	}
}

// testUnverifiedSignups checks each condition that keeps a sign-up.
func testUnverifiedSignups(t *testing.T, s onboarding.Store) {
	begin := noon.AddDate(1, 0, 0)
	signup := func(change func(*onboarding.Customer)) *onboarding.Customer {
		t.Helper()
		c := newCustomer(onboarding.NewID())
		c.SignupMethod, c.ExtID, c.Locked = onboarding.ChannelPortal, "", false
		c.EmailVerified, c.PhoneVerified = false, false
		c.Created, c.Modified, c.LastLogin, c.Logins = noon, noon, nil, 0
		change(c)
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
		return c
	}
	query := func(c *onboarding.Customer, before time.Time) onboarding.DormantContacts {
		return onboarding.DormantContacts{Kind: onboarding.RecordUnverifiedSignups, OrganizationID: c.OrganizationID,
			Before: before}
	}
	c := signup(func(*onboarding.Customer) {})
	equal(t, "a sign-up", dormant(t, s, query(c, begin), c.ID), true)
	equal(t, "a sign-up of then", dormant(t, s, query(c, noon), c.ID), false)
	for name, change := range map[string]func(*onboarding.Customer){
		"an app":           func(c *onboarding.Customer) { c.SignupMethod = onboarding.ChannelApp },
		"a verified email": func(c *onboarding.Customer) { c.Email, c.EmailVerified = "a@example.com", true },
		"a verified phone": func(c *onboarding.Customer) { c.Phone, c.PhoneVerified = "+390501234567", true },
		"an external ID":   func(c *onboarding.Customer) { c.ExtID = "x" },
		"a lock":           func(c *onboarding.Customer) { c.Locked = true },
		"a later change":   func(c *onboarding.Customer) { c.Modified = begin },
	} {
		c := signup(change)
		equal(t, name, dormant(t, s, query(c, begin), c.ID), false)
	}
	for _, a := range activities {
		c := signup(func(*onboarding.Customer) {})
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return a.do(ctx, tx, c, noon) })
		equal(t, a.name, dormant(t, s, query(c, begin), c.ID), false)
	}
}

// testDormantPages checks that pages examine every contact once.
func testDormantPages(t *testing.T, s onboarding.Store) {
	organization := onboarding.NewID()
	want := map[string]bool{}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		clear(want)
		for i := range 25 {
			c := newCustomer(organization)
			c.Created, c.Modified = noon, noon.Add(time.Duration(i/4)*time.Minute)
			c.Locked = i%3 == 0
			if !c.Locked {
				want[c.ID] = true
			}
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	q := onboarding.DormantContacts{Kind: onboarding.RecordInactiveContacts, OrganizationID: organization,
		Before: noon.AddDate(1, 0, 0), LoginBefore: noon.AddDate(1, 0, 0), OpenSince: noon, Limit: 4}
	pages := 0
	for more := true; more; pages++ {
		ids, last, err := s.DormantContacts(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !want[id] {
				t.Errorf("%s was found twice, or is locked", id)
			}
			delete(want, id)
		}
		if more = last != nil; more {
			q.After = *last
		}
	}
	if len(want) > 0 || pages != 7 {
		t.Errorf("%d contacts are missing after %d pages", len(want), pages)
	}
}
