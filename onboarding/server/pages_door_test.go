package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/onboarding/tenant"
)

// slugged gives the venue a short address.
func slugged(o *onboarding.Organization) { o.Portal.Slug = "caffe-roma" }

// alone is a venue without other organizations.
func alone(t *testing.T, change ...func(*onboarding.Organization)) *venue {
	t.Helper()
	return newVenueOf(t, openSQLite(t), nil, change...)
}

// TestReservedSlugs checks that no organization can take an address of the server: the first word
// of each route is reserved, on each listener, and so are the words of the pages' own folders.
func TestReservedSlugs(t *testing.T) {
	s := newHouse(t).server
	routes := slices.Concat(s.accessRoutes(), s.sdkRoutes(), s.contactRoutes(), s.pages.Routes(), s.docsRoutes(),
		s.aaaRoutes(), []web.Route{{Pattern: "/metrics"}, {Pattern: "/healthz"}, {Pattern: "/readyz"}})
	for _, r := range routes {
		word, _, _ := strings.Cut(strings.TrimPrefix(r.Pattern, "/"), "/")
		if word == "" || strings.HasPrefix(word, ":") || !onboarding.ValidSlug(word) && len(word) > 1 {
			continue // no slug can be equal
		}
		if !slices.Contains(tenant.ReservedSlugs, word) {
			t.Errorf("%s: %q is not in tenant.ReservedSlugs", r.Pattern, word)
		}
	}
}

// TestSlug opens a sign-up page at its short address and registers there.
func TestSlug(t *testing.T) {
	v := newVenue(t, slugged)
	query := "?location=" + demoLocation + "&ssid=Guests&redirect_url=https%3A%2F%2Fexample.com%2Fa&lang=it"
	p := v.browse(http.MethodGet, "/caffe-roma"+query, nil).want(http.StatusOK)
	if l := attribute(p.all("html")[0], "lang"); l != "it" {
		t.Errorf("the page is in %q", l)
	}
	action, form := v.form("/caffe-roma" + query)
	for _, want := range []string{"location=" + demoLocation, "ssid=Guests", "example.com", "lang=it"} {
		if !strings.Contains(action, want) {
			t.Errorf("the form's address %s lacks %s", action, want)
		}
	}
	v.signUp(action, form)
	if head := v.browse(http.MethodHead, "/caffe-roma", nil).want(http.StatusOK); head.raw != "" {
		t.Errorf("HEAD has a body")
	}
	for _, path := range []string{"/CAFFE-Roma", "/caffe-roma/", "/Caffe-roma//"} {
		p := v.browse(http.MethodGet, path+query+"&x=1", nil).want(http.StatusFound)
		to, err := url.Parse(p.header.Get("Location"))
		if err != nil || to.Host != "" || to.Path != "/caffe-roma" || to.Query().Get("ssid") != "Guests" ||
			to.Query().Has("x") || p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s leads to %s with %v", path, p.header.Get("Location"), p.header)
		}
	}
}

// TestUnknownSlugs checks that no other text leads to a page: letters of other scripts that look
// alike, encoded separators, addresses of other hosts.
func TestUnknownSlugs(t *testing.T) {
	v := newVenue(t, slugged)
	for _, path := range []string{
		"/caffe-rom", "/caffe-roma-", "/caffe_roma", "/c%D0%B0ffe-roma", "/caffe%E2%80%90roma",
		"/caffe-roma%00",
		"/caffe-roma%2f", "/caffe-roma/x", "/%63affe-roma%0d%0aLocation:%20x", "/" + demoID, "/portal",
		"/.well-known/x",
		"/" + strings.Repeat("a", 200), "/%ff", "/caffe%2Droma%20", "/index.html", "/favicon.ico",
	} {
		p := v.browse(http.MethodGet, path, nil)
		if path == "/caffe-roma%2f" && p.status == http.StatusFound {
			if to := p.header.Get("Location"); to != "/caffe-roma" {
				t.Errorf("%s leads to %s", path, to)
			}
			continue
		}
		p.want(http.StatusNotFound).saysNot("Demo WiFi")
		if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: a browser got %s", path, p.header.Get("Content-Type"))
		}
	}
	p := v.browse(http.MethodGet, "/caffe-x", nil, header("Accept", "application/json")).want(http.StatusNotFound)
	if !strings.HasPrefix(p.header.Get("Content-Type"), "application/json") {
		t.Errorf("a program got %s", p.header.Get("Content-Type"))
	}
}

// TestDoor checks the front page: a redirect with one organization, a list if each has a short
// address, and no organization's name otherwise.
func TestDoor(t *testing.T) {
	v := alone(t, slugged)
	p := v.browse(http.MethodGet, "/?mac=02-00-00-00-00-09&ssid=a%26b&redirect_url=https://evil.example/&x=1", nil)
	to, err := url.Parse(p.want(http.StatusFound).header.Get("Location"))
	if err != nil || to.Host != "" || to.Path != "/caffe-roma" || to.Query().Get("ssid") != "a&b" ||
		to.Query().Has("x") {
		t.Errorf("the front page leads to %s", p.header.Get("Location"))
	}
	if cached := p.header.Get("Cache-Control"); cached != "no-store" {
		t.Errorf("the redirect has Cache-Control %q", cached)
	}
	v.browse(http.MethodGet, p.header.Get("Location"), nil).want(http.StatusOK).saysNot("evil.example")
	v.browse(http.MethodHead, "/", nil).want(http.StatusFound)

	v = newVenue(t, slugged) // the rival has none
	v.browse(http.MethodGet, "/", nil).want(http.StatusOK).saysNot("Demo", "Rival").says("I have a code")
	v.browse(http.MethodGet, "/", nil, header("Accept", "*/*"), header("Accept-Language", "ar")).want(
		http.StatusOK).says("شبكة")

	rival := organization(rivalID, "Ａ <b>Rival</b>", "rival.example")
	rival.Portal.Slug = "rival"
	if _, err := v.service.Tenant.Apply(t.Context(), []*onboarding.Organization{rival}); err != nil {
		t.Fatal(err)
	}
	p = v.browse(http.MethodGet, "/?lang=de", nil).want(http.StatusOK).says("Demo", "<b>Rival</b>").saysNot("<b>Rival")
	if links := strings.Join(p.hrefs(), " "); !strings.Contains(links, "/rival?lang=de") ||
		!strings.Contains(links, "/caffe-roma?lang=de") {
		t.Errorf("the front page links %s", links)
	}
	form := p.form()
	form.Set("code", "CDFGH-JKMNP")
	v.browse(http.MethodPost, "/go", form).want(http.StatusNotFound)
	rival.ID, rival.Portal.Slug = nobodyID, "caffe-roma"
	if _, err := v.service.Tenant.Apply(t.Context(), []*onboarding.Organization{rival}); err == nil ||
		!strings.Contains(err.Error(), "portal.slug") {
		t.Errorf("another organization's slug: %v", err)
	}
}

// TestUnknownMethods checks that an unknown address stays unknown for every method.
func TestUnknownMethods(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/nothing", "/aaa/authorize", "/v9/customers/x"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			h.call(method, path, h.app, map[string]any{}).blames(http.StatusNotFound, "")
		}
		h.get(path, h.app).blames(http.StatusNotFound, "")
	}
}

// TestBrowserDoor shows the front page.
func TestBrowserDoor(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t, slugged, withBrand)
	for _, s := range []screen{iPhoneScreen, narrowScreen} {
		w := open(t, chrome, s)
		w.goTo(v.api.URL + "/")
		w.shoot("door-code")
	}
	rival := organization(rivalID, "Rival", "rival.example")
	rival.Portal.Slug = "rival"
	if _, err := v.service.Tenant.Apply(t.Context(), []*onboarding.Organization{rival}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []screen{iPhoneScreen, narrowScreen, pixelScreen} {
		w := open(t, chrome, s)
		w.goTo(v.api.URL + "/")
		w.shoot("door-list")
		w.readable()
		w.tap(`a[href^="/rival"]`)
		if text := w.text("h1"); text == "" {
			t.Error("the list leads to no page")
		}
	}
}
