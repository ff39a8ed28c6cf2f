package tenantfile

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/brand"
	"onramp/onboarding/tenant"
	"onramp/profiles"
)

// An export is read back as the same organizations, with secrets as kept ones.
func TestExportRoundTrip(t *testing.T) {
	root := readTestdata(t, "root.pem")
	rapid.Check(t, func(t *rapid.T) {
		var organizations []*onboarding.Organization
		for range rapid.IntRange(0, 3).Draw(t, "organizations") {
			organizations = append(organizations, drawOrganization(t, root))
		}
		var first, second bytes.Buffer
		if err := Export(&first, organizations); err != nil {
			t.Fatal(err)
		}
		f := Parse("export", first.Bytes(), Environment{})
		if len(f.Diagnostics) > 0 {
			t.Fatalf("%v\n%s", f.Diagnostics, first.String())
		}
		for _, o := range organizations {
			for i := range o.Locations {
				for j := range o.Locations[i].Hotspots {
					if h := &o.Locations[i].Hotspots[j]; h.Secret != nil {
						h.Secret = tenant.KeptSecret()
					}
				}
			}
		}
		if diff := cmp.Diff(organizations, f.Organizations, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, first.String())
		}
		if err := Export(&second, f.Organizations); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("not the same again:\n%s\n%s", first.String(), second.String())
		}
	})
}

// trickyTexts are texts that some version of YAML reads as another type, and characters with a
// meaning in YAML.
var trickyTexts = []string{
	"true", "no", "y", "null", "~", "004096", "5E1000", "5e3", "0x1F", "0o17", "1_000", "12:30:45", ".inf", "-", "?",
	":", "- a", "a: b", "a #b", "#a", "&a", "*a", "!a",
	"|", ">", "%a", "@a", "`a", "'", `"`, `\`, "[a]", "{a}", "a, b", " a", "a ", "a\nb", "a\n", "\n", "\ta", "<<",
	"=", "2026-11-22", "é", "\u2028", "\u0085", "\ufeff", "😀", "a\u200bb",
	"---", "...", "---\n", "}", "]", ",", "%{User-Name}", "a\r\nb", "\x07", "\u00a0",
}

func drawText(t *rapid.T, name string) string {
	if rapid.Bool().Draw(t, name+" is tricky") {
		return rapid.SampledFrom(trickyTexts).Draw(t, name)
	}
	return rapid.StringN(1, 40, -1).Draw(t, name)
}

func drawTexts(t *rapid.T, name string) []string {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawText(t, name) }), 0, 4).Draw(t, name)
}

func drawLanguages(t *rapid.T, name string) map[string]string {
	texts := map[string]string{}
	languages := rapid.SampledFrom([]string{"en", "it", "no", "de"})
	for _, language := range rapid.SliceOfNDistinct(languages, 0, 3, rapid.ID).Draw(t, name) {
		texts[language] = drawText(t, name)
	}
	return texts
}

func drawID(t *rapid.T, name string) string {
	return hex.EncodeToString(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
}

func drawDuration(t *rapid.T, name string) time.Duration {
	units := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour})
	return units.Draw(t, name+" unit") * time.Duration(rapid.IntRange(1, 4000).Draw(t, name))
}

func drawMaybe[V any](t *rapid.T, name string, draw func() V) *V {
	if rapid.Bool().Draw(t, name+" is there") {
		v := draw()
		return &v
	}
	return nil
}

// drawOrganization draws an organization in the form that Parse returns; its values need not be
// valid.
func drawOrganization(t *rapid.T, root string) *onboarding.Organization {
	o := &onboarding.Organization{
		ID: drawID(t, "id"), Name: drawText(t, "name"), DefaultLocation: drawID(t, "default location"),
		Languages: append([]string{"en"}, drawTexts(t, "languages")...),
		VisitGap:  drawDuration(t, "visit gap"),
		Portal: onboarding.Portal{Fields: drawTexts(t, "fields"), RedirectHosts: drawTexts(t, "hosts"),
			PhoneCountry: drawText(t, "country")},
		ExternalSource:  drawText(t, "source"),
		ConsentVersions: onboarding.ConsentVersions{Profiling: drawText(t, "profiling"), PPD: drawText(t, "ppd")},
	}
	o.Portal.Brand = onboarding.Brand{
		Logo:   rapid.SampledFrom([]string{"", cleanLogo(t)}).Draw(t, "logo"),
		Accent: rapid.SampledFrom([]string{"", "#7a1f2b"}).Draw(t, "accent"), Address: drawText(t, "address"),
		Help: drawMaybe(t, "help", func() onboarding.Helpdesk {
			return onboarding.Helpdesk{Phone: drawText(t, "phone")}
		}),
	}
	o.Portal.Grant = drawMaybe(t, "grant", func() onboarding.Grant {
		g := onboarding.Grant{
			Kind: drawText(t, "kind"), URL: drawText(t, "grant URL"), Hosts: drawTexts(t, "grant hosts"),
		}
		if rapid.Bool().Draw(t, "grant fields") {
			g.Fields = map[string]string{"username": drawText(t, "user name"), "to": "{continue}"}
		}
		return g
	})
	o.Portal.Profiling = drawMaybe(t, "profiling is set", func() bool { return rapid.Bool().Draw(t, "profiling") })
	o.Portal.Verify = rapid.SampledFrom([]onboarding.VerifyChannel{
		onboarding.VerifyNone, onboarding.VerifyEmail, onboarding.VerifySMS,
	}).Draw(t, "verify")
	o.Portal.RenewalDays = rapid.IntRange(0, 40).Draw(t, "renewal days")
	slices.Sort(o.Portal.Fields)
	o.Portal.Fields = slices.Compact(o.Portal.Fields)
	for _, name := range o.Portal.Fields {
		if rapid.Bool().Draw(t, "optional") {
			o.Portal.Optional = append(o.Portal.Optional, name)
		}
		if label := drawLanguages(t, "label"); len(label) > 0 && rapid.Bool().Draw(t, "labelled") {
			if o.Portal.Labels == nil {
				o.Portal.Labels = map[string]map[string]string{}
			}
			o.Portal.Labels[name] = label
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "policies") {
		p := onboarding.Policy{Key: drawText(t, "key"), Version: drawText(t, "version"),
			Title: drawLanguages(t, "title"), Text: drawLanguages(t, "text")}
		p.Required = rapid.Bool().Draw(t, "mandatory")
		if rapid.Bool().Draw(t, "linked") {
			p.URL = drawText(t, "url")
		}
		o.Policies = append(o.Policies, p)
	}
	o.WiFi = drawWiFi(t, root)
	if rapid.Bool().Draw(t, "radius") {
		o.RADIUS = onboarding.RADIUSReply{SessionTimeout: drawDuration(t, "session timeout"),
			VLAN: rapid.IntRange(0, 4094).Draw(t, "vlan")}
	}
	o.Retention = onboarding.Retention{
		Connections: drawPeriod(t), Events: drawPeriod(t), Refusals: drawPeriod(t), Disconnects: drawPeriod(t),
		UnknownStations: drawPeriod(t), InactiveContacts: drawPeriod(t), UnverifiedSignups: drawPeriod(t),
		Audit: drawPeriod(t),
	}
	for range rapid.IntRange(0, 2).Draw(t, "segments") {
		o.Segments = append(o.Segments, onboarding.Segment{
			ID: drawID(t, "segment"), Name: drawText(t, "segment name"), When: drawCondition(t),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "locations") {
		o.Locations = append(o.Locations, drawLocation(t))
	}
	return o
}

// drawPeriod draws a period, or the default.
func drawPeriod(t *rapid.T) onboarding.Period {
	switch rapid.IntRange(0, 3).Draw(t, "period") {
	case 1:
		return onboarding.Period{Never: true}
	case 2:
		return onboarding.Months(rapid.IntRange(1, 9999).Draw(t, "months"))
	case 3:
		return onboarding.Period{Time: drawDuration(t, "period")}
	}
	return onboarding.Period{}
}

func drawWiFi(t *rapid.T, root string) onboarding.WiFi {
	w := onboarding.WiFi{
		Method: profiles.EAPMethod(drawText(t, "method")), Inner: profiles.InnerMethod(drawText(t, "inner")),
		OuterIdentity:      drawText(t, "outer identity"),
		TrustedServerNames: drawTexts(t, "server names"), ProfileLifetime: drawDuration(t, "lifetime"),
		ConsentText:             drawLanguages(t, "consent"),
		DisableMACRandomization: rapid.Bool().Draw(t, "macs"),
	}
	if rapid.Bool().Draw(t, "private root") {
		w.TrustAnchor = root
	}
	w.Passpoint = drawMaybe(t, "passpoint", func() onboarding.Passpoint {
		consortium := rapid.SampledFrom([]string{"004096", "5A03BA0000", "5E1000", "ABCDEF"})
		p := onboarding.Passpoint{
			Realm: drawText(t, "realm"), FriendlyName: drawText(t, "friendly name"),
			Roaming:            rapid.Bool().Draw(t, "roaming"),
			RoamingConsortiums: rapid.SliceOfN(consortium, 0, 3).Draw(t, "consortiums"),
			NAIRealms:          drawTexts(t, "nai realms"),
			MCCMNC: rapid.SliceOfN(rapid.SampledFrom([]string{"222001", "001001"}), 0, 2).Draw(t,
				"networks"),
		}
		if rapid.Bool().Draw(t, "home") {
			p.HomeDomain = drawText(t, "home domain")
		}
		if p.Roaming && rapid.Bool().Draw(t, "open") {
			p.OpenRoaming = "settlementFree"
		}
		return p
	})
	w.WPA2 = drawMaybe(t, "wpa2", func() onboarding.WPA2 {
		return onboarding.WPA2{SSID: drawText(t, "ssid"), Hidden: rapid.Bool().Draw(t, "hidden")}
	})
	return w
}

func drawCondition(t *rapid.T) onboarding.SegmentCondition {
	number := func(name string) *int {
		return drawMaybe(t, name, func() int { return rapid.IntRange(-5, 1000).Draw(t, name) })
	}
	c := onboarding.SegmentCondition{
		MinVisits: number("min visits"), MaxVisits: number("max visits"), MinVisitedLocations: number("locations"),
		MinAge: number("min age"), MaxAge: number("max age"),
		Frequency: drawTexts(t, "frequency"), Accepted: drawTexts(t, "accepted"), Refused: drawTexts(t, "refused"),
		Gender:   drawTexts(t, "gender"),
		Language: drawTexts(t, "language"), Country: drawTexts(t, "country"), Locations: drawTexts(t, "locations"),
	}
	if rapid.Bool().Draw(t, "within") {
		c.VisitedWithin, c.NotVisitedWithin = drawDuration(t, "within"), drawDuration(t, "not within")
	}
	return c
}

func drawLocation(t *rapid.T) onboarding.Location {
	degrees := func(name string) *float64 {
		return drawMaybe(t, name, func() float64 { return rapid.Float64Range(-180, 180).Draw(t, name) })
	}
	l := onboarding.Location{ID: drawID(t, "location"), Name: drawText(t, "location name"),
		Latitude: degrees("latitude"), Longitude: degrees("longitude")}
	if rapid.Bool().Draw(t, "zoned") {
		l.Timezone = drawText(t, "timezone")
	}
	for range rapid.IntRange(0, 2).Draw(t, "hotspots") {
		h := onboarding.Hotspot{ID: drawID(t, "hotspot"), Name: drawText(t, "hotspot name")}
		if rapid.Bool().Draw(t, "known by mac") {
			h.MAC = fmt.Sprintf("02:00:00:%02x:%02x:%02x", rapid.Byte().Draw(t, "mac"), rapid.Byte().Draw(t, "mac"),
				rapid.Byte().Draw(t, "mac"))
		}
		if rapid.Bool().Draw(t, "named") {
			h.NASIdentifier = drawText(t, "nas")
		}
		if rapid.Bool().Draw(t, "addressed") {
			h.Address = rapid.SampledFrom([]string{"192.0.2.7", "2001:db8::7"}).Draw(t, "address")
			h.DisconnectPort = rapid.SampledFrom([]int{onboarding.DefaultDisconnectPort, 1700, 65535}).Draw(t, "port")
			h.Secret = drawMaybe(t, "secret", func() onboarding.Sealed {
				return onboarding.Sealed{KeyID: "some", Box: []byte("box")}
			})
		}
		l.Hotspots = append(l.Hotspots, h)
	}
	return l
}

// The export is readable for people: testdata/export.golden shows it.
func TestExportReads(t *testing.T) {
	f := Parse("venue.yaml", []byte(readTestdata(t, "venue.yaml")), testEnvironment(t, nil))
	var out strings.Builder
	if err := Export(&out, f.Organizations); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "testdata/export.golden", out.String())
}

// cleanLogo returns a logo as a file is read.
func cleanLogo(t *rapid.T) string {
	logo, err := brand.CleanLogo([]byte("<svg viewBox='0 0 9 9'>\n  <text>a: \"b\" &amp; #c</text>\n</svg>"))
	if err != nil {
		t.Fatal(err)
	}
	return logo
}
