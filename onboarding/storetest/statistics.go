package storetest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"onramp/onboarding"
)

var statisticsParts = []part{
	{"StatisticsModel", testStatisticsModel},
	{"StatisticsRace", testStatisticsRace},
	{"FirstConnections", testFirstConnections},
	{"FirstFiles", testFirstFiles},
	{"AgedStatistics", testAgedStatistics},
}

var statisticsGroupings = []onboarding.StatisticsBy{
	onboarding.ByNothing, onboarding.ByDay, onboarding.ByHour, onboarding.ByLocation, onboarding.ByPlatform,
}

// statisticsPlace is the key by which the model counts.
type statisticsPlace struct {
	slot               time.Time
	day                time.Time // the local day as if it were UTC
	location, platform string
}

// statisticsModel holds what the statistics of one organization are by definition.
type statisticsModel struct {
	o           *onboarding.Organization
	counts      map[statisticsPlace]*onboarding.Counts
	connections map[string]*onboarding.Connection
}

// place returns the key of an event.
func (m *statisticsModel) place(at time.Time, location, platform string) statisticsPlace {
	zone := time.UTC
	if l := m.o.Location(location); l != nil {
		zone = l.Zone()
	}
	local := at.In(zone)
	return statisticsPlace{
		slot: at.UTC().Truncate(15 * time.Minute), location: location, platform: platform,
		day: time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC),
	}
}

func (m *statisticsModel) add(at statisticsPlace, c onboarding.Counts) {
	if m.counts[at] == nil {
		m.counts[at] = &onboarding.Counts{}
	}
	m.counts[at].Add(&c)
}

// of returns the key of a connection.
func (m *statisticsModel) of(s *onboarding.Connection) statisticsPlace {
	p := m.place(s.Start(), s.LocationID, s.Platform)
	if s.HostID != "" && s.HostID != m.o.ID {
		p.location = ""
	}
	return p
}

func (m *statisticsModel) counted(s *onboarding.Connection) bool {
	return s != nil && s.OrganizationID == m.o.ID && (s.CustomerID != "" || s.Anonymous)
}

// put replaces a connection.
func (m *statisticsModel) put(s *onboarding.Connection) {
	traffic := min(s.Traffic(), 1<<45)
	was := m.connections[s.UniqueID]
	if m.counted(was) {
		m.add(m.of(was), onboarding.Counts{Connections: -1, Dwell: -was.Seconds(), Traffic: -min(was.Traffic(), 1<<45)})
	}
	if m.counted(s) {
		m.add(m.of(s), onboarding.Counts{Connections: 1, Dwell: s.Seconds(), Traffic: traffic})
		if s.Anonymous && !(m.counted(was) && was.Anonymous) {
			m.add(m.of(s), onboarding.Counts{Former: 1})
		}
	}
	m.connections[s.UniqueID] = s
}

// forget takes the customer from the connections that the condition selects, and counts former
// people: one for the last connection of each day, if it is selected.
func (m *statisticsModel) forget(customerID string, selected func(*onboarding.Connection) bool) {
	last := map[time.Time]*onboarding.Connection{}
	for _, s := range m.connections {
		day := m.of(s).day
		if s.CustomerID == customerID && (last[day] == nil || cmp.Or(s.Start().Compare(last[day].Start()),
			cmp.Compare(s.UniqueID, last[day].UniqueID)) > 0) {
			last[day] = s
		}
	}
	for _, s := range last {
		if selected(s) && m.counted(s) {
			m.add(m.of(s), onboarding.Counts{Former: 1})
		}
	}
	for id, s := range m.connections {
		if s.CustomerID == customerID && selected(s) {
			anonymous := *s
			anonymous.CustomerID, anonymous.Anonymous = "", true
			m.connections[id] = &anonymous
		}
	}
}

// rows returns the groups of a query.
func (m *statisticsModel) rows(q onboarding.StatisticsQuery) []onboarding.StatisticsRow {
	groups := map[onboarding.StatisticsRow]*onboarding.StatisticsRow{}
	group := func(p statisticsPlace) *onboarding.StatisticsRow {
		var key onboarding.StatisticsRow
		switch q.By {
		case onboarding.ByDay:
			key.At = p.day
		case onboarding.ByHour:
			key.At = p.slot.Truncate(time.Hour)
		case onboarding.ByLocation:
			key.Name = p.location
		case onboarding.ByPlatform:
			key.Name = p.platform
		}
		if groups[key] == nil {
			groups[key] = &onboarding.StatisticsRow{At: key.At, Name: key.Name}
		}
		return groups[key]
	}
	within := func(p statisticsPlace) bool {
		return !p.slot.Before(q.From) && p.slot.Before(q.To) && (q.LocationID == "" || p.location == q.LocationID)
	}
	for p, c := range m.counts {
		if within(p) {
			group(p).Add(c)
		}
	}
	type person struct {
		group *onboarding.StatisticsRow
		id    string
	}
	people := map[person]bool{}
	for _, s := range m.connections {
		if p := m.of(s); !q.WithoutPeople && m.counted(s) && s.CustomerID != "" && within(p) {
			people[person{group(p), s.CustomerID}] = true
		}
	}
	for p := range people {
		p.group.People++
	}
	var all []onboarding.StatisticsRow
	for _, g := range groups {
		if g.People += g.Former; g.People != 0 || g.Counts != (onboarding.Counts{}) {
			all = append(all, *g)
		}
	}
	return sortedStatistics(all)
}

func sortedStatistics(all []onboarding.StatisticsRow) []onboarding.StatisticsRow {
	slices.SortFunc(all, func(a, b onboarding.StatisticsRow) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// check compares the groups of random periods.
func (m *statisticsModel) check(t *testing.T, s onboarding.Store, random *rand.Rand) {
	t.Helper()
	begin := noon.UTC().Truncate(15 * time.Minute)
	q := onboarding.StatisticsQuery{OrganizationID: m.o.ID, From: begin.AddDate(0, 0, -30), To: begin.AddDate(0, 0, 30)}
	if random.IntN(2) == 0 {
		q.From = begin.Add(time.Duration(random.IntN(200)-200) * 15 * time.Minute)
		q.To = q.From.Add(time.Duration(random.IntN(400)) * 15 * time.Minute)
	}
	if random.IntN(4) == 0 {
		q.LocationID = m.o.Locations[random.IntN(2)].ID
	}
	q.WithoutPeople = random.IntN(4) == 0
	var total onboarding.Counts
	for i, by := range statisticsGroupings {
		q.By = by
		got := sortedStatistics(must(s.Statistics(t.Context(), q))(t))
		equal(t, "statistics by "+string(q.By), got, m.rows(q))
		var sum onboarding.Counts
		for _, row := range got {
			sum.Add(&row.Counts)
		}
		if i == 0 {
			total = sum
		}
		equal(t, "the sum by "+string(q.By), sum, total)
	}
}

// testStatisticsModel replays random events, and compares the statistics with a model that applies
// their definition.
func testStatisticsModel(t *testing.T, s onboarding.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	o := newOrganization()
	o.Locations[0].Timezone, o.Locations[1].Timezone = "Asia/Kathmandu", "America/St_Johns"
	m := &statisticsModel{o: o, counts: map[statisticsPlace]*onboarding.Counts{},
		connections: map[string]*onboarding.Connection{}}
	var customers []*onboarding.Customer
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		customers = nil
		if err := tx.PutOrganization(ctx, o); err != nil {
			return err
		}
		for range 8 {
			c := newCustomer(o.ID)
			if err := errors.Join(tx.InsertCustomer(ctx, c), tx.InsertCredential(ctx, newCredential(c))); err != nil {
				return err
			}
			customers = append(customers, c)
		}
		return nil
	})
	r := &statisticsReplay{statisticsModel: m, random: random, customers: customers}
	for range 60 {
		for range 5 {
			r.step(t, s)
		}
		m.check(t, s, random)
	}
	for n := 1; n > 0; {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			n, err = tx.FoldStatistics(ctx, 100)
			return err
		})
	}
	m.check(t, s, random)
}

// statisticsReplay applies random events to the model and to a store.
type statisticsReplay struct {
	*statisticsModel
	random    *rand.Rand
	customers []*onboarding.Customer
	gone      int // the number of customers that were deleted or refuse the processing of data
}

func (r *statisticsReplay) at() time.Time {
	return noon.UTC().Add(time.Duration(r.random.IntN(72*60)-36*60) * time.Minute)
}

func (r *statisticsReplay) location() string {
	return []string{"", r.o.Locations[0].ID, r.o.Locations[1].ID}[r.random.IntN(3)]
}

func (r *statisticsReplay) platform() string {
	return []string{"", "ios", "android", "other"}[r.random.IntN(4)]
}

func (r *statisticsReplay) customer() *onboarding.Customer {
	return r.customers[r.random.IntN(len(r.customers))]
}

// step applies one event.
func (r *statisticsReplay) step(t *testing.T, s onboarding.Store) {
	t.Helper()
	switch n := r.random.IntN(20); {
	case n < 3:
		c := onboarding.Counts{Opened: r.random.Int64N(5), Signups: 1, Refusals: r.random.Int64N(2)}
		one := onboarding.Statistic{OrganizationID: r.o.ID, At: r.at(), LocationID: r.location(),
			Platform: r.platform(), Counts: c}
		nobody := one
		nobody.OrganizationID = ""
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.AddStatistics(ctx, one, nobody) })
		r.add(r.place(one.At, one.LocationID, one.Platform), c)
	case n < 16:
		is := r.connection()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutConnection(ctx, is) })
		r.put(is)
	case n < 18:
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			_, err := tx.FoldStatistics(ctx, 1+r.random.IntN(20))
			return err
		})
	case n == 18 && r.gone < len(r.customers)-3:
		r.end(t, s)
	case n == 19 && r.random.IntN(4) == 0:
		r.age(t, s)
	}
}

// connection returns a new connection, or a stored one after another record: with more traffic, an
// earlier start, another place, an owner or none any more, or unchanged.
func (r *statisticsReplay) connection() *onboarding.Connection {
	var is onboarding.Connection
	ids := slices.Sorted(maps.Keys(r.connections))
	if len(ids) == 0 || r.random.IntN(3) == 0 {
		at := r.at()
		is = onboarding.Connection{UniqueID: onboarding.NewID(), AccessPoint: "a", OrganizationID: r.o.ID,
			HostID: r.o.ID, LocationID: r.location(), Platform: r.platform(), Started: &at, Implied: at,
			Progress: onboarding.Progress{At: at}}
		is.Key = is.UniqueID
		switch n := r.random.IntN(10); {
		case n == 0:
			is.OrganizationID, is.HostID = "", ""
		case n == 1:
			is.Anonymous = true
		case n > 2:
			r.attribute(&is)
		}
		return &is
	}
	is = *r.connections[ids[r.random.IntN(len(ids))]]
	switch r.random.IntN(6) {
	case 0:
		is.Input += r.random.Int64N(1 << 46)
		is.Duration += 60
	case 1:
		earlier := is.Start().Add(-time.Duration(r.random.IntN(120)) * time.Minute)
		is.Started, is.Implied = &earlier, earlier
	case 2:
		is.LocationID = r.location()
	case 3:
		is.Reported = &onboarding.Stop{Progress: onboarding.Progress{Duration: 60 + r.random.Int64N(600),
			Octets: r.random.Int64N(1000), At: is.Start().Add(time.Hour)}}
	case 4:
		if !is.Anonymous && is.OrganizationID != "" {
			r.attribute(&is)
		}
	}
	if r.random.IntN(8) == 0 && is.OrganizationID != "" {
		is.Anonymous, is.CustomerID = true, ""
	}
	return &is
}

// attribute gives a connection a customer, sometimes one abroad.
func (r *statisticsReplay) attribute(is *onboarding.Connection) {
	if c := r.customer(); c != nil {
		is.CustomerID, is.Platform = c.ID, r.platform()
	}
	if r.random.IntN(5) == 0 {
		is.HostID, is.LocationID = onboarding.NewID(), onboarding.NewID()
	}
}

// end deletes a customer, or has one refuse the processing of personal data.
func (r *statisticsReplay) end(t *testing.T, s onboarding.Store) {
	t.Helper()
	i := r.random.IntN(len(r.customers))
	c := r.customers[i]
	if c == nil {
		return
	}
	r.customers[i] = nil
	r.gone++
	if r.random.IntN(2) == 0 {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, onboarding.NewID())
		})
		r.forget(c.ID, func(*onboarding.Connection) bool { return true })
		return
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.MinimiseCustomer(ctx, c.ID) })
	r.forget(c.ID, func(s *onboarding.Connection) bool { return s.Stop() != nil })
}

// age deletes old connections. Their counts stay.
func (r *statisticsReplay) age(t *testing.T, s onboarding.Store) {
	t.Helper()
	before := noon.UTC().Add(time.Duration(r.random.IntN(24)-30) * time.Hour)
	q := onboarding.AgedRecords{Kind: onboarding.RecordConnections, OrganizationID: r.o.ID, Before: before,
		OpenSince: before}
	for deleteAged(t, s, q, 3) == 3 {
	}
	aged := func(s *onboarding.Connection) bool {
		return s.OrganizationID == r.o.ID && (s.CustomerID != "" || s.Anonymous) && s.Start().Before(before) &&
			s.Seen().Before(before)
	}
	owners := map[string]bool{}
	for _, one := range r.connections {
		if one.CustomerID != "" {
			owners[one.CustomerID] = true
		}
	}
	selected := maps.Clone(r.connections)
	maps.DeleteFunc(selected, func(_ string, s *onboarding.Connection) bool { return !aged(s) })
	for id := range owners {
		r.forget(id, aged)
	}
	for id := range selected {
		delete(r.connections, id)
	}
}

// testStatisticsRace checks that counts of concurrent transactions are all in the sums, while
// others fold them.
func testStatisticsRace(t *testing.T, s onboarding.Store) {
	o := newOrganization()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	const writers, each = 8, 20
	failed := make([]error, writers+2)
	race(writers+2, func(i int) {
		for n := range each {
			err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				if i >= writers {
					_, err := tx.FoldStatistics(ctx, 7)
					return err
				}
				return tx.AddStatistics(ctx, onboarding.Statistic{OrganizationID: o.ID, At: noon,
					Platform: []string{"ios", "other"}[n%2], Counts: onboarding.Counts{Signups: 1, Traffic: 3}})
			})
			failed[i] = errors.Join(failed[i], err)
		}
	})
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	got := must(s.Statistics(t.Context(), onboarding.StatisticsQuery{OrganizationID: o.ID, From: noon.Add(-time.Hour),
		To: noon.Add(time.Hour)}))(t)
	equal(t, "all counts", got, []onboarding.StatisticsRow{{Counts: onboarding.Counts{
		Signups: writers * each, Traffic: 3 * writers * each}}})
}

// statisticsOf returns the sums of an organization.
func statisticsOf(t *testing.T, s onboarding.Store, organizationID string) onboarding.Counts {
	t.Helper()
	rows := must(s.Statistics(t.Context(), onboarding.StatisticsQuery{OrganizationID: organizationID,
		From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)}))(t)
	if len(rows) == 0 {
		return onboarding.Counts{}
	}
	return rows[0].Counts
}

// testFirstConnections checks that the first connection of a customer is counted once.
func testFirstConnections(t *testing.T, s onboarding.Store) {
	c := newCustomer(onboarding.NewID())
	c.SignupMethod = onboarding.ChannelPortal
	known, refuses := newCustomer(c.OrganizationID), newCustomer(c.OrganizationID)
	known.Logins, refuses.PPD = 1, ptr(false)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.InsertCustomer(ctx, c), tx.InsertCustomer(ctx, known), tx.InsertCustomer(ctx, refuses))
	})
	errs, first := make([]error, 6), make([]bool, 6)
	race(len(errs), func(i int) {
		id := []string{c.ID, known.ID, refuses.ID}[i%3]
		errs[i] = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			first[i], err = tx.CountFirstConnection(ctx, onboarding.FirstConnection{CustomerID: id,
				OrganizationID: c.OrganizationID, At: noon})
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if first[0] == first[3] || first[1] || first[2] || first[4] || first[5] {
		t.Errorf("counted: %t", first)
	}
	equal(t, "counts", statisticsOf(t, s, c.OrganizationID), onboarding.Counts{FirstConnections: 1, Joined: 1})
}

// testFirstFiles checks that SetPlatform recognises the first profile of a customer of the portal,
// and that logins know the platform of the latest.
func testFirstFiles(t *testing.T, s onboarding.Store) {
	c := newCustomer(onboarding.NewID())
	c.SignupMethod = onboarding.ChannelPortal
	app, earlier := newCustomer(c.OrganizationID), newCustomer(c.OrganizationID)
	earlier.SignupMethod = onboarding.ChannelPortal
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, one := range []*onboarding.Customer{c, app, earlier} {
			err := errors.Join(tx.InsertCustomer(ctx, one), tx.InsertCredential(ctx, newCredential(one)))
			if err != nil {
				return err
			}
		}
		return tx.CountDownload(ctx, &onboarding.Download{
			CustomerID: earlier.ID, OrganizationID: earlier.OrganizationID, Platform: "settings-android",
			Source: onboarding.SourceVisitor, SettingsID: "s", Count: 1, First: noon, Last: noon, Credential: noon,
			Expires: noon,
		})
	})
	first := func(c *onboarding.Customer, platform string) (yes bool) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			yes, err = tx.SetPlatform(ctx, c.ID, platform)
			return err
		})
		return yes
	}
	platformOf := func(c *onboarding.Customer) string {
		t.Helper()
		return must(s.LoginByID(t.Context(), c.ID))(t).Platform
	}
	equal(t, "platform by an earlier download", platformOf(earlier), "android")
	equal(t, "platform without one", platformOf(c), "")
	equal(t, "first files", []bool{first(c, "ios"), first(c, "other"), first(app, "ios"), first(earlier, "ios")},
		[]bool{true, false, false, false})
	equal(t, "platforms", []string{platformOf(c), platformOf(app), platformOf(earlier)},
		[]string{"other", "ios", "ios"})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.MinimiseCustomer(ctx, c.ID) })
	equal(t, "platform of one who refuses", platformOf(c), "")
}

// testAgedStatistics checks that retention deletes sums with age, of one organization.
func testAgedStatistics(t *testing.T, s onboarding.Store) {
	mine, other := onboarding.NewID(), onboarding.NewID()
	before := noon.UTC().Truncate(onboarding.StatisticsSlot)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, organization := range []string{mine, other} {
			for _, at := range []time.Time{before.Add(-time.Hour), before.Add(-time.Microsecond), before} {
				if err := tx.AddStatistics(ctx, onboarding.Statistic{OrganizationID: organization, At: at,
					Counts: onboarding.Counts{Signups: 1}}); err != nil {
					return err
				}
			}
		}
		_, err := tx.FoldStatistics(ctx, 100)
		return err
	})
	aged := onboarding.AgedRecords{Kind: onboarding.RecordStatistics, OrganizationID: mine, Before: before}
	equal(t, "aged", must(s.CountAged(t.Context(), aged))(t), 2)
	equal(t, "deleted", deleteAged(t, s, aged, 10), 2)
	equal(t, "kept", []int64{statisticsOf(t, s, mine).Signups, statisticsOf(t, s, other).Signups}, []int64{1, 3})
}
