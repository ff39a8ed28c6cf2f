package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onramp/onboarding"
)

// TestBrowserConnection goes from the install page to the page that finds the phone connected,
// which refreshes itself without a script.
func TestBrowserConnection(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t)
	token, customer := v.link(5)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	w := open(t, chrome, iPhoneScreen)
	w.goTo(v.api.URL + "/activate/" + token + "?redirect_url=https%3A%2F%2Fexample.com%2Fwelcome&ssid=Guests")
	w.tap(`a[href*="/connection"]`)
	if text := w.text("h1"); text != "Checking your connection" {
		t.Errorf("the page says %q", text)
	}
	v.attempted(customer, "02:00:00:00:00:07", "")
	v.clock.advance(5 * time.Second)
	for deadline := time.Now().Add(20 * time.Second); w.text("h1") != "You are connected"; {
		if time.Now().After(deadline) {
			t.Fatal("the page did not refresh itself")
		}
		time.Sleep(200 * time.Millisecond)
	}
	if text := w.text("main"); !strings.Contains(text, "This phone joined Via Roma at ") {
		t.Errorf("the page says %s", text)
	}
	w.cookies()
}

// TestBrowserConnectionLooks checks each kind of the page on narrow and wide screens, in both
// colour schemes, with text of twice the size, and from right to left.
func TestBrowserConnectionLooks(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t, func(o *onboarding.Organization) {
		o.WiFi.Helpdesk = &onboarding.Helpdesk{Phone: "+39 050 123456", Email: "help@venue.example"}
	})
	kinds := map[string]string{} // the pages' addresses by a name
	page := func(name string) (path, customer string) {
		token, customer := v.link(5)
		path = "/activate/" + token + "/connection?ssid=Guests&redirect_url=https%3A%2F%2Fexample.com%2Fwelcome"
		kinds[name] = v.api.URL + path
		v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
		return path, customer
	}
	for _, name := range []string{"step", "stopped"} {
		path, _ := page(name)
		kinds[name] = v.api.URL + v.browse(http.MethodGet, path, nil).want(http.StatusOK).refreshOf()
	}
	_, locked := page("staff")
	v.post("/v3/customers/"+locked+"/lock", v.manager, nil).want(http.StatusOK)
	refreshed := v.browse(http.MethodGet, strings.TrimPrefix(kinds["staff"], v.api.URL), nil).refreshOf()
	kinds["staff"] = v.api.URL + refreshed
	v.clock.advance(2 * time.Minute)
	_, joined := page("joined")
	v.attempted(joined, "02:00:00:00:00:07", "")
	kinds["stopped"] += "&watch=no"
	page("waiting")

	dark, narrow := iPhoneScreen, narrowScreen
	dark.name, dark.dark = "iphone-dark", true
	narrow.agent, narrow.dark = safariAgent, true
	for _, s := range []screen{iPhoneScreen, dark, narrow, macScreen} {
		w := open(t, chrome, s)
		for name, address := range kinds {
			w.goTo(address)
			w.do("cancel the refresh", chromedp.Evaluate("window.stop()", nil))
			w.readable()
			w.shoot("connection-" + name)
			for style, script := range map[string]string{
				"large": `document.documentElement.style.fontSize = "200%"`,
				"rtl":   `document.documentElement.style.fontSize = ""; document.documentElement.dir = "rtl"`,
			} {
				w.do("restyle", chromedp.Evaluate(script, nil))
				w.fits()
				w.shoot("connection-" + name + "-" + style)
				w.do("restyle", chromedp.Evaluate(`document.documentElement.removeAttribute("style");`+
					`document.documentElement.removeAttribute("dir")`, nil))
			}
		}
		w.cookies()
	}
}
