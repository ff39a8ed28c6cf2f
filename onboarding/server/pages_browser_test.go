package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"onramp/onboarding"
	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/onboarding/testkit/process"
)

// requireChromium returns the browser, or skips: but where every real part is demanded, its absence
// is a failure.
func requireChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	process.Missing(t, "no chromium")
	return ""
}

// screen is a device that a test looks through.
type screen struct {
	name           string
	agent          string
	width, height  int64
	scale          float64
	mobile, dark   bool
	language       string
	windowsVersion string // the client hint
}

var (
	iPhoneScreen = screen{
		name: "iphone", agent: safariAgent, width: 390, height: 844, scale: 2, mobile: true, language: "en-GB",
	}
	sheetScreen = screen{
		name: "iphone-sheet", agent: sheetAgent, width: 390, height: 700, scale: 2, mobile: true, language: "it-IT",
	}
	pixelScreen = screen{
		name: "pixel", agent: pixelAgent, width: 412, height: 915, scale: 2, mobile: true, dark: true,
		language: "it-IT",
	}
	windowsScreen = screen{
		name: "windows", agent: windowsAgent, width: 1280, height: 800, scale: 1, language: "en-US",
		windowsVersion: "15.0.0",
	}
	macScreen    = screen{name: "mac", agent: macAgent, width: 1280, height: 800, scale: 1, language: "en-US"}
	narrowScreen = screen{
		name: "narrow", agent: pixelAgent, width: 320, height: 568, scale: 2, mobile: true, language: "it-IT",
	}
)

// tab is one of a real browser, made to look like a screen.
type tab struct {
	*testing.T
	ctx       context.Context
	screen    screen
	downloads string
	finished  chan string // names of downloads that are complete
}

// startBrowser starts one for a test.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := requireChromium(t)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("no-default-browser-check", true),
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	t.Cleanup(func() { // it writes into its folder until it has ended
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("stop the browser: %v", err)
		}
	})
	return ctx
}

// open makes a tab. Tabs share the browser's cookies, of which there must be none; the last one
// opened has the downloads.
func open(t *testing.T, parent context.Context, s screen) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(parent)
	t.Cleanup(stop)
	w := &tab{T: t, ctx: ctx, screen: s, downloads: t.TempDir(), finished: make(chan string, 8)}
	metadata := &emulation.UserAgentMetadata{
		Mobile: s.mobile, Platform: "Windows", PlatformVersion: s.windowsVersion, Architecture: "x86", Bitness: "64",
	}
	agent := emulation.SetUserAgentOverride(s.agent).WithAcceptLanguage(s.language)
	if s.windowsVersion != "" {
		agent = agent.WithUserAgentMetadata(metadata)
	}
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*cdpbrowser.EventDownloadProgress); ok &&
			e.State == cdpbrowser.DownloadProgressStateCompleted {
			w.finished <- e.GUID
		}
	})
	if err := chromedp.Run(ctx); err != nil { // the tab lives as long as the context of its first run
		t.Fatalf("open a tab: %v", err)
	}
	w.do("set up the tab",
		network.Enable(),
		agent,
		emulation.SetDeviceMetricsOverride(s.width, s.height, s.scale, s.mobile),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{
			Name: "prefers-color-scheme", Value: scheme,
		}}),
		emulation.SetScriptExecutionDisabled(true), // nothing needs one
		cdpbrowser.SetDownloadBehavior(cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName).WithDownloadPath(
			w.downloads).WithEventsEnabled(true),
	)
	return w
}

func (w *tab) do(what string, actions ...chromedp.Action) {
	w.Helper()
	ctx, stop := context.WithTimeout(w.ctx, time.Minute)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// goTo opens an address and checks that the page fits the screen.
func (w *tab) goTo(address string) {
	w.Helper()
	w.do("open "+address, chromedp.Navigate(address))
	w.fits()
}

// tap clicks an element that leads to another page, and waits for it.
func (w *tab) tap(selector string) {
	w.Helper()
	ctx, stop := context.WithTimeout(w.ctx, time.Minute)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.ByQuery)); err != nil {
		w.Fatalf("tap %s: %v", selector, err)
	}
	w.fits()
}

// text returns an element's text.
func (w *tab) text(selector string) string {
	w.Helper()
	var text string
	w.do("read "+selector, chromedp.Text(selector, &text, chromedp.ByQuery))
	return strings.ReplaceAll(text, "\u00ad", "")
}

// fits requires that nothing has to be scrolled sideways.
func (w *tab) fits() {
	w.Helper()
	var wide int64
	w.do("measure the page", chromedp.Evaluate("document.documentElement.scrollWidth", &wide))
	if wide > w.screen.width {
		var widest string
		w.do("find the widest element", chromedp.Evaluate(`(() => {
			const all = [...document.querySelectorAll("body *")];
			const right = e => Math.max(e.scrollWidth, Math.abs(e.getBoundingClientRect().right));
			return all.reduce((a, b) => right(b) >= right(a) ? b : a).outerHTML.slice(0, 200);
		})()`, &widest))
		w.Errorf("the page is %d pixels wide on a screen of %d, by %s", wide, w.screen.width, widest)
	}
}

// shoot takes a picture of the whole page, into the folder that the environment names.
func (w *tab) shoot(name string) {
	w.Helper()
	folder := os.Getenv("ONRAMP_TEST_SHOTS")
	if folder == "" {
		return
	}
	var picture []byte
	w.do("take a picture", cdppage.BringToFront(), chromedp.FullScreenshot(&picture, 100))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, w.screen.name+"-"+name+".png"), picture, 0o644); err != nil {
		w.Fatal(err)
	}
}

// downloaded waits for the next download and returns the file.
func (w *tab) downloaded() []byte {
	w.Helper()
	select {
	case name := <-w.finished:
		file, err := os.ReadFile(filepath.Join(w.downloads, name))
		if err != nil {
			w.Fatal(err)
		}
		return file
	case <-time.After(20 * time.Second):
		w.Fatal("no download came")
		return nil
	}
}

// fill completes the sign-up form of newVenue and ticks the mandatory boxes.
func (w *tab) fill(email string) {
	w.Helper()
	w.do("fill in the form",
		chromedp.SendKeys(`[name=firstName]`, "Zoë", chromedp.ByQuery),
		chromedp.SendKeys(`[name=lastName]`, "O'Neil <&>", chromedp.ByQuery),
		chromedp.SendKeys(`[name=email]`, email, chromedp.ByQuery),
		chromedp.Click(`[name="policies.termsOfUse"]`, chromedp.ByQuery),
	)
}

// cookies must stay none.
func (w *tab) cookies() {
	w.Helper()
	w.do("look for cookies", chromedp.ActionFunc(func(ctx context.Context) error {
		all, err := network.GetCookies().Do(ctx)
		if err == nil && len(all) > 0 {
			err = fmt.Errorf("%d cookies", len(all))
		}
		return err
	}))
}

// TestBrowserIPhone goes from the captive sheet to Safari by the code, and there to a downloaded
// profile.
func TestBrowserIPhone(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t)
	portal := v.api.URL + "/portal/" + demoID + "?location=" + demoLocation +
		"&ssid=Guests&redirect_url=https%3A%2F%2Fexample.com%2Fwelcome"

	sheet := open(t, chrome, sheetScreen)
	sheet.goTo(portal)
	sheet.shoot("1-signup")
	sheet.tap(".button[type=submit]")
	sheet.shoot("2-problems")
	if text := sheet.text("[role=alert]"); !strings.Contains(text, "Controlla il modulo") {
		t.Errorf("the form without an answer says: %s", text)
	}
	sheet.fill("zoe@example.com")
	sheet.tap(".button[type=submit]")
	sheet.shoot("3-way-out")
	code := sheet.text(".code")
	if n := v.customers("zoe@example.com"); n != 1 {
		t.Fatalf("%d customers", n)
	}
	sheet.cookies()

	safari := open(t, chrome, iPhoneScreen)
	safari.goTo(v.api.URL + "/go")
	safari.shoot("1-code")
	safari.do("type the code", chromedp.SendKeys("#code", strings.ToLower(code), chromedp.ByQuery))
	safari.tap(".button[type=submit]")
	safari.shoot("2-install")
	safari.do("download", chromedp.Click(`a[href$="/ios"]`, chromedp.ByQuery))
	verdict, err := platforms.Check(judge.IOS, safari.downloaded(), judge.Options{Trust: v.roots, Now: v.clock.now()})
	if err != nil || !verdict.Accepted {
		t.Fatalf("the phone refuses the profile: %v %v", err, verdict)
	}
	safari.tap("form button")
	safari.shoot("3-thanks")
	if text := safari.text("h1"); text != "All set" {
		t.Errorf("at the end the page says %q", text)
	}
	safari.cookies()
}

// TestBrowserPixel goes from the portal to a downloaded file on an Android phone, in the dark.
func TestBrowserPixel(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t, asksEverything, func(o *onboarding.Organization) {
		o.Policies = append(o.Policies, onboarding.Policy{Key: "customs.partner", Version: "1",
			Title: map[string]string{"en": "Partner offers", "it": "Offerte dei partner"},
			Text: map[string]string{
				"en": "A long text.", "it": strings.Repeat("Un testo lungo che nessuno legge fino in fondo.\n", 40),
			}})
	})
	pixel := open(t, chrome, pixelScreen)
	pixel.goTo(v.api.URL + "/portal/" + demoID)
	pixel.shoot("1-signup")
	pixel.fill("zoe@example.com")
	pixel.do("fill in the rest",
		chromedp.SendKeys(`[name=title]`, "Dr.", chromedp.ByQuery),
		chromedp.SendKeys(`[name=phoneNumber]`, "0039 347 123 4567", chromedp.ByQuery),
		chromedp.SetValue(`[name=gender]`, "other", chromedp.ByQuery),
		chromedp.SetValue(`[name=birthDate]`, "1990-02-28", chromedp.ByQuery),
		chromedp.SetValue(`[name=language]`, "it", chromedp.ByQuery),
		chromedp.SetValue(`[name=country]`, "IT", chromedp.ByQuery),
		chromedp.SendKeys(`[name=zipCode]`, "56100", chromedp.ByQuery),
		chromedp.SendKeys(`[name=companyName]`, "ACME", chromedp.ByQuery),
		chromedp.SendKeys(`[name=civilStatus]`, "x", chromedp.ByQuery),
		chromedp.Click(`[name="policies.profiling"]`, chromedp.ByQuery),
	)
	pixel.tap(".button[type=submit]")
	pixel.shoot("2-install")
	pixel.do("download", chromedp.Click(`a[href$="/android"]`, chromedp.ByQuery))
	verdict, err := platforms.Check(judge.Android, pixel.downloaded(),
		judge.Options{Trust: v.roots, Now: v.clock.now()})
	if err != nil || !verdict.Accepted {
		t.Fatalf("the phone refuses the profile: %v %v", err, verdict)
	}
	pixel.tap("form button")
	pixel.shoot("3-thanks")
	pixel.cookies()
}

// TestBrowserDesktop looks at the pages that phones do not see, and at all of them on the narrowest
// screen.
func TestBrowserDesktop(t *testing.T) {
	chrome := startBrowser(t)
	v := newVenue(t, func(o *onboarding.Organization) { o.WiFi.Inner = "mschapv2" })
	token, _ := v.link(3)
	install := v.api.URL + "/activate/" + token
	for _, s := range []screen{windowsScreen, macScreen, narrowScreen} {
		w := open(t, chrome, s)
		w.goTo(install)
		w.shoot("install")
		w.cookies()
	}
	w := open(t, chrome, windowsScreen)
	w.goTo(install + "?browser=other")
	w.shoot("way-out")
	w.goTo(v.api.URL + "/activate/unknown")
	w.shoot("unknown")
	w.goTo(v.api.URL + "/go/CDFGH-JKMNP")
	w.shoot("code")
	narrow := open(t, chrome, narrowScreen)
	narrow.goTo(v.api.URL + "/portal/" + demoID)
	narrow.tap(".button[type=submit]")
	narrow.shoot("problems")
	narrow.goTo(install + "?browser=other")
	narrow.shoot("way-out")
	narrow.goTo(install + "?browser=this&lang=en")
	narrow.tap("form button")
	narrow.shoot("missing")
	if text := narrow.text("h1"); text != "One step is missing" {
		t.Errorf("without a download the page says %q", text)
	}
	narrow.readable()
	v.clock.advance(2 * onboarding.DefaultLifetime)
	narrow.goTo(install)
	narrow.shoot("gone")
}
