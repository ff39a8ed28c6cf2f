package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"onramp/onboarding"

	"github.com/google/go-cmp/cmp"
)

var organizationParts = []part{
	{"Organizations", testOrganizations},
	{"OrganizationConflicts", testOrganizationConflicts},
	{"OrganizationCache", testOrganizationCache},
	{"OrganizationSlugs", testOrganizationSlugs},
	{"OrganizationVersions", testOrganizationVersions},
}

func put(t *testing.T, s onboarding.Store, organizations ...*onboarding.Organization) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, o := range organizations {
			if err := tx.PutOrganization(ctx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func sameOrganization(t *testing.T, what string, got, want *onboarding.Organization) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(onboarding.Organization{}, "Version")); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// testOrganizations checks that an organization is stored and replaced as a whole, and owns its
// realms.
func testOrganizations(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	_, err := s.Organization(ctx, onboarding.NewID())
	notFound(t, "unknown organization", err)
	if all := must(s.Organizations(ctx))(t); len(all) != 0 {
		t.Errorf("an empty store has %d organizations", len(all))
	}
	a, b := newOrganization(), newOrganization()
	put(t, s, b, a)
	got := must(s.Organization(ctx, a.ID))(t)
	sameOrganization(t, "organization", got, a)
	all := must(s.Organizations(ctx))(t)
	if len(all) != 2 || all[0].ID != a.ID || all[1].ID != b.ID {
		t.Fatalf("Organizations are not the two, ordered by ID: %v", all)
	}
	sameOrganization(t, "second organization", all[1], b)

	first := got.Version
	put(t, s, a)
	if v := must(s.Organization(ctx, a.ID))(t).Version; v != first {
		t.Errorf("putting the same again changed the version from %d to %d", first, v)
	}
	// Replace it as a whole: a location and a realm go, another comes.
	gone := a.WiFi.Passpoint.NAIRealms[0]
	a.Name = "Renamed"
	a.Locations = append(a.Locations[:1:1], onboarding.Location{ID: onboarding.NewID(), Name: "New", Timezone: "UTC"})
	a.WiFi.Passpoint.NAIRealms = []string{"new-" + a.ID + ".example.com"}
	put(t, s, a)
	got = must(s.Organization(ctx, a.ID))(t)
	sameOrganization(t, "replaced organization", got, a)
	if got.Version <= first {
		t.Errorf("the version went from %d to %d with a change", first, got.Version)
	}
	sameOrganization(t, "the other organization", must(s.Organization(ctx, b.ID))(t), b)
	for _, realm := range a.Realms() {
		if owner, err := s.RealmOwner(ctx, realm); err != nil || owner != a.ID {
			t.Errorf("RealmOwner(%s) = %q, %v", realm, owner, err)
		}
	}
	_, err = s.RealmOwner(ctx, gone)
	notFound(t, "owner of a realm that was given up", err)
	put(t, s, b) // still its own
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		b.WiFi.Passpoint.NAIRealms = []string{gone} // a realm given up by one organization is free
		return tx.PutOrganization(ctx, b)
	})

	c := newCustomer(a.ID)
	c.LocationID = a.DefaultLocation
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
	for _, q := range []struct {
		organization, location string
		want                   bool
	}{{a.ID, a.DefaultLocation, true}, {a.ID, a.Locations[1].ID, false}, {b.ID, a.DefaultLocation, false}} {
		if has := must(s.LocationHasCustomers(ctx, q.organization, q.location))(t); has != q.want {
			t.Errorf("LocationHasCustomers(%s, %s) = %v", q.organization, q.location, has)
		}
	}
}

// testOrganizationConflicts checks that locations, hotspots, addresses and realms belong to one
// organization.
func testOrganizationConflicts(t *testing.T, s onboarding.Store) {
	a := newOrganization()
	a.Portal.Slug = "cafe-" + a.ID[:8]
	put(t, s, a)
	for _, c := range []struct {
		field string
		take  func(b *onboarding.Organization)
	}{
		{"location", func(b *onboarding.Organization) { b.Locations[1].ID = a.Locations[1].ID }},
		{"hotspot", func(b *onboarding.Organization) { b.Locations[0].Hotspots[0].ID = a.Locations[0].Hotspots[0].ID }},
		{"address", func(b *onboarding.Organization) {
			b.Locations[0].Hotspots[1].Address = a.Locations[0].Hotspots[1].Address
		}},
		{"slug", func(b *onboarding.Organization) { b.Portal.Slug = a.Portal.Slug }},
		{"realm", func(b *onboarding.Organization) {
			b.WiFi.Passpoint.Realm = strings.ToUpper(a.WiFi.Passpoint.Realm) // realms ignore case
		}},
		{"realm", func(b *onboarding.Organization) {
			b.WiFi.OuterIdentity = "anyone@" + a.WiFi.Passpoint.NAIRealms[0]
		}},
	} {
		b := newOrganization()
		c.take(b)
		err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, b) })
		conflict(t, "an organization that takes another's "+c.field, c.field, err)
		_, err = s.Organization(t.Context(), b.ID)
		notFound(t, "the organization refused for its "+c.field, err)
		sameOrganization(t, "the organization that was there", must(s.Organization(t.Context(), a.ID))(t), a)
	}
	// Access points share MAC addresses and NAS identifiers across tenants without harm.
	b := newOrganization()
	put(t, s, b)
	// An address may move from one hotspot to another of the same organization in one change.
	hotspots := a.Locations[0].Hotspots
	hotspots[0].Address, hotspots[1].Address = hotspots[1].Address, ""
	put(t, s, a)
}

// testOrganizationCache checks that no read returns an organization of an uncommitted transaction,
// or one older than the last commit.
func testOrganizationCache(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a := newOrganization()
	put(t, s, a)
	stored := must(s.Organization(ctx, a.ID))(t)
	draft := *a
	draft.Name = "never committed"
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutOrganization(ctx, &draft); err != nil {
			return err
		}
		got, err := tx.Organization(ctx, a.ID)
		if err != nil {
			return err
		}
		if got.Name != draft.Name {
			t.Errorf("a transaction does not read its own organization, but %q", got.Name)
		}
		return errOwn
	})
	if err != errOwn {
		t.Fatalf("Write returned %v, not fn's own error", err)
	}
	if got := must(s.Organization(ctx, a.ID))(t); got.Name != a.Name {
		t.Errorf("read %q from a transaction that was undone", got.Name)
	}
	final := *a
	final.Name = "committed"
	put(t, s, &final)
	for range 2 {
		got := must(s.Organization(ctx, a.ID))(t)
		if got.Name != final.Name || got.Version <= stored.Version {
			t.Errorf("got %q version %d after the commit of %q over version %d", got.Name, got.Version, final.Name,
				stored.Version)
		}
	}
	names := []string{}
	for _, o := range must(s.Organizations(ctx))(t) {
		names = append(names, o.Name)
	}
	if !slices.Equal(names, []string{final.Name}) {
		t.Errorf("Organizations returns %q", names)
	}
}

// testOrganizationSlugs checks that an organization is found by its slug while it has it, and that
// the first organizations are those by ID.
func testOrganizationSlugs(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a, b := newOrganization(), newOrganization()
	a.Portal.Slug = "roma"
	put(t, s, b, a)
	found := must(s.OrganizationBySlug(ctx, "roma"))(t)
	sameOrganization(t, "organization by slug", found, a)
	for _, slug := range []string{"Roma", "rom", "roma ", "", "ROMA", "r\u043ema"} {
		_, err := s.OrganizationBySlug(ctx, slug)
		notFound(t, "organization by slug "+slug, err)
	}
	a.Portal.Slug = "roma-2"
	put(t, s, a)
	_, err := s.OrganizationBySlug(ctx, "roma")
	notFound(t, "organization by a former slug", err)
	b.Portal.Slug = "roma"
	put(t, s, b)
	if found := must(s.OrganizationBySlug(ctx, "roma"))(t); found.ID != b.ID {
		t.Errorf("the slug that one gave up leads to %s, not to the other that has it", found.ID)
	}
	for limit, want := range []int{0, 1, 2, 2} {
		first := must(s.FirstOrganizations(ctx, limit))(t)
		if len(first) != want || want > 0 && first[0].ID != a.ID {
			t.Errorf("the first %d organizations are %d", limit, len(first))
		}
	}
}

// testOrganizationVersions checks that the newest former versions of each organization are kept.
func testOrganizationVersions(t *testing.T, s onboarding.Store) {
	a, b := newOrganization(), newOrganization()
	put(t, s, a, b)
	version := func(o *onboarding.Organization, n int64) *onboarding.OrganizationVersion {
		look := o.Look()
		look.Name = o.Name + strings.Repeat("!", int(n))
		return &onboarding.OrganizationVersion{
			OrganizationID: o.ID, Version: n, Replaced: noon.Add(time.Duration(n) * time.Microsecond),
			By: onboarding.Actor{Kind: onboarding.ActorConsole, ID: "session"}, Look: look,
		}
	}
	const last = onboarding.KeptVersions + 3
	for n := int64(1); n <= last; n++ {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertOrganizationVersion(ctx, version(a, n*n))
		})
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertOrganizationVersion(ctx, version(b, 1))
	})
	got := must(s.OrganizationVersions(t.Context(), a.ID))(t)
	if len(got) != onboarding.KeptVersions {
		t.Fatalf("%d versions are kept", len(got))
	}
	for i, v := range got {
		n := int64(last - i)
		want := version(a, n*n)
		sameOrganization(t, "the look", v.Look, want.Look)
		v.Look, want.Look = nil, nil
		equal(t, "the version", v, want)
	}
	if got := must(s.OrganizationVersions(t.Context(), b.ID))(t); len(got) != 1 || got[0].Version != 1 {
		t.Errorf("the other organization has the versions %v", got)
	}
	if got := must(s.OrganizationVersions(t.Context(), onboarding.NewID()))(t); len(got) != 0 {
		t.Errorf("an unknown organization has the versions %v", got)
	}
}
