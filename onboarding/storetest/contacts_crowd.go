package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// crowd is an organization whose customers differ in every searchable field. Its methods compute
// the expected results of searches without a store.
type crowd struct {
	organization *onboarding.Organization
	customers    []*onboarding.Customer
	tallies      map[string]*onboarding.Tally
	segments     map[string][]string // by customer
	segmentIDs   []string
	stations     map[string]string // a MAC address by customer
}

// newCrowd stores n customers; the same seed makes the same. Values repeat, so that there are many
// equals, and are often missing.
func newCrowd(t *testing.T, s onboarding.Store, n int, seed uint64) *crowd {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	o := newOrganization()
	o.Locations = append(o.Locations,
		onboarding.Location{ID: onboarding.NewID(), Name: "Aula", Timezone: "UTC"},
		onboarding.Location{ID: onboarding.NewID(), Name: "Closed", Timezone: "UTC"}, // a name that another has
		onboarding.Location{ID: onboarding.NewID(), Name: "Never used", Timezone: "UTC"},
	)
	c := &crowd{organization: o, tallies: map[string]*onboarding.Tally{}, segments: map[string][]string{},
		segmentIDs: []string{onboarding.NewID(), onboarding.NewID()}, stations: map[string]string{}}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	for range n {
		c.customers = append(c.customers, c.stranger(random))
	}
	random.Shuffle(n, func(i, j int) { c.customers[i], c.customers[j] = c.customers[j], c.customers[i] })
	for part := range slices.Chunk(c.customers, 500) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			for _, customer := range part {
				if err := c.put(ctx, tx, customer); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c
}

func (c *crowd) put(ctx context.Context, tx onboarding.Tx, customer *onboarding.Customer) error {
	if err := tx.InsertCustomer(ctx, customer); err != nil {
		return err
	}
	if tally := c.tallies[customer.ID]; tally != nil {
		if err := tx.PutTally(ctx, tally); err != nil {
			return err
		}
	}
	if mac := c.stations[customer.ID]; mac != "" {
		if err := tx.PutStation(ctx, &onboarding.Station{
			CustomerID: customer.ID, MAC: mac, FirstSeen: noon, LastSeen: noon,
		}); err != nil {
			return err
		}
	}
	if in := c.segments[customer.ID]; len(in) > 0 {
		return tx.PutSegments(ctx, c.organization.ID, customer.ID, in, nil)
	}
	return nil
}

// stranger makes a customer.
func (c *crowd) stranger(random *rand.Rand) *onboarding.Customer {
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	maybe := func() *bool { return [...]*bool{nil, ptr(false), ptr(true)}[random.IntN(3)] }
	n := newCustomer(c.organization.ID)
	n.LocationID = c.organization.Locations[random.IntN(4)].ID
	if random.IntN(5) == 0 {
		n.LocationID = ""
	}
	n.FirstName, n.LastName = pick("", "Ada", "ada", "Zoë", "Bob"), pick("", "Rossi", "Bianchi", "Åkesson", "de Wit",
		strconv.Itoa(random.IntN(50)))
	n.Gender, n.Country, n.Source = pick("", "female", "male", "other"), pick("", "IT", "DE", "FR"),
		pick("", "campaign", "till")
	n.BirthDate = pick("", "1990-02-28", "2001-12-31", "1955-07-01")
	if random.IntN(4) > 0 {
		n.Email = pick("A", "b", "C") + strconv.Itoa(random.IntN(40)) + "@example.com"
		n.EmailVerified = random.IntN(2) == 0
	}
	if random.IntN(2) > 0 {
		n.Phone = "+39" + strconv.Itoa(100+random.IntN(40))
		n.PhoneVerified = random.IntN(2) == 0
	}
	if random.IntN(3) == 0 {
		c.stations[n.ID] = fmt.Sprintf("02:00:0%d:0%d:00:01", random.IntN(3), random.IntN(10))
	}
	n.ExtID, n.ExtProp1, n.ExtProp2 = pick("", "x1", "x2"), pick("", "one"), pick("", "two")
	n.Locked = random.IntN(3) == 0
	n.SignupMethod = onboarding.Channel(pick("api", "app", "portal"))
	n.Created = noon.Add(time.Duration(random.IntN(30)) * time.Hour)
	n.Modified = n.Created.Add(time.Duration(random.IntN(3)) * time.Minute)
	n.OptIns = map[string]bool{}
	for _, policy := range []string{onboarding.MktgCommunication, onboarding.AgeVerification, "customs.mail",
		"customs.mail2"} {
		if said := maybe(); said != nil {
			n.OptIns[policy] = *said
		}
	}
	if random.IntN(3) > 0 {
		n.Profiling, n.PPD = ptr(true), ptr(true)
		tally := &onboarding.Tally{CustomerID: n.ID, OrganizationID: n.OrganizationID, Visits: int64(random.IntN(12)),
			Places: map[string]onboarding.PlaceTally{}}
		for i := range random.IntN(3) {
			tally.Places[c.organization.Locations[i].ID] = onboarding.PlaceTally{Visits: 1}
		}
		c.tallies[n.ID] = tally
	}
	for _, id := range c.segmentIDs {
		if random.IntN(3) == 0 {
			c.segments[n.ID] = append(c.segments[n.ID], id)
		}
	}
	slices.Sort(c.segments[n.ID])
	return n
}

// value returns the value by which a customer is ordered, as a text with the same order, and
// whether the customer has one.
func (c *crowd) value(order onboarding.ContactOrder, n *onboarding.Customer) (string, bool) {
	number := func(v int64) (string, bool) { return fmt.Sprintf("%020d", v), true }
	optIn := func(policy string) (string, bool) { v, ok := n.OptIns[policy]; return strconv.FormatBool(v), ok }
	text := ""
	switch order {
	case onboarding.ByID:
		return "", true
	case onboarding.ByFirstName:
		text = n.FirstName
	case onboarding.ByLastName:
		text = n.LastName
	case onboarding.ByGender:
		text = n.Gender
	case onboarding.ByBirthDate:
		text = n.BirthDate
	case onboarding.ByCountry:
		text = n.Country
	case onboarding.ByCreated:
		return number(n.Created.UnixMicro())
	case onboarding.ByModified:
		return number(n.Modified.UnixMicro())
	case onboarding.ByEmail:
		text = strings.ToLower(n.Email)
	case onboarding.ByEmailVerified:
		return strconv.FormatBool(n.EmailVerified), true
	case onboarding.ByPhone:
		text = n.Phone
	case onboarding.ByPhoneVerified:
		return strconv.FormatBool(n.PhoneVerified), true
	case onboarding.ByUsername:
		text = n.Username
	case onboarding.BySignupMethod:
		text = string(n.SignupMethod)
	case onboarding.ByLocationName:
		if l := c.organization.Location(n.LocationID); l != nil {
			text = l.Name
		}
	case onboarding.BySystem:
		text = n.System()
	case onboarding.ByLocked:
		return strconv.FormatBool(n.Locked), true
	case onboarding.ByMktgCommunications:
		return optIn(onboarding.MktgCommunication)
	case onboarding.ByAgeVerification:
		return optIn(onboarding.AgeVerification)
	case onboarding.ByTotalVisits, onboarding.ByVisitedLocations:
		tally := c.tallies[n.ID]
		switch {
		case tally == nil:
			return "", false
		case order == onboarding.ByTotalVisits:
			return number(tally.Visits)
		default:
			return number(tally.VisitedLocations())
		}
	}
	return text, text != ""
}

// expect returns the IDs of those whom the filter means, in order.
func (c *crowd) expect(f *onboarding.ContactFilter, order onboarding.ContactOrder, reverse bool) []string {
	var found []*onboarding.Customer
	for _, n := range c.customers {
		if c.matches(f, n) {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, func(a, b *onboarding.Customer) int {
		v, hasV := c.value(order, a)
		w, hasW := c.value(order, b)
		switch by := strings.Compare(v, w); {
		case hasV && !hasW:
			return -1
		case hasW && !hasV:
			return 1
		case by != 0 && reverse:
			return -by
		case by != 0:
			return by
		}
		return strings.Compare(a.ID, b.ID)
	})
	ids := make([]string, len(found))
	for i, n := range found {
		ids[i] = n.ID
	}
	return ids
}

func (c *crowd) matches(f *onboarding.ContactFilter, n *onboarding.Customer) bool {
	same := func(want, have string) bool { return want == "" || want == have }
	is := func(want *bool, have bool) bool { return want == nil || *want == have }
	among := func(wanted []string, have ...string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(have, func(h string) bool {
			return h != "" && slices.Contains(wanted, h)
		})
	}
	within := func(from, to *time.Time, at time.Time) bool {
		return (from == nil || !at.Before(*from)) && (to == nil || !at.After(*to))
	}
	for policy, want := range f.OptIns {
		if n.OptIns[policy] != want {
			return false
		}
	}
	methods := make([]string, len(f.SignupMethods))
	for i, m := range f.SignupMethods {
		methods[i] = string(m)
	}
	return c.found(f.Search, n) && same(strings.ToLower(f.Email), strings.ToLower(n.Email)) && same(f.Phone, n.Phone) &&
		same(f.Username, n.Username) &&
		same(f.ExtID, n.ExtID) && same(f.ExtProp1, n.ExtProp1) && same(f.ExtProp2, n.ExtProp2) &&
		is(f.HasEmail, n.Email != "") && is(f.EmailVerified, n.EmailVerified) && is(f.HasPhone, n.Phone != "") &&
		is(f.PhoneVerified, n.PhoneVerified) &&
		among(methods, string(n.SignupMethod)) && among(f.LocationIDs, n.LocationID) &&
		among(f.SegmentIDs, c.segments[n.ID]...) &&
		within(f.CreatedFrom, f.CreatedTo, n.Created) && within(f.ModifiedFrom, f.ModifiedTo, n.Modified)
}

// found reports whether the text finds the customer: all of it as a phone number or as the address
// of a station, or each word of it as the beginning of anything that is searched.
func (c *crowd) found(text string, n *onboarding.Customer) bool {
	bare := strings.NewReplacer("ë", "e", "å", "a", "-", " ")
	searched := []string{strings.ToLower(n.Email), n.Username, n.Phone, strings.TrimPrefix(n.Phone, "+39")}
	searched = append(searched, strings.Fields(bare.Replace(strings.ToLower(n.FirstName+" "+n.LastName)))...)
	begins := func(word string) bool {
		return word != "" && slices.ContainsFunc(searched, func(s string) bool { return strings.HasPrefix(s, word) })
	}
	if digits := strings.ReplaceAll(text, " ", ""); strings.Trim(digits, "+0123456789") == "" {
		abroad := strings.HasPrefix(digits, "+")
		if digits = strings.TrimPrefix(digits, "+"); len(digits) > 2 && strings.HasPrefix(digits, "00") {
			abroad, digits = true, digits[2:]
		}
		found := strings.HasPrefix(n.Phone, "+"+digits)
		if strings.HasPrefix(text, "+") {
			return found
		}
		if text != "" && (found || !abroad && begins(digits)) {
			return true
		}
	}
	if strings.Count(text, "-") > 1 {
		return strings.HasPrefix(c.stations[n.ID], strings.ToLower(strings.ReplaceAll(text, "-", ":")))
	}
	for _, word := range strings.Fields(strings.ToLower(text)) {
		if word = strings.NewReplacer("ë", "e", "å", "a").Replace(word); !begins(word) {
			return false
		}
	}
	return true
}

// someSearch makes a text that finds few customers or many.
func (c *crowd) someSearch(random *rand.Rand) string {
	n := c.customers[random.IntN(len(c.customers))]
	begin := func(text string) string { return text[:random.IntN(len(text)+1)] }
	switch random.IntN(10) {
	case 0:
		return n.Username[:5+random.IntN(len(n.Username)-5)]
	case 1:
		return strings.ToUpper(begin(n.Email))
	case 2:
		return begin(n.Phone)
	case 3:
		return begin("+39 1" + strconv.Itoa(random.IntN(4)))
	case 4:
		return begin("00391" + strconv.Itoa(random.IntN(4)))
	case 5:
		return begin("1" + strconv.Itoa(random.IntN(4)))
	case 6:
		mac := strings.ToUpper(strings.ReplaceAll(c.stations[n.ID], ":", "-"))
		if len(mac) > 8 {
			return mac[:8+random.IntN(9)]
		}
		return "de w"
	case 7:
		return []string{
			"ada ros", "BIAN bob", "zoe", "ZOË ak", "akess", "de ada", "b1 bob", "user- a", "ada ada",
		}[random.IntN(9)]
	case 8:
		return strings.ToLower(strings.TrimSpace(n.LastName + " " + n.FirstName))
	default:
		return []string{"a", "b", "user-", "nobody at all"}[random.IntN(4)]
	}
}

// someFilter makes a filter that names few things or many.
func (c *crowd) someFilter(random *rand.Rand) onboarding.ContactFilter {
	var f onboarding.ContactFilter
	n := c.customers[random.IntN(len(c.customers))]
	yesNo := func() *bool { return ptr(random.IntN(2) == 0) }
	at := func() *time.Time { return ptr(c.customers[random.IntN(len(c.customers))].Created) }
	if random.IntN(3) == 0 {
		f.Search = strings.TrimSpace(c.someSearch(random))
	}
	for range random.IntN(4) {
		switch random.IntN(19) {
		case 0:
			f.Email = strings.ToUpper(n.Email)
		case 1:
			f.Phone = n.Phone
		case 2:
			f.Username = n.Username
		case 3:
			f.ExtID = "x1"
		case 4:
			f.ExtProp1, f.ExtProp2 = n.ExtProp1, "two"
		case 5:
			f.HasEmail = yesNo()
		case 6:
			f.EmailVerified = yesNo()
		case 7:
			f.HasPhone = yesNo()
		case 8:
			f.PhoneVerified = yesNo()
		case 9:
			f.SignupMethods = []onboarding.Channel{onboarding.ChannelAPI, n.SignupMethod}
		case 10:
			f.LocationIDs = []string{c.organization.Locations[random.IntN(5)].ID}
		case 11:
			f.LocationIDs = []string{c.organization.Locations[0].ID, c.organization.Locations[2].ID, onboarding.NewID()}
		case 12:
			f.SegmentIDs = c.segmentIDs[random.IntN(2):]
		case 13:
			f.CreatedFrom = at()
		case 14:
			f.CreatedTo = at()
		case 15:
			f.ModifiedFrom = at()
		case 16:
			f.ModifiedFrom, f.ModifiedTo = at(), at()
		default:
			policy := []string{onboarding.MktgCommunication, onboarding.AgeVerification, "customs.mail",
				"customs.mail2", "customs.unheard"}[random.IntN(5)]
			f.OptIns = map[string]bool{policy: random.IntN(2) == 0}
		}
	}
	return f
}
