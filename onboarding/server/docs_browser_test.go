package server

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// zoomScreen is a desktop window of 1280 pixels at a zoom of 200 %.
var zoomScreen = screen{name: "zoom", agent: macAgent, width: 640, height: 450, scale: 2, language: "en-US"}

var docsScreens = []screen{narrowScreen, iPhoneScreen, pixelScreen, zoomScreen, macScreen}

// TestBrowserDocs opens the index, all guides and the page of an unknown address on every screen,
// without scripts.
func TestBrowserDocs(t *testing.T) {
	chrome := startBrowser(t)
	h := newHouse(t)
	for _, s := range docsScreens {
		w := open(t, chrome, s)
		seen := watch(w, h.api.URL)
		w.goTo(h.api.URL + "/docs")
		w.readable()
		w.shootWindow("docs")
		var paper string
		w.do("look at the style", chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &paper))
		if dark := paper == "rgb(15, 19, 24)"; dark != s.dark {
			t.Errorf("%s: the paper is %s", s.name, paper)
		}
		var links []string
		w.do("find the guides", chromedp.Evaluate(`[...document.querySelectorAll(".cards a")].map(a => a.pathname)`,
			&links))
		if len(links) < 6 || !slices.Contains(links, "/docs/api") || !slices.Contains(links, "/openapi.yaml") {
			t.Errorf("the index links to %v", links)
		}
		for _, path := range append(links, "/docs/nothing") {
			if path == "/docs/api" || path == "/openapi.yaml" {
				continue
			}
			w.goTo(h.api.URL + path)
			w.readable()
			w.shootWindow(strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "-"))
			w.do("double the size of texts", chromedp.Evaluate(`document.documentElement.style.fontSize = "200%"`, nil))
			w.fits()
		}
		seen.check(t, "404 (Not Found)")
	}
}

// TestBrowserReference searches the API reference, reads a curl command and sends a request, on
// every screen. The page must reach no other host, and do nothing that its Content-Security-Policy
// forbids.
func TestBrowserReference(t *testing.T) {
	h := newHouse(t)
	for _, s := range []screen{narrowScreen, pixelScreen, zoomScreen, macScreen} {
		t.Run(s.name, func(t *testing.T) {
			w := open(t, startBrowser(t), s)
			seen := watch(w, h.api.URL)
			w.do("allow scripts", emulation.SetScriptExecutionDisabled(false))
			w.do("open the reference", chromedp.Navigate(h.api.URL+"/docs/api"),
				chromedp.WaitVisible(".opblock", chromedp.ByQuery))
			w.fits()
			w.readable()
			w.shootWindow("docs-api")

			w.search("REVOKE sts/logout", 1)
			w.search("no such operation", 0)
			w.search("connection.stopped", 1)
			w.shootWindow("docs-api-webhook")
			w.search("no such webhook", 0)
			w.search("/policies getlist", 1)
			w.tryPolicies(h)
			seen.check(t)
		})
	}
}

// search replaces the words in the search box and waits until a number of operations is listed.
func (w *tab) search(words string, found int) {
	w.Helper()
	w.do("select the search box", chromedp.Evaluate(`document.querySelector("#search").select()`, nil))
	w.do("search "+words, chromedp.SendKeys("#search", words, chromedp.ByQuery),
		chromedp.Poll(fmt.Sprintf(`document.querySelectorAll(".opblock").length === %d &&
			(document.querySelector(".search [role=status]").textContent !== "") === %t`, found, found == 0), nil,
			chromedp.WithPollingInterval(50*time.Millisecond))) // frames, the default, may stop on an idle page
}

// operations returns the element IDs of the operations that are listed.
func (w *tab) operations() []string {
	w.Helper()
	var ids []string
	w.do("list the operations", chromedp.Evaluate(`[...document.querySelectorAll(".opblock")].map(e => e.id)`, &ids))
	return ids
}

// tryPolicies sends a request with a token from the form of getListOfPolicies, the one operation
// that is listed.
func (w *tab) tryPolicies(h *house) {
	w.Helper()
	if found := w.operations(); len(found) != 1 || !strings.HasSuffix(found[0], "-getListOfPolicies") {
		w.Fatalf("the search found %v", found)
	}
	w.do("open the operation", chromedp.Click(".opblock-summary-control", chromedp.ByQuery),
		chromedp.WaitVisible(".example-request", chromedp.ByQuery))
	address := "https://wifi.example.com/v1/organizations/"
	if curl := w.text(".example-request pre"); !strings.Contains(curl, "curl -X 'GET'") ||
		!strings.Contains(curl, "'"+address) || !strings.Contains(curl, "Authorization: Bearer TOKEN") {
		w.Errorf("the curl command is %s", curl)
	}
	w.fits()
	w.readable()
	w.shootWindow("docs-api-operation")

	w.do("enter a token", chromedp.Click(".auth-wrapper .authorize", chromedp.ByQuery),
		chromedp.SendKeys("#auth-bearer-value", h.app, chromedp.ByQuery))
	w.readable()
	w.shootWindow("docs-api-authorize")
	w.do("authorize", chromedp.Click(`.modal-ux .authorize[type=submit]`, chromedp.ByQuery),
		chromedp.Click(".modal-ux .btn-done", chromedp.ByQuery))
	w.do("send a request", chromedp.Click(".try-out__btn", chromedp.ByQuery),
		chromedp.SendKeys(`tr[data-param-name=org] input`, demoID, chromedp.ByQuery),
		chromedp.Click(".execute", chromedp.ByQuery), chromedp.WaitVisible(".live-responses-table .response-col_status",
			chromedp.ByQuery))
	answer := w.text(".live-responses-table tbody")
	if !strings.HasPrefix(answer, "200") || !strings.Contains(answer, `"termsOfUse"`) {
		w.Errorf("the answer is %s", answer)
	}
	if curl := w.text(".curl-command"); !strings.Contains(curl,
		address+demoID+"/policies") || !strings.Contains(curl, "Bearer "+h.app) {
		w.Errorf("the curl command of the request is %s", curl)
	}
	w.fits()
	w.readable()
	w.shootWindow("docs-api-answer")
}

// watched collects requests to other hosts and errors in the browser's log, such as violations of a
// policy.
type watched struct {
	mu       sync.Mutex
	requests int
	foreign  []string
	errors   []string
}

func watch(w *tab, own string) *watched {
	w.Helper()
	seen := &watched{}
	chromedp.ListenTarget(w.ctx, func(event any) {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			seen.requests++
			if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != own {
				seen.foreign = append(seen.foreign, e.Request.URL)
			}
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.LevelError {
				seen.errors = append(seen.errors, e.Entry.Text+" "+e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			seen.errors = append(seen.errors, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				seen.errors = append(seen.errors, fmt.Sprintf("console.error: %s", e.Args[0].Value))
			}
		}
	})
	w.do("watch the log", cdplog.Enable(), runtime.Enable())
	return seen
}

// check reports the collected errors, except those that contain one of expected.
func (s *watched) check(t *testing.T, expected ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests == 0 {
		t.Error("no request was seen")
	}
	for _, address := range s.foreign {
		t.Errorf("a request to another host: %s", address)
	}
	for _, text := range s.errors {
		if !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(text, e) }) {
			t.Errorf("an error of the browser: %s", text)
		}
	}
}

// readable requires that all visible texts have enough contrast.
func (w *tab) readable() {
	w.Helper()
	var unreadable []string
	w.do("measure the contrast", chromedp.Evaluate(contrast, &unreadable))
	if len(unreadable) > 0 {
		w.Errorf("%s: too little contrast: %s", w.screen.name, strings.Join(unreadable, ", "))
	}
}

// shootWindow is shoot for the visible part of a page that is too long for one picture.
func (w *tab) shootWindow(name string) {
	w.Helper()
	folder := os.Getenv("ONRAMP_TEST_SHOTS")
	if folder == "" {
		return
	}
	var picture []byte
	w.do("take a picture", cdppage.BringToFront(), chromedp.CaptureScreenshot(&picture))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, w.screen.name+"-"+name+".png"), picture, 0o644); err != nil {
		w.Fatal(err)
	}
}

// contrast finds visible texts whose colour and background have a ratio below WCAG 2.2's 4.5
// (success criterion 1.4.3, which excepts disabled controls).
const contrast = `(() => {
  const rgb = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return {c: [r, g, b], a } };
  const light = c => {
    const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const mix = (top, below) => top.c.map((v, i) => v * top.a + below[i] * (1 - top.a));
  const behind = e => e ? mix(rgb(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : [255, 255, 255];
  const bad = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (!e.checkVisibility({visibilityProperty: true}) || e.closest("[disabled], option, svg")) continue;
    const paper = behind(e), a = light(mix(rgb(getComputedStyle(e).color), paper)), b = light(paper);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.add(e.tagName + "." + e.className + " in " + e.parentElement.className + " " + ` +
	`ratio.toFixed(2));
  }
  return [...bad];
})()`
