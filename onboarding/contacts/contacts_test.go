package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// enrol registers many people of whom only few things differ; it returns their IDs.
func enrol(v *testkit.Venue, o *onboarding.Organization, people []registration.Enrolment) []string {
	v.Helper()
	before := map[string]bool{}
	for _, id := range everybody(v, o) {
		before[id] = true
	}
	for i := range people {
		people[i].Input.Policies = map[string]bool{"termsOfUse": true, "privacy": true}
	}
	for part := range slices.Chunk(people, 1000) {
		if err := v.Registration.RegisterMany(context.Background(), o.ID, part); err != nil {
			v.Fatal(err)
		}
	}
	return slices.DeleteFunc(everybody(v, o), func(id string) bool { return before[id] })
}

// everybody is the organization's customers, by ID.
func everybody(v *testkit.Venue, o *onboarding.Organization) []string {
	v.Helper()
	var all []string
	for {
		after := ""
		if len(all) > 0 {
			after = all[len(all)-1]
		}
		page, err := v.Store.CustomersAfter(context.Background(), o.ID, after, 5000)
		if err != nil {
			v.Fatal(err)
		}
		for _, c := range page {
			all = append(all, c.ID)
		}
		if len(page) < 5000 {
			return all
		}
	}
}

// scroll reads a search to its end and returns who came how often; between is called after each
// page.
func scroll(
	v *testkit.Venue, o *onboarding.Organization, q contacts.ContactSearch, between func(),
) (times map[string]int, pages int) {
	v.Helper()
	times = map[string]int{}
	for {
		page, err := v.Contacts.Search(context.Background(), testkit.Manager(o), o.ID, q)
		if err != nil {
			v.Fatal(err)
		}
		pages++
		for _, c := range page.Contacts {
			times[c.ID]++
		}
		if page.Scroll == "" {
			return times, pages
		}
		q = contacts.ContactSearch{Scroll: &page.Scroll}
		if between != nil {
			between()
		}
	}
}

// TestScrollTenThousand: pages of 7, 100 and 10,000, while others register, change, connect and are
// deleted all the time: each of the ten thousand exactly once.
func TestScrollTenThousand(t *testing.T) {
	v := testkit.NewVenue(t)
	people := make([]registration.Enrolment, 10_000)
	for i := range people {
		people[i].At = testkit.Monday.Add(time.Duration(i%5000) * time.Second)
		people[i].Input.LastName = new("Rossi" + strconv.Itoa(i%900))
		if i%3 > 0 {
			people[i].Input.Email = new(fmt.Sprintf("%d@example.com", i*7919%10_000))
		}
	}
	steady := enrol(v, v.Here, people)
	if len(steady) != len(people) {
		t.Fatalf("%d were enrolled", len(steady))
	}
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	var written [2]int
	for w := range written {
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				name := fmt.Sprintf("restless %d %d", w, n)
				c, err := v.Registration.Register(t.Context(), testkit.Manager(v.Here),
					registration.Request{Input: registration.CustomerInput{
						Username: &name, Email: new(fmt.Sprintf("%d@example.org", n)),
						Policies: map[string]bool{"termsOfUse": true, "privacy": true}}})
				if err == nil {
					_, err = v.Registration.Update(t.Context(), testkit.Manager(v.Here), c.Customer.ID,
						registration.CustomerInput{LastName: new("Bianchi" + strconv.Itoa(n)), Email: new("")})
				}
				if err == nil { // and some of the steady change in members other than the sort key
					_, err = v.Registration.Update(t.Context(), testkit.Manager(v.Here), steady[(n*31+w)%len(steady)],
						registration.CustomerInput{Title: &name})
				}
				if err == nil && n%2 == 0 {
					err = v.Registration.Delete(t.Context(), testkit.Manager(v.Here), c.Customer.ID)
				}
				if err != nil {
					t.Errorf("a writer: %v", err)
					return
				}
				written[w]++
				time.Sleep(time.Millisecond)
			}
		})
	}
	for size, orders := range map[int][]string{7: {"", "email"}, 100: {"", "lastName", "email", "created"},
		10_000: {"", "lastName"}} {
		for _, sortBy := range orders {
			q := contacts.ContactSearch{Size: &size, SortBy: sortBy}
			if sortBy == "email" {
				q.SortReverse = new(true)
			}
			times, pages := scroll(v, v.Here, q, nil)
			if pages < len(steady)/size {
				t.Errorf("%d pages of %d", pages, size)
			}
			for _, id := range steady {
				if times[id] != 1 {
					t.Fatalf("in pages of %d by %q somebody came %d times", size, sortBy, times[id])
				}
			}
		}
	}
	stop()
	writers.Wait()
	t.Logf("10,000 contacts in pages of 7, 100 and 10,000 beside %d changes: each once", written[0]+written[1])
}

// TestScrollProperty draws the contacts of a scroll and the changes between its pages. Who is there
// throughout and keeps the value comes once, in order.
func TestScrollProperty(t *testing.T) {
	v := testkit.NewVenue(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		run := fmt.Sprint("run ", n)
		sortBy := rapid.SampledFrom([]string{"", "lastName", "email", "created", "modified_absolute", "gender",
			"locations", "mktgCommunications", "firstName", "enabled", "username", "phone"}).Draw(rt, "sortBy")
		q := contacts.ContactSearch{SortBy: sortBy, Size: new(rapid.IntRange(1, 5).Draw(rt, "size"))}
		if sortBy != "" {
			q.SortReverse = new(rapid.Bool().Draw(rt, "reverse"))
		}
		if rapid.Bool().Draw(rt, "filtered") {
			q.ExtID = run
		}
		person := func() registration.Enrolment {
			text := func(values ...string) *string { return new(rapid.SampledFrom(values).Draw(rt, "value")) }
			e := registration.Enrolment{
				At: testkit.Monday.Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "created")) * time.Hour),
				Input: registration.CustomerInput{
					ExtID:       &run,
					FirstName:   text("", "a", "B", "ä"),
					LastName:    text("", "x", "y"),
					Gender:      text("", "M", "F"),
					PhoneNumber: text("", "+39123456789", "+391234567"),
					Email:       text("", "A@example.com", "b@example.com"),
					LocationID:  text(v.Here.Locations[0].ID, v.Here.Locations[1].ID),
					Lock:        new(rapid.Bool().Draw(rt, "lock")),
					Policies:    map[string]bool{"termsOfUse": true, "privacy": true},
				}}
			if said := rapid.IntRange(0, 2).Draw(rt, "said"); said > 0 {
				e.Input.Policies["mktgCommunications"] = said == 1
			}
			return e
		}
		register := func(many int) {
			people := make([]registration.Enrolment, many)
			for i := range people {
				people[i] = person()
			}
			if err := v.Registration.RegisterMany(context.Background(), v.Here.ID, people); err != nil {
				rt.Fatal(err)
			}
		}
		register(rapid.IntRange(0, 25).Draw(rt, "people"))
		all := everybody(v, v.Here)
		steady := map[string]bool{}
		for _, id := range all {
			steady[id] = true
		}
		// act is a change between two pages.
		act := func() {
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				register(rapid.IntRange(1, 3).Draw(rt, "newcomers"))
			case 1:
				if id := pickOne(rt, all); id != "" && steady[id] {
					steady[id] = false
					if err := v.Registration.Delete(context.Background(), testkit.Manager(v.Here), id); err != nil {
						rt.Fatal(err)
					}
				}
			case 2: // the value may change with everything else
				if id := pickOne(rt, all); id != "" && steady[id] {
					steady[id] = false
					in := person().Input
					in.Lock = nil
					if _, err := v.Registration.Update(context.Background(), testkit.Manager(v.Here), id,
						in); err != nil {
						rt.Fatal(err)
					}
				}
			case 3: // a member other than the sort key changes, and so does modified, which may be the key
				if id := pickOne(rt, all); id != "" && steady[id] {
					v.Advance(time.Second)
					steady[id] = sortBy != "modified_absolute"
					if _, err := v.Registration.Update(context.Background(), testkit.Manager(v.Here), id,
						registration.CustomerInput{ZipCode: new(fmt.Sprint(v.Now().Unix()))}); err != nil {
						rt.Fatal(err)
					}
				}
			}
		}
		times, _ := scroll(v, v.Here, q, act)
		for id, stays := range steady {
			if stays && times[id] != 1 {
				rt.Errorf("by %q, reverse %v: who stayed came %d times", sortBy, q.SortReverse != nil && *q.SortReverse,
					times[id])
			}
		}
		err := v.Store.Write(context.Background(), func(tx onboarding.Tx) error {
			for _, id := range everybody(v, v.Here) {
				if err := tx.DeleteCustomer(context.Background(), v.Here.ID, id, onboarding.NewID()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func pickOne(rt *rapid.T, ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return rapid.SampledFrom(ids).Draw(rt, "who")
}

// TestRegisterMany is all or nothing.
func TestRegisterMany(t *testing.T) {
	v := testkit.NewVenue(t)
	good := registration.Enrolment{At: testkit.Monday, Input: registration.CustomerInput{Username: new("good"),
		Policies: map[string]bool{"termsOfUse": true, "privacy": true}}}
	twin, rude := good, good
	rude.Input.Policies = map[string]bool{"termsOfUse": true}
	for name, people := range map[string][]registration.Enrolment{"one without consent": {good, rude},
		"a name twice": {good, twin}} {
		if err := v.Registration.RegisterMany(t.Context(), v.Here.ID, people); onboarding.KindOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := v.Store.LoginByUsername(t.Context(), "good"); !errors.Is(err, onboarding.ErrNotFound) {
			t.Errorf("%s: somebody was registered (%v)", name, err)
		}
	}
	if err := v.Registration.RegisterMany(t.Context(), v.Here.ID, []registration.Enrolment{good}); err != nil {
		t.Fatal(err)
	}
	login, err := v.Store.LoginByUsername(t.Context(), "good")
	if err != nil || !login.Registered.Equal(testkit.Monday) {
		t.Fatalf("%+v %v", login, err)
	}
	if v.AuthorizeAt("good", radius.AccessPointIdentity{}).Reason != "" {
		t.Error("who was enrolled cannot connect")
	}
}
