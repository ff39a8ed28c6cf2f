package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var customerParts = []part{
	{"Customers", testCustomers},
	{"UpdateCustomer", testUpdateCustomer},
	{"Usernames", testUsernames},
	{"Realms", testRealms},
	{"UsernameRace", testUsernameRace},
	{"CustomersAfter", testCustomersAfter},
	{"ImportedRows", testImportedRows},
	{"ImportedRowsInTurn", testImportedRowsInTurn},
}

// testCustomers checks that a customer is stored with every field and found only in its
// organization.
func testCustomers(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a, b := onboarding.NewID(), onboarding.NewID()
	full, bare, other := newFullCustomer(a), newCustomer(a), newCustomer(b)
	bare.LocationID = ""
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, c := range []*onboarding.Customer{full, bare, other} {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []*onboarding.Customer{full, bare, other} {
		got := must(s.Customer(ctx, c.OrganizationID, c.ID))(t)
		equal(t, "customer", got, c)
		utc(t, "Created", got.Created)
		utc(t, "Modified", got.Modified)
	}
	_, err := s.Customer(ctx, b, full.ID)
	notFound(t, "another organization's customer", err)
	_, err = s.Customer(ctx, a, onboarding.NewID())
	notFound(t, "unknown customer", err)

	twin := newCustomer(b)
	twin.ID = full.ID
	err = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, twin) })
	conflict(t, "a customer ID twice", "id", err)
}

// testUpdateCustomer checks that an update replaces every mutable field of one customer and nothing
// else.
func testUpdateCustomer(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, neighbour := newFullCustomer(onboarding.NewID()), newFullCustomer(onboarding.NewID())
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.InsertCustomer(ctx, c), tx.InsertCustomer(ctx, neighbour))
	})
	update := func(u *onboarding.Customer) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCustomer(ctx, u) })
	}
	// Clear every mutable field. Changes of immutable fields must have no effect.
	emptied := newCustomer(c.OrganizationID)
	emptied.ID, emptied.LocationID = c.ID, ""
	emptied.Username, emptied.Source, emptied.SignupMethod = "renamed", "elsewhere", onboarding.ChannelAPI
	emptied.Created, emptied.Modified = noon.Add(time.Hour), noon.Add(2*time.Hour)
	if err := update(emptied); err != nil {
		t.Fatal(err)
	}
	want := *emptied
	want.Username, want.Source, want.SignupMethod, want.Created = c.Username, c.Source, c.SignupMethod, c.Created
	equal(t, "emptied customer", must(s.Customer(ctx, c.OrganizationID, c.ID))(t), &want)

	if err := update(c); err != nil {
		t.Fatal(err)
	}
	equal(t, "filled customer", must(s.Customer(ctx, c.OrganizationID, c.ID))(t), c)
	equal(t, "another customer", must(s.Customer(ctx, neighbour.OrganizationID, neighbour.ID))(t), neighbour)

	stranger := *c
	stranger.OrganizationID = neighbour.OrganizationID
	notFound(t, "updating another organization's customer", update(&stranger))
	notFound(t, "updating an unknown customer", update(newCustomer(c.OrganizationID)))
}

// testUsernames checks that user names are unique over all organizations and compared byte by byte.
func testUsernames(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	// All different: user names are compared byte by byte, whatever a collation may think.
	names := []string{"user", "User", "USER", "user ", " user", "usér", "use\u0301r", "uſer", "straße", "strasse",
		"u-ser", "u_er", "u%", "١٢", "12", "user\u200b"}
	for _, name := range names {
		c, _ := storedWithCredential(t, s, func(c *onboarding.Customer, _ *onboarding.Credential) { c.Username = name })
		if got := must(s.LoginByUsername(ctx, name))(t); got.CustomerID != c.ID {
			t.Errorf("%q found another customer", name)
		}
		equal(t, "customers with the user name",
			must(s.MatchAll(ctx, c.OrganizationID, onboarding.Match{Username: name}, 2))(t), list(c))
	}
	for _, name := range names {
		c := newCustomer(onboarding.NewID()) // unique over all organizations
		c.Username = name
		err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
		conflictIs(t, "user name twice", onboarding.ErrUsernameTaken, err)
		_, err = s.Customer(ctx, c.OrganizationID, c.ID)
		notFound(t, "the refused customer", err)
	}
}

// testRealms checks that UsernameWithRealm compares the text after the last @ without regard to
// case.
func testRealms(t *testing.T, s onboarding.Store) {
	for _, name := range []string{"josé@Wifi.Example.com", "a@b@example.org", "plain", "at@end@", "@example.net"} {
		c := newCustomer(onboarding.NewID())
		c.Username = name
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
	}
	for realm, want := range map[string]bool{
		"wifi.example.com": true,
		"WIFI.example.COM": true,
		"example.com":      false,
		"fi.example.com":   false,
		"example.org":      true,
		"b@example.org":    false,
		"plain":            false,
		"end":              false,
		"example.net":      true,
		"wifi_example.com": false,
		"%":                false,
	} {
		if got := must(s.UsernameWithRealm(t.Context(), realm))(t); got != want {
			t.Errorf("UsernameWithRealm(%q) = %v", realm, got)
		}
	}
}

// testUsernameRace checks that of many concurrent registrations of one user name one succeeds.
func testUsernameRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	org := onboarding.NewID()
	var won atomic.Int32
	race(64, func(int) {
		c := newCustomer(org)
		c.Username = "the one"
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
			return tx.InsertCredential(ctx, newCredential(c))
		})
		if err == nil {
			won.Add(1)
		} else {
			conflictIs(t, "concurrent inserts of one user name", onboarding.ErrUsernameTaken, err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d of 64 got the same user name", won.Load())
	}
}

// testCustomersAfter checks that pages by ID contain each customer of the organization once.
func testCustomersAfter(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	var all []*onboarding.Customer
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		all = nil
		for range 7 {
			c := newFullCustomer("o1")
			all = append(all, c)
			for _, c := range []*onboarding.Customer{c, newCustomer("o2")} {
				if err := tx.InsertCustomer(ctx, c); err != nil {
					return err
				}
			}
		}
		return nil
	})
	var got []*onboarding.Customer
	for after := ""; ; after = got[len(got)-1].ID {
		page := must(s.CustomersAfter(ctx, "o1", after, 3))(t)
		got = append(got, page...)
		if len(page) < 3 {
			break
		}
	}
	equal(t, "all", got, all)
	equal(t, "of nobody", must(s.CustomersAfter(ctx, "o3", "", 3))(t), list())
}

// testImportedRows checks that rows are found by organization, source and key, are replaced, and
// lose their customer with its deletion, whether in one step or in portions.
func testImportedRows(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a := storedCustomer(t, s)
	row := func(c *onboarding.Customer, source, key string) onboarding.ImportedRow {
		return onboarding.ImportedRow{OrganizationID: c.OrganizationID, Source: source, Key: key, CustomerID: c.ID,
			Content: "content of " + key}
	}
	kept, gone, retired := newCustomer(a.OrganizationID), newCustomer(a.OrganizationID), newCustomer(a.OrganizationID)
	first, second := row(kept, "csv", "1"), row(gone, "csv", "2")
	third, elsewhere := row(retired, "csv", "3"), row(kept, "contacts", "1")
	foreign := row(storedCustomer(t, s), "csv", "1")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, c := range []*onboarding.Customer{kept, gone, retired} {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		for _, r := range []onboarding.ImportedRow{first, second, third, elsewhere, foreign} {
			if err := tx.PutImportedRow(ctx, r); err != nil {
				return err
			}
		}
		own, err := tx.ImportedRows(ctx, a.OrganizationID, "csv", []string{"1", "4"})
		equal(t, "rows in the transaction", own, map[string]onboarding.ImportedRow{"1": first})
		return err
	})
	read := func(source string, keys ...string) map[string]onboarding.ImportedRow {
		t.Helper()
		return must(s.ImportedRows(ctx, a.OrganizationID, source, keys))(t)
	}
	equal(t, "rows", read("csv", "1", "2", "3", "4"),
		map[string]onboarding.ImportedRow{"1": first, "2": second, "3": third})
	equal(t, "rows of another source", read("contacts", "1", "2"), map[string]onboarding.ImportedRow{"1": elsewhere})
	equal(t, "no keys", read("csv"), map[string]onboarding.ImportedRow{})

	first.Content, first.CustomerID = "other", a.ID
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutImportedRow(ctx, first); err != nil {
			return err
		}
		if err := tx.RetireCustomer(ctx, retired.OrganizationID, retired.ID, onboarding.NewID()); err != nil {
			return err
		}
		return tx.DeleteCustomer(ctx, gone.OrganizationID, gone.ID, onboarding.NewID())
	})
	second.CustomerID, third.CustomerID = "", ""
	want := map[string]onboarding.ImportedRow{"1": first, "2": second, "3": third}
	equal(t, "rows after deletions", read("csv", "1", "2", "3"), want)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.DeleteCustomer(ctx, "", retired.ID, onboarding.NewID())
	})
	equal(t, "rows after the last portion", read("csv", "1", "2", "3"), want)
}

// testImportedRowsInTurn checks that of concurrent transactions that read a row, each sees the
// writes of those before it.
func testImportedRowsInTurn(t *testing.T, s onboarding.Store) {
	c := storedCustomer(t, s)
	var wins atomic.Int64
	race(8, func(int) {
		won := false
		err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			known, err := tx.ImportedRows(t.Context(), c.OrganizationID, "csv", []string{"k"})
			if won = len(known) == 0; err != nil || !won {
				return err
			}
			return tx.PutImportedRow(t.Context(), onboarding.ImportedRow{OrganizationID: c.OrganizationID,
				Source: "csv", Key: "k", CustomerID: c.ID})
		})
		if err != nil {
			t.Error(err)
		} else if won {
			wins.Add(1)
		}
	})
	if n := wins.Load(); n != 1 {
		t.Errorf("%d transactions found no row, want 1", n)
	}
}

var textParts = []part{{"HostileTexts", testHostileTexts}}

// testHostileTexts checks that texts are returned unchanged.
func testHostileTexts(t *testing.T, s onboarding.Store) {
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			c := newCustomer(onboarding.NewID())
			c.FirstName, c.Title, c.CompanyName, c.Source = text, text, text, text
			c.Custom = map[string]string{text: text}
			if len(text) < 1000 { // these are indexed, and an index has a limit
				c.Username, c.Email, c.LastName, c.ExtID = text, text, text, text
			}
			o := newOrganization()
			o.Name, o.WiFi.ConsentText = text, map[string]string{"en": text}
			write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				if err := tx.PutOrganization(ctx, o); err != nil {
					return err
				}
				if err := tx.PutSetting(ctx, "hostile", text); err != nil {
					return err
				}
				return tx.InsertCustomer(ctx, c)
			})
			equal(t, "customer", must(s.Customer(ctx, c.OrganizationID, c.ID))(t), c)
			sameOrganization(t, "organization", must(s.Organization(ctx, o.ID))(t), o)
			equal(t, "setting", must(s.Setting(ctx, "hostile"))(t), text)
			if c.ExtID != "" {
				equal(t, "match",
					must(s.MatchAll(ctx, c.OrganizationID, onboarding.Match{ExtID: text, Username: text, Email: text},
						2))(t), list(c))
			}
		})
	}
}

// hostileTexts returns texts that are easily corrupted on the way to a database and back.
func hostileTexts() map[string]string {
	long := make([]byte, 0, 64<<10)
	for i := 0; len(long) < 64<<10; i++ {
		long = fmt.Appendf(long, "%d '\"&\\ € 🜲 ", i)
	}
	return map[string]string{
		"quotes": `'"` + "`", "sql": "'; DROP TABLE customers; --", "backslash": `\x00\u0000\`,
		"percent":   "%_$1?:name@p",
		"markup":    "]]><a&b>",
		"emoji":     "👩🏽‍🚀📶",
		"combining": "e\u0301 \u00e9",
		"bidi":      "\u202eabc\u200b",
		"controls":  "\t\r\n\x01\x7f",
		"spaces":    "  leading and trailing  ",
		"bom":       "\ufeffx",
		"top":       "\U0010ffff",
		"json":      `{"a":[null]}`,
		"64 KB":     string(long),
	}
}
