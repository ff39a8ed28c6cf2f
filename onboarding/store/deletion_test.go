package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// lived is a customer with rows in every table, and the texts that identify the person.
type lived struct {
	*onboarding.Customer
	traces []string
}

var (
	begun = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ended = begun.Add(time.Hour)
)

// live stores one; n makes its values unique.
func live(t *testing.T, s onboarding.Store, organization string, n int) lived {
	t.Helper()
	own := func(what string) string { return fmt.Sprintf("%s-of-%d-", what, n) }
	c := &onboarding.Customer{
		ID:             onboarding.NewID(),
		OrganizationID: organization,
		LocationID:     onboarding.NewID(),
		Username:       own("username"),
		SignupMethod:   onboarding.ChannelApp,
		Source:         own("source"),
		Created:        begun,
		Modified:       begun,
		Profiling:      ref(true),
		PPD:            ref(true),
		OptIns:         map[string]bool{"customs.mail": true},
		Attributes: onboarding.Attributes{
			FirstName: own("first"),
			LastName:  own("last"),
			Email:     own("email"),
			Phone:     own("phone"),
			BirthDate: own("birth"),
			ZipCode:   own("zip"),
			ExtID:     own("ext"),
			ExtProp1:  own("one"),
			ExtProp2:  own("two"),
			Custom:    map[string]string{own("key"): own("value")},
			Document:  onboarding.StoredDocument{Clear: onboarding.Document{Number: own("number")}},
		},
	}
	p := onboarding.Progress{Duration: 60, At: ended}
	session := onboarding.Connection{
		UniqueID:       fmt.Sprint("unique ", n),
		OrganizationID: organization,
		CustomerID:     c.ID,
		AccessPoint:    "ap",
		Proven:         true,
		SessionID:      own("acct"),
		CallingStation: own("calling"),
		MAC:            own("mac"),
		Address:        own("address"),
		Implied:        begun,
		Progress:       p,
		Reported:       &onboarding.Stop{Progress: p, Cause: "User-Request"},
	}
	open := session
	open.UniqueID, open.Reported = fmt.Sprint("open ", n), nil
	token := onboarding.Link{TokenHash: own("token"), CustomerID: c.ID, OrganizationID: organization, Created: begun,
		Expires: ended, MaxHits: 3}
	ctx := t.Context()
	err := s.Write(ctx, func(tx onboarding.Tx) error {
		steps := []func() error{
			func() error { return tx.InsertCustomer(ctx, c) },
			func() error {
				return tx.InsertCredential(ctx, &onboarding.Credential{CustomerID: c.ID, OrganizationID: organization,
					Username: c.Username, Password: onboarding.Sealed{KeyID: "k", Box: []byte(own("box"))},
					Created: begun, Expires: ended})
			},
			func() error { return tx.AddGuid(ctx, organization, c.ID, own("guid"), begun) },
			func() error {
				return tx.AppendConsents(ctx,
					[]onboarding.Consent{{ID: onboarding.NewID(), OrganizationID: organization, CustomerID: c.ID,
						Policy: "privacy", Version: "1", Accepted: true, At: begun,
						Channel: onboarding.ChannelApp, Address: own("client"), Agent: own("agent")}})
			},
			func() error {
				return tx.PutDevice(ctx, &onboarding.Device{CustomerID: c.ID, InstallID: own("install"),
					PushToken: own("push"), Registered: begun})
			},
			func() error {
				_, _, err := tx.PutInstallation(ctx, &onboarding.Installation{ID: onboarding.NewID(), CustomerID: c.ID,
					Platform: "ios", Type: "passpoint", InstalledBy: own("app"), Installed: begun, Recorded: begun,
					Attributes: onboarding.InstalledNetwork{Username: own("installed")}})
				return err
			},
			func() error { return tx.InsertLink(ctx, &token) },
			func() error {
				return tx.InsertIdempotency(ctx, &onboarding.Idempotency{ServiceID: "service", Key: own("request"),
					CustomerID: c.ID, Answer: onboarding.Sealed{KeyID: "k", Box: []byte(own("answer"))},
					Expires: ended}, begun)
			},
			func() error {
				events := []onboarding.Event{}
				for _, kind := range []onboarding.EventType{onboarding.EventSignup, onboarding.EventLogin,
					onboarding.EventConsent, onboarding.EventInstall} {
					events = append(events, onboarding.Event{ID: onboarding.NewID(), OrganizationID: organization,
						CustomerID: c.ID, Type: kind, At: begun})
				}
				return tx.AppendEvents(ctx, events)
			},
			func() error { return tx.PutConnection(ctx, &session) },
			func() error { return tx.PutConnection(ctx, &open) },
			func() error {
				return tx.PutVisit(ctx, &onboarding.Visit{ID: onboarding.NewID(), OrganizationID: organization,
					CustomerID: c.ID, LocationID: c.LocationID, Start: begun, End: ended, Connections: 1})
			},
			func() error {
				return tx.PutStation(ctx, &onboarding.Station{CustomerID: c.ID, MAC: own("station"), FirstSeen: begun,
					LastSeen: ended, Connections: 1})
			},
			func() error {
				return tx.InsertDisconnect(ctx, &onboarding.Disconnect{ID: onboarding.NewID(),
					OrganizationID: organization, CustomerID: c.ID, UniqueID: session.UniqueID, Reason: "locked",
					Created: begun, Due: begun, Finished: &ended})
			},
			func() error {
				return tx.PutTally(ctx, &onboarding.Tally{CustomerID: c.ID, OrganizationID: organization, Visits: 1})
			},
			func() error { return tx.PutSegments(ctx, organization, c.ID, []string{"segment"}, &ended) },
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lived{c, []string{c.ID, fmt.Sprintf("-of-%d-", n)}}
}

// knowing returns the tables that contain the text in a row.
func knowing(t *testing.T, tables map[string][]string, text string) []string {
	t.Helper()
	var knowing []string
	for table, rows := range tables {
		if slices.ContainsFunc(rows, func(row string) bool { return strings.Contains(row, text) }) {
			knowing = append(knowing, table)
		}
	}
	slices.Sort(knowing)
	return knowing
}

// testLeaving deletes one customer and minimises another; a third sees that both take only their
// own with them. everything reads all tables.
func testLeaving(t *testing.T, s onboarding.Store, everything func() map[string][]string) {
	organization, ctx := onboarding.NewID(), t.Context()
	leaving, refusing, staying := live(t, s, organization, 1), live(t, s, organization, 2), live(t, s, organization, 3)
	before := everything()
	if n := len(knowing(t, before, leaving.ID)); n < 15 {
		t.Fatalf("only %d tables know the customer", n)
	}
	write := func(fn func(ctx context.Context, tx onboarding.Tx) error) error {
		return s.Write(ctx, func(tx onboarding.Tx) error { return fn(ctx, tx) })
	}
	for _, wrong := range [][2]string{{onboarding.NewID(), leaving.ID}, {organization, onboarding.NewID()}} {
		err := write(func(ctx context.Context, tx onboarding.Tx) error {
			return tx.DeleteCustomer(ctx, wrong[0], wrong[1], "alias")
		})
		if onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("deleting somebody else's customer: %v", err)
		}
	}
	alias := onboarding.NewID()
	if err := write(func(ctx context.Context, tx onboarding.Tx) error {
		return tx.DeleteCustomer(ctx, organization, leaving.ID, alias)
	}); err != nil {
		t.Fatal(err)
	}
	if err := write(func(ctx context.Context, tx onboarding.Tx) error {
		return tx.MinimiseCustomer(ctx, refusing.ID)
	}); err != nil {
		t.Fatal(err)
	}
	after := everything()
	for _, trace := range leaving.traces {
		for _, table := range knowing(t, after, trace) {
			t.Errorf("%s still tells %q", table, trace)
		}
	}
	if got := knowing(t, after, alias); !slices.Equal(got, []string{"consents"}) {
		t.Errorf("the alias is in tables %v", got)
	}
	ledger, err := s.Consents(ctx, alias)
	if err != nil || len(ledger) != 1 || ledger[0].Policy != "privacy" || !ledger[0].At.Equal(begun) ||
		ledger[0].Address != "" || ledger[0].Agent != "" {
		t.Errorf("the ledger keeps %+v, %v", ledger, err)
	}
	for _, id := range []string{"unique 1", "open 1"} {
		if session, err := s.Connection(ctx, id); err != nil || !session.Anonymous || session.CustomerID != "" ||
			session.MAC+session.Address+session.CallingStation+session.SessionID != "" {
			t.Errorf("a connection of the deleted: %+v, %v", session, err)
		}
	}
	// After minimisation, only the permitted rows remain.
	want := []string{"activations", "consents", "credentials", "customer_guids", "customer_terms", "customers",
		"disconnects", "events", "segment_checks", "segment_members", "sessions"}
	if got := knowing(t, after, refusing.ID); !slices.Equal(got, want) {
		t.Errorf("of who refuses, these know: %v, want %v", got, want)
	}
	if open, err := s.OpenConnections(ctx, refusing.ID); err != nil || len(open) != 1 ||
		open[0].MAC+open[0].Address != "" || open[0].CallingStation == "" {
		t.Errorf("the open connection of who refuses: %+v, %v", open, err)
	}
	if events, err := s.Events(ctx, onboarding.EventQuery{OrganizationID: organization, CustomerID: refusing.ID,
		Limit: 10}); err != nil || len(events) != 1 || events[0].Type != onboarding.EventConsent {
		t.Errorf("events of who refuses: %+v, %v", events, err)
	}
	for _, trace := range staying.traces {
		if got, want := knowing(t, after, trace), knowing(t, before, trace); !slices.Equal(got, want) {
			t.Errorf("%q of another customer is in tables %v, want %v", trace, got, want)
		}
	}
}

func TestSQLiteLeaving(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	s := openTestSQLite(t, path, Options{})
	db, err := sql.Open("sqlite", sqliteURI(path, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	texts := func(query string) (all []string) {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
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
			row := ""
			for _, v := range values {
				row += string(*v.(*sql.RawBytes)) + "\x00"
			}
			all = append(all, row)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	testLeaving(t, s, func() map[string][]string {
		tables := map[string][]string{}
		for _, name := range texts("SELECT name FROM sqlite_schema WHERE type = 'table'") {
			name = strings.Trim(name, "\x00")
			tables[name] = texts("SELECT * FROM " + name)
		}
		return tables
	})
}

func TestPostgresLeaving(t *testing.T) {
	server := postgres.Require(t)
	s := openTestPostgres(t, migratedPostgres(t, server), Options{})
	texts := func(query string) []string {
		rows, err := s.pool.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	testLeaving(t, s, func() map[string][]string {
		tables := map[string][]string{}
		for _, name := range texts("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()") {
			tables[name] = texts("SELECT t::text FROM " + name + " t")
		}
		return tables
	})
}
