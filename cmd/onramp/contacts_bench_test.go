package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/contacts"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
)

// BenchmarkContacts measures searches on contacts that `onramp seed` created:
//
//	go test ./cmd/onramp -run '^$' -bench Contacts -benchtime 50x
//
// ONRAMP_BENCH_CONTACTS is the number of contacts (default 10,000). ONRAMP_BENCH_DATA is a data
// folder that keeps them for later runs. ONRAMP_BENCH_DATABASE is the URL of a migrated PostgreSQL
// database to use instead of SQLite. Compare the last page with the first page (its count has its
// own line), and an equality search with the same search on another number of contacts.
func BenchmarkContacts(b *testing.B) {
	const organization = "3a8ccd060216452e09b2b32e750cb5eb"
	want := 10_000
	if text := os.Getenv("ONRAMP_BENCH_CONTACTS"); text != "" {
		var err error
		if want, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	data := os.Getenv("ONRAMP_BENCH_DATA")
	if data == "" {
		data = filepath.Join(b.TempDir(), "data")
	}
	database := []string{"--data", data}
	if url := os.Getenv("ONRAMP_BENCH_DATABASE"); url != "" {
		database = append(database, "--database", url)
	}
	onramp := func(args ...string) {
		b.Helper()
		if code := run(b.Context(), append(args, database...), nil, io.Discard, os.Stderr); code != 0 {
			b.Fatalf("onramp %v: exit %d", args, code)
		}
	}
	onramp("apply", exampleTenant)
	ctx := context.Background()
	d, err := openStorage(ctx, &flags{data: data, database: os.Getenv("ONRAMP_BENCH_DATABASE")},
		store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.close()
	s, err := deployment.Open(ctx, deployment.Config{Store: d.store, Sealer: d.sealer})
	if err != nil {
		b.Fatal(err)
	}
	count := func(f onboarding.ContactFilter) int {
		n, err := d.store.CountContacts(ctx, organization, &f)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	if there := count(onboarding.ContactFilter{}); there < want {
		onramp("seed", "--organization", organization, "--contacts", strconv.Itoa(want-there))
	}
	total := count(onboarding.ContactFilter{})
	b.Logf("%d contacts", total)
	by := &onboarding.Caller{Principal: &auth.Principal{OrganizationID: organization, Role: auth.OrganizationManager,
		Scopes: auth.RoleScopes(auth.OrganizationManager)}}
	search := func(q contacts.ContactSearch) *contacts.ContactPage {
		page, err := s.Contacts.Search(ctx, by, organization, q)
		if err != nil {
			b.Fatal(err)
		}
		return page
	}
	repeat := func(name string, fn func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				fn()
			}
		})
	}

	repeat("Count", func() { count(onboarding.ContactFilter{}) })
	first := search(contacts.ContactSearch{})
	// through the use case, with consents and metrics
	repeat("SecondPage", func() { search(contacts.ContactSearch{Scroll: &first.Scroll}) })
	repeat("TenThousand", func() { search(contacts.ContactSearch{Size: new(10_000)}) })
	for _, order := range []onboarding.ContactOrder{
		onboarding.ByID, onboarding.ByCreated, onboarding.ByModified, onboarding.ByEmail, onboarding.ByPhone,
		onboarding.ByUsername, onboarding.ByLastName,
		onboarding.ByGender, onboarding.ByLocked, onboarding.ByLocationName, onboarding.ByTotalVisits,
		onboarding.ByVisitedLocations, onboarding.ByFirstName,
	} {
		for _, reverse := range []bool{false, true} {
			if order == onboarding.ByID && reverse {
				continue
			}
			q := onboarding.ContactQuery{OrganizationID: organization, Order: order, Reverse: reverse, Matches: total}
			read := func(after *onboarding.ContactPosition, limit int) *onboarding.ContactPosition {
				q.After, q.Limit = after, limit
				_, next, err := d.store.Contacts(ctx, &q)
				if err != nil {
					b.Fatal(err)
				}
				return next
			}
			name := string(order)
			if order == onboarding.ByID {
				name = "id"
			}
			if reverse {
				name += "/reverse"
			}
			repeat("First/"+name, func() { read(nil, 100) })
			var at *onboarding.ContactPosition // a hundred before the end
			for left := total - 100; left > 0; left -= 10_000 {
				at = read(at, min(left, 10_000))
			}
			repeat("Last/"+name, func() { read(at, 100) })
		}
	}

	page := search(contacts.ContactSearch{ContactFilter: onboarding.ContactFilter{HasEmail: new(true),
		HasPhone: new(true)}, Size: new(1000)})
	var one *contacts.Contact
	for _, c := range page.Contacts {
		if c.ExtID != "" {
			one = c
		}
	}
	minute := one.Modified.Add(time.Minute)
	for name, f := range map[string]onboarding.ContactFilter{
		"email":                 {Email: one.Email},
		"phoneNumber":           {Phone: one.Phone},
		"username":              {Username: one.Username},
		"extId":                 {ExtID: one.ExtID},
		"modifiedWithinAMinute": {ModifiedFrom: &one.Modified, ModifiedTo: &minute},
	} {
		repeat("Equal/"+name, func() { search(contacts.ContactSearch{ContactFilter: f}) })
	}
	for name, f := range map[string]onboarding.ContactFilter{
		"hasEmail":           {HasEmail: new(true)},
		"emailVerified":      {EmailVerified: new(true)},
		"mktgCommunications": {OptIns: map[string]bool{"mktgCommunications": true}},
	} {
		repeat("Half/"+name, func() { search(contacts.ContactSearch{ContactFilter: f}) })
	}
}
