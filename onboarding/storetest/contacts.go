package storetest

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

var contactParts = []part{
	{"Contacts", testContacts},
	{"ContactScroll", testContactScroll},
	{"ContactTerms", testContactTerms},
	{"ContactCounts", testContactCounts},
	{"ConcurrentContactCounts", testConcurrentCounts},
}

// contactOrders are all of them.
var contactOrders = []onboarding.ContactOrder{
	onboarding.ByID, onboarding.ByFirstName, onboarding.ByLastName, onboarding.ByGender, onboarding.ByBirthDate,
	onboarding.ByCountry,
	onboarding.ByCreated, onboarding.ByModified, onboarding.ByEmail, onboarding.ByEmailVerified, onboarding.ByPhone,
	onboarding.ByPhoneVerified,
	onboarding.ByUsername, onboarding.BySignupMethod, onboarding.ByLocationName, onboarding.BySystem,
	onboarding.ByLocked,
	onboarding.ByMktgCommunications, onboarding.ByAgeVerification, onboarding.ByTotalVisits,
	onboarding.ByVisitedLocations,
}

// scroll reads all pages and returns the IDs that came.
func scroll(t *testing.T, s onboarding.Store, q onboarding.ContactQuery, between func()) []string {
	t.Helper()
	var ids []string
	for {
		customers, next, err := s.Contacts(t.Context(), &q)
		if err != nil {
			t.Fatalf("Contacts by %q: %v", q.Order, err)
		}
		if len(customers) > q.Limit || next != nil && len(customers) != q.Limit {
			t.Fatalf("a page of %d has %d contacts, and there are more: %v", q.Limit, len(customers), next != nil)
		}
		for _, c := range customers {
			ids = append(ids, c.ID)
		}
		if next == nil {
			return ids
		}
		if len(ids) > 100_000 {
			t.Fatalf("the scroll by %q does not end", q.Order)
		}
		q.After = next
		if between != nil {
			between()
		}
	}
}

// testContacts checks every order, in both directions, with various filters, page sizes and query
// plans.
func testContacts(t *testing.T, s onboarding.Store) {
	c, other := newCrowd(t, s, 400, 1), newCrowd(t, s, 50, 2)
	random := rand.New(rand.NewPCG(3, 3))
	for _, order := range contactOrders {
		for _, reverse := range []bool{false, true} {
			for _, matches := range []int{0, 1 << 20} { // few are sorted, many are walked
				for range 3 {
					var f onboarding.ContactFilter
					if random.IntN(3) > 0 {
						f = c.someFilter(random)
					}
					want := c.expect(&f, order, reverse)
					q := onboarding.ContactQuery{
						OrganizationID: c.organization.ID, Filter: f, Order: order, Reverse: reverse, Matches: matches,
						Limit: []int{1 + random.IntN(20), 100, 1000}[random.IntN(3)],
					}
					if q.Limit < len(want)/40 {
						q.Limit = 40
					}
					got := scroll(t, s, q, nil)
					if !slices.Equal(got, want) {
						t.Fatalf("by %q, reverse %v, matches %d, pages of %d, filter %+v:\ngot  %d %v\nwant %d %v",
							order, reverse, matches, q.Limit, f, len(got), got, len(want), want)
					}
					if n := must(s.CountContacts(t.Context(), c.organization.ID, &f))(t); n != len(want) {
						t.Errorf("filter %+v counts %d, want %d", f, n, len(want))
					}
				}
			}
		}
	}
	if got := scroll(t, s, onboarding.ContactQuery{OrganizationID: other.organization.ID, Limit: 7},
		nil); !slices.Equal(got, other.expect(&onboarding.ContactFilter{}, "", false)) {
		t.Errorf("the other organization has other contacts: %v", got)
	}
	page, _, err := s.Contacts(t.Context(), &onboarding.ContactQuery{OrganizationID: c.organization.ID, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*onboarding.Customer{}
	for _, n := range c.customers {
		byID[n.ID] = n
	}
	for _, got := range page {
		equal(t, "contact", got, byID[got.ID])
	}
	if _, _, err := s.Contacts(t.Context(), &onboarding.ContactQuery{OrganizationID: c.organization.ID,
		Order: "shoeSize", Limit: 1}); err == nil {
		t.Error("an order that is none sorts")
	}
}

// testContactTerms checks that a search finds a customer by the current names only: after an
// update, a deletion, a retirement and the loss of a station, and not in another organization.
func testContactTerms(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := newOrganization()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	c := newCustomer(o.ID)
	c.FirstName, c.LastName, c.Email, c.Phone = "Jean-Pierre", "D'Angelo", "jp@example.com", "+393471234567"
	c.Username = "front desk"
	const mac = "3a:bb:cc:01:02:03"
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		return tx.PutStation(ctx, &onboarding.Station{CustomerID: c.ID, MAC: mac, FirstSeen: noon, LastSeen: noon})
	})
	finds := func(organizationID, search string, want int) {
		t.Helper()
		f := onboarding.ContactFilter{Search: search}
		if n := must(s.CountContacts(ctx, organizationID, &f))(t); n != want {
			t.Errorf("%q counts %d, want %d", search, n, want)
		}
		for _, matches := range []int{want, 1 << 20} {
			got := scroll(t, s, onboarding.ContactQuery{OrganizationID: organizationID, Filter: f, Limit: 5,
				Matches: matches, Order: onboarding.ByLastName}, nil)
			if len(got) != want {
				t.Errorf("%q finds %d, want %d", search, len(got), want)
			}
		}
	}
	for _, search := range []string{"jean", "pierre", "jean-p", "PIERRE dangelo", "d'ang", "jp@", "jp@example.com",
		"desk", "front desk", "+39 347 12", "0039347", "39347", "347 1234", "(347) 12", "3a:bb:cc", "3ABBCC0102",
		"3abb.cc01", "3a-bb-cc-01-02-03", "jp 347"} {
		finds(o.ID, search, 1)
		finds(onboarding.NewID(), search, 0)
	}
	for _, search := range []string{"ean", "angelo", "example", "3a:bb", "bb:cc:01", "+347", "jean anna"} {
		finds(o.ID, search, 0)
	}
	c.FirstName, c.Phone = "Anna", ""
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCustomer(ctx, c) })
	finds(o.ID, "anna", 1)
	finds(o.ID, "jean", 0)
	finds(o.ID, "347", 0)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.TightenStation(ctx, c.ID, mac) // it has no connections
	})
	finds(o.ID, "3a:bb:cc", 0)
	long := newCustomer(o.ID)
	long.FirstName, long.LastName = strings.Repeat("ab ", 85), strings.Repeat("w\u00e9", 85)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if n, last, err := tx.FillTerms(ctx, 10); n != 0 || !last || err != nil {
			t.Errorf("terms written: %d %v %v", n, last, err)
		}
		return tx.InsertCustomer(ctx, long)
	})
	finds(o.ID, strings.Repeat("we", 85), 1)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.RetireCustomer(ctx, o.ID, long.ID, onboarding.NewID()); err != nil {
			return err
		}
		return tx.DeleteCustomer(ctx, o.ID, c.ID, onboarding.NewID())
	})
	for _, search := range []string{"anna", "ab", "front", "user-", "we"} {
		finds(o.ID, search, 0)
		finds("", search, 0)
	}
}

// testContactScroll checks that a contact which exists throughout a scroll and keeps its sort value
// is returned exactly once while others change.
func testContactScroll(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	for i, order := range []onboarding.ContactOrder{onboarding.ByID, onboarding.ByCreated, onboarding.ByEmail,
		onboarding.ByLastName, onboarding.ByGender,
		onboarding.ByLocationName, onboarding.ByMktgCommunications, onboarding.ByTotalVisits, onboarding.ByFirstName} {
		c := newCrowd(t, s, 300, uint64(10+i))
		random := rand.New(rand.NewPCG(5, uint64(i)))
		staying, going := c.customers[:200], c.customers[200:]
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() { // others register, change and leave all the time
			defer close(stopped)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				restless := going[n%len(going)]
				fresh, changed := c.stranger(random), *c.stranger(random)
				changed.ID = restless.ID
				err := s.Write(ctx, func(tx onboarding.Tx) error {
					if err := tx.InsertCustomer(ctx, fresh); err != nil {
						return err
					}
					if n < len(going)/2 {
						return tx.DeleteCustomer(ctx, c.organization.ID, restless.ID, onboarding.NewID())
					}
					if n < len(going) {
						return tx.UpdateCustomer(ctx, &changed)
					}
					return nil
				})
				if err != nil {
					t.Errorf("a change meanwhile: %v", err)
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		got := scroll(t, s, onboarding.ContactQuery{OrganizationID: c.organization.ID, Order: order, Reverse: i%2 == 1,
			Limit: 7, Matches: 1 << 20},
			func() { time.Sleep(2 * time.Millisecond) })
		close(stop)
		<-stopped
		times := map[string]int{}
		for _, id := range got {
			times[id]++
		}
		for _, n := range staying {
			if times[n.ID] != 1 {
				t.Errorf("by %q: a contact who stayed came %d times", order, times[n.ID])
			}
		}
	}
}
