package server

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserVerified takes visitors through the proof of their address. The window is closed at
// five points; each time a new window without cookies goes on, from the address in the browser's
// history or from the link in the mail.
func TestBrowserVerified(t *testing.T) {
	for i, e := range entrances[:4] {
		t.Run(e.name, func(t *testing.T) {
			v := newVerifier(t)
			j := &trip{T: t, venue: v.venue, entrance: e, chrome: startBrowser(t)}
			email := "visitor" + string(rune('a'+i)) + "@example.com"
			portal := v.api.URL + "/portal/" + demoID + "?location=" + demoLocation + "&ssid=Guests"
			j.window(j.agent, portal)
			j.tab.fill(email)
			j.tab.tap(".button[type=submit]")
			j.shows("Enter your code")
			mail := v.letter()
			j.window(j.agent, j.here()) // 1: the page for the code was open
			j.tab.do("type half a code", chromedp.SendKeys("#code", mail.code[:3], chromedp.ByQuery))
			j.window(j.agent, j.here()) // 2: the code was half typed
			waits := j.here()
			j.tab.tap(`a[href*="watch"]`)
			j.shows("Waiting for your confirmation")
			j.window(j.agent, j.here()) // 3: the page waited for the link
			j.shows("Waiting for your confirmation")

			browser := j.browser
			if browser == "" {
				browser = j.agent
			}
			j.window(browser, v.api.URL+mail.link) // 4: the mail was opened in the browser
			j.shows("Confirm your address")
			j.tab.tap(`button[value=here]`)
			j.shows("Install it on")
			j.download()
			j.window(j.agent, waits) // 5: back in the first window, whose code still works
			if text := j.tab.text("main"); !strings.Contains(text, "You confirmed the address in another browser") {
				t.Errorf("the first window: %s", text)
			}
			j.tab.do("type the code", chromedp.SendKeys("#code", mail.code, chromedp.ByQuery))
			j.tab.tap(".button[type=submit]")
			if j.browser != "" {
				j.shows("Continue in your browser")
			} else {
				j.shows("Install it on")
			}
			if n := v.customers(email); n != 1 || j.kills != 5 {
				t.Errorf("%d customers, %d kills", n, j.kills)
			}
		})
	}
}
