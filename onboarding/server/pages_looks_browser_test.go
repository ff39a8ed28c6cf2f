package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"onramp/onboarding"
	"onramp/onboarding/testkit/axe"
)

// look is a way to look at a page.
type look struct {
	name          string
	width         int64
	scheme        string // prefers-color-scheme
	forced        bool   // forced-colors
	large         bool   // texts of twice the size
	language      string
	accessibility bool // runs axe-core
}

// looks are the ways in which every page must be whole and readable.
var looks = []look{
	{name: "light", width: 390, scheme: "light", language: "en", accessibility: true},
	{name: "dark", width: 390, scheme: "dark", language: "it", accessibility: true},
	{name: "forced", width: 390, scheme: "dark", forced: true, language: "en"},
	{name: "large", width: 390, scheme: "light", large: true, language: "de"},
	{name: "narrow", width: 320, scheme: "light", language: "uk"},
	{name: "narrow-large", width: 320, scheme: "dark", large: true, language: "en"},
	{name: "rtl", width: 390, scheme: "light", language: "ar", accessibility: true},
	{name: "rtl-large", width: 390, scheme: "dark", large: true, language: "he"},
	{name: "wide", width: 1280, scheme: "light", language: "fr", accessibility: true},
}

// shown is a page as a visitor meets it.
type shown struct {
	name, agent, path string
	heading           string   // of the page in English; a wrong page fails
	script            string   // run by the browser before the clicks, to fill in a form
	tap               []string // elements that are clicked after the page is open
	refreshes         bool     // by itself, and with a way to stop that; axe-core refuses every refresh
}

// put makes a look the tab's.
func (w *tab) put(l look, agent string) {
	w.Helper()
	w.screen.name, w.screen.width, w.screen.height = l.name, l.width, 844
	forced := "none"
	if l.forced {
		forced = "active"
	}
	w.do("set the look",
		emulation.SetUserAgentOverride(agent).WithAcceptLanguage(l.language),
		emulation.SetDeviceMetricsOverride(l.width, 844, 2, l.width < 700),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "forced-colors", Value: forced},
		}),
	)
}

// whole requires that no word is split and that no text is wider than its place.
func (w *tab) whole() {
	w.Helper()
	var split []string
	w.do("measure the words", chromedp.Evaluate(splitWords, &split))
	if len(split) > 0 {
		w.Errorf("%s: words that are split: %s", w.text("h1"), strings.Join(split, ", "))
	}
}

// splitWords finds words of letters that are shown on more than one line. Paths, addresses and
// codes may break. After a soft hyphen, the line before does not count: it shows the hyphen.
const splitWords = `(() => {
  const bad = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!e.checkVisibility({visibilityProperty: true}) || e.closest("svg, option, [translate=no], legend")) continue;
    for (const m of n.data.matchAll(/[\p{L}\p{M}]+/gu)) {
      const word = /\S*$/.exec(n.data.slice(0, m.index))[0] + /^\S*/.exec(n.data.slice(m.index))[0];
      if (/[\/_@=]|\.\w|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word)) continue;
      const r = document.createRange();
      r.setStart(n, m.index);
      r.setEnd(n, m.index + m[0].length);
      const lines = new Set([...r.getClientRects()].filter(c => c.width > 0).map(c => Math.round(c.bottom)));
      if (lines.size > (n.data[m.index - 1] === "\u00ad" ? 2 : 1)) bad.add(m[0]);
    }
  }
  return [...bad];
})()`

// accessible runs axe-core over the page.
func (w *tab) accessible(script string) {
	w.Helper()
	var answer string
	awaited := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	w.do("run axe-core", emulation.SetScriptExecutionDisabled(false),
		chromedp.Evaluate(script+";0", nil), chromedp.Evaluate(axe.Check, &answer, awaited),
		emulation.SetScriptExecutionDisabled(true))
	var violations []struct {
		ID, Help string
		At       []string
	}
	if err := json.Unmarshal([]byte(answer), &violations); err != nil {
		w.Fatalf("axe-core answered %q: %v", answer, err)
	}
	for _, v := range violations {
		w.Errorf("axe-core: %s: %s: %s", v.ID, v.Help, strings.Join(v.At, "; "))
	}
}

// allLanguages are those of a venue whose pages are looked at.
func allLanguages(o *onboarding.Organization) {
	o.Languages = []string{"en", "it", "de", "fr", "es", "pt", "uk", "ar", "he", "ja"}
}

// TestBrowserLooks opens every page that a visitor can meet in every look. Nothing may be wider
// than the screen, no word split, no text hard to read, and axe-core finds nothing.
func TestBrowserLooks(t *testing.T) {
	script := axe.Script(t)
	v := newVenue(t, allLanguages, granting(merakiGrant), func(o *onboarding.Organization) {
		o.WiFi.Helpdesk = &onboarding.Helpdesk{Phone: "+39 050 123456", Email: "help@venue.example"}
	})
	branded := newVenue(t, allLanguages, withBrand)
	everything := newVenue(t, allLanguages, asksEverything)
	plain := newVenue(t, allLanguages, func(o *onboarding.Organization) { o.WiFi.Passpoint, o.WiFi.Inner = nil, "pap" })
	pages := visitorPages(v, branded, everything, plain)
	pages = append(pages, verificationPages(newVerifier(t, allLanguages))...)
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			w := open(t, startBrowser(t), narrowScreen)
			for _, p := range pages {
				t.Log(p.name)
				w.put(l, p.agent)
				link, err := url.Parse(p.path)
				if err != nil {
					t.Fatal(err)
				}
				query := link.Query()
				query.Set("lang", l.language)
				link.RawQuery = query.Encode()
				w.goTo(link.String())
				for _, selector := range p.tap {
					if strings.HasPrefix(selector, "summary") {
						w.do("open the details", chromedp.Click(selector, chromedp.ByQuery))
						continue
					}
					w.tap(selector)
				}
				if heading := w.text("h1"); l.language == "en" && !strings.Contains(heading, p.heading) {
					t.Errorf("%s: the heading is %q, not %q", p.name, heading, p.heading)
				}
				if l.large {
					w.do("double the size of texts",
						chromedp.Evaluate(`document.documentElement.style.fontSize = "200%"`, nil))
					w.fits()
				}
				w.whole()
				if !l.forced { // the colours are the system's
					w.readable()
				}
				if l.accessibility && !p.refreshes {
					w.accessible(script)
				}
				w.shoot(p.name)
			}
			w.cookies()
		})
	}
}

// visitorPages returns the pages of a venue; of one with a brand, whose terms changed; the form of
// one that asks for everything; and the page of one that has no profile for some systems.
func visitorPages(v, branded, curious, plain *venue) []shown {
	var pages []shown
	add := func(name, agent, path, heading string, tap ...string) {
		pages = append(pages, shown{name: name, agent: agent, path: path, heading: heading, tap: tap})
	}
	portal := v.api.URL + "/portal/" + demoID + "?ssid=Guests&redirect_url=https%3A%2F%2Fexample.com%2Fwelcome"
	token, _ := v.link(1000)
	install := v.api.URL + "/activate/" + token + "?ssid=Guests"
	add("signup", safariAgent, portal, "Connect to")
	add("signup-problems", safariAgent, portal, "Connect to", ".button[type=submit]")
	long := curious.api.URL + "/portal/" + demoID
	add("signup-everything", pixelAgent, long, "Connect to")
	add("signup-everything-problems", pixelAgent, long, "Connect to", ".button[type=submit]")
	for name, agent := range map[string]string{
		"ios": safariAgent, "android": pixelAgent, "android-sheet": wvAgent, "windows": windowsAgent, "macos": macAgent,
		"chromeos": "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) " +
			"Chrome/141.0.0.0 Safari/537.36",
		"ios-chrome": iPhoneAgent + "CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1", "linux": linuxAgent,
	} {
		add("install-"+name, agent, install, "Install")
	}
	for _, platform := range []string{"iwd", "linux", "eap-config"} {
		add("install-chosen-"+platform, linuxAgent, install+"&platform="+platform, "Install")
	}
	add("install-unrecognised", "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0)", install, "Install")
	for name, agent := range map[string]string{
		"sheet": sheetAgent, "app": wvAgent + " Instagram 350.0",
		"android-other": phoneAgent + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
		"ios-other":     iPhoneAgent + "FxiOS/143.0 Mobile/15E148 Safari/604.1",
	} {
		add("way-"+name, agent, install, "Continue in your browser")
	}
	action, form := v.form("/portal/"+demoID+"?"+merakiQuery, agent(sheetAgent))
	granted := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusSeeOther)
	add("way-grant", sheetAgent, v.api.URL+granted.header.Get("Location"), "Continue in your browser")
	refusing := granting(onboarding.Grant{Kind: "cisco", Hosts: []string{"192.0.2.1"}})
	refused := newVenue(v.TB, allLanguages, refusing)
	add("opened-failed", sheetAgent, refused.api.URL+"/portal/"+demoID+"?statusCode=5",
		"The access point did not open the internet")
	add("opened", sheetAgent, v.api.URL+"/portal/"+demoID+"/opened", "Continue in your browser")
	add("phone", windowsAgent, install+"&platform=ios", "Continue on your phone")
	add("resume", safariAgent, v.api.URL+"/go", "Continue where you were")
	add("resume-code", safariAgent, v.api.URL+"/go/CDFGHJKMNPRT", "Continue where you were")
	add("resume-wrong", safariAgent, v.api.URL+"/go/CDFGHJKMNPRT", "Continue where you were", ".button[type=submit]")
	add("missing", windowsAgent, install+"&platform=linux", "One step is missing", "form .button")
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	add("thanks", safariAgent, install, "All set", "form .button")
	add("connection", safariAgent, v.api.URL+"/activate/"+token+"/connection?watch=no&ssid=Guests", "")
	used, _ := v.link(1)
	v.browse(http.MethodGet, "/activate/"+used+"/ios", nil).want(http.StatusOK)
	add("install-used-up", safariAgent, v.api.URL+"/activate/"+used, "Install")
	add("unknown-link", safariAgent, v.api.URL+"/activate/unknown", "Not found")
	add("unknown-address", safariAgent, v.api.URL+"/nothing/here", "Not found")
	page, _ := v.self()
	add("me", safariAgent, v.api.URL+page, "Your access and your data")
	add("me-lost", safariAgent, v.api.URL+page+"/lost", "")
	add("me-delete", safariAgent, v.api.URL+page+"/delete", "")
	add("me-ppd", safariAgent, v.api.URL+page+"/ppd", "")
	without, _ := v.self()
	v.browse(http.MethodPost, without+"/ppd", v.ticket(without)).want(http.StatusSeeOther)
	add("me-refused", safariAgent, v.api.URL+without, "Your access and your data")
	add("me-device", safariAgent, v.api.URL+page, "", `form[action*="/device"] button`)
	add("door", safariAgent, v.api.URL+"/", "")
	add("signup-branded", safariAgent, branded.api.URL+"/portal/"+demoID, "Connect to")
	owing, _ := branded.link(10)
	branded.raise("2.00", onboarding.ReconsentGrace)
	add("reconsent", safariAgent, branded.api.URL+"/activate/"+owing, "Our terms have changed")
	add("reconsent-problems", safariAgent, branded.api.URL+"/activate/"+owing, "Our terms have changed",
		".button[type=submit]")
	missing, _ := plain.link(10)
	add("unavailable", pixelAgent, plain.api.URL+"/activate/"+missing, "Install")
	slices.SortFunc(pages, func(a, b shown) int { return strings.Compare(a.name, b.name) })
	return pages
}

// verificationPages returns the pages of a venue that verifies addresses.
func verificationPages(v *verifier) []shown {
	waits := v.api.URL + v.begin("annemarie.rossi@hotel-bellavista.example")
	link := v.api.URL + v.letter().link
	ended := v.begin("bob@example.com")
	used := v.letter()
	for range onboarding.VerificationTries {
		v.enterCode(ended, strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, used.code))
	}
	v.browse(http.MethodPost, used.link, v.browse(http.MethodGet, used.link, nil).form()).want(http.StatusSeeOther)
	over := v.begin("eve@example.com")
	wrong := v.letter().code
	for range onboarding.VerificationTries {
		v.enterCode(over, strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, wrong))
	}
	v.askReturn("annemarie.rossi@hotel-bellavista.example").want(http.StatusSeeOther)
	v.askReturn("bob@example.com").want(http.StatusSeeOther)
	open := v.returnLink(v.letter())
	before := newVerifier(v, allLanguages)
	before.enterCode(before.begin("ada@example.com"), before.letter().code).want(http.StatusSeeOther)
	before.askReturn("ada@example.com").want(http.StatusSeeOther)
	opened := before.returnLink(before.letter())
	before.browse(http.MethodPost, opened, before.browse(http.MethodGet, opened, nil).form()).want(http.StatusSeeOther)
	ask := v.api.URL + "/portal/" + demoID + "/return"
	renews, done := newVerifier(v, allLanguages, renewing), newVerifier(v, allLanguages, renewing)
	_, _, renew := renews.noticed("ada@example.com")
	_, _, renewed := done.noticed("ada@example.com")
	done.browse(http.MethodPost, renewed, done.browse(http.MethodGet, renewed, nil).form()).want(http.StatusSeeOther)
	return []shown{
		{name: "verify", agent: safariAgent, path: waits, heading: "Enter your code"},
		{name: "verify-sheet", agent: sheetAgent, path: waits + "?sent=yes", heading: "Enter your code"},
		{
			name: "verify-malformed", agent: pixelAgent, path: waits, heading: "Enter your code",
			tap: []string{".button[type=submit]"},
		},
		{
			name: "verify-other-address", agent: safariAgent, path: waits, heading: "Enter your code",
			tap: []string{"summary", `form[action*="/address"] button`},
		},
		{name: "verify-ended", agent: safariAgent, path: v.api.URL + over, heading: "Enter your code"},
		{
			name: "verify-watch", agent: safariAgent, path: waits + "?watch=yes", heading: "Waiting for",
			refreshes: true,
		},
		{name: "address", agent: macAgent, path: link, heading: "Confirm your address"},
		{name: "signup-verify", agent: safariAgent, path: v.api.URL + "/portal/" + demoID, heading: "Connect to"},
		{name: "return", agent: safariAgent, path: ask, heading: "Get a link to your data"},
		{
			name: "return-problem", agent: pixelAgent, path: ask, heading: "Get a link to your data",
			tap: []string{".button[type=submit]"},
		},
		{name: "return-sent", agent: sheetAgent, path: ask + "?sent=yes", heading: "Get a link to your data"},
		{name: "return-open", agent: safariAgent, path: v.api.URL + open, heading: "Your access and your data"},
		{
			name: "return-ended", agent: pixelAgent, path: before.api.URL + opened, heading: "This link has ended",
		},
		{name: "renew", agent: safariAgent, path: renews.api.URL + renew, heading: "Renew your access"},
		{
			name: "renew-ended", agent: pixelAgent, path: done.api.URL + renewed, heading: "This link has ended",
		},
		{
			name: "address-ended", agent: macAgent, path: v.api.URL + used.link,
			heading: "This link is no longer valid",
		},
	}
}

// TestBrowserWeight adds up the bytes that a journey loads without the profile: under 30 kB.
func TestBrowserWeight(t *testing.T) {
	v := newVenue(t)
	loaded := map[string]bool{}
	sum := 0
	load := func(p *webpage) *webpage {
		sum += len(p.raw)
		for _, n := range p.all("link", "img") {
			for _, name := range []string{"href", "src"} {
				if path := attribute(n, name); strings.HasPrefix(path, "/") && !loaded[path] {
					loaded[path] = true
					sum += len(v.browse(http.MethodGet, path, nil).want(http.StatusOK).raw)
				}
			}
		}
		return p
	}
	load(v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK))
	install := load(v.signUp(v.form("/portal/" + demoID)))
	link := "/activate/" + tokenIn(install.url.Path)
	v.browse(http.MethodGet, link+"/ios", nil).want(http.StatusOK)
	load(v.browse(http.MethodGet, link+"/connection?platform=ios", nil).want(http.StatusOK))
	if sum >= 30_000 || sum < 5_000 {
		t.Errorf("the journey loads %d bytes", sum)
	}
	t.Logf("%d bytes", sum)
}
