package tenantfile

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// an edit turns the good venue into a bad one.
type edit struct{ from, to string }

var badVenues = []struct {
	name  string
	edits []edit
}{
	// Numbers where text is meant.
	{"identifier of digits", []edit{{"id: 3a8ccd060216452e09b2b32e750cb5eb", "id: 12345678901234567890123456789012"}}},
	{"identifier that is a float", []edit{{"id: 3a8ccd060216452e09b2b32e750cb5eb",
		"id: 123456789012345678901234567890e2"}}},
	{"consortium in octal", []edit{{"roaming: false", "roaming: true"}, {"roamingConsortiums: []",
		"roamingConsortiums: [004096]"}}},
	{"consortium that is a float", []edit{{"roaming: false", "roaming: true"}, {"roamingConsortiums: []",
		"roamingConsortiums: [5E1000, 5A03BA0000, 123456]"}}},
	{"roots, helpdesk, carrier and names", []edit{
		{"# trustAnchor: a file beside this one, or the certificate itself",
			"publicRoots: [leaf.pem, missing.pem, root.pem]"},
		{"helpdesk: {email: help@example.com", "helpdesk: {mail: help@example.com"}, {"carrierId: cf68a9b1",
			"carrierId: 68a9b1"}, {"names: {it: Dimostrazione", "names: {xx: Dimostrazione"},
	}},
	{"network code", []edit{{`# mccMnc: ["222001"]`, `mccMnc: [222001]`}}},
	{"version", []edit{{`{key: privacy, version: "1.00"`, `{key: privacy, version: 1.00`}}},
	{"address of digits", []edit{{`"02-00-00-00-00-01"`, `020000000001`}}},
	{"name that is a truth", []edit{{"name: Via Roma", "name: true"}}},
	{"name that is a date", []edit{{"name: Via Roma", "name: 2026-11-22"}}},
	{"hexadecimal with its prefix", []edit{{"roamingConsortiums: []", "roamingConsortiums: [0x004096]"}}},

	// The form.
	{"unknown keys", []edit{{"realm: wifi", "relm: wifi"}, {"languages:", "langauges:"}, {"timezone:", "time zone:"},
		{"portal:", "gateway:"}}},
	{"key given twice", []edit{{"name: Via Roma", "name: Via Roma\n        name: Via Milano"}}},
	{"wrong types", []edit{
		{"languages: [en, it]", "languages: en"}, {"eap: {method: ttls, inner: mschapv2}", "eap: ttls"},
		{"roaming: false", "roaming: no"},
		{"ssidHidden: false", `ssidHidden: "false"`}, {"latitude: 43.7161", `latitude: "43.7161"`},
		{"longitude: 10.3966", "longitude: east"},
		{"profileLifetime: 8760h", "profileLifetime: 8760"}, {"title: {en: Partner offers, it: Offerte dei partner}",
			"title: Partner offers"},
		{"fields: [firstName, lastName, email]", "fields: {first: firstName}"}, {"friendlyName: Cloud4Wi WiFi",
			"friendlyName: [Cloud4Wi]"},
	}},
	{"keys without value", []edit{{"realm: wifi.cloud4wi.com", "realm:"}, {"redirectHosts: [example.com]",
		"redirectHosts:"}, {"wpa2: {ssid: securewifi.io, ssidHidden: false}", "wpa2:"}}},
	{"numbers that programs read differently", []edit{{"# radius: {sessionTimeout: 8h, vlan: 20}",
		"radius: {sessionTimeout: 8h, vlan: 020}"}}},
	{"VLAN zero", []edit{{"# radius: {sessionTimeout: 8h, vlan: 20}", "radius: {vlan: 0}"}}},
	{"a tag", []edit{{"name: Via Roma", "name: !!binary VmlhIFJvbWE="}}},
	{"a key that is no text", []edit{{"name: Via Roma", "name: Via Roma\n        1: one"}}},
	{"no YAML", []edit{{"friendlyName: Cloud4Wi WiFi", "friendlyName: Cloud4Wi: WiFi"}}},
	{"a tab", []edit{{"        friendlyName:", "\tfriendlyName:"}}},
	{"wrong indentation", []edit{{"        roaming: false", "         roaming: false"}}},
	{"an alias to nothing", []edit{{"name: Via Roma", "name: *roma"}}},
	{"an unclosed quote", []edit{{`url: "https://example.com/terms"`, `url: "https://example.com/terms`}}},
	{"not UTF-8", []edit{{"name: Via Roma", "name: Via Rom\xe0"}}},
	{"a NUL byte", []edit{{"name: Via Roma", "name: Via\x00Roma"}}},
	{"a control character", []edit{{"name: Via Roma", `name: "Via\u0007Roma"`}}},

	// Names and identifiers.
	{"identifiers", []edit{
		{"id: 3a8ccd060216452e09b2b32e750cb5eb", "id: 3A8CCD06-0216-452E-09B2-B32E750CB5EB"},
		{"{id: 8a80808170f5232b0175465369aa0001", "{id: front-door"},
		{"{id: 8a80808170f5232b0175465369aa0002, ", "{"},
	}},
	{"the same identifier twice", []edit{{"8a80808170f5232b0175465369aa0002", "8a80808170f5232b0175465369aa0001"}}},
	{"default location", []edit{{"defaultLocation: ff80808170f5232b01754653699e109e",
		"defaultLocation: ff80808170f5232b01754653699e109f"}}},
	{"languages", []edit{{"languages: [en, it]", "languages: [en, ita, IT, xx, en]"}}},
	{"long name", []edit{{"name: Cloud4Wi Demo", "name: " + strings.Repeat("à", 128)}}},
	{"empty name", []edit{{"name: Cloud4Wi Demo", `name: "  "`}}},

	// Policies.
	{"policies in the wrong order", []edit{{"key: termsOfUse", "key: x"}, {"key: privacy", "key: termsOfUse"},
		{"key: x", "key: privacy"}}},
	{"no privacy policy", []edit{{"key: privacy", "key: privcy"}}},
	{"policy keys", []edit{{"customs.emailMarketing", "customs.e mail"}, {"key: ageVerification",
		"key: mktgCommunications"}, {"key: mktgCommunications,", "key: ppd,"}}},
	{"a policy without its texts",
		[]edit{
			{`version: "1.00", title: {en: Privacy policy, it: Informativa privacy},` +
				` url: "https://example.com/privacy"`,
				`title: {it: Informativa privacy, de: Datenschutz}`}}},
	{"links", []edit{{"https://example.com/terms", "example.com/terms"}, {"https://example.com/privacy",
		"javascript:alert(1)"}}},

	// Wi-Fi.
	{"no network",
		[]edit{{"passpoint:\n        realm: wifi.cloud4wi.com\n        friendlyName: Cloud4Wi WiFi\n" +
			"        roaming: false\n        roamingConsortiums: []\n", ""},
			{"      wpa2: {ssid: securewifi.io, ssidHidden: false}\n", ""}}},
	{"methods", []edit{{"method: ttls, inner: mschapv2", "method: tls, inner: MSCHAPv2"}}},
	{"no server name", []edit{{"      trustedServerNames: [get.securewifi.io]\n", ""}}},
	{"registrable domain", []edit{{"trustedServerNames: [get.securewifi.io]",
		"trustedServerNames: [securewifi.io, radius, r*.securewifi.io]"}}},
	{"internationalized realm", []edit{{"realm: wifi.cloud4wi.com", "realm: wifi.città.example"}}},
	{"consortium of four octets", []edit{{"roaming: false", "roaming: true"}, {"roamingConsortiums: []",
		`roamingConsortiums: [5A03BA00, "5a-03-ba-00-00"]`}}},
	{"consortium without roaming", []edit{{"roamingConsortiums: []", "roamingConsortiums: [5A03BA0000]"}}},
	{"openRoaming that does not roam", []edit{{"roamingConsortiums: []", "openRoaming: settlementFree"}}},
	{"openRoaming of another kind", []edit{{"roaming: false", "roaming: true"}, {"roamingConsortiums: []",
		"openRoaming: settled"}}},
	{"long SSID", []edit{{"ssid: securewifi.io", "ssid: " + strings.Repeat("s", 33)}}},
	{"lifetimes", []edit{{"profileLifetime: 8760h", "profileLifetime: 20y"}, {"# visitGap: 2h", "visitGap: 30d"}}},
	{"lifetime out of range", []edit{{"profileLifetime: 8760h", "profileLifetime: -1h"}}},
	{"expired anchor", []edit{{"# trustAnchor: a file beside this one, or the certificate itself",
		"trustAnchor: expired.pem"}}},
	{"leaf as anchor", []edit{{"# trustAnchor: a file beside this one, or the certificate itself",
		"trustAnchor: leaf.pem"}}},
	{"two anchors", []edit{{"# trustAnchor: a file beside this one, or the certificate itself",
		"trustAnchor: bundle.pem"}}},
	{"key in the anchor", []edit{{"# trustAnchor: a file beside this one, or the certificate itself",
		"trustAnchor: combined.pem"}}},
	{"anchor that is not there", []edit{{"# trustAnchor: a file beside this one, or the certificate itself",
		"trustAnchor: radius-root.pem"}}},
	{"anchor that is no certificate", []edit{{"# trustAnchor: a file beside this one, or the certificate itself",
		"trustAnchor: note.txt"}}},
	{"home domain beside the private root",
		[]edit{{"# trustAnchor: a file beside this one, or the certificate itself", "trustAnchor: root.pem"},
			{"# homeDomain: get.securewifi.io", "homeDomain: wifi.cloud4wi.com"}}},
	{"consent text", []edit{{"profileLifetime: 8760h", "consentText: {it: Ciao, en-GB: Hello}"}}},

	// RADIUS, segments, portal.
	{"radius", []edit{{"# radius: {sessionTimeout: 8h, vlan: 20}", "radius: {sessionTimeout: 1500ms, vlan: 4095, " +
		"attemptsKept: 1h}"}}},
	{"retention", []edit{{"# radius: {sessionTimeout: 8h, vlan: 20}",
		"retention: {connections: 1d, events: 24, refusals: 2 years, disconnects: 30d, unknownStations: never, " +
			"inactiveContacts: 2 months, unverifiedSignups: 0s, audit: 9999 months, visits: never}"}}},
	{"retention that contradicts itself", []edit{{"# radius: {sessionTimeout: 8h, vlan: 20}",
		"retention: {connections: 1 month, refusals: 2d, unknownStations: 40d, inactiveContacts: 3 months, " +
			"unverifiedSignups: 200d, audit: 1d}"}}},
	{"segments",
		[]edit{{"# segments:\n    #   - {id: 12d1f8713a1fecb953bcc64220813bc6, name: Loyal Customer, when: " +
			"{minVisits: 10}}", `segments:
      - {id: 12d1f8713a1fecb953bcc64220813bc6, name: Nobody, ` +
			`when: {minVisits: 10, maxVisits: 5, minAge: -1, visitedWithin: 1h, notVisitedWithin: 2h}}
      - {id: 12d1f8713a1fecb953bcc64220813bc6, name: "", ` +
			`when: {frequency: [hourly], gender: [m], language: [english], country: [IT], locations: [nowhere]}}
      - {id: 12d1f8713a1fecb953bcc64220813bc7, name: Odd, when: {accepted: [newsletter, privacy], refused: [privacy]}}
      - {id: 12d1f8713a1fecb953bcc64220813bc8, name: Everybody, when: {}}`}}},
	{"portal", []edit{{"[firstName, lastName, email]", "[firstName, surname, password, email, email]"},
		{"[example.com]", `["https://example.com/", "città.example", "example.com:8443", "a b", ""]`}}},

	// Locations and hotspots.
	{"zones and coordinates", []edit{{"timezone: Europe/Rome", "timezone: Rome"}, {"latitude: 43.7161",
		"latitude: 143.7161"}, {"        longitude: 10.3966\n", ""}}},
	{"zone of this machine", []edit{{"timezone: Europe/Rome", "timezone: Local"}}},
	{"hotspots", []edit{
		{`mac: "02-00-00-00-00-01", nasIdentifier: ap1.example.com`,
			`mac: "02-00-00-00-00", nasIdentifier: ap1.example.com, address: ap1.example.com`},
		{`mac: "02-00-00-00-00-02", nasIdentifier: ap2.example.com`,
			`mac: "ff-ff-ff-ff-ff-ff", address: "0.0.0.0:99999"`},
	}},
	{"the same address twice", []edit{
		{`mac: "02-00-00-00-00-01"`, `mac: "0200.0000.0001", address: 192.0.2.1`},
		{`mac: "02-00-00-00-00-02"`, `mac: "02:00:00:00:00:01", address: "192.0.2.1:1700"`},
	}},
	{"a secret without address", []edit{{"nasIdentifier: ap1.example.com",
		"nasIdentifier: ap1.example.com, secretFile: ap.secret"}}},
	{"a secret in the open", []edit{{"nasIdentifier: ap1.example.com",
		"nasIdentifier: ap1.example.com, address: 192.0.2.1, secret: correct horse battery staple"}}},
	{"a secret in both ways", []edit{{"nasIdentifier: ap1.example.com",
		"nasIdentifier: ap1.example.com, address: 192.0.2.1, secret: kept, secretFile: ap.secret"}}},
	{"secret files", []edit{
		{"nasIdentifier: ap1.example.com", "nasIdentifier: ap1.example.com, address: 192.0.2.1, secretFile: empty"},
		{"nasIdentifier: ap2.example.com", "nasIdentifier: ap2.example.com, address: 192.0.2.2, secretFile: missing"},
	}},
	{"brand", []edit{{"redirectHosts: [example.com]",
		"redirectHosts: [example.com]\n      brand: {logo: hostile.svg, accent: #7a1f2b\n        }"}}},
	{"brand with wrong values", []edit{{"redirectHosts: [example.com]", `redirectHosts: [example.com]
      brand:
        logo: missing.svg
        accent: red
        address: "Via Roma\u200b 12"
        help: {phone: "tel:1", email: "a@b?cc=d", url: "http://example.com"}`}}},
	{"grant", []edit{{"redirectHosts: [example.com]", `redirectHosts: [example.com]
      grant: {kind: aruba, url: "https://a.example", hosts: [a.example/login, "*.example"], fields: [user]}`}}},
	{"grant of UniFi", []edit{{"redirectHosts: [example.com]", `redirectHosts: [example.com]
      grant: {kind: unifi, host: a.example}`}}},
	{"grant by a form", []edit{{"redirectHosts: [example.com]", `redirectHosts: [example.com]
      grant: {kind: form, url: "login_url", method: PUT, fields: {a: "{chapResponse}", b: 1}}`}}},
	{"brand with a script in its place", []edit{{"redirectHosts: [example.com]", `redirectHosts: [example.com]
      brand:
        logo: |
          <svg viewBox="0 0 1 1">
            <a href="javascript:1"/>
          </svg>
        help: {}
        link: x`}}},
	{"no location", []edit{{"    locations:\n", "    locations: []\n    segments:\n"},
		{"    defaultLocation: ff80808170f5232b01754653699e109e\n", ""}}},

	// Form and rules at once.
	{"form and meaning at once", []edit{{"realm: wifi.cloud4wi.com", "realm: wifi"}, {"name: Cloud4Wi Demo",
		"nmae: Cloud4Wi Demo"}, {"timezone: Europe/Rome", "timezone: Roma"}, {"languages: [en, it]",
		"languages: [en, 12]"}}},
}

// Each diagnostic has a file, a line and a field, and all are reported at once.
// testdata/refused.golden shows the output for each bad venue.
func TestRefused(t *testing.T) {
	venue := readTestdata(t, "venue.yaml")
	root := readTestdata(t, "root.pem")
	files := map[string]string{
		"root.pem": root, "leaf.pem": readTestdata(t, "leaf.pem"), "expired.pem": readTestdata(t, "expired.pem"),
		"bundle.pem": root + readTestdata(t, "expired.pem"), "note.txt": "the root is on the stick",
		"combined.pem": root + "-----BEGIN PRIVATE KEY-----\nc2VzYW1l\n-----END PRIVATE KEY-----\n",
		"hostile.svg":  "<svg viewBox='0 0 1 1'>\n<path d='M0 0'\n onclick='alert(1)'/></svg>",
		"ap.secret":    "sesame", "empty": "",
	}
	var all strings.Builder
	for _, bad := range badVenues {
		text := venue
		for _, e := range bad.edits {
			if !strings.Contains(text, e.from) {
				t.Fatalf("%s: the venue has no %q", bad.name, e.from)
			}
			text = strings.Replace(text, e.from, e.to, 1)
		}
		f := Parse("venue.yaml", []byte(text), testEnvironment(t, files))
		printed := printedDiagnostics(f)
		if len(errorsOnly(f)) == 0 {
			t.Errorf("%s: accepted\n%s", bad.name, printed)
		}
		for _, c := range allDiagnostics(f) {
			if c.File == "" || c.Line < 1 || c.Field == "" || c.Message == "" || c.Rule == "" {
				t.Errorf("%s: incomplete: %+v", bad.name, c)
			}
			if c.Rule != "unknown-key" && c.Rule != "yaml" && !isKey(topKeys(nil), c.Field) {
				t.Errorf("%s: %s is not in the tables of keys", bad.name, c.Field)
			}
			if c.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%s: line %d is behind the end", bad.name, c.Line)
			}
		}
		for _, secret := range []string{"battery", "sesame", "c2VzYW1l"} {
			if strings.Contains(printed, secret) {
				t.Errorf("%s: a secret is shown:\n%s", bad.name, printed)
			}
		}
		fmt.Fprintf(&all, "== %s\n", bad.name)
		for line := range strings.Lines(printed) {
			if !strings.Contains(line, "[outer-identity-android, android]") && !strings.Contains(line, " note: ") &&
				!strings.Contains(line, "wifi.publicRoots: The geteduroam apps") { // the venue's own
				all.WriteString(line)
			}
		}
	}
	checkGolden(t, "testdata/refused.golden", all.String())
}

// isKey reports whether a field is a path of keys in the tables, such as wifi.passpoint.mccMnc[0].
func isKey(table keys, field string) bool {
	name, rest, _ := strings.Cut(field, ".")
	name, _, _ = strings.Cut(name, "[")
	at := slices.IndexFunc(table, func(k key) bool { return k.name == name })
	switch {
	case at < 0:
		return false
	case rest == "" || table[at].inner == nil: // a language follows the key of a text by language
		return true
	}
	return isKey(table[at].inner(), rest)
}

func TestRefusedWholes(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "f.yaml:1: organizations: is missing: the file is empty",
		"# nothing\n":                    "f.yaml:1: organizations: is missing: the file is empty",
		"---\n---\n":                     "f.yaml:1: organizations: is missing: the file is empty",
		"\n\norganization: []\n":         `f.yaml:3: organization: unknown key (did you mean "organizations"?)`,
		"organizations:\n":               "f.yaml:1: organizations: has no value",
		"- a\n":                          "must be a mapping (key: value), not a list",
		"organizations: 3\n":             "f.yaml:1: organizations: must be a list, not the number 3",
		"organizations:\n- \n":           "f.yaml:2: organizations[0]: must be a mapping (key: value), not an empty ",
		strings.Repeat("#\n", 2<<20+1):   "f.yaml:1: organizations: the file is larger than 4 MiB",
		"organizations: [\n":             "f.yaml:1: organizations: invalid YAML: ",
		"a: b: c\n":                      "f.yaml:1: ",
		"organizations: []\n\xff\xfe\n":  "f.yaml:2: organizations: the file is not UTF-8 at byte 18",
		"<<: {organizations: {}}\n":      "organizations: must be a list, not a mapping",
		"<<: 3\norganizations: []\n":     "a merge key (<<) takes a mapping or a list of mappings, not the number 3",
		"organizations: []\n%YAML 3.0\n": "invalid YAML: ",
	} {
		f := Parse("f.yaml", []byte(text), testEnvironment(t, nil))
		if got := printedDiagnostics(f); !strings.Contains(got, want) {
			t.Errorf("%.40q: got %q, want %q", text, got, want)
		}
	}
	// An empty list is the export of an empty database.
	if f := Parse("f.yaml", []byte("organizations: []\n"), testEnvironment(t, nil)); len(f.Diagnostics) != 0 {
		t.Error(f.Diagnostics)
	}
}
