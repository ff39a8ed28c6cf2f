package pages

import (
	"context"
	"maps"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
	"onramp/onboarding/store"
)

// Objects of the tests' tenant.
const (
	tenantLocation = "0d0e0000000000000000000000000002"
	tenantHotspot  = "0d0e0000000000000000000000000003"
)

// tenant returns an organization with one location and one hotspot.
func tenant() *onboarding.Organization {
	return &onboarding.Organization{
		ID: "0d0e0000000000000000000000000001", Name: "Demo", Languages: []string{"en", "it"},
		Locations: []onboarding.Location{{
			ID: tenantLocation, Name: "Via Roma", Timezone: "Europe/Rome",
			Hotspots: []onboarding.Hotspot{{ID: tenantHotspot, Name: "Front door"}},
		}},
	}
}

// TestWhereabouts: only values of this tenant are accepted from a captive portal.
func TestWhereabouts(t *testing.T) {
	o := tenant()
	o.Portal.RedirectHosts = []string{"example.com"}
	for _, tt := range []struct {
		name, query string
		want        ticket
	}{
		{"nothing", "", ticket{}},
		{"a location", "location=" + tenantLocation, ticket{Location: tenantLocation}},
		{
			"a hotspot brings its location", "hotspot=" + tenantHotspot,
			ticket{Location: tenantLocation, Hotspot: tenantHotspot},
		},
		{"another tenant's", "location=" + strings.Repeat("f", 32) + "&hotspot=" + strings.Repeat("f", 32), ticket{}},
		{"unknown", "location=x&hotspot=%00", ticket{}},
		{"a MAC address in any notation", "mac=02-00-00-00-00-AA", ticket{MAC: "02:00:00:00:00:aa"}},
		{"no MAC address", "mac=me", ticket{}},
		{"a network", "ssid=Caf%C3%A9+%F0%9F%93%B6", ticket{SSID: "Café 📶"}},
		{"a network of 33 octets", "ssid=" + strings.Repeat("x", 33), ticket{}},
		{"a network with a line break", "ssid=a%0ab", ticket{}},
		{"a network that is not UTF-8", "ssid=a%ff", ticket{}},
		{"a redirect", "redirect_url=https%3A%2F%2Fexample.com%2F", ticket{Redirect: "https://example.com/"}},
		{"a redirect elsewhere", "redirect_url=https%3A%2F%2Fevil.example%2F", ticket{}},
	} {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := visitContext(o, query); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestOwnField: a tenant's own field is asked for and kept under its name.
func TestOwnField(t *testing.T) {
	kind, ok := kindOf("custom.Room number")
	if !ok {
		t.Fatal("the form cannot ask for a tenant's own field")
	}
	var in registration.CustomerInput
	value := "12"
	kind.set(&in, &value)
	o := tenant()
	o.Portal.Fields = []string{"custom.Room number"}
	fields := fieldsOf(o, pageTexts()["en"], url.Values{"custom.Room number": {"12"}}, nil)
	if in.Custom["Room number"] != "12" || len(fields) != 1 || fields[0].Label != "Room number" ||
		fields[0].Value != "12" || strings.Contains(fields[0].ID, " ") {
		t.Errorf("%v %+v", in.Custom, fields)
	}
	if _, ok := kindOf("custom."); ok {
		t.Error("a field without a name")
	}
}

// FuzzTicket: a ticket opens only for the purpose that it was sealed for.
func FuzzTicket(f *testing.F) {
	db, err := store.OpenSQLite(f.Context(), filepath.Join(f.TempDir(), "onramp.db"), store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	sealer, err := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if err != nil {
		f.Fatal(err)
	}
	service, err := deployment.Open(f.Context(), deployment.Config{
		Store: db, Sealer: sealer, PublicURL: "https://wifi.example.com",
	})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Now()
	forms := &formSeal{access: service.Access}
	sealed, err := forms.issue(f.Context(), "portal x", ticket{SSID: "s"}, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, "portal x")
	f.Add(sealed[:10], "portal y")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, box, place string) {
		_, standing, err := forms.check(context.Background(), place, box, now)
		if err != nil {
			t.Fatal(err)
		}
		if standing == ticketValid &&
			(place != "portal x" || strings.NewReplacer("\r", "", "\n", "").Replace(box) != sealed) {
			t.Errorf("%q opens at %q", box, place)
		}
	})
}

// TestChangedPolicies checks which boxes of a visitor's form are unticked: those of the policies
// with another version than the form showed. A form of an earlier version of Onramp, whose ticket
// holds no versions, keeps all.
func TestChangedPolicies(t *testing.T) {
	yes := true
	o := tenant()
	o.Portal.Profiling = &yes
	o.Policies = []onboarding.Policy{{Key: "termsOfUse", Version: "2"}, {Key: "privacy", Version: "1"}}
	typed := url.Values{"policies.termsOfUse": {"true"}, "policies.privacy": {"true"}, profilingBox: {"true"}}
	shown, all := registration.ShownVersions(o), slices.Collect(maps.Keys(typed))
	for _, tt := range []struct {
		change func(map[string]string)
		ticked []string
	}{
		{func(map[string]string) {}, all},
		{func(v map[string]string) { v["termsOfUse"] = "1" }, []string{"policies.privacy", profilingBox}},
		{func(v map[string]string) { delete(v, "privacy") }, []string{"policies.termsOfUse", profilingBox}},
		{func(v map[string]string) { v["ppd"] = "0" }, []string{"policies.termsOfUse", "policies.privacy"}},
		{func(v map[string]string) { v["removed"] = "1" }, all},
		{nil, all},
	} {
		s := signUp{o: o, typed: typed}
		if tt.change != nil {
			s.context.Versions = maps.Clone(shown)
			tt.change(s.context.Versions)
		}
		s.untickChanged()
		for name := range typed {
			if got, want := ticked(s.typed, name), slices.Contains(tt.ticked, name); got != want {
				t.Errorf("%v: %s is ticked: %v, want %v", s.context.Versions, name, got, want)
			}
		}
		if said := s.notice == "reconsent.changed"; said != (len(tt.ticked) < len(typed)) {
			t.Errorf("%v: the notice %q", s.context.Versions, s.notice)
		}
	}
}
