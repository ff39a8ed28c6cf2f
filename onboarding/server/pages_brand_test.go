package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"onramp/onboarding"
	"onramp/onboarding/brand"
)

const testLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">` +
	`<rect width="40" height="40" rx="10" fill="#7a1f2b"></rect>` +
	`<path d="M11 16h15v6a7 7 0 0 1-7 7h-1a7 7 0 0 1-7-7z" fill="none" stroke="#fff" stroke-width="2.2"></path></svg>`

// withBrand gives the venue a brand.
func withBrand(o *onboarding.Organization) {
	o.Name = "Caffè Roma"
	o.Portal.Brand = onboarding.Brand{
		Logo: testLogo, Accent: "#7a1f2b", Address: "Via Roma 12, 56126 Pisa",
		Help: &onboarding.Helpdesk{
			Phone: "+39 050 123456", Email: "help@cafferoma.example", URL: "https://cafferoma.example/wifi?a=1&b=2",
		},
	}
}

// logo returns the address of the logo on the sign-up page.
func (v *venue) logo() string {
	v.Helper()
	images := v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK).all("img")
	if len(images) != 1 {
		v.Fatalf("%d images", len(images))
	}
	return attribute(images[0], "src")
}

// TestBrand checks that each page of a tenant shows its brand, and that pages of no tenant show
// none.
func TestBrand(t *testing.T) {
	v := newVenue(t, withBrand)
	token, _ := v.link(3)
	for _, path := range []string{
		"/portal/" + demoID, "/activate/" + token, "/activate/" + token + "?browser=other",
		"/activate/" + token + "/connection",
	} {
		p := v.browse(http.MethodGet, path, nil).want(http.StatusOK)
		p.says("Caffè Roma", "Via Roma 12, 56126 Pisa", "+39 050 123456", "help@cafferoma.example", "cafferoma.example")
		if alt := attribute(p.all("img")[0], "alt"); alt != "Caffè Roma" {
			t.Errorf("%s: the logo's alternative is %q", path, alt)
		}
		links := strings.Join(p.hrefs(), " ")
		for _, want := range []string{
			"tel:+39050123456", "mailto:help@cafferoma.example", "https://cafferoma.example/wifi?a=1&b=2",
		} {
			if !strings.Contains(links, want) {
				t.Errorf("%s does not link %s, but %s", path, want, links)
			}
		}
		if sheets := p.all("link"); !strings.HasPrefix(attribute(sheets[1], "href"), "/assets/accent-7a1f2b-") {
			t.Errorf("%s: the accent's style sheet is %q", path, attribute(sheets[1], "href"))
		}
	}
	for _, path := range []string{"/portal/" + rivalID, "/go"} {
		v.browse(http.MethodGet, path, nil).want(http.StatusOK).saysNot("/brand/", "accent-", "Caff", "Via Roma 12")
	}
}

// TestBrandText checks that texts of the brand are texts in a page, whatever they contain.
func TestBrandText(t *testing.T) {
	v := newVenue(t, withBrand, func(o *onboarding.Organization) {
		o.Name = `"><script>alert(1)</script>`
		o.Portal.Brand.Address = `</address><img src=x onerror=alert(1)> & "co"`
	})
	p := v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK)
	p.says(`</address><img src=x onerror=alert(1)> & "co"`).saysNot("<script", "<img src=x")
}

// TestLogo checks the answer to a request for a logo, also where its address is another one's.
func TestLogo(t *testing.T) {
	v := newVenue(t, withBrand)
	own := v.logo()
	p := v.browse(http.MethodGet, own, nil).want(http.StatusOK)
	if p.raw != testLogo {
		t.Errorf("the logo is %s", p.raw)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/svg+xml", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; " +
			"form-action 'none'",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "public, max-age=31536000, immutable",
		"X-Frame-Options": "DENY",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if p := v.browse(http.MethodHead, own, nil).want(http.StatusOK); p.raw != "" {
		t.Errorf("HEAD has a body: %s", p.raw)
	}
	older := "/brand/" + demoID + "/0000000000000000.svg"
	p = v.browse(http.MethodGet, older, nil).want(http.StatusOK)
	if p.raw != testLogo || p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("an older address has %s with Cache-Control %q", p.raw, p.header.Get("Cache-Control"))
	}
	hash := own[strings.LastIndexByte(own, '/'):]
	for _, path := range []string{
		"/brand/" + rivalID + hash, "/brand/" + nobodyID + hash, "/brand/x" + hash, "/brand/" + demoID + "/logo.png",
		"/brand/" + demoID + "/..%2f" + rivalID + ".png", "/brand/" + demoID + "/",
	} {
		v.browse(http.MethodGet, path, nil).want(http.StatusNotFound).saysNot("<rect")
	}
}

// TestAccent checks the style sheet of an accent.
func TestAccent(t *testing.T) {
	v := newVenue(t, withBrand)
	page := v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK)
	path := attribute(page.all("link")[1], "href")
	p := v.browse(http.MethodGet, path, nil).want(http.StatusOK)
	if want := brand.AccentsOf("#7a1f2b").StyleSheet(); p.raw != want || !strings.Contains(want, "--accent:#7a1f2b") {
		t.Errorf("got %s, want %s", p.raw, want)
	}
	if cached := p.header.Get("Cache-Control"); !strings.Contains(cached, "immutable") {
		t.Errorf("Cache-Control is %q", cached)
	}
	p = v.browse(http.MethodGet, "/assets/accent-7a1f2b-other.css", nil).want(http.StatusOK)
	if cached := p.header.Get("Cache-Control"); cached != "no-store" {
		t.Errorf("another version's address has Cache-Control %q", cached)
	}
	for _, name := range []string{"accent-.css", "accent-7A1F2B-0.css", "accent-red.css", "accent-7a1f2b;-0.css",
		"accent-7a1f2b.js"} {
		v.browse(http.MethodGet, "/assets/"+name, nil).want(http.StatusNotFound)
	}
}

// TestBrowserBrand shows the brand in a browser: the logo is drawn, and the accent is in use.
func TestBrowserBrand(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t, withBrand, func(o *onboarding.Organization) { o.Languages = append(o.Languages, "ar") })
	token, _ := v.link(3)
	rtl := narrowScreen
	rtl.name, rtl.language = "rtl", "ar"
	for _, s := range []screen{iPhoneScreen, pixelScreen, narrowScreen, rtl} {
		w := open(t, chrome, s)
		for name, path := range map[string]string{
			"brand-1-signup": "/portal/" + demoID, "brand-2-install": "/activate/" + token,
			"brand-3-connection": "/activate/" + token + "/connection",
		} {
			w.goTo(v.api.URL + path)
			w.shoot(name)
			w.readable()
			var drawn bool
			var color string
			w.do("look at the brand",
				chromedp.Evaluate(`document.querySelector(".logo").naturalWidth > 0`, &drawn),
				chromedp.Evaluate(`getComputedStyle(document.querySelector(".button")).borderTopColor`, &color))
			want := "rgb(122, 31, 43)"
			if s.dark {
				want = "rgb(" + channels(brand.AccentsOf("#7a1f2b").Dark.Color) + ")"
			}
			if !drawn || color != want {
				t.Errorf("%s %s: logo drawn: %v; the accent is %s, want %s", s.name, name, drawn, color, want)
			}
		}
	}
}

// channels returns the channels of #rrggbb as a browser shows them.
func channels(hex string) string {
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%d, %d, %d", n>>16, n>>8&255, n&255)
}
