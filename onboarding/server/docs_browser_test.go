package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestBrowserDocs opens the page on every screen: it has its style, fits, and can be found one's way in without a script.
func TestBrowserDocs(t *testing.T) {
	chrome := startBrowser(t)
	h := newHouse(t)
	for _, s := range []screen{narrowScreen, pixelScreen, macScreen} {
		w := open(t, chrome, s)
		w.goTo(h.api.URL + "/docs")
		var side, paper string
		w.do("look at the style",
			chromedp.Evaluate(`getComputedStyle(document.querySelector("nav")).position`, &side),
			chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &paper))
		if (side == "sticky") == s.mobile {
			t.Errorf("%s: the contents are %s", s.name, side)
		}
		if dark := paper == "rgb(15, 19, 24)"; dark != s.dark {
			t.Errorf("%s: the paper is %s", s.name, paper)
		}
		w.shootWindow("docs")
		w.goTo(h.api.URL + "/docs#createCustomer")
		w.do("unfold", chromedp.Click(`#createCustomer details summary`, chromedp.ByQuery))
		if text := w.text("#createCustomer details[open]"); !strings.Contains(text, "phoneNumber") {
			t.Errorf("%s: unfolded, the body's members are %.200s", s.name, text)
		}
		w.fits()
		w.shootWindow("docs-operation")
		w.do("follow a type", chromedp.Click(`#createCustomer .media a`, chromedp.ByQuery))
		var target string
		w.do("look where it led", chromedp.Evaluate(`document.querySelector(":target").id`, &target))
		if target != "schema-NewCustomer" {
			t.Errorf("%s: the type led to %q", s.name, target)
		}
		w.shootWindow("docs-schema")
		w.do("unfold all", chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
		w.fits()
		var unreadable []string
		w.do("measure the contrast", chromedp.Evaluate(contrast, &unreadable))
		if len(unreadable) > 0 {
			t.Errorf("%s: too little contrast: %s", s.name, fmt.Sprint(unreadable))
		}
	}
}

// shootWindow is shoot for what the window shows of a page that is too long for one picture.
func (w *tab) shootWindow(name string) {
	w.Helper()
	folder := os.Getenv("ONRAMP_SCREENSHOTS")
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

// contrast finds texts whose colour and what is behind them are nearer to each other than WCAG 2.2's 4.5 (success criterion 1.4.3).
const contrast = `(() => {
  const rgb = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return {c: [r, g, b], a } };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
  const behind = e => { for (; e; e = e.parentElement) { const b = rgb(getComputedStyle(e).backgroundColor); if (b.a > 0) return b.c } return [255, 255, 255] };
  const bad = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const a = light(rgb(getComputedStyle(e).color).c), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
  }
  return [...bad];
})()`
