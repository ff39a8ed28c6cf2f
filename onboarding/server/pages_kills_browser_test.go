package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"onramp/onboarding"
)

// entrance is a window that a visitor meets the portal in, and the browser that finishes: another
// one where the window cannot install a profile.
type entrance struct {
	name, agent, browser string
	platform             string
	width                int64
}

var entrances = []entrance{
	{name: "iPhone Safari", agent: safariAgent, platform: "ios"},
	{name: "iPhone captive sheet", agent: sheetAgent, browser: safariAgent, platform: "ios"},
	{
		name: "iPhone Chrome", agent: iPhoneAgent + "CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1",
		platform: "ios",
	},
	{name: "Pixel Chrome", agent: pixelAgent, platform: "android"},
	{name: "Android captive login", agent: wvAgent, platform: "android"},
	{
		name: "Samsung Internet", agent: phoneAgent + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
		browser: pixelAgent, platform: "android",
	},
	{name: "Instagram", agent: wvAgent + " Instagram 350.0", browser: pixelAgent, platform: "android"},
	{name: "Windows 11", agent: windowsAgent, platform: "windows", width: 1280},
	{name: "macOS", agent: macAgent, platform: "macos", width: 1280},
	{
		name: "ChromeOS", agent: "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) " +
			"Chrome/141.0.0.0 Safari/537.36", platform: "chromeos", width: 1280,
	},
}

// TestBrowserKills takes every entrance from the portal to the connection. The window is closed at
// twelve points; each time a new window without cookies or storage goes on, from an address or code
// that a visitor has at hand: the portal's address, the code, or the address in the browser's
// history.
func TestBrowserKills(t *testing.T) {
	for i, e := range entrances {
		t.Run(e.name, func(t *testing.T) {
			v := newVenue(t, func(o *onboarding.Organization) { o.WiFi.Inner = "mschapv2" })
			j := &trip{T: t, venue: v, entrance: e, chrome: startBrowser(t)}
			j.run(fmt.Sprintf("visitor%d@example.com", i))
		})
	}
}

// trip is a visitor's way through the pages.
type trip struct {
	*testing.T
	venue *venue
	entrance
	chrome context.Context
	tab    *tab
	kills  int
}

// window opens a new window in place of the one before, which is closed as it is, and goes to an
// address.
func (j *trip) window(agent, address string) {
	j.Helper()
	if j.tab != nil {
		j.kills++
		j.tab.do("close the window", cdppage.Close())
	}
	s := screen{name: j.platform, agent: agent, width: max(j.width, 390), height: 844, scale: 1, language: "en-GB"}
	s.mobile = j.width == 0
	j.tab = open(j.T, j.chrome, s)
	j.tab.goTo(address)
}

// here returns the address of the window's page.
func (j *trip) here() string {
	j.Helper()
	var address string
	j.tab.do("read the address", chromedp.Location(&address))
	return address
}

// shows requires a heading that contains the words.
func (j *trip) shows(words string) {
	j.Helper()
	if heading := j.tab.text("h1"); !strings.Contains(heading, words) {
		j.Fatalf("after %d kills, at %s: the page says %q, not %q", j.kills, j.here(), heading, words)
	}
}

func (j *trip) run(email string) {
	v := j.venue
	portal := v.api.URL + "/portal/" + demoID + "?location=" + demoLocation + "&ssid=Guests"
	agent := j.agent
	j.window(agent, portal)
	j.shows("Connect to")
	j.window(agent, portal) // 1: the form was open
	j.tab.do("type a name", chromedp.SendKeys(`[name=firstName]`, "Zoë", chromedp.ByQuery))
	j.window(agent, portal) // 2: the form was half filled
	j.tab.tap(".button[type=submit]")
	if text := j.tab.text("[role=alert]"); !strings.Contains(text, "Please check the form") {
		j.Fatalf("an empty form: %s", text)
	}
	j.window(agent, portal) // 3: the form had problems
	j.tab.fill("first-" + email)
	j.tab.tap(".button[type=submit]")
	j.window(agent, j.here()) // 4: the page after the form was open; its address is in the history
	if j.browser != "" {
		j.shows("Continue in your browser")
		agent = j.browser
	} else {
		j.shows("Install it on")
		j.tab.goTo(withQuery(j.here(), "browser=other"))
	}
	code := j.tab.text(".code")
	j.window(agent, v.api.URL+"/go") // 5: the code was noted
	j.tab.do("type the code", chromedp.SendKeys("#code", code, chromedp.ByQuery))
	j.window(agent, v.api.URL+"/go/"+strings.ReplaceAll(code, "-", "")) // 6: the code was typed; now by the QR code
	j.tab.tap(".button[type=submit]")
	j.shows("Install it on")
	j.window(agent, j.here()) // 7: the code was used up
	j.tab.goTo(withQuery(j.here(), "lang=en"))
	j.window(agent, j.here()) // 8: another language was chosen
	j.shows("Install it on")
	j.download()
	j.window(agent, j.here()) // 9: the profile was downloaded
	j.download()
	j.tab.tap("form .button")
	j.shows("All set")
	install, _, _ := strings.Cut(j.here(), "/installed")
	j.window(agent, install) // 10: "It worked" was tapped; the history has the install page
	j.tab.tap(`a[href*="/connection"]`)
	j.shows("Checking your connection")
	j.window(agent, j.here()) // 11: the page waited
	token := tokenIn(strings.TrimPrefix(install, v.api.URL))
	customer := v.customerOf(token)
	v.attempted(customer, "02:00:00:00:00:07", "")
	v.clock.advance(5 * time.Second) // the page keeps a verdict for some seconds
	j.tab.goTo(j.here())
	j.shows("You are connected")
	j.window(agent, j.here()) // 12: the phone was connected
	j.shows("You are connected")
	if j.kills != 12 {
		j.Errorf("%d kills", j.kills)
	}
	if n := v.customers("first-" + email); n != 1 {
		j.Errorf("%d customers", n)
	}
	j.tab.cookies()
}

// download taps the link to the profile and waits for the file.
func (j *trip) download() {
	j.Helper()
	j.tab.do("download", chromedp.Click(`a[href$="/`+j.platform+`"]`, chromedp.ByQuery))
	if file := j.tab.downloaded(); len(file) == 0 {
		j.Errorf("an empty profile")
	}
}

// withQuery adds a parameter to an address.
func withQuery(address, parameter string) string {
	if strings.Contains(address, "?") {
		return address + "&" + parameter
	}
	return address + "?" + parameter
}
