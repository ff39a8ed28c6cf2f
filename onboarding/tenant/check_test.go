package tenant_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/tenant"
	"onramp/onboarding/testkit"
	"onramp/profiles"
)

func TestSoundOrganization(t *testing.T) {
	found := tenant.Check(testkit.Organization(1), testkit.CheckedAt)
	if len(found) != 1 || found[0].Severity != onboarding.SeverityNote ||
		!strings.Contains(found[0].Message, "must announce the domain venue1.example ") {
		t.Errorf("%+v", found)
	}
}

// Each rule that the files of onboarding/tenantfile/testdata do not break, because YAML cannot hold
// such a value or the mistake is unlikely.
func TestCheckFinds(t *testing.T) {
	number := func(n int) *int { return &n }
	degrees := func(d float64) *float64 { return &d }
	for _, test := range []struct {
		name  string
		spoil func(o *onboarding.Organization)
		want  string // severity, rule and field
	}{
		{"no identifier", func(o *onboarding.Organization) { o.ID = "" }, "error missing id"},
		{"name that is not UTF-8", func(o *onboarding.Organization) { o.Name = "Caf\xe9" }, "error characters name"},
		{"name with U+FFFE", func(o *onboarding.Organization) { o.Name = "Caf\ufffe" }, "error characters name"},
		{"no language", func(o *onboarding.Organization) { o.Languages = nil }, "error missing languages"},
		{"no policies", func(o *onboarding.Organization) { o.Policies = nil }, "error policy-missing policies"},
		{"policy without key", func(o *onboarding.Organization) {
			o.Policies = append(o.Policies, onboarding.Policy{Version: "1", Title: map[string]string{"en": "x"}})
		}, "error missing policies[2].key"},
		{"long text", func(o *onboarding.Organization) {
			o.Policies[0].Text = map[string]string{"en": strings.Repeat("x", 256<<10+1)}
		}, "error too-long policies[0].text.en"},
		{"text with a bell",
			func(o *onboarding.Organization) { o.Policies[0].Text = map[string]string{"en": "a\ab"} },
			"error characters policies[0].text.en"},
		{"link with a space", func(o *onboarding.Organization) { o.Policies[0].URL = "https://venue.example/a b" },
			"error url policies[0].url"},
		{"link with a user", func(o *onboarding.Organization) { o.Policies[0].URL = "https://me@venue.example/" },
			"error url policies[0].url"},
		{"link without host", func(o *onboarding.Organization) { o.Policies[0].URL = "https:///terms" },
			"error url policies[0].url"},
		{"long link", func(o *onboarding.Organization) {
			o.Policies[0].URL = "https://venue.example/" + strings.Repeat("x", 2048)
		}, "error too-long policies[0].url"},
		{"policy that cannot be read", func(o *onboarding.Organization) { o.Policies[1].URL = "" },
			"warning policy-text policies[1]"},
		{"lifetime with a fraction",
			func(o *onboarding.Organization) { o.WiFi.ProfileLifetime = 1500 * time.Millisecond },
			"error range wifi.profileLifetime"},
		{"lifetime of a minute", func(o *onboarding.Organization) { o.WiFi.ProfileLifetime = time.Minute },
			"warning short-lifetime wifi.profileLifetime"},
		{"lifetime of eleven years",
			func(o *onboarding.Organization) { o.WiFi.ProfileLifetime = 11 * 366 * 24 * time.Hour },
			"error range wifi.profileLifetime"},
		{"notice of too many days", func(o *onboarding.Organization) { o.Portal.RenewalDays = 31 },
			"error range portal.renewalDays"},
		{"notice of negative days", func(o *onboarding.Organization) { o.Portal.RenewalDays = -1 },
			"error range portal.renewalDays"},
		{"notice beyond half of the lifetime", func(o *onboarding.Organization) {
			o.WiFi.ProfileLifetime, o.Portal.RenewalDays = 27*24*time.Hour, 14
		}, "error range portal.renewalDays"},
		{"anchor that ends early", func(o *onboarding.Organization) {
			o.WiFi.TrustAnchor, o.WiFi.PublicRoots = anchor(t, testkit.CheckedAt.AddDate(0, 1, 0)), nil
		}, "warning anchor-ends-early wifi.trustAnchor"},
		{"anchor that has ended", func(o *onboarding.Organization) {
			o.WiFi.TrustAnchor = anchor(t,
				testkit.CheckedAt.AddDate(-20, 0, 0))
		}, "error anchor-expired wifi.trustAnchor"},
		{"public root that has ended", func(o *onboarding.Organization) {
			o.WiFi.PublicRoots = []string{testkit.PublicRoot(), anchor(t, testkit.CheckedAt.AddDate(0, 0, -1))}
		}, "error anchor-expired wifi.publicRoots[1]"},
		{"public root that ends early", func(o *onboarding.Organization) {
			o.WiFi.PublicRoots = []string{anchor(t,
				testkit.CheckedAt.AddDate(0, 1, 0))}
		}, "warning anchor-ends-early wifi.publicRoots[0]"},
		{"public roots in one text", func(o *onboarding.Organization) {
			o.WiFi.PublicRoots = []string{testkit.PublicRoot() + anchor(t, testkit.CheckedAt.AddDate(9, 0, 0))}
		}, "error anchor-several-certificates wifi.publicRoots[0]"},
		{"public root beside a private one", func(o *onboarding.Organization) {
			o.WiFi.TrustAnchor = anchor(t,
				testkit.CheckedAt.AddDate(9, 0, 0))
		}, "error public-roots-with-anchor wifi.publicRoots"},
		{"helpdesk that names nothing", func(o *onboarding.Organization) { o.WiFi.Helpdesk = &onboarding.Helpdesk{} },
			"error missing wifi.helpdesk"},
		{"helpdesk without an address",
			func(o *onboarding.Organization) { o.WiFi.Helpdesk = &onboarding.Helpdesk{Email: "help"} },
			"error email wifi.helpdesk.email"},
		{"helpdesk without a number",
			func(o *onboarding.Organization) { o.WiFi.Helpdesk = &onboarding.Helpdesk{Phone: "call us"} },
			"error phone wifi.helpdesk.phone"},
		{"helpdesk of another scheme",
			func(o *onboarding.Organization) { o.WiFi.Helpdesk = &onboarding.Helpdesk{URL: "javascript:alert(1)"} },
			"error url wifi.helpdesk.url"},
		{"carrier that is no GUID", func(o *onboarding.Organization) { o.WiFi.CarrierID = "venue" },
			"error carrier-guid wifi.carrierId"},
		{"name in no language", func(o *onboarding.Organization) { o.Names = map[string]string{"english": "Venue"} },
			"error language names.english"},
		{"empty name in a language", func(o *onboarding.Organization) { o.Names = map[string]string{"en": " "} },
			"error missing names.en"},
		{"name in a language not spoken",
			func(o *onboarding.Organization) { o.Names = map[string]string{"it": "Sede"} },
			"warning unused-language names.it"},
		{"visit gap", func(o *onboarding.Organization) { o.VisitGap = time.Second }, "error range visitGap"},
		{"negative VLAN", func(o *onboarding.Organization) { o.RADIUS.VLAN = -1 }, "error range radius.vlan"},
		{"latitude that is no number", func(o *onboarding.Organization) {
			o.Locations[0].Latitude, o.Locations[0].Longitude = degrees(math.NaN()), degrees(1)
		}, "error range locations[0].latitude"},
		{"no time zone", func(o *onboarding.Organization) { o.Locations[0].Timezone = "" },
			"warning timezone locations[0].timezone"},
		{"time zone outside the folder",
			func(o *onboarding.Organization) { o.Locations[0].Timezone = "../../etc/passwd" },
			"error timezone locations[0].timezone"},
		{"MAC in another notation",
			func(o *onboarding.Organization) { o.Locations[0].Hotspots[0].MAC = "02-00-00-00-00-01" },
			"error mac locations[0].hotspots[0].mac"},
		{"MAC of zeros", func(o *onboarding.Organization) { o.Locations[0].Hotspots[0].MAC = "00:00:00:00:00:00" },
			"error mac locations[0].hotspots[0].mac"},
		{"address that is a name",
			func(o *onboarding.Organization) { o.Locations[0].Hotspots[0].Address = "ap.example" },
			"error address locations[0].hotspots[0].address"},
		{"address mapped into IPv6",
			func(o *onboarding.Organization) { o.Locations[0].Hotspots[0].Address = "::ffff:192.0.2.1" },
			"error address locations[0].hotspots[0].address"},
		{"address of a group", func(o *onboarding.Organization) { o.Locations[0].Hotspots[0].Address = "224.0.0.1" },
			"error address locations[0].hotspots[0].address"},
		{"port without address",
			func(o *onboarding.Organization) { o.Locations[0].Hotspots[0].DisconnectPort = 3799 },
			"error address locations[0].hotspots[0]"},
		{"port out of range", func(o *onboarding.Organization) {
			o.Locations[0].Hotspots[0].Address, o.Locations[0].Hotspots[0].DisconnectPort = "192.0.2.1", 70000
		}, "error range locations[0].hotspots[0].address"},
		{"hotspot without marks", func(o *onboarding.Organization) {
			o.Locations[0].Hotspots[0].MAC, o.Locations[0].Hotspots[0].NASIdentifier = "", ""
		}, "warning unrecognisable locations[0].hotspots[0]"},
		{"hotspots that look alike", func(o *onboarding.Organization) {
			twin := o.Locations[0].Hotspots[0]
			twin.ID, twin.MAC = testkit.ID("hotspot", 7), ""
			o.Locations[0].Hotspots = append(o.Locations[0].Hotspots, twin)
		}, "warning ambiguous locations[0].hotspots[1].nasIdentifier"},
		{"long NAS-Identifier", func(o *onboarding.Organization) {
			o.Locations[0].Hotspots[0].NASIdentifier = strings.Repeat("x", 254)
		}, "error too-long locations[0].hotspots[0].nasIdentifier"},
		{"segment of a negative age", func(o *onboarding.Organization) {
			o.Segments = []onboarding.Segment{{ID: testkit.ID("segment", 1), Name: "S",
				When: onboarding.SegmentCondition{VisitedWithin: -time.Hour}}}
		}, "error range segments[0].when.visitedWithin"},
		{"segment of empty lists", func(o *onboarding.Organization) {
			o.Segments = []onboarding.Segment{{ID: testkit.ID("segment", 1), Name: "S",
				When: onboarding.SegmentCondition{Gender: []string{}}}}
		}, "error missing segments[0].when"},
		{"ages the wrong way round", func(o *onboarding.Organization) {
			o.Segments = []onboarding.Segment{{ID: testkit.ID("segment", 1), Name: "S",
				When: onboarding.SegmentCondition{MinAge: number(30), MaxAge: number(20)}}}
		}, "error contradiction segments[0].when.maxAge"},
	} {
		o := testkit.Organization(1)
		test.spoil(o)
		found := tenant.Check(o, testkit.CheckedAt)
		all := make([]string, len(found))
		hit := false
		for i, f := range found {
			all[i] = string(f.Severity) + " " + f.Rule + " " + f.Field
			hit = hit || all[i] == test.want
			if f.Message == "" || strings.Contains(f.Message, "\n") {
				t.Errorf("%s: message %q", test.name, f.Message)
			}
		}
		if !hit {
			t.Errorf("%s: found %v, want %s", test.name, all, test.want)
		}
	}
}

// anchor makes a root that is valid for ten years until the given end.
func anchor(t *testing.T, end time.Time) string {
	t.Helper()
	text, err := testkit.Root(end)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Documents are built from the organization's settings, with a trust anchor that has text around
// it.
func TestSettings(t *testing.T) {
	o := testkit.Organization(1)
	o.WiFi.PublicRoots = nil
	o.WiFi.TrustAnchor = "text that openssl writes\n" + anchor(t, testkit.CheckedAt.AddDate(9, 0, 0))
	s := o.Settings()
	if s.OrganizationID != o.ID || s.OrganizationName != o.Name || s.DefaultLanguage != "en" ||
		s.Passpoint != o.WiFi.Passpoint {
		t.Errorf("%+v", s)
	}
	if _, err := profiles.Prepare(s); err != nil {
		t.Error(err)
	}
	o.WiFi.TrustAnchor = "no certificate"
	if _, err := profiles.Prepare(o.Settings()); err == nil || !strings.Contains(err.Error(), "wifi.trustAnchor") {
		t.Errorf("prepared with an anchor that is none: %v", err)
	}
}
