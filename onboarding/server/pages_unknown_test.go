package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestFoundC11 opens addresses that were typed by hand or cut short: a browser gets a page with
// the way on, every other client the API's error.
func TestFoundC11(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	for _, tt := range []struct {
		path, leads string // leads is the address that the page offers besides the code's, or ""
	}{
		{"/portal", ""},
		{"/portal/", ""},
		{"/Portal/" + demoID, "/portal/" + demoID},
		{"/go/", "/go"},
		{"/GO", "/go"},
		{"/Go/", "/go"},
		{"/activate", ""},
		{"/activate/", ""},
		{"/activate/" + token + "/", "/activate/" + token},
		{"/docs/", "/docs"},
		{"/v3/nothing", ""},
		{"//evil.example/", ""},
		{"/index.html", ""},
	} {
		t.Run(tt.path, func(t *testing.T) {
			v := v.onTheSpot(t)
			p := v.browse(http.MethodGet, tt.path, nil).want(http.StatusNotFound).says("Not found")
			if kind := p.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
				t.Fatalf("Content-Type %s", kind)
			}
			links := p.hrefs()
			if !slices.Contains(links, "/go") {
				t.Errorf("no way to type a code: %v", links)
			}
			if tt.leads != "" && !slices.Contains(links, tt.leads) {
				t.Errorf("the links are %v, want %s among them", links, tt.leads)
			}
			if slices.ContainsFunc(links, func(l string) bool {
				return strings.HasPrefix(l, "//") ||
					strings.Contains(l, "://")
			}) {
				t.Errorf("a link leads to another host: %v", links)
			}
			for _, accept := range []string{
				"application/json", "*/*", "", "text/html;q=0.1, application/json", "text/html;q=0",
			} {
				a := v.browse(http.MethodGet, tt.path, nil, header("Accept", accept)).want(http.StatusNotFound)
				if a.header.Get("Content-Type") != "application/json" {
					t.Errorf("Accept %q: Content-Type %s", accept, a.header.Get("Content-Type"))
				}
			}
		})
	}
	t.Run("a slash behind a page's address", func(t *testing.T) {
		v := v.onTheSpot(t)
		for _, path := range []string{"/portal/" + demoID, "/activate/" + token + "/ios", "/go/CDFGHJKMNP"} {
			p := v.browse(http.MethodGet, path+"/", nil)
			if p.status != http.StatusOK && !slices.Contains(p.hrefs(), path) {
				t.Errorf("%s/ answers %d without a way to %s", path, p.status, path)
			}
		}
	})
	t.Run("a method that the page does not have", func(t *testing.T) {
		v := v.onTheSpot(t)
		p := v.browse(http.MethodPut, "/portal/"+demoID, nil).want(http.StatusMethodNotAllowed).says("Not found")
		if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			t.Error("not a page")
		}
	})
}

// TestFoundF12LanguageLinks holds the language links to values that the page accepted.
func TestFoundF12LanguageLinks(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	long := strings.Repeat("x", 20000)
	for _, path := range []string{
		"/portal/" + demoID + "?location=" + long + "&redirect_url=https://evil.example/&utm=abc&ssid=Guests",
		"/activate/" + token + "?ssid=Guests&browser=" + long + "&platform=" + long + "&utm=abc",
		"/go?code=" + long + "&utm=abc&ssid=Guests",
		"/activate/" + long + "?utm=abc",
		"/" + long + "?utm=abc",
	} {
		p := v.browse(http.MethodGet, path, nil)
		p.saysNot("utm=abc", "xxxxxxxxxx", "evil.example")
		for _, href := range p.hrefs() {
			if !strings.Contains(href, "lang=") {
				continue
			}
			if strings.Contains(path, "/portal/") && !strings.Contains(href, "ssid=Guests") {
				t.Errorf("%s lost an accepted value", href)
			}
			if next := v.browse(http.MethodGet, href, nil); next.status != p.status {
				t.Errorf("%s answers %d, its page %d", href, next.status, p.status)
			}
		}
	}
}
