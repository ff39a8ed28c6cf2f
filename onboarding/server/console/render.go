package console

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/templates"
)

// frame is the data of every template; Body is the page's own.
type frame struct {
	Lang       string
	Stylesheet string
	Venue      string // the organization's name; empty on pages without one
	Logo       string // address of the venue's logo; may be empty
	Accent     string // address of the style sheet with the venue's accent; may be empty
	Home       string // the organization's first page
	All        string // address of the list of organizations; empty for a session of one
	Nav        []navLink
	SignOut    string // address of the form; empty without a session
	SignOn     string // where single sign-on begins; empty: off
	Form       string // the token of the forms
	Languages  []languageLink
	Notice     string // the result of an act
	Body       any

	texts *texts
}

type navLink struct {
	Text, URL string
	Current   bool
}

type languageLink struct {
	Code, Name, URL string
	Current         bool
}

// T returns the text of a key, for the templates.
func (f *frame) T(key string, pairs ...string) (string, error) { return f.texts.text(key, pairs...) }

// sections are the pages of an organization in the order of the navigation: the names of their
// texts, and their addresses below the organization's.
var sections = []struct {
	name, path string
	access     web.Access
}{
	{"overview", "", web.Manager},
	{"refusals", refusalsPath, web.Operator},
	{"people", peoplePath, web.Operator},
	{"accesspoints", accessPointsPath, web.Manager},
	{"network", networkPath, web.Manager},
	{"look", lookPath, web.Manager},
	{"poster", posterPath, web.PeopleManager},
	{"keys", keysPath, web.Manager},
	{"webhooks", webhooksPath, web.Manager},
	{"certificates", certificatesPath, web.Manager},
	{"audit", auditPath, web.Manager},
}

// pageTemplates returns the templates by name, each with the layout. It parses them once, when New
// asks.
var pageTemplates = sync.OnceValue(func() map[string]*template.Template {
	return templates.ParsePages(templates.Console, "console",
		"signin", "signedout", "organizations", "overview", "people", "person", "confirm", "link", "refusals",
		"accesspoints", "network",
		"look", "poster", "keys", "keysecret", "webhooks", "webhooksecret", "certificates",
		"audit", "error")
})

// stylesheet is the visitor's pages' style sheet and its extension for the console. Its address
// contains a hash of its content, so that browsers may cache it for ever.
var stylesheet, stylesheetName = mustReadStylesheet()

func mustReadStylesheet() (css []byte, name string) {
	base, err := templates.Pages.ReadFile("pages/onramp.css")
	if err != nil {
		panic(err)
	}
	extension, err := templates.Console.ReadFile("console/console.css")
	if err != nil {
		panic(err)
	}
	css = bytes.Join([][]byte{base, extension}, []byte("\n"))
	return css, "console-" + web.ContentHash(string(css)) + ".css"
}

// asset answers GET /console/assets/{name}. Another version's style sheet gets the current one,
// uncached.
func (s *Console) asset(c echo.Context) error {
	name := web.Param(c, "name")
	if !strings.HasPrefix(name, "console-") || !strings.HasSuffix(name, ".css") {
		return onboarding.NotFoundError("asset")
	}
	web.CacheForEver(c, name == stylesheetName)
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", stylesheet)
}

// render answers with a page; v is nil for one of no organization, section is the part of the
// navigation that it belongs to.
func (s *Console) render(c echo.Context, status int, v *visit, name, section string, body any) error {
	t := chooseTexts(c.Request())
	f := &frame{
		Lang: t.code, Stylesheet: assetsFolder + stylesheetName, Languages: s.languageLinks(c, t), Body: body, texts: t,
	}
	if s.SignOn != nil {
		f.SignOn = signOnPath
	}
	if is := sessionOf(c); is != nil && name != "signedout" {
		f.SignOut, f.Form = signOutPath, formToken(s.token(c.Request()))
		if is.OrganizationID == "" {
			f.All = root
		}
	}
	if v != nil {
		o := v.organization
		f.Venue, f.Home = cmp.Or(o.Names[t.code], o.Name), homeOf(v.session, o.ID)
		f.Logo, f.Accent = web.LogoAddress(o), v.accent
		for _, p := range sections {
			if v.may(p.access) {
				f.Nav = append(f.Nav, navLink{t.must("nav." + p.name), v.at(p.path), p.name == section})
			}
		}
		if key := "notice." + c.QueryParam("done"); t.has(key) {
			f.Notice = t.must(key)
		}
	}
	var out bytes.Buffer
	if err := pageTemplates()[name].ExecuteTemplate(&out, "layout", f); err != nil {
		return err
	}
	if code := c.QueryParam("lang"); code == t.code {
		c.SetCookie(&http.Cookie{
			Name: languageCookie, Value: code, Path: root, MaxAge: 400 * 24 * 3600, HttpOnly: true,
			SameSite: http.SameSiteLaxMode, Secure: web.OverHTTPS(s.PublicURL),
		})
	}
	policy := web.PagePolicy
	if name == "poster" {
		policy += "; frame-src 'self'"
	}
	return web.SendPage(c, status, t.code, policy, out.Bytes())
}

// languageLinks returns links to the same page in each language. The answer to a POST, and an
// address with other parameters, link to the path alone.
func (s *Console) languageLinks(c echo.Context, current *texts) []languageLink {
	path := c.Request().URL.EscapedPath()
	if c.Request().Method != http.MethodGet || len(path) > 200 {
		return nil
	}
	var links []languageLink
	for _, code := range languages {
		links = append(links, languageLink{
			Code: code, Name: allTexts()[code].must("layout.language"), Current: code == current.code,
			URL: path + "?lang=" + code,
		})
	}
	return links
}

// errorKeys maps kinds of errors to texts.
var errorKeys = map[onboarding.Kind]string{
	onboarding.Invalid: "invalid", onboarding.Conflict: "invalid", onboarding.Forbidden: "forbidden",
	onboarding.NotFound: "notFound", onboarding.Gone: "gone", onboarding.TooLarge: "invalid",
	onboarding.TooMany: "tooMany", onboarding.Unavailable: "unavailable", onboarding.Unauthenticated: "signIn",
}

// errorPage is the data of error.html.
type errorPage struct {
	Key     string
	Details []string // in English
	Request string   // of an internal error
}

// Again reports whether a button begins a single sign-on, where there is one.
func (p *errorPage) Again() bool {
	return p.Key == "signIn" || p.Key == "gone" || strings.HasPrefix(p.Key, "signOn")
}

// ByLink reports whether the command that prints a sign-in link is named.
func (p *errorPage) ByLink() bool {
	return p.Key == "signIn" || p.Key == "gone" || p.Key == "signOnDown"
}

// fail answers with an error page.
func (s *Console) fail(c echo.Context, status int, e *onboarding.Error) error {
	page := &errorPage{Key: errorKeys[e.Kind]}
	switch e.Kind {
	case onboarding.Invalid, onboarding.Conflict, onboarding.TooLarge:
		for _, fault := range e.Faults() {
			page.Details = append(page.Details, onboarding.CutText(fault.Field, 100)+": "+fault.Message)
		}
		if len(page.Details) == 0 {
			page.Details = []string{e.Message}
		}
	}
	if key, _ := c.Get(signOnKey).(string); key != "" && e.Kind != onboarding.TooMany && page.Key != "" {
		page.Key = key
	}
	if page.Key == "" {
		page.Key, page.Request = "internal", web.RequestID(c)
	}
	v, _ := c.Get(visitKey).(*visit)
	if e.Kind == onboarding.Unauthenticated {
		c.Response().Header().Del(echo.HeaderWWWAuthenticate) // a browser would ask for a password
	}
	return s.render(c, status, v, "error", "", page)
}
