package server

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/poster"
)

// withTwoLocations gives the organization a second location, and two languages.
func withTwoLocations(o *onboarding.Organization) {
	o.Languages = []string{"en", "it"}
	o.Locations = append(o.Locations, onboarding.Location{
		ID: otherLocation, Name: "Lungarno <b>7</b>", Timezone: "Europe/Rome",
	})
}

// decoded returns the text of the QR code on a page of the console.
func (p *webpage) decoded() string {
	p.v.Helper()
	for _, n := range p.all("img") {
		text, isPNG := strings.CutPrefix(attribute(n, "src"), "data:image/png;base64,")
		if !isPNG {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			p.v.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			p.v.Fatal(err)
		}
		code, err := qr.Decode(picture)
		if err != nil {
			p.v.Fatal(err)
		}
		return code
	}
	p.v.Fatal("no QR code")
	return ""
}

// linkTo returns the address of the link on a page that begins with a path and contains a text.
func (p *webpage) linkTo(path, contains string) string {
	p.v.Helper()
	for _, n := range p.all("a") {
		if href := attribute(n, "href"); strings.HasPrefix(href, path) && strings.Contains(href, contains) {
			return href
		}
	}
	p.v.Fatalf("no link to %s with %q: %s", path, contains, p.text())
	return ""
}

// TestConsolePoster: the link, its QR code, and the poster that the command prints, for the
// organization and for a location, in the chosen languages.
func TestConsolePoster(t *testing.T) {
	v := newVenue(t, withBrand, withTwoLocations)
	o := signedIn(v, demoID)
	home := consoleOf(demoID) + "/poster"
	found, err := v.service.Tenant.Export(t.Context(), demoID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query, location string
		languages       []string
	}{
		{"", "", []string{"en", "it"}},
		{"?location=" + otherLocation, otherLocation, []string{"en", "it"}},
		{"?location=" + demoLocation + "&language1=ar&language2=ja&language3=de", demoLocation,
			[]string{"ar", "ja", "de"}},
		{"?language1=&language2=fr&language3=", "", []string{"fr"}},
	} {
		want := poster.Portal{PublicURL: v.server.publicURL, Organization: found[0]}
		want.Location = found[0].Location(c.location)
		p := o.open(home+c.query).want(http.StatusOK).says("Link and poster", want.Link(), want.Typed())
		if got := p.decoded(); got != want.Link() {
			t.Errorf("%s: the QR code leads to %s, want %s", c.query, got, want.Link())
		}
		v.browse(http.MethodGet, strings.TrimPrefix(p.decoded(), v.server.publicURL), nil).want(http.StatusOK)
		var sheet bytes.Buffer
		if err := poster.Write(&sheet, want.Sheet(c.languages)); err != nil {
			t.Fatal(err)
		}
		printed := o.open(p.linkTo(home+".html", "")).want(http.StatusOK)
		if printed.raw != sheet.String() {
			t.Errorf("%s: the poster is not the one that the command prints", c.query)
		}
		if printed.header.Get("Content-Disposition") != "" {
			t.Error("the poster to print is a download")
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": posterHeader, "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "no-store",
			"Content-Language": c.languages[0], "X-Content-Type-Options": "nosniff",
		} {
			if got := printed.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.query, name, got, want)
			}
		}
		file := o.open(p.linkTo(home+".html", "file=")).want(http.StatusOK)
		if file.raw != sheet.String() || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: the file is %q", c.query, file.header.Get("Content-Disposition"))
		}
		var code bytes.Buffer
		if err := poster.WriteCode(&code, want.Link()); err != nil {
			t.Fatal(err)
		}
		picture := o.open(p.linkTo(home+".svg", "")).want(http.StatusOK)
		if picture.raw != code.String() || picture.header.Get("Content-Type") != "image/svg+xml" ||
			!strings.HasPrefix(picture.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: the code is %v", c.query, picture.header)
		}
	}
	named := o.open(home + ".html?location=" + otherLocation).want(http.StatusOK)
	if strings.Contains(named.raw, "<b>7") || !strings.Contains(named.raw, "Lungarno &lt;b&gt;7") {
		t.Error("the name of a location is HTML")
	}
	o.open(home).says("No phone reaches this address") // the test's server is on this machine
}

const posterHeader = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; " +
	"base-uri 'none'; form-action 'none'; sandbox"

// TestConsolePosterErrors: a wrong location or language is an error beside the field, and there is
// no poster of it.
func TestConsolePosterErrors(t *testing.T) {
	v := newVenue(t, withTwoLocations)
	rival, err := v.service.Tenant.Export(t.Context(), rivalID)
	if err != nil {
		t.Fatal(err)
	}
	o := signedIn(v, "")
	home := consoleOf(demoID) + "/poster"
	for _, c := range []struct{ query, field, says string }{
		{"?location=" + nobodyID, "location", "no such location"},
		{"?location=" + rival[0].Locations[0].ID, "location", "no such location"},
		{"?location=%3Cb%3E", "location", "no such location"},
		{"?language1=en&language2=en", "language", "en is given twice"},
		{"?language1=%3Cb%3Ex", "language", `no poster in "<b>x"`},
		{"?language1=" + strings.Repeat("x", 3000), "language", "no poster in"},
	} {
		p := o.open(home + c.query).want(http.StatusConflict).says(c.says)
		if !strings.Contains(p.raw, `id="wrong-`+c.field) || strings.Contains(p.raw, "<b>x") ||
			strings.Contains(p.raw, "<iframe") || len(p.raw) > 32<<10 {
			t.Errorf("%.60s: %.300s", c.query, p.text())
		}
		for _, file := range []string{".html", ".svg"} {
			if file == ".svg" && c.field == "language" {
				continue // a code has none
			}
			o.open(home + file + c.query).want(http.StatusConflict)
		}
	}
}

// TestConsolePosterLocation: a manager of a location has the poster of that location alone.
func TestConsolePosterLocation(t *testing.T) {
	v := newVenue(t, withTwoLocations)
	o := signedInBy(v, v.signInLinkFor(access.NewSignIn{
		OrganizationID: demoID, Role: auth.LocationManager, LocationID: otherLocation,
	}))
	home := consoleOf(demoID) + "/poster"
	p := o.open(home).want(http.StatusOK).says("Lungarno <b>7</b>")
	if !strings.HasSuffix(p.decoded(), "?location="+otherLocation) {
		t.Errorf("the code leads to %s", p.decoded())
	}
	for _, n := range p.all("option") {
		if value := attribute(n, "value"); value == demoLocation || value == "" && textOf(n) != "None" {
			t.Errorf("offers %q %s", value, textOf(n))
		}
	}
	if !slices.ContainsFunc(strings.Split(o.open(home+".html").want(http.StatusOK).raw, "\n"), func(line string) bool {
		return strings.Contains(line, "Lungarno")
	}) {
		t.Error("the poster lacks the location")
	}
	for _, file := range []string{"", ".html", ".svg"} {
		o.open(home + file + "?location=" + demoLocation).want(http.StatusConflict)
	}
}
