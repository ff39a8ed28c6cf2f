package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// asked is one query with its arguments.
type asked struct {
	text string
	args []any
}

// recorder notes the queries that pass through it.
type recorder struct {
	executor
	queries []asked
}

func (r *recorder) query(ctx context.Context, text string, args ...any) (rows, error) {
	r.queries = append(r.queries, asked{text, args})
	return r.executor.query(ctx, text, args...)
}

// plan holds the steps of an engine's query plan.
type plan struct {
	indexes []string // that it reads
	scans   []string // tables that it reads whole
	sorts   int      // times it sorts everything it found
	whole   bool     // it reads all customers of an organization
}

// contactSearches are the searches that an index serves, and that index.
var contactSearches = func() []struct {
	name    string
	query   onboarding.ContactQuery
	matches int
	index   string
} {
	from := time.UnixMicro(0).UTC()
	until := from.Add(100 * time.Second)
	value := func(v string) *onboarding.ContactPosition { return &onboarding.ContactPosition{Value: &v, ID: "5"} }
	none := &onboarding.ContactPosition{ID: "5"}
	const many, few = 1 << 20, 10
	type search = struct {
		name    string
		query   onboarding.ContactQuery
		matches int
		index   string
	}
	var all []search
	add := func(name, index string, matches int, q onboarding.ContactQuery) {
		for _, reverse := range []bool{false, true} {
			q.Reverse = reverse
			all = append(all, search{fmt.Sprintf("%s, reverse %v", name, reverse), q, matches, index})
		}
	}
	for order, index := range map[onboarding.ContactOrder]string{
		onboarding.ByCreated:          "customers_by_created",
		onboarding.ByModified:         "customers_by_modified",
		onboarding.ByTotalVisits:      "customer_metrics_by_total_visits",
		onboarding.ByVisitedLocations: "customer_metrics_by_visited_locations",
	} {
		add("first by "+string(order), index, many, onboarding.ContactQuery{Order: order})
		add("further by "+string(order), index, many, onboarding.ContactQuery{Order: order, After: value("3")})
	}
	for order, index := range map[onboarding.ContactOrder]string{
		onboarding.ByEmail:    "customers_by_email",
		onboarding.ByPhone:    "customers_by_phone",
		onboarding.ByUsername: "customers_by_username",
		onboarding.ByLastName: "customers_by_last_name",
	} {
		add("first by "+string(order), index, many, onboarding.ContactQuery{Order: order})
		add("further by "+string(order), index, many, onboarding.ContactQuery{Order: order, After: value("m")})
		if order != onboarding.ByUsername {
			add("those without "+string(order), index, many, onboarding.ContactQuery{Order: order, After: none})
		}
		add("filtered by time, by "+string(order), index, many,
			onboarding.ContactQuery{Order: order, Filter: onboarding.ContactFilter{CreatedFrom: &from,
				ModifiedFrom: &from}})
	}
	for _, order := range []onboarding.ContactOrder{onboarding.ByID, onboarding.ByGender, onboarding.ByLocked,
		onboarding.ByMktgCommunications, onboarding.BySignupMethod} {
		add("first by "+string(order), "customers_of_organization", many, onboarding.ContactQuery{Order: order})
		add("filtered, by "+string(order), "customers_of_organization", many, onboarding.ContactQuery{Order: order,
			Filter: onboarding.ContactFilter{CreatedFrom: &from, ModifiedTo: &until, HasEmail: ref(true),
				LocationIDs: []string{"a", "b"}}})
		if order == onboarding.ByGender || order == onboarding.ByMktgCommunications {
			add("those without, by "+string(order), "customers_of_organization", many,
				onboarding.ContactQuery{Order: order, After: none})
		}
		add("at a location, by "+string(order), "customers_of_location", many,
			onboarding.ContactQuery{Order: order, Filter: onboarding.ContactFilter{LocationIDs: []string{"a"}}})
	}
	for order, index := range map[onboarding.ContactOrder]string{
		onboarding.ByID: "customers_of_organization", onboarding.ByLastName: "customers_by_last_name",
		onboarding.ByTotalVisits: "customer_metrics_by_total_visits", onboarding.ByGender: "customers_of_organization",
	} {
		add("of many that are searched, by "+string(order), index, many,
			onboarding.ContactQuery{Order: order, Filter: onboarding.ContactFilter{Search: "ann ros 02:00:01"}})
	}
	add("rare first by age verification", "customers_by_traits", many,
		onboarding.ContactQuery{Order: onboarding.ByAgeVerification})
	add("by location", "customers_of_location", many, onboarding.ContactQuery{Order: onboarding.ByLocationName})
	for _, order := range []onboarding.ContactOrder{onboarding.ByID, onboarding.ByCreated, onboarding.ByEmail,
		onboarding.ByLastName, onboarding.ByLocationName, onboarding.ByFirstName, onboarding.ByTotalVisits,
		onboarding.ByGender} {
		for name, f := range map[string]struct {
			filter onboarding.ContactFilter
			index  string
		}{
			"email": {onboarding.ContactFilter{Email: "a@example.com", CreatedFrom: &from, LocationIDs: []string{"a"}},
				"customers_by_email"},
			"phone":    {onboarding.ContactFilter{Phone: "+391"}, "customers_by_phone"},
			"username": {onboarding.ContactFilter{Username: "a"}, "customers"},
			"extId":    {onboarding.ContactFilter{ExtID: "a"}, "customers_by_ext_id"},
			"extProp1": {onboarding.ContactFilter{ExtProp1: "a"}, "customers_by_ext_prop1"},
			"extProp2": {onboarding.ContactFilter{ExtProp2: "a"}, "customers_by_ext_prop2"},
			"modified": {onboarding.ContactFilter{ModifiedFrom: &from, ModifiedTo: &until, CreatedFrom: &from},
				"customers_by_modified"},
			"created": {onboarding.ContactFilter{CreatedFrom: &from, CreatedTo: &until, SegmentIDs: []string{"a"}},
				"customers_by_created"},
			"verified": {onboarding.ContactFilter{EmailVerified: ref(true), HasPhone: ref(true)},
				"customers_by_traits"},
			"verified at a location": {onboarding.ContactFilter{EmailVerified: ref(true), CreatedFrom: &from,
				LocationIDs: []string{"b", "c"}}, "customers_by_traits"},
			"rare opt-in": {onboarding.ContactFilter{OptIns: map[string]bool{onboarding.AgeVerification: true},
				ModifiedFrom: &from, SegmentIDs: []string{"b"}}, "customers_by_traits"},
			"location":     {onboarding.ContactFilter{LocationIDs: []string{"b", "c"}}, "customers_of_location"},
			"search":       {onboarding.ContactFilter{Search: "anna-1"}, "customer_terms"},
			"search words": {onboarding.ContactFilter{Search: "ann 12", LocationIDs: []string{"a"}}, "customer_terms"},
			"station":      {onboarding.ContactFilter{Search: "02:00:00:01"}, "stations_by_mac"},
			"search of many": {onboarding.ContactFilter{Search: "user", ModifiedFrom: &from, ModifiedTo: &until},
				"customer_terms"},
			"segment": {onboarding.ContactFilter{SegmentIDs: []string{"b", "c"}}, "segment_members"},
		} {
			add(name+", by "+string(order), f.index, few, onboarding.ContactQuery{Order: order, Filter: f.filter})
		}
	}
	return all
}()

// plant stores an organization of n customers, and another of more.
func plant(t *testing.T, s onboarding.Store, n, more int) string {
	t.Helper()
	here, there := onboarding.NewID(), onboarding.NewID()
	locations := []string{onboarding.NewID(), onboarding.NewID()}
	ctx := t.Context()
	err := s.Write(ctx, func(tx onboarding.Tx) error {
		o := &onboarding.Organization{ID: here, Name: "Here"}
		for i, id := range locations {
			o.Locations = append(o.Locations, onboarding.Location{ID: id, Name: fmt.Sprint("Location ", i)})
		}
		return tx.PutOrganization(ctx, o)
	})
	if err != nil {
		t.Fatal(err)
	}
	for organization, n := range map[string]int{here: n, there: more} {
		for begin := 0; begin < n; begin += 1000 {
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				for i := begin; i < begin+1000; i++ {
					at := time.UnixMicro(int64(i) * 1e6).UTC()
					id := onboarding.NewID()
					c := &onboarding.Customer{
						ID:             id,
						OrganizationID: organization,
						Username:       "user " + id,
						SignupMethod:   onboarding.ChannelApp,
						Created:        at,
						Modified:       at,
						LocationID:     locations[i%2],
					}
					c.Locked, c.SignupMethod = i%3 == 0, []onboarding.Channel{onboarding.ChannelApp,
						onboarding.ChannelAPI, onboarding.ChannelPortal}[i%3]
					if i%4 > 0 {
						c.OptIns = map[string]bool{onboarding.MktgCommunication: i%2 == 0}
						if i%100 == 1 {
							c.OptIns[onboarding.AgeVerification] = i%200 == 1
						}
					}
					c.LastName, c.Gender = fmt.Sprint(i%700), []string{"male", "female", "other", ""}[i%4]
					c.FirstName = fmt.Sprint("Anna-", i)
					if i%2 == 0 {
						c.Email, c.Phone = id+"@example.com", "+39"+id
					}
					if i%5 == 0 {
						c.ExtID, c.ExtProp1, c.ExtProp2 = id, id, id
					}
					if err := tx.InsertCustomer(ctx, c); err != nil {
						return err
					}
					if i%2 == 0 {
						if err := tx.PutTally(ctx, &onboarding.Tally{CustomerID: id, OrganizationID: organization,
							Visits: int64(i % 30), Places: map[string]onboarding.PlaceTally{locations[i%4/2]: {},
								locations[0]: {}}}); err != nil {
							return err
						}
					}
					if i%3 == 0 {
						mac := fmt.Sprintf("02:00:%02x:%02x:00:01", i%256, i/256)
						if err := tx.PutStation(ctx, &onboarding.Station{CustomerID: id, MAC: mac}); err != nil {
							return err
						}
					}
					if i%100 == 0 {
						if err := tx.PutSegments(ctx, organization, id, []string{"b"}, nil); err != nil {
							return err
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return here
}

// checkPlans checks the query plans of every search: no full table scan, and no sort of the rows of
// an index scan. If ours is set, the store and not the engine chooses the index, and checkPlans
// compares it with the expected one.
func checkPlans(t *testing.T, r reader, organization string, ours bool, explain func(asked) plan) {
	t.Helper()
	for _, search := range contactSearches {
		seen := &recorder{executor: r.db}
		q := search.query
		q.OrganizationID, q.Matches, q.Limit = organization, search.matches, 100
		with := r
		with.db = seen
		if _, _, err := with.Contacts(t.Context(), &q); err != nil {
			t.Fatalf("%s: %v", search.name, err)
		}
		if len(search.query.Filter.Email+search.query.Filter.ExtID+search.query.Filter.Search) > 0 {
			if _, err := with.CountContacts(t.Context(), organization, &q.Filter); err != nil {
				t.Fatal(err)
			}
		}
		used := false
		for _, a := range seen.queries {
			if !strings.Contains(a.text, "FROM customers") && !strings.Contains(a.text, "JOIN customers") ||
				strings.Contains(a.text, "FROM locations") {
				continue
			}
			p := explain(a)
			for _, table := range p.scans {
				t.Errorf("%s: %s is read whole by\n%s", search.name, table, a.text)
			}
			if ours && search.matches <= narrowMatches && p.whole {
				t.Errorf("%s: all of an organization is read by\n%s", search.name, a.text)
			}
			used = used || slices.ContainsFunc(p.indexes, func(index string) bool {
				return strings.HasPrefix(index, search.index)
			})
			counts := strings.HasPrefix(a.text, "SELECT count(*)")   // needs no order
			few := slices.Contains(p.indexes, "customers_by_traits") // whose matches are sorted
			sorts := p.sorts > 0 && !counts && !few && search.matches > narrowMatches
			if sorts && (ours || strings.HasPrefix(search.name, "first")) {
				t.Errorf("%s: everything is sorted by\n%s", search.name, a.text)
			}
		}
		if len(seen.queries) == 0 {
			t.Fatalf("%s: nothing was asked", search.name)
		}
		if ours && !used {
			t.Errorf("%s: %s is not used by any of %d queries, such as\n%s", search.name, search.index,
				len(seen.queries), seen.queries[len(seen.queries)-1].text)
		}
	}
}

func TestSQLiteContactPlans(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	organization := plant(t, s, 4000, 2000)
	checkPlans(t, s.reader, organization, true, func(a asked) plan {
		type step struct{ detail string }
		scan := func(row rows) (step, error) {
			var id, parent, unused int64
			var one step
			err := row.Scan(&id, &parent, &unused, &one.detail)
			return one, err
		}
		steps, err := collect(t.Context(), s.db, scan, "EXPLAIN QUERY PLAN "+a.text, a.args...)
		if err != nil {
			t.Fatalf("%v: %s", err, a.text)
		}
		var p plan
		for _, step := range steps {
			words := strings.Fields(step.detail)
			switch {
			case words[0] == "SCAN" && slices.Contains([]string{"customers", "customer_metrics",
				"customer_terms", "stations", "t", "s"}, words[1]):
				p.scans = append(p.scans, words[1])
			case words[0] == "USE":
				p.sorts++
			case words[0] == "SEARCH":
				p.whole = p.whole || words[1] == "customers" && words[len(words)-1] == "(organization_id=?)"
				index := words[1]
				if i := slices.Index(words, "INDEX"); i >= 0 {
					index = strings.Replace(words[i+1], "sqlite_autoindex_", "", 1)
				}
				p.indexes = append(p.indexes, index)
			}
		}
		return p
	})
}

func TestPostgresContactPlans(t *testing.T) {
	server := postgres.Require(t)
	s := openTestPostgres(t, migratedPostgres(t, server), Options{})
	organization := plant(t, s, 4000, 36_000)
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	type node struct {
		Kind  string `json:"Node Type"`
		Table string `json:"Relation Name"`
		Index string `json:"Index Name"`
		Plans []node `json:"Plans"`
	}
	checkPlans(t, s.reader, organization, false, func(a asked) plan {
		var raw []byte
		if err := s.pool.QueryRow(t.Context(), "EXPLAIN (FORMAT JSON) "+a.text, a.args...).Scan(&raw); err != nil {
			t.Fatalf("%v: %s", err, a.text)
		}
		var told []struct{ Plan node }
		if err := json.Unmarshal(raw, &told); err != nil {
			t.Fatal(err)
		}
		var p plan
		var walk func(n node)
		walk = func(n node) {
			switch n.Kind {
			case "Seq Scan":
				if n.Table != "segment_members" { // which is small here
					p.scans = append(p.scans, n.Table)
				}
			case "Sort":
				p.sorts++
			}
			if n.Index != "" {
				p.indexes = append(p.indexes, n.Index)
			} else if n.Table != "" {
				p.indexes = append(p.indexes, n.Table)
			}
			for _, inner := range n.Plans {
				walk(inner)
			}
		}
		walk(told[0].Plan)
		return p
	})
}

// TestSQLiteSeeks: the page after a position begins by a search for that position in an index, by
// every order that has an index, in both directions. The last page then costs as much as the first.
func TestSQLiteSeeks(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	organization := plant(t, s, 2000, 0)
	for _, order := range []onboarding.ContactOrder{
		onboarding.ByID, onboarding.ByCreated, onboarding.ByModified, onboarding.ByEmail, onboarding.ByPhone,
		onboarding.ByUsername, onboarding.ByLastName,
		onboarding.ByGender, onboarding.ByMktgCommunications, onboarding.ByLocationName, onboarding.ByTotalVisits,
		onboarding.ByVisitedLocations,
	} {
		for _, reverse := range []bool{false, true} {
			q := onboarding.ContactQuery{
				OrganizationID: organization, Order: order, Reverse: reverse, Matches: 1 << 20, Limit: 100,
			}
			ranges := func() (all []string, next *onboarding.ContactPosition) {
				seen, with := &recorder{executor: s.reader.db}, s.reader
				with.db = seen
				_, next, err := with.Contacts(t.Context(), &q)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range seen.queries {
					all = append(all, rangesOf(t, s, a)...)
				}
				return all, next
			}
			first, next := ranges()
			q.After = next
			second, _ := ranges()
			// By ID, the first page too begins at an ID: the empty one.
			if !slices.ContainsFunc(second, func(r string) bool {
				return !slices.Contains(first, r) || strings.Contains(r, "AND id>?")
			}) {
				t.Errorf("by %q, reverse %v: the second page searches %q, the first %q", order, reverse, second, first)
			}
		}
	}
}

// rangesOf returns the searches of a query for a range in an index of customers or their metrics.
func rangesOf(t *testing.T, s *SQLite, a asked) []string {
	t.Helper()
	scan := func(row rows) (detail string, err error) {
		var id, parent, unused int64
		err = row.Scan(&id, &parent, &unused, &detail)
		return detail, err
	}
	steps, err := collect(t.Context(), s.db, scan, "EXPLAIN QUERY PLAN "+a.text, a.args...)
	if err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	return slices.DeleteFunc(steps, func(detail string) bool {
		return !strings.HasPrefix(detail, "SEARCH customer") || !strings.ContainsAny(detail, "<>")
	})
}

// TestSQLiteCoveredCounts checks that counts by filters on times, traits, locations and the
// tenant's own policies read indexes only, and that a walk in the order of creation skips contacts
// by them.
func TestSQLiteCoveredCounts(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	organization := plant(t, s, 2000, 0)
	from, own := time.UnixMicro(0).UTC(), map[string]bool{"customs.mail": true}
	for i, f := range []onboarding.ContactFilter{
		{CreatedFrom: &from}, {ModifiedTo: &from}, {CreatedFrom: &from, ModifiedFrom: &from},
		{CreatedFrom: &from, HasEmail: ref(true), OptIns: own},
		{ModifiedFrom: &from, PhoneVerified: ref(false), LocationIDs: []string{"a"}},
		{OptIns: own}, {OptIns: own, SignupMethods: []onboarding.Channel{"app"}},
	} {
		seen, with := &recorder{executor: s.reader.db}, s.reader
		with.db = seen
		if _, err := with.CountContacts(t.Context(), organization, &f); err != nil {
			t.Fatal(err)
		}
		if _, _, err := with.Contacts(t.Context(), &onboarding.ContactQuery{
			OrganizationID: organization, Filter: f, Order: onboarding.ByCreated, Reverse: true, Limit: 10,
			Matches: 1 << 20,
		}); err != nil {
			t.Fatal(err)
		}
		for _, a := range seen.queries {
			scan := func(row rows) (detail string, err error) {
				var id, parent, unused int64
				err = row.Scan(&id, &parent, &unused, &detail)
				return detail, err
			}
			steps, err := collect(t.Context(), s.db, scan, "EXPLAIN QUERY PLAN "+a.text, a.args...)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range steps {
				if strings.HasPrefix(step, "SEARCH customers") && !strings.Contains(step, "COVERING") &&
					!strings.Contains(step, "PRIMARY KEY (id=?)") { // of the page's contacts
					t.Errorf("filter %d: %s\n%s", i, step, a.text)
				}
			}
		}
	}
}
