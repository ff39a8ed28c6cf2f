package registration_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

var signed = time.Date(2021, 5, 1, 10, 0, 0, 0, time.UTC)

// accepted are the mandatory policies and an optional one, accepted on paper.
func accepted(more ...registration.ImportedConsent) []registration.ImportedConsent {
	return append([]registration.ImportedConsent{
		{Policy: "termsOfUse", Accepted: true, At: signed, Place: "paper"},
		{Policy: "privacy", Accepted: true, At: signed, Version: "0.9", Place: "paper"},
	}, more...)
}

// person returns a row with consents.
func person(key string, change func(*registration.CustomerInput)) registration.ImportRow {
	row := registration.ImportRow{Key: key, Consents: accepted()}
	change(&row.Input)
	return row
}

// effects imports rows and returns their statuses and faults as text.
func effects(
	t *testing.T, v *testkit.Venue, o registration.ImportOptions, rows ...registration.ImportRow,
) (all []string) {
	t.Helper()
	if o.OrganizationID == "" {
		o.OrganizationID = v.Here.ID
	}
	o.Source = "csv"
	results, err := v.Registration.Import(t.Context(), o, rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		text := string(r.Status)
		for _, f := range r.Faults {
			text += fmt.Sprintf(" %s: %s;", f.Field, f.Message)
		}
		all = append(all, text)
	}
	return all
}

func expect(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}

// found returns the only customer of a match.
func found(t *testing.T, v *testkit.Venue, m onboarding.Match) *onboarding.Customer {
	t.Helper()
	all, err := v.Store.MatchAll(t.Context(), v.Here.ID, m, 5)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v: %d customers, %v", m, len(all), err)
	}
	return all[0]
}

// ledger returns the customer's ledger in short lines.
func ledger(t *testing.T, v *testkit.Venue, id string) (lines []string) {
	t.Helper()
	all, err := v.Store.Consents(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		lines = append(lines, fmt.Sprintf("%s %s=%t %s %s/%s",
			c.At.Format(time.RFC3339), c.Policy, c.Accepted, c.Version, c.Channel, c.Agent))
	}
	return lines
}

// TestImportedCustomer checks every stored value of an imported person, that the old password works
// at once, and that a repetition changes nothing.
func TestImportedCustomer(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		row := person("1", func(in *registration.CustomerInput) {
			in.FirstName, in.Username, in.Password = new("Ada"), new("ada"), new("old password")
			in.Email, in.EmailVerified, in.Source = new("Ada@Example.com"), new(true), new("crm")
		})
		row.Created = signed.AddDate(-1, 0, 0)
		row.Consents = append(row.Consents, registration.ImportedConsent{Policy: "profiling", Accepted: true})
		expect(t, "dry run", effects(t, v, registration.ImportOptions{DryRun: true}, row), "created")
		expect(t, "first", effects(t, v, registration.ImportOptions{}, row), "created")
		is := found(t, v, onboarding.Match{Username: "ada"})
		want := &onboarding.Customer{
			OrganizationID: v.Here.ID, LocationID: v.Here.DefaultLocation, Username: "ada", Source: "crm",
			SignupMethod: onboarding.ChannelImport, Created: row.Created, Modified: v.Now(), Profiling: new(true),
			Attributes: onboarding.Attributes{FirstName: "Ada", Email: "Ada@Example.com", EmailVerified: true},
		}
		if diff := cmp.Diff(want, is, cmpopts.IgnoreFields(onboarding.Customer{}, "ID"),
			cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		lines := []string{
			"2021-05-01T10:00:00Z privacy=true 0.9 import/paper",
			"2021-05-01T10:00:00Z termsOfUse=true 1 import/paper",
			v.Now().Format(time.RFC3339) + " profiling=true 1.00 import/",
		}
		expect(t, "ledger", ledger(t, v, is.ID), lines...)
		credential, err := v.Store.Credential(t.Context(), is.ID)
		if err != nil || !credential.Expires.Equal(v.Now().Add(v.Here.WiFi.ProfileLifetime)) {
			t.Errorf("the credential ends at %v, %v", credential.Expires, err)
		}
		door := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}
		if a := v.AuthorizeAt("ada", door); a.Password != "old password" {
			t.Errorf("answered %+v", a)
		}
		v.Advance(time.Hour)
		for range 2 {
			expect(t, "repeated", effects(t, v, registration.ImportOptions{}, row, row), "unchanged", "unchanged")
		}
		if again := found(t, v, onboarding.Match{Username: "ada"}); !again.Modified.Equal(is.Modified) {
			t.Error("a repetition has modified the customer")
		}
		expect(t, "ledger after repetitions", ledger(t, v, is.ID), lines...)
	})
}

// TestImportUpdates checks that a changed row overwrites attributes, but neither a later decision
// of the customer nor one whose date is not known, and that an unchanged row overwrites nothing.
func TestImportUpdates(t *testing.T) {
	v := testkit.NewVenue(t)
	v.Here.Policies = append(v.Here.Policies, onboarding.Policy{
		Key: "customs.news", Version: "1", Title: map[string]string{"en": "News"}, URL: "https://venue.example/news"})
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.Here}); err != nil {
		t.Fatal(err)
	}
	row := func(name string, news registration.ImportedConsent) registration.ImportRow {
		r := person("1", func(in *registration.CustomerInput) { in.FirstName, in.ExtID = &name, new("crm-1") })
		r.Consents = accepted(news)
		return r
	}
	yes := registration.ImportedConsent{Policy: "customs.news", Accepted: true, At: signed}
	expect(t, "first", effects(t, v, registration.ImportOptions{}, row("Ada", yes)), "created")
	is := found(t, v, onboarding.Match{ExtID: "crm-1"})
	v.Advance(time.Hour)
	v.Consent(is, map[string]bool{"customs.news": false})
	manager := testkit.Manager(v.Here)
	change := registration.CustomerInput{FirstName: new("Augusta")}
	if _, err := v.Registration.Update(t.Context(), manager, is.ID, change); err != nil {
		t.Fatal(err)
	}
	expect(t, "the same row", effects(t, v, registration.ImportOptions{}, row("Ada", yes)), "unchanged")
	if name := found(t, v, onboarding.Match{ExtID: "crm-1"}).FirstName; name != "Augusta" {
		t.Errorf("an unchanged row has overwritten the name: %s", name)
	}
	unknown := yes
	unknown.At = time.Time{}
	for _, consent := range []registration.ImportedConsent{yes, unknown} {
		name := "Ada " + consent.At.String()
		expect(t, "a new name", effects(t, v, registration.ImportOptions{}, row(name, consent)), "updated")
		is := found(t, v, onboarding.Match{ExtID: "crm-1"})
		if is.OptIns["customs.news"] || is.FirstName != name {
			t.Errorf("after a consent of %s: %v, %q", consent.At, is.OptIns, is.FirstName)
		}
	}
	v.Advance(time.Hour)
	later := yes
	later.At = v.Now()
	expect(t, "a later consent", effects(t, v, registration.ImportOptions{}, row("Ada", later)), "updated")
	if is := found(t, v, onboarding.Match{ExtID: "crm-1"}); !is.OptIns["customs.news"] {
		t.Error("a later consent is ignored")
	}
	if n := len(ledger(t, v, is.ID)); n != 5 {
		t.Errorf("%d entries of the ledger, want 5", n)
	}
}

// TestImportFindsCustomers checks by which identifiers a row finds a customer.
func TestImportFindsCustomers(t *testing.T) {
	v := testkit.NewVenue(t)
	add := func(username, extID, email, phone string) {
		v.AddCustomer(v.Here, username, "password", func(in *registration.CustomerInput) {
			in.ExtID, in.Email, in.PhoneNumber = &extID, &email, &phone
		})
	}
	add("crm", "1", "crm@example.com", "+393331111111")
	add("portal", "", "portal@example.com", "+393332222222")
	add("twin1", "", "twin@example.com", "")
	add("twin2", "", "twin@example.com", "")
	v.AddCustomer(v.There, "foreign", "password", func(in *registration.CustomerInput) {
		in.Email = new("there@example.com")
	})
	for i, tt := range []struct {
		name, extID, email, phone string
		deduplicate               []string
		want, username            string
	}{
		{"extId", "1", "", "", nil, "updated", "crm"},
		{"extId before e-mail", "1", "portal@example.com", "", nil, "updated", "crm"},
		{"another extId", "2", "crm@example.com", "", nil, "created", ""},
		{"e-mail of a customer without extId", "3", "PORTAL@example.com", "", nil, "updated", "portal"},
		{"e-mail", "", "portal@example.com", "", nil, "updated", "portal"},
		{"several e-mails", "", "twin@example.com", "", nil, "refused email: matches several customers;", ""},
		{"phone only", "", "", "+39 333 2222222", nil, "updated", "portal"},
		{"phone beside another e-mail", "", "family@example.com", "+393332222222", nil, "created", ""},
		{"phone on demand", "", "family2@example.com", "+393332222222", []string{"phoneNumber"}, "updated", "portal"},
		{"another organization", "", "there@example.com", "", nil, "created", ""},
	} {
		row := person(tt.name, func(in *registration.CustomerInput) {
			in.ZipCode = new(fmt.Sprint(i))
			for text, to := range map[string]**string{
				tt.extID: &in.ExtID, tt.email: &in.Email, tt.phone: &in.PhoneNumber,
			} {
				if text != "" {
					*to = &text
				}
			}
		})
		o := registration.ImportOptions{Deduplicate: tt.deduplicate, DryRun: true}
		expect(t, tt.name+", dry run", effects(t, v, o, row), tt.want)
		o.DryRun = false
		// Each case starts from the same customers.
		backup := customers(t, v)
		expect(t, tt.name, effects(t, v, o, row), tt.want)
		for _, c := range customers(t, v) {
			if changed := c.ZipCode == fmt.Sprint(i); changed && tt.want == "updated" && c.Username != tt.username {
				t.Errorf("%s: has updated %s", tt.name, c.Username)
			}
		}
		restore(t, v, backup)
	}
}

// customers returns all customers of the venue.
func customers(t *testing.T, v *testkit.Venue) []*onboarding.Customer {
	t.Helper()
	all, err := v.Store.CustomersAfter(t.Context(), v.Here.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// restore deletes the customers that are not in a list, and restores the others.
func restore(t *testing.T, v *testkit.Venue, to []*onboarding.Customer) {
	t.Helper()
	known := map[string]bool{}
	for _, c := range to {
		known[c.ID] = true
	}
	all := customers(t, v)
	if err := v.Store.Write(t.Context(), func(tx onboarding.Tx) error {
		for _, c := range all {
			if !known[c.ID] {
				if err := tx.DeleteCustomer(t.Context(), v.Here.ID, c.ID, onboarding.NewID()); err != nil {
					return err
				}
			}
		}
		for _, c := range to {
			if err := tx.UpdateCustomer(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestImportRefuses checks the rows that are refused, each with its field, while the others of the
// batch are imported.
func TestImportRefuses(t *testing.T) {
	v := testkit.NewVenue(t)
	v.AddCustomer(v.There, "taken there", "password")
	v.AddCustomer(v.Here, "taken here", "password", func(in *registration.CustomerInput) { in.ExtID = new("crm-9") })
	long := strings.Repeat("a", 64)
	named := func(name string) func(*registration.CustomerInput) {
		return func(in *registration.CustomerInput) { in.Username = &name }
	}
	var rows []registration.ImportRow
	var want []string
	for i, tt := range []struct {
		change func(*registration.CustomerInput)
		want   string
	}{
		{named("taken there"), "refused username: is taken;"},
		{named("taken here"), "refused username: is taken;"},
		{named("twice"), "created"},
		{named("twice"), "refused username: is taken;"},
		{named("ada@venue1.example"),
			"refused username: must not end in the realm venue1.example, which the network strips;"},
		{named("ada@elsewhere.example"), "created"},
		{named(long), "refused username: longer than 63 bytes;"},
		{func(in *registration.CustomerInput) { in.Email, in.PhoneNumber = new("nothing"), new("12") },
			"refused email: not an e-mail address; phoneNumber: not a possible phone number;"},
		{func(in *registration.CustomerInput) { in.LocationID = new("elsewhere") },
			"refused locationId: not a location of this organization;"},
		{func(in *registration.CustomerInput) { in.ExtID, in.Username = new("crm-9"), new("another") },
			"refused username: the customer has another user name, which stays;"},
		{func(in *registration.CustomerInput) { in.FirstName = new("last") }, "created"},
	} {
		rows = append(rows, person(fmt.Sprint(i), tt.change))
		want = append(want, tt.want)
	}
	without := person("without", func(*registration.CustomerInput) {})
	without.Consents = without.Consents[:1]
	refusing := person("refusing", func(*registration.CustomerInput) {})
	refusing.Consents[1].Accepted = false
	future := person("future", func(*registration.CustomerInput) {})
	future.Created, future.Consents[0].At = v.Now().Add(time.Hour), v.Now().Add(time.Hour)
	rows = append(rows, without, refusing, future)
	want = append(want, "refused policies.privacy: must be accepted;", "refused policies.privacy: must be accepted;",
		"refused policies.termsOfUse.date: is in the future; created: is in the future;")
	got := effects(t, v, registration.ImportOptions{}, rows...)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d: %s, want %s", i, got[i], want[i])
		}
	}
	if n := len(customers(t, v)); n != 4 {
		t.Errorf("%d customers, want 4", n)
	}
}

// TestImportRace checks that a row that another process contradicts after its validation is refused
// alone.
func TestImportRace(t *testing.T) {
	v, h := newHookedVenue(t)
	changed := *v.There
	passpoint := *v.There.WiFi.Passpoint
	passpoint.Realm, passpoint.NAIRealms = "new.example", nil
	changed.WiFi.Passpoint = &passpoint
	var rows []registration.ImportRow
	for i := range 7 {
		rows = append(rows, person(fmt.Sprint(i), func(in *registration.CustomerInput) {
			in.Username = new(fmt.Sprint("user", i))
		}))
	}
	rows[3].Input.Username = new("anna@NEW.example")
	h.afterRealm = sync.OnceFunc(func() { // after the validation of the only name with a realm
		if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{&changed}); err != nil {
			t.Error(err)
		}
	})
	expect(t, "the batch", effects(t, v, registration.ImportOptions{}, rows...), "created", "created", "created",
		"refused username: must not end in the realm NEW.example, which the network strips;", "created", "created",
		"created")
	expect(t, "again", effects(t, v, registration.ImportOptions{}, rows[:3]...), "unchanged", "unchanged", "unchanged")
}

// TestImportAfterDeletion checks that a deleted person is not created again by the same row, unless
// that is asked for.
func TestImportAfterDeletion(t *testing.T) {
	v := testkit.NewVenue(t)
	row := person("1", func(in *registration.CustomerInput) { in.Email = new("ada@example.com") })
	expect(t, "first", effects(t, v, registration.ImportOptions{}, row), "created")
	is := found(t, v, onboarding.Match{Email: "ada@example.com"})
	if err := v.Registration.Delete(t.Context(), testkit.Manager(v.Here), is.ID); err != nil {
		t.Fatal(err)
	}
	for _, dryRun := range []bool{true, false} {
		expect(t, "again", effects(t, v, registration.ImportOptions{DryRun: dryRun}, row),
			"refused : this person was deleted since an earlier import;")
	}
	expect(t, "on demand", effects(t, v, registration.ImportOptions{Deleted: true}, row), "created")
	expect(t, "repeated", effects(t, v, registration.ImportOptions{}, row), "unchanged")
}

// TestImportMinimised checks that an imported refusal of the processing of personal data erases the
// data, and that a later row does not restore them.
func TestImportMinimised(t *testing.T) {
	v := testkit.NewVenue(t)
	row := person("1", func(in *registration.CustomerInput) {
		in.FirstName, in.Username, in.Document = new("Ada"), new("ada"),
			&registration.IdentityDocumentInput{Number: new("D1")}
	})
	row.Consents = accepted(registration.ImportedConsent{Policy: "ppd", At: signed})
	expect(t, "first", effects(t, v, registration.ImportOptions{}, row), "created")
	is := found(t, v, onboarding.Match{Username: "ada"})
	if !is.Minimised() || is.FirstName != "" || !is.Document.IsZero() {
		t.Errorf("stored %+v", is)
	}
	row.Input.FirstName = new("Augusta")
	expect(t, "changed", effects(t, v, registration.ImportOptions{}, row), "unchanged")
	if is := found(t, v, onboarding.Match{Username: "ada"}); is.FirstName != "" || !is.Document.IsZero() {
		t.Errorf("restored %+v", is)
	}
}
