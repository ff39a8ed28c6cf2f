package tenantfile

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onramp/onboarding"
)

// edited returns testdata/every.yaml with texts replaced, given as pairs.
func edited(t *testing.T, pairs ...string) *onboarding.Organization {
	t.Helper()
	text := readTestdata(t, "every.yaml")
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("no %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	f := Parse("every.yaml", []byte(text), schemaEnvironment(t))
	for _, d := range f.Diagnostics {
		if strings.HasPrefix(d.Field, "organizations[0]") {
			t.Fatal(d)
		}
	}
	return f.Organizations[0]
}

func lines(edits []Edit) (all []string) {
	for _, e := range edits {
		all = append(all, e.String())
	}
	return all
}

// TestDiff compares the differences of two declarations with the expected lines.
func TestDiff(t *testing.T) {
	const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0"/></svg>`
	const news, offers = `{key: mktgCommunications, version: "1", title: {en: News}}`,
		`{key: customs.offers, version: "1", title: {en: Offers}, url: "https://example.com/offers", mandatory: true}`
	for _, tt := range []struct {
		name  string
		edits []string
		want  []string
	}{
		{"nothing", nil, nil},
		{"values", []string{
			"name: Every Key\n    names", "name: Other\n    names", "vlan: 20, ", "",
			"minAge: 18", "minAge: 21\n          maxVisits: 3", "maxVisits: 10\n", "\n",
		}, []string{
			`~ name: Every Key -> Other`, `- radius.vlan: 20`, `~ segments[Loyal].when.maxVisits: 10 -> 3`,
			`~ segments[Loyal].when.minAge: 18 -> 21`,
		}},
		{"lists of texts", []string{
			"languages: [en, it]", "languages: [en]", "country: [it, gb]", "country: [gb, it]",
		}, []string{`~ languages: [en, it] -> [en]`, `~ segments[Loyal].when.country: [it, gb] -> [gb, it]`}},
		{"texts by language", []string{"names: {it: Ogni chiave}", "names: {de: Jeder Schlüssel}"},
			[]string{`+ names.de: "Jeder Schlüssel"`, `- names.it: Ogni chiave`}},
		{"an entry of a list", []string{"      - " + news + "\n", ""}, []string{
			`- policies[mktgCommunications].key: mktgCommunications`,
			`- policies[mktgCommunications].version: "1"`, `- policies[mktgCommunications].title.en: News`,
		}},
		{"the order of a list", []string{offers, "OFFERS", news, offers, "OFFERS", news}, []string{
			`~ policies: order termsOfUse, privacy, customs.offers, mktgCommunications -> ` +
				`termsOfUse, privacy, mktgCommunications, customs.offers`,
		}},
		{"fields of the form", []string{"- firstName\n", "- lastName\n"}, []string{
			`~ portal.fields: [firstName, email, {name: phoneNumber, optional: true}, {name: custom.room, ` +
				`label: {en: Room, it: Ca... (107 characters) -> [lastName, email, {name: phoneNumber, ` +
				`optional: true}, {name: custom.room, label: {en: Room, it: Cam... (106 characters)`,
		}},
		{"a hotspot", []string{"name: Front door", "name: Back door"}, []string{
			`~ locations[Via Roma].hotspots[Back door].name: Front door -> Back door`,
		}},
		{"no anchor, no logo", []string{
			"      trustAnchor: root.pem\n", "", "        logo: " + logo + "\n", "",
		}, []string{
			`- wifi.trustAnchor: certificate "CN=Corner Cafe Root" until 2115-01-01`, `- portal.brand.logo: "<svg `,
		}},
	} {
		got := slices.DeleteFunc(lines(Diff(edited(t), edited(t, tt.edits...))), func(line string) bool {
			return strings.HasSuffix(line, ".secret: a secret -> another secret") // each sealing makes another box
		})
		same := len(got) == len(tt.want)
		for i := range min(len(got), len(tt.want)) {
			same = same && strings.HasPrefix(got[i], tt.want[i])
		}
		if !same {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// TestDiffOfNoHotspots checks the lines about access points that are removed.
func TestDiffOfNoHotspots(t *testing.T) {
	before := edited(t)
	after, err := before.Clone()
	if err != nil {
		t.Fatal(err)
	}
	after.Locations[0].Hotspots = nil
	want := `- locations[Via Roma].hotspots[Front door].id: "8a80808170f5232b0175465369aa0001"
- locations[Via Roma].hotspots[Front door].name: Front door
- locations[Via Roma].hotspots[Front door].mac: "02:00:00:00:00:01"
- locations[Via Roma].hotspots[Front door].nasIdentifier: ap1
- locations[Via Roma].hotspots[Front door].address: "2001:db8::10"
- locations[Via Roma].hotspots[Front door].secret: a secret
- locations[Via Roma].hotspots[192.0.2.10].id: "8a80808170f5232b0175465369aa0002"
- locations[Via Roma].hotspots[192.0.2.10].name: "192.0.2.10"
- locations[Via Roma].hotspots[192.0.2.10].address: "192.0.2.10:1700"
- locations[Via Roma].hotspots[192.0.2.10].secret: a secret`
	if got := strings.Join(lines(Diff(before, after)), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDiffSecrets checks that a replaced secret is a difference, and is not shown.
func TestDiffSecrets(t *testing.T) {
	before := edited(t)
	after, err := before.Clone()
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(Diff(before, after)); len(got) > 0 {
		t.Errorf("a copy differs: %v", got)
	}
	after.Locations[0].Hotspots[0].Secret.Box = []byte("another")
	want := "~ locations[Via Roma].hotspots[Front door].secret: a secret -> another secret"
	if got := lines(Diff(before, after)); len(got) != 1 || got[0] != want {
		t.Errorf("got %v", got)
	}
}

// TestDiffIsComplete checks that two declarations have a difference exactly if their exports
// differ.
func TestDiffIsComplete(t *testing.T) {
	root := readTestdata(t, "root.pem")
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawOrganization(t, root), drawOrganization(t, root)
		if rapid.Bool().Draw(t, "the same ID") {
			b.ID = a.ID
		}
		for _, pair := range [][2]*onboarding.Organization{{a, b}, {a, a}, {b, a}} {
			was, is := flat(organizationKeys(pair[0]).node(0)), flat(organizationKeys(pair[1]).node(0))
			if edits := Diff(pair[0], pair[1]); (len(edits) == 0) != (was == is) {
				t.Fatalf("%d differences between\n%s\n%s", len(edits), was, is)
			}
		}
	})
}
