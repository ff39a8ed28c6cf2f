package pages

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/templates"
)

// page is the data of every template in templates/pages; Body is the page's own.
type page struct {
	Lang       string
	Direction  string // "rtl", or empty for left to right
	Venue      string // the organization's name; empty on pages without one
	Place      string // the location's name; empty if unknown or the same as the venue's
	Progress   []progressStep
	Stylesheet string
	Languages  []languageLink
	Form       string // ID of the form that a change of the language submits, so that its entries remain
	Code       string // address of the page for resume codes
	Help       []helpLink
	Logo       string // address of the venue's logo; may be empty
	Accent     string // address of the style sheet with the venue's accent; may be empty
	Address    string // of the venue; may be empty
	Wrong      bool   // the page shows errors to correct
	Body       any

	texts *texts
}

type languageLink struct {
	Code, Name, URL string
	Current         bool
}

// progressStep is one of the three screens.
type progressStep struct {
	Name             string
	Reached, Current bool
}

// helpLink is a way to the organization's help: phone, e-mail or web page.
type helpLink struct {
	Text string
	URL  template.URL
}

// reached is the number of the screen that each page shows, from 1 to 3; other pages show none.
var reached = map[string]int{
	"signup": 1, "way": 2, "phone": 2, "resume": 2, "install": 2, "missing": 2, "thanks": 2, "connection": 2,
	"reconsent": 2, "opened": 2, "verify": 1, "address": 1,
}

// progressOf returns the three screens for the page, of which joined reaches the last.
func progressOf(name string, joined bool, t *texts) []progressStep {
	current := reached[name]
	if current == 0 {
		return nil
	}
	if joined {
		current = 3
	}
	var steps []progressStep
	for i, text := range []string{t.must("layout.you"), t.must("layout.install"), t.must("layout.connected")} {
		steps = append(steps, progressStep{Name: text, Reached: i < current, Current: i+1 == current})
	}
	return steps
}

// helpOf returns the ways to the organization's help.
func helpOf(o *onboarding.Organization) []helpLink {
	h := o.Help()
	if h == nil {
		return nil
	}
	var ways []helpLink
	if h.Phone != "" {
		ways = append(ways, helpLink{h.Phone, template.URL("tel:" + onboarding.DialedDigits(h.Phone))})
	}
	if h.Email != "" {
		ways = append(ways, helpLink{h.Email, template.URL("mailto:" + url.PathEscape(h.Email))})
	}
	if u, err := url.Parse(h.URL); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		ways = append(ways, helpLink{u.Hostname(), template.URL(u.String())})
	}
	return ways
}

// T returns the text of a key, for the templates.
func (p *page) T(key string, pairs ...string) (string, error) { return p.texts.text(key, pairs...) }

// pageTemplates returns the pages by name, each with the layout. It parses them once, when New
// asks: a command that shows no page does not wait for it.
var pageTemplates = sync.OnceValue(func() map[string]*template.Template {
	return templates.ParsePages(templates.Pages, "pages",
		"signup", "install", "way", "opened", "phone", "resume", "thanks", "missing", "door", "connection",
		"reconsent", "me", "confirm", "device", "done", "error", "verify", "address", "renew", "return", "open")
})

// pictures holds the pictures of the steps by name.
var pictures = template.Must(template.ParseFS(templates.Pages, "pages/pictures.html"))

// Picture returns a picture of a step, described for those who do not see it.
func (p *page) Picture(name string) (template.HTML, error) {
	alternative, err := p.T("picture." + name)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg class="picture" viewBox="0 0 92 92" role="img" aria-label="%s">`,
		template.HTMLEscapeString(alternative))
	if err := pictures.ExecuteTemplate(&out, name, p); err != nil {
		return "", err
	}
	out.WriteString("</svg>")
	return template.HTML(out.String()), nil
}

// stylesheet is the one style sheet of all tenants. Its address contains a hash of its content, so
// that browsers may cache it for ever.
var stylesheet, stylesheetName = mustReadStylesheet()

const (
	stylesheetStem = "onramp-"
)

func mustReadStylesheet() ([]byte, string) {
	css, err := templates.Pages.ReadFile("pages/onramp.css")
	if err != nil {
		panic(err)
	}
	return css, stylesheetStem + web.ContentHash(string(css)) + ".css"
}

// asset serves the stylesheet. During an upgrade, a page may name another version's stylesheet; it
// gets the current one, uncached.
func (p *Pages) asset(c echo.Context) error {
	name := web.Param(c, "name")
	if path.Ext(name) == ".css" {
		if ok, err := p.accent(c, name); ok {
			return err
		}
	}
	if !strings.HasPrefix(name, stylesheetStem) || path.Ext(name) != ".css" {
		return &onboarding.Error{Kind: onboarding.NotFound, Message: "asset not found"}
	}
	web.CacheForEver(c, name == stylesheetName)
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", stylesheet)
}

// render answers with a page in the visitor's language, for an organization or (nil) for none.
func (p *Pages) render(c echo.Context, status int, o *onboarding.Organization, name string, wrong bool,
	body func(*texts) any) error {
	r := c.Request()
	t, _ := chooseLanguage(r, o)
	view := &page{
		Lang: t.code, Direction: t.direction(), Stylesheet: web.AssetsFolder + stylesheetName,
		Languages: languageLinks(c, o, t), Wrong: wrong, texts: t,
	}
	if o != nil {
		view.Venue, view.Help = cmp.Or(o.Names[t.code], o.Name), helpOf(o)
		view.Logo, view.Accent = web.LogoAddress(o), web.AccentAddress(o)
		view.Address = o.Portal.Brand.Address
	}
	if place, ok := c.Get(placeKey).(*onboarding.Location); ok && place != nil && place.Name != view.Venue {
		view.Place = place.Name
	}
	view.Body = body(t)
	joined := false
	switch b := view.Body.(type) {
	case *signUpPage:
		view.Form, view.Code = "signup", resumePath
	case *connectionPage:
		joined = b.Kind == "joined"
	}
	view.Progress = progressOf(name, joined, t)
	var out bytes.Buffer
	if err := pageTemplates()[name].ExecuteTemplate(&out, "layout", view); err != nil {
		return err
	}
	return web.SendPage(c, status, t.code, policyOf(c), out.Bytes())
}

// placeKey is the context key of the visitor's location.
const placeKey = "onramp.page.place"

// selfKey is the context key of the page's own address, built from accepted values and without a
// language.
const selfKey = "onramp.page.self"

// maxReflected limits the bytes of a requested path that a page repeats in its language links.
const maxReflected = 300

// languageLinks returns links to the same page in each of its languages. They hold accepted values
// only, never the raw query. The answer to a POST links to the page with the form.
func languageLinks(c echo.Context, o *onboarding.Organization, current *texts) []languageLink {
	self, ok := c.Get(selfKey).(string)
	if !ok {
		self = strings.TrimSuffix(c.Request().URL.EscapedPath(), "/installed")
		if len(self) > maxReflected {
			return nil
		}
	}
	separator := "?"
	if strings.Contains(self, "?") {
		separator = "&"
	}
	var links []languageLink
	for _, code := range languagesFor(o) {
		links = append(links, languageLink{
			Code: code, Name: pageTexts()[code].must("language"), Current: code == current.code,
			URL: self + separator + "lang=" + url.QueryEscape(code),
		})
	}
	return links
}

// chosenLanguage returns the language that the visitor selected by a link, or "".
func chosenLanguage(r *http.Request, o *onboarding.Organization) string {
	if t, chosen := chooseLanguage(r, o); chosen {
		return t.code
	}
	return ""
}
