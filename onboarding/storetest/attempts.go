package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"onramp/onboarding"
)

var attemptParts = []part{
	{"FailureLimit", testFailureLimit},
	{"Attempts", testAttempts},
	{"AttemptLimits", testAttemptLimits},
	{"AttemptsEnd", testAttemptsEnd},
	{"StationClaims", testStationClaims},
}

// newAttempt returns an accepted attempt as stored.
func newAttempt(c *onboarding.Customer, station string, at time.Time) *onboarding.Attempt {
	a := &onboarding.Attempt{
		OrganizationID: "o1", HostID: "o1", LocationID: "l1", HotspotID: "h1", AccessPoint: "door.example",
		Station: station, Method: "TTLS/PAP", TLSVersion: "1.2", VLAN: 20, First: at.UTC(), Last: at.UTC(), Count: 1,
	}
	if c != nil {
		a.CustomerID, a.OrganizationID, a.Attribution = c.ID, c.OrganizationID, onboarding.AttributedByName
	}
	a.SetID()
	return a
}

// failed changes an attempt into a failed one without a customer.
func failed(a *onboarding.Attempt, reason onboarding.Reason) *onboarding.Attempt {
	a.CustomerID, a.Attribution, a.OrganizationID, a.VLAN = "", "", a.HostID, 0
	a.Reason, a.Detail = reason, "alert unknown CA"
	a.SetID()
	return a
}

// countAttempts counts attempts, in transactions of a hundred.
func countAttempts(t *testing.T, s onboarding.Store, attempts ...*onboarding.Attempt) {
	t.Helper()
	for batch := range slices.Chunk(attempts, 100) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			for _, a := range batch {
				if err := tx.CountAttempt(ctx, a); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// testAttempts checks that attempts of an hour are counted together, found by each of their
// values, and that station owners are authenticated at the same organization's access points.
func testAttempts(t *testing.T, s onboarding.Store) {
	const mac, other = "02:00:00:00:00:01", "02:00:00:00:00:02"
	ctx := t.Context()
	c, d := storedCustomer(t, s), storedCustomer(t, s)
	hour := noon.Truncate(time.Hour)
	first := newAttempt(c, mac, hour.Add(time.Minute))
	again := newAttempt(c, mac, hour.Add(5*time.Minute))
	early := newAttempt(c, mac, hour)
	next := newAttempt(c, mac, hour.Add(time.Hour))
	countAttempts(t, s, first, again, early, next)
	counted := *first
	counted.First, counted.Last, counted.Count = early.First, again.Last, 3
	equal(t, "of the customer", must(s.Attempts(ctx, onboarding.AttemptQuery{CustomerID: c.ID, Limit: 10}))(t),
		[]*onboarding.Attempt{next, &counted})

	refused := failed(newAttempt(nil, other, hour.Add(2*time.Minute)), onboarding.ReasonNotTrusted)
	unknown := failed(newAttempt(nil, "", hour.Add(3*time.Minute)), onboarding.ReasonHandshake)
	unknown.HostID, unknown.OrganizationID, unknown.LocationID, unknown.HotspotID = "", "", "", ""
	unknown.AccessPoint = "unknown.example"
	unknown.SetID()
	countAttempts(t, s, refused, unknown)
	for name, q := range map[string]struct {
		query onboarding.AttemptQuery
		want  []*onboarding.Attempt
	}{
		"of the station":      {onboarding.AttemptQuery{Station: other}, []*onboarding.Attempt{refused}},
		"of the organization": {onboarding.AttemptQuery{OrganizationID: "o1"}, []*onboarding.Attempt{refused}},
		"at the access point": {onboarding.AttemptQuery{AccessPoint: "unknown.example"},
			[]*onboarding.Attempt{unknown}},
		"unattributed": {onboarding.AttemptQuery{AccessPoint: "door.example", Unattributed: true},
			[]*onboarding.Attempt{refused}},
		"failed": {onboarding.AttemptQuery{AccessPoint: "door.example", Failed: true},
			[]*onboarding.Attempt{refused}},
		"accepted": {onboarding.AttemptQuery{AccessPoint: "door.example", Accepted: true},
			[]*onboarding.Attempt{next, &counted}},
		"its people": {onboarding.AttemptQuery{AccessPoint: "door.example", CustomersOf: c.LocationID},
			[]*onboarding.Attempt{next, &counted}},
		"others": {onboarding.AttemptQuery{AccessPoint: "door.example", CustomersOf: "l1"}, nil},
		"from":   {onboarding.AttemptQuery{Station: mac, From: next.Last}, []*onboarding.Attempt{next}},
		"to":     {onboarding.AttemptQuery{Station: mac, To: next.Last}, []*onboarding.Attempt{&counted}},
	} {
		q.query.Limit = 10
		equal(t, name, must(s.Attempts(ctx, q.query))(t), q.want)
	}
	if got := must(s.Attempts(ctx, onboarding.AttemptQuery{Station: mac, Limit: 1}))(t); len(got) != 1 {
		t.Errorf("a limit of 1 returned %d attempts", len(got))
	}

	abroad := newAttempt(d, mac, hour.Add(2*time.Hour))
	abroad.HostID = "o2"
	abroad.SetID()
	later := newAttempt(d, mac, hour.Add(30*time.Minute))
	rejected := newAttempt(d, mac, hour.Add(3*time.Hour))
	rejected.Reason = onboarding.ReasonWrongPassword
	rejected.SetID()
	nowhere := newAttempt(d, mac, hour)
	nowhere.HostID = ""
	nowhere.SetID()
	countAttempts(t, s, abroad, later, rejected, nowhere)
	owners := func(host, accessPoint string, since time.Time, limit int) []onboarding.StationOwner {
		t.Helper()
		return must(s.StationOwners(ctx, mac, host, accessPoint, since, limit))(t)
	}
	equal(t, "owners", owners("o1", "elsewhere", hour, 5), []onboarding.StationOwner{
		{CustomerID: c.ID, At: next.Last}, {CustomerID: d.ID, At: later.Last}})
	equal(t, "last owner", owners("o1", "", hour, 1), []onboarding.StationOwner{{CustomerID: c.ID, At: next.Last}})
	equal(t, "owners elsewhere", owners("o2", "", hour, 5),
		[]onboarding.StationOwner{{CustomerID: d.ID, At: abroad.Last}})
	equal(t, "owners since", len(owners("o1", "", next.Last.Add(time.Second), 5)), 0)
	equal(t, "owners at an unknown access point", owners("", "door.example", hour, 5),
		[]onboarding.StationOwner{{CustomerID: d.ID, At: nowhere.Last}})
	equal(t, "owners at another one", len(owners("", "other.example", hour, 5)), 0)
}

// testAttemptLimits checks that each limit of rows holds within an hour, and that rows that exist
// are counted beyond it.
func testAttemptLimits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	mac := func(i int) string { return fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&0xff) }
	var mine, nobodys []*onboarding.Attempt
	for i := range onboarding.MaxAttemptsOfCustomer + 20 {
		mine = append(mine, newAttempt(c, mac(i), noon))
	}
	for i := range onboarding.MaxAttemptsOfAccessPoint + 20 {
		nobodys = append(nobodys, failed(newAttempt(nil, mac(i), noon), onboarding.ReasonHandshake))
	}
	countAttempts(t, s, mine...)
	countAttempts(t, s, nobodys...)
	count := func(q onboarding.AttemptQuery) (rows int, attempts int64) {
		t.Helper()
		q.Limit = 2000
		for _, a := range must(s.Attempts(ctx, q))(t) {
			rows++
			attempts += a.Count
		}
		return rows, attempts
	}
	if rows, _ := count(onboarding.AttemptQuery{CustomerID: c.ID}); rows != onboarding.MaxAttemptsOfCustomer {
		t.Errorf("%d rows of a customer", rows)
	}
	unattributed := onboarding.AttemptQuery{AccessPoint: "door.example", Unattributed: true}
	if rows, _ := count(unattributed); rows != onboarding.MaxAttemptsOfAccessPoint {
		t.Errorf("%d rows at an access point", rows)
	}
	var foes []*onboarding.Attempt // somebody tries the customer's name
	for i := range onboarding.MaxAttemptsOfCustomer + 20 {
		a := newAttempt(c, mac(i), noon)
		a.Reason = onboarding.ReasonWrongPassword
		a.SetID()
		foes = append(foes, a)
	}
	countAttempts(t, s, foes...)
	rows, _ := count(onboarding.AttemptQuery{CustomerID: c.ID, Failed: true})
	if rows != onboarding.MaxAttemptsOfCustomer {
		t.Errorf("%d failed rows of a customer", rows)
	}
	countAttempts(t, s, nobodys...)
	if rows, n := count(unattributed); rows != onboarding.MaxAttemptsOfAccessPoint || n != int64(2*rows) {
		t.Errorf("counted again: %d rows, %d attempts", rows, n)
	}
	next := newAttempt(c, mac(0), noon.Add(time.Hour))
	countAttempts(t, s, next)
	if rows, _ := count(onboarding.AttemptQuery{CustomerID: c.ID}); rows != 2*onboarding.MaxAttemptsOfCustomer+1 {
		t.Errorf("%d rows with the next hour", rows)
	}

	const most = onboarding.MaxAttemptsOfCustomer
	for _, by := range []onboarding.Attribution{onboarding.AttributedByName, onboarding.AttributedByStation} {
		var rejected []*onboarding.Attempt
		for i := range most + 20 {
			a := newAttempt(c, mac(i), noon)
			a.Reason, a.Attribution = onboarding.ReasonWrongPassword, by
			a.SetID()
			rejected = append(rejected, a)
		}
		countAttempts(t, s, rejected...)
	}
	if rows, _ := count(onboarding.AttemptQuery{CustomerID: c.ID, Failed: true}); rows != 2*most {
		t.Errorf("%d rows of a customer's failed attempts", rows)
	}

	var many []*onboarding.Attempt
	for i := range onboarding.MaxAttemptsOfHost + 20 {
		a := failed(newAttempt(nil, mac(i), noon), onboarding.ReasonHandshake)
		a.HostID, a.OrganizationID, a.AccessPoint = "o9", "o9", fmt.Sprintf("ap%d.example", i/100)
		a.SetID()
		many = append(many, a)
	}
	for batch := range slices.Chunk(many, 500) {
		countAttempts(t, s, batch...)
	}
	rows = len(must(s.Attempts(ctx, onboarding.AttemptQuery{OrganizationID: "o9",
		Limit: 2 * onboarding.MaxAttemptsOfHost}))(t))
	if rows != onboarding.MaxAttemptsOfHost {
		t.Errorf("%d rows of a host", rows)
	}
}

// testFailureLimit checks that failures beyond the number of counts are counted together, those
// with a count of their own excepted.
func testFailureLimit(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	const more = 50
	failure := func(i int) onboarding.LoginFailure {
		return onboarding.LoginFailure{OrganizationID: "o1", HotspotID: "h1", AccessPoint: fmt.Sprintf("nas %d", i),
			Reason: onboarding.ReasonUnknownUser}
	}
	for range 2 {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			for i := range onboarding.MaxFailureCounts + more {
				if err := tx.CountFailure(ctx, failure(i), noon); err != nil {
					return err
				}
			}
			return nil
		})
	}
	hour := noon.Truncate(time.Hour)
	counts := must(s.FailuresBetween(ctx, "o1", hour, hour.Add(time.Hour), 2*onboarding.MaxFailureCounts))(t)
	rest, own := int64(0), 0
	for _, c := range counts {
		switch {
		case c.AccessPoint == "" && c.HotspotID == "":
			rest += c.Count
		case c.Count == 2:
			own++
		}
	}
	if rest != 2*more || own != onboarding.MaxFailureCounts || len(counts) != own+1 {
		t.Errorf("%d counts, %d of their own, and %d failures in the rest", len(counts), own, rest)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.CountFailure(ctx, failure(onboarding.MaxFailureCounts), noon.Add(time.Hour))
	})
	next := must(s.FailuresBetween(ctx, "o1", hour.Add(time.Hour), hour.Add(2*time.Hour), 10))(t)
	if len(next) != 1 || next[0].AccessPoint == "" {
		t.Errorf("the next hour: %+v", next)
	}
}

// testAttemptsEnd checks the deletion of attempts by age and with their customer, and that a
// customer who refuses the processing of personal data has none.
func testAttemptsEnd(t *testing.T, s onboarding.Store) {
	const mac, other = "02:00:00:00:00:01", "02:00:00:00:00:02"
	ctx := t.Context()
	c := storedCustomer(t, s)
	minimised, _ := storedWithCredential(t, s, func(c *onboarding.Customer, _ *onboarding.Credential) {
		c.PPD = ptr(false)
	})
	stranger := failed(newAttempt(nil, other, noon), onboarding.ReasonHandshake)
	countAttempts(t, s, newAttempt(minimised, mac, noon), newAttempt(c, mac, noon), newAttempt(nil, mac, noon),
		stranger, newAttempt(&onboarding.Customer{ID: onboarding.NewID()}, mac, noon))
	find := func(q onboarding.AttemptQuery) int {
		t.Helper()
		q.Limit = 100
		return len(must(s.Attempts(ctx, q))(t))
	}
	if n := find(onboarding.AttemptQuery{Station: mac}); n != 2 {
		t.Errorf("%d attempts of the station, want the customer's and the one without", n)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, onboarding.NewID())
	})
	if n := find(onboarding.AttemptQuery{Station: mac}); n != 0 {
		t.Errorf("%d attempts of a deleted customer's station", n)
	}
	equal(t, "left", must(s.Attempts(ctx, onboarding.AttemptQuery{AccessPoint: "door.example", Limit: 10}))(t),
		[]*onboarding.Attempt{stranger})

	for i := range 5 {
		a := newAttempt(nil, mac, noon.Add(time.Duration(i)*time.Hour))
		countAttempts(t, s, a)
	}
	remove := func(organization string, before time.Time, limit int) (n int) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			n, err = tx.DeleteAged(ctx, onboarding.AgedRecords{
				Kind: onboarding.RecordAttempts, OrganizationID: organization, Before: before,
			}, limit)
			return err
		})
		return n
	}
	end := noon.Add(2 * time.Hour)
	equal(t, "another organization's", remove("o2", end, 10), 0)
	equal(t, "a batch", remove("o1", end, 2), 2)
	equal(t, "the rest", remove("o1", end, 10), 1)
	equal(t, "later ones", find(onboarding.AttemptQuery{OrganizationID: "o1"}), 3)

	failure := onboarding.LoginFailure{OrganizationID: "o1", AccessPoint: "a", Reason: onboarding.ReasonLocked}
	hour := noon.Truncate(time.Hour)
	for i := range 3 {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.CountFailure(ctx, failure, hour.Add(time.Duration(i)*time.Hour))
		})
	}
	between := must(s.FailuresBetween(ctx, "o1", hour, hour.Add(2*time.Hour), 10))(t)
	if len(between) != 2 || !between[0].Hour.Equal(hour.Add(time.Hour)) {
		t.Errorf("failures of two hours: %+v", between)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		n, err := tx.DeleteAged(ctx, onboarding.AgedRecords{
			Kind: onboarding.RecordRefusals, OrganizationID: "o1", Before: hour.Add(2 * time.Hour),
		}, 10)
		equal(t, "deleted failures", n, 2)
		return err
	})
	equal(t, "failures left", len(must(s.FailuresBetween(ctx, "o1", hour, hour.Add(9*time.Hour), 10))(t)), 1)
}

// testStationClaims checks that claims are found both ways, keep their latest time, are bounded per
// customer, and end.
func testStationClaims(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, d := storedCustomer(t, s), storedCustomer(t, s)
	put := func(c *onboarding.Customer, mac string, at time.Time) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutStationClaim(ctx, onboarding.StationClaim{CustomerID: c.ID, MAC: mac, At: at})
		})
	}
	const mac = "02:00:00:00:00:01"
	put(c, mac, noon)
	put(c, mac, noon.Add(-time.Hour))
	put(d, mac, noon.Add(time.Hour))
	equal(t, "of the MAC", must(s.StationClaims(ctx, "", mac))(t), []onboarding.StationClaim{
		{CustomerID: d.ID, MAC: mac, At: noon.Add(time.Hour)}, {CustomerID: c.ID, MAC: mac, At: noon}})
	for i := range 20 {
		put(c, fmt.Sprintf("02:00:00:00:01:%02x", i), noon.Add(time.Duration(i)*time.Minute))
	}
	if claims := must(s.StationClaims(ctx, c.ID, ""))(t); len(claims) != 10 || claims[0].MAC != "02:00:00:00:01:13" {
		t.Errorf("%d claims of a customer, the first %+v", len(claims), claims[0])
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		n, err := tx.DeleteAged(ctx, onboarding.AgedRecords{
			Kind: onboarding.RecordStationClaims, Before: noon.Add(15 * time.Minute),
		}, 100)
		equal(t, "deleted claims", n, 5)
		return err
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.MinimiseCustomer(ctx, c.ID) })
	equal(t, "of a minimised customer", len(must(s.StationClaims(ctx, c.ID, ""))(t)), 0)
}
