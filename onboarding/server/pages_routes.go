package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// pages are what a browser sees. They are whole documents without a script: each step is a navigation, because a captive sheet takes notice of
// nothing else, and no cookie carries anything from one to the next.
type pages struct {
	*Server
	forms *formSeal
}

func (s *Server) newPages() *pages { return &pages{s, &formSeal{service: s.service}} }

// organizationKey is where a handler leaves whose page it is, for an error's page.
const organizationKey = "onramp.page.organization"

// errorKeys are the texts of error.html by kind.
var errorKeys = map[onboarding.Kind]string{
	onboarding.Invalid: "invalid", onboarding.Conflict: "conflict", onboarding.Forbidden: "forbidden", onboarding.NotFound: "notFound",
	onboarding.Gone: "gone", onboarding.TooLarge: "tooLarge", onboarding.TooMany: "tooMany", onboarding.Unavailable: "unavailable",
}

// errorPage is what error.html is given.
type errorPage struct {
	Key     string
	Detail  string // in English, for whoever helps the visitor
	Go      string // the address that was probably meant
	SignUp  string // the way to a new link
	Back    string // the way to an install page that still stands
	Resume  string
	Request string
}

// fail shows an error as a page, with the way on.
func (p *pages) fail(c echo.Context, status int, e *onboarding.Error) error {
	o, _ := c.Get(organizationKey).(*onboarding.Organization)
	return p.render(c, status, o, "error", false, func(*texts) any {
		page := &errorPage{Key: errorKeys[e.Kind]}
		if strings.HasSuffix(c.Request().URL.Path, "/") {
			page.Go = p.meant(c)
		}
		switch e.Kind {
		case onboarding.Invalid, onboarding.Conflict:
			page.Detail = e.Message
			if e.Field != "" {
				page.Detail = cut(e.Field, 100) + ": " + e.Message
			}
		case onboarding.NotFound:
			page.Resume = resumePath
		}
		if page.Key == "" {
			page.Key, page.Request = "internal", requestID(c)
		}
		if o != nil && (e.Kind == onboarding.Gone || e.Kind == onboarding.Invalid || e.Kind == onboarding.Forbidden) {
			page.SignUp = address("/portal/"+o.ID, "lang", chosenLanguage(c.Request(), o))
		}
		if back, ok := c.Get(backKey).(string); ok {
			page.Back = back
		}
		return page
	})
}

// backKey is where a handler leaves the address of an install page that still stands.
const backKey = "onramp.page.back"

// routes are the pages' lines of the route table.
func (p *pages) routes() []route {
	page := func(method, pattern string, handle echo.HandlerFunc) route {
		r := route{method: method, pattern: pattern, handle: handle, who: anybody, fail: p.fail}
		if method == http.MethodPost {
			r.body = signUpBody
		}
		return r
	}
	download := page(http.MethodGet, "/activate/:token/:platform", p.download)
	download.head = p.downloadHeader
	older := page(http.MethodGet, "/wifiprofile", p.olderDownload)
	older.head = p.olderDownloadHeader
	installed := page(http.MethodPost, "/activate/:token/installed", p.recordInstalled)
	installed.body, installed.fail = installedBody, p.failEither
	return []route{
		page(http.MethodGet, "/portal/:org", p.showSignUp),
		page(http.MethodPost, "/portal/:org", p.register),
		page(http.MethodGet, "/activate/:token", p.showInstall),
		download,
		installed,
		older,
		page(http.MethodGet, resumePath, p.showResume),
		page(http.MethodGet, resumePath+"/:code", p.showResume),
		page(http.MethodPost, resumePath, p.resume),
		page(http.MethodGet, assetsFolder+":name", p.asset),
	}
}
