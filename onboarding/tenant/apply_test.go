package tenant_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/tenant"
	"onramp/onboarding/testkit"
)

// applyBench is a service on a database of its own.
type applyBench struct {
	*deployment.Deployment
	store onboarding.Store
}

func newApplyBench(t *testing.T) *applyBench {
	t.Helper()
	db := testkit.OpenStore(t)
	return &applyBench{testkit.Deploy(t, deployment.Config{Store: db}), db}
}

func (b *applyBench) apply(t *testing.T, organizations ...*onboarding.Organization) []tenant.Applied {
	t.Helper()
	done, err := b.Tenant.Apply(t.Context(), organizations)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// refused requires that nothing is applied and that each of the fragments is in an error of its
// own.
func (b *applyBench) refused(t *testing.T, wants []string, organizations ...*onboarding.Organization) {
	t.Helper()
	ctx := t.Context()
	before := b.state(t)
	_, err := b.Tenant.Apply(ctx, organizations)
	refusal, ok := errors.AsType[*tenant.ApplyError](err)
	if !ok {
		t.Fatalf("want a refusal, got %v", err)
	}
	var got []string
	for i, a := range refusal.Organizations {
		for _, f := range a.Findings {
			if f.Severity == onboarding.SeverityError {
				got = append(got, fmt.Sprintf("%d %s: %s", i, f.Field, f.Message))
			}
		}
	}
	if len(got) != len(wants) {
		t.Errorf("want %d errors, got: %v", len(wants), err)
	}
	for i := range min(len(got), len(wants)) {
		if !strings.Contains(got[i], wants[i]) {
			t.Errorf("error %d: got %s, want %s", i, got[i], wants[i])
		}
	}
	checked, err := b.Tenant.Check(ctx, organizations)
	if diff := cmp.Diff(refusal.Organizations, checked, cmpopts.IgnoreUnexported(onboarding.Finding{})); err != nil ||
		diff != "" {
		t.Errorf("a check without applying: %v\n%s", err, diff)
	}
	if after := b.state(t); after != before {
		t.Errorf("something was written:\n%s\nwas\n%s", after, before)
	}
}

// state describes the stored organizations.
func (b *applyBench) state(t *testing.T) string {
	t.Helper()
	all, err := b.Tenant.Export(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, o := range all {
		fmt.Fprintf(&text, "%s %d %+v\n", o.ID, o.Version, *o)
	}
	return text.String()
}

func (b *applyBench) customer(t *testing.T, o *onboarding.Organization, location, username string) {
	t.Helper()
	now := time.Now().UTC()
	err := b.store.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.InsertCustomer(t.Context(), &onboarding.Customer{
			ID: onboarding.NewID(), OrganizationID: o.ID, LocationID: location, Username: username,
			SignupMethod: onboarding.ChannelAPI, Created: now, Modified: now,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestApplyIsIdempotent(t *testing.T) {
	b := newApplyBench(t)
	for i, want := range []tenant.Change{tenant.Created, tenant.Unchanged, tenant.Changed,
		tenant.Unchanged} {
		o := testkit.Organization(1)
		if i >= 2 {
			o.Name = "Another name"
		}
		o.Segments, o.Portal.Fields = []onboarding.Segment{}, []string{} // no list and an empty one are the same
		done := b.apply(t, o)
		if len(done) != 1 || done[0].Change != want || done[0].ID != o.ID || done[0].Name != o.Name {
			t.Errorf("apply %d: %+v, want %s", i, done, want)
		}
	}
	stored, err := b.Tenant.Export(t.Context(), testkit.ID("organization", 1))
	if err != nil || len(stored) != 1 || stored[0].Version != 2 || stored[0].Name != "Another name" {
		t.Errorf("%+v, %v", stored, err)
	}
}

func TestApplyLeavesOthersAlone(t *testing.T) {
	b := newApplyBench(t)
	b.apply(t, testkit.Organization(1), testkit.Organization(2))
	changed := testkit.Organization(2)
	changed.Locations[0].Name = "Another hall"
	done := b.apply(t, changed, testkit.Organization(3))
	if done[0].Change != tenant.Changed || done[1].Change != tenant.Created {
		t.Errorf("%+v", done)
	}
	all, err := b.Tenant.Export(t.Context(), "")
	if err != nil || len(all) != 3 || all[0].Version != 1 || all[1].Version != 2 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := b.Tenant.Export(t.Context(),
		testkit.ID("organization", 9)); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("an unknown organization: %v", err)
	}
}

func TestApplyWarns(t *testing.T) {
	b := newApplyBench(t)
	o := testkit.Organization(1)
	o.WiFi.OuterIdentity = "somebody@venue1.example"
	done := b.apply(t, o)
	if len(done[0].Findings) != 2 || done[0].Findings[1].Severity != onboarding.SeverityNote ||
		done[0].Findings[0].Field != "wifi.outerIdentity" ||
		done[0].Findings[0].Severity != onboarding.SeverityWarning {
		t.Errorf("%+v", done[0].Findings)
	}
}

// The ledger holds versions, not texts.
func TestPolicyVersion(t *testing.T) {
	b := newApplyBench(t)
	b.apply(t, testkit.Organization(1))
	o := testkit.Organization(1)
	o.Policies[1].URL = "https://venue.example/new"
	if found := b.apply(t, o)[0].Findings; len(found) != 2 || found[0].Field != "policies[1].version" {
		t.Errorf("another text under the same version: %+v", found)
	}
	o.Policies[1].URL, o.Policies[1].Version = "https://venue.example/newer", "2"
	if found := b.apply(t, o)[0].Findings; len(found) != 1 {
		t.Errorf("another version: %+v", found)
	}
}

// One bad organization is enough that nothing of the run is applied, and every complaint of each is
// made.
func TestApplyAllOrNothing(t *testing.T) {
	b := newApplyBench(t)
	b.apply(t, testkit.Organization(1))
	changed, bad, worse := testkit.Organization(1), testkit.Organization(2), testkit.Organization(3)
	changed.Name = "Changed"
	bad.Name, bad.VisitGap = "", 0
	worse.DefaultLocation = testkit.ID("location", 7)
	b.refused(t, []string{"1 name: is missing", "1 visitGap: ", "2 defaultLocation: "}, changed, bad, worse)
}

func TestApplySameOrganizationTwice(t *testing.T) {
	b := newApplyBench(t)
	b.refused(t, []string{"1 id: is also the id of an earlier organization"}, testkit.Organization(1),
		testkit.Organization(1))
}

func TestRemovedLocation(t *testing.T) {
	b := newApplyBench(t)
	o := testkit.Organization(1)
	second := onboarding.Location{ID: testkit.ID("location", 11), Name: "Garden", Timezone: "Europe/Rome"}
	third := onboarding.Location{ID: testkit.ID("location", 12), Name: "Roof", Timezone: "Europe/Rome"}
	o.Locations = append(o.Locations, second, third)
	b.apply(t, o)
	b.customer(t, o, second.ID, "guest")
	b.refused(t, []string{"0 locations[" + second.ID + "]: " + second.ID + " (Garden) has customers"},
		testkit.Organization(1))
	// The one without customers may go.
	without := testkit.Organization(1)
	without.Locations = append(without.Locations, second)
	if done := b.apply(t, without); done[0].Change != tenant.Changed {
		t.Errorf("%+v", done)
	}
}

// A value of an organization cannot be declared by another one, stored or earlier in the same
// apply.
func TestTakenByAnother(t *testing.T) {
	greedy := func() *onboarding.Organization {
		o := testkit.Organization(2)
		o.WiFi.Passpoint.NAIRealms = []string{"venue2.example", "VENUE1.example"}
		o.WiFi.OuterIdentity = "anonymous@venue1.example"
		o.Locations = append(o.Locations, testkit.Organization(1).Locations[0])
		o.Locations[1].Hotspots[0].Address = "192.0.2.1"
		o.Locations[1].Hotspots[0].MAC = "02:00:00:00:02:02"
		return o
	}
	first := testkit.Organization(1)
	first.Locations[0].Hotspots[0].Address = "192.0.2.1"
	wants := func(n int) []string {
		of := fmt.Sprintf("of another organization, %q (%s)", first.Name, first.ID)
		return []string{
			fmt.Sprintf("%d wifi.passpoint.naiRealms[1]: is the realm venue1.example %s", n, of),
			fmt.Sprintf("%d locations[1].id: is the location %s %s", n, first.Locations[0].ID, of),
			fmt.Sprintf("%d locations[1].hotspots[0].id: is the hotspot %s %s", n, first.Locations[0].Hotspots[0].ID,
				of),
			fmt.Sprintf("%d locations[1].hotspots[0].address: is the address 192.0.2.1 %s", n, of),
		}
	}
	b := newApplyBench(t)
	b.refused(t, wants(1), first, greedy())
	b.apply(t, first)
	b.refused(t, wants(0), greedy())
	// Once the first gives it up, it is free.
	poorer := testkit.Organization(1)
	poorer.WiFi.Passpoint = nil
	poorer.WiFi.OuterIdentity = "anonymous"
	b.apply(t, poorer)
	richer := testkit.Organization(2)
	richer.WiFi.Passpoint.Realm = "venue1.example"
	richer.WiFi.OuterIdentity = "anonymous@venue1.example"
	b.apply(t, richer)
}

// authorize strips an organization's realms, so none may be one with which user names end already.
func TestRealmOfUserNames(t *testing.T) {
	b := newApplyBench(t)
	o := testkit.Organization(1)
	b.apply(t, o)
	b.customer(t, o, o.DefaultLocation, "anna@Mail.Example")
	b.customer(t, o, o.DefaultLocation, "bruno@venue2.example")
	changed := testkit.Organization(1)
	changed.WiFi.Passpoint.NAIRealms = []string{"venue1.example", "mail.example"}
	b.refused(t, []string{"0 wifi.passpoint.naiRealms[1]: cannot be mail.example",
		"1 wifi.passpoint.realm: cannot be venue2.example"}, changed, testkit.Organization(2))
	b.apply(t, testkit.Organization(3))
}

func TestHotspotSecrets(t *testing.T) {
	b := newApplyBench(t)
	ctx := t.Context()
	hotspot := testkit.ID("hotspot", 1)
	with := func(secret *onboarding.Sealed) *onboarding.Organization {
		o := testkit.Organization(1)
		o.Locations[0].Hotspots[0].Address = "192.0.2.1"
		o.Locations[0].Hotspots[0].Secret = secret
		return o
	}
	seal := func(text string) *onboarding.Sealed {
		sealed, err := b.Tenant.SealHotspotSecret(hotspot, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return &sealed
	}
	b.refused(t, []string{"0 locations[0].hotspots[0].secret: cannot be kept"}, with(tenant.KeptSecret()))
	b.apply(t, with(nil))
	b.refused(t, []string{"0 locations[0].hotspots[0].secret: cannot be kept"}, with(tenant.KeptSecret()))
	for i, step := range []struct {
		secret *onboarding.Sealed
		want   tenant.Change
	}{
		{seal("open sesame"), tenant.Changed},
		{seal("open sesame"), tenant.Unchanged}, // another box of the same secret
		{tenant.KeptSecret(), tenant.Unchanged},
		{seal("semolina"), tenant.Changed},
		{tenant.KeptSecret(), tenant.Unchanged},
		{nil, tenant.Changed},
	} {
		if done := b.apply(t, with(step.secret)); done[0].Change != step.want {
			t.Errorf("step %d: %s, want %s", i, done[0].Change, step.want)
		}
	}
	// A box that was sealed for another hotspot, or under another key, is no complaint about the
	// file: nothing is applied.
	other, _ := b.Tenant.SealHotspotSecret(testkit.ID("hotspot", 2), []byte("open sesame"))
	if _, err := b.Tenant.Apply(ctx, []*onboarding.Organization{with(&other)}); err == nil ||
		strings.Contains(err.Error(), "open sesame") {
		t.Errorf("a box of another hotspot: %v", err)
	}
	for _, bad := range []string{"", "two\nlines", "a\xffbcdefgh", "seven77", " leading blank", `at its end\`,
		`both \' and \"`, "\ufffd234567", strings.Repeat("s", 129)} {
		if _, err := b.Tenant.SealHotspotSecret(hotspot, []byte(bad)); onboarding.KindOf(err) != onboarding.Invalid ||
			bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// An apply must not modify its argument: a caller may apply it again.
func TestApplyKeepsItsArgument(t *testing.T) {
	b := newApplyBench(t)
	o := testkit.Organization(1)
	o.Locations[0].Hotspots[0].Address = "192.0.2.1"
	sealed, _ := b.Tenant.SealHotspotSecret(o.Locations[0].Hotspots[0].ID, []byte("open sesame"))
	o.Locations[0].Hotspots[0].Secret = &sealed
	b.apply(t, o)
	o.Locations[0].Hotspots[0].Secret = tenant.KeptSecret()
	b.apply(t, o)
	if h := o.Locations[0].Hotspots[0]; h.Secret.KeyID != tenant.KeptSecret().KeyID {
		t.Errorf("the argument was changed: %+v", h)
	}
}
