package pages

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// organizationKey is the context key of the page's organization, for an error page.
const organizationKey = "onramp.page.organization"

// errorKeys maps kinds of errors to texts of error.html.
var errorKeys = map[onboarding.Kind]string{
	onboarding.Invalid: "invalid", onboarding.Conflict: "conflict", onboarding.Forbidden: "forbidden",
	onboarding.NotFound: "notFound",
	onboarding.Gone:     "gone", onboarding.TooLarge: "tooLarge", onboarding.TooMany: "tooMany",
	onboarding.Unavailable: "unavailable",
}

// errorPage is the data of error.html.
type errorPage struct {
	Key     string
	Detail  string // in English, for support
	Go      string // the address that was probably intended
	SignUp  string // address of the sign-up page, for a new link
	Back    string // address of an install page that still works
	Resume  string
	Request string
}

// fail answers with an error page that links to the next step.
func (p *Pages) fail(c echo.Context, status int, e *onboarding.Error) error {
	o, _ := c.Get(organizationKey).(*onboarding.Organization)
	return p.render(c, status, o, "error", false, func(*texts) any {
		page := &errorPage{Key: errorKeys[e.Kind]}
		if strings.HasSuffix(c.Request().URL.Path, "/") {
			page.Go = p.intendedPage(c)
		}
		switch e.Kind {
		case onboarding.Invalid, onboarding.Conflict:
			page.Detail = e.Message
			if e.Field != "" {
				page.Detail = onboarding.CutText(e.Field, 100) + ": " + e.Message
			}
		case onboarding.NotFound:
			page.Resume = resumePath
		}
		if page.Key == "" {
			page.Key, page.Request = "internal", web.RequestID(c)
		}
		if o != nil && (e.Kind == onboarding.Gone || e.Kind == onboarding.Invalid || e.Kind == onboarding.Forbidden) {
			page.SignUp = web.Address(o.PortalPath(), "lang", chosenLanguage(c.Request(), o))
		}
		if back, ok := c.Get(backKey).(string); ok {
			page.Back = back
		}
		return page
	})
}

// backKey is the context key of the address of an install page that still works.
const backKey = "onramp.page.back"

// Routes returns the pages' routes.
func (p *Pages) Routes() []web.Route {
	page := func(method, pattern string, handle echo.HandlerFunc) web.Route {
		r := web.Route{Method: method, Pattern: pattern, Handle: handle, Access: web.Anybody, Fail: p.fail}
		if method == http.MethodPost {
			r.BodyLimit = signUpBody
		}
		return r
	}
	download := page(http.MethodGet, "/activate/:token/:platform", p.download)
	download.Head = p.downloadHeader
	older := page(http.MethodGet, "/wifiprofile", p.legacyDownload)
	older.Head = p.legacyDownloadHeader
	installed := page(http.MethodPost, "/activate/:token/installed", p.recordInstalled)
	installed.BodyLimit, installed.Fail = installedBody, p.failEither
	actMe := page(http.MethodPost, "/me/:token/:act", p.actMe)
	actMe.Long = true // of the export
	access := page(http.MethodPost, "/activate/:token/access", p.openAccess)
	access.Long = true // of the controller
	capport := page(http.MethodGet, "/capport/:org", p.capport)
	capport.Fail = nil // errors are JSON
	short := page(http.MethodGet, SlugPattern, p.showSlug)
	short.Fail = p.failSlug
	return []web.Route{
		page(http.MethodGet, doorPattern, p.showDoor),
		short,
		page(http.MethodGet, "/portal/:org", p.showSignUp),
		page(http.MethodPost, "/portal/:org", p.register),
		capport,
		page(http.MethodGet, "/portal/:org/opened", p.showOpened),
		page(http.MethodGet, "/activate/:token", p.showInstall),
		page(http.MethodGet, "/activate/:token/connection", p.showConnection), // before the platforms
		download,
		page(http.MethodPost, "/activate/:token/consent", p.acceptPolicies),
		access,
		page(http.MethodGet, "/guest/s/:site", p.showGuest),
		page(http.MethodGet, "/portal/:org/guest/s/:site", p.showGuestOf),
		installed,
		page(http.MethodPost, "/activate/:token/me", p.manageMe),
		page(http.MethodGet, "/me/:token", p.showMe),
		page(http.MethodGet, "/me/:token/:act", p.confirmMe),
		actMe,
		older,
		page(http.MethodGet, verifyPath+":session", p.showVerify),
		page(http.MethodPost, verifyPath+":session", p.proveAddress),
		page(http.MethodPost, verifyPath+":session/resend", p.resendCode),
		page(http.MethodPost, verifyPath+":session/address", p.changeAddress),
		page(http.MethodGet, confirmPath+":token", p.showAddress),
		page(http.MethodPost, confirmPath+":token", p.confirmAddress),
		page(http.MethodGet, "/portal/:org/return", p.showReturn),
		page(http.MethodPost, "/portal/:org/return", p.sendReturn),
		page(http.MethodGet, returnPath+":token", p.showOpen),
		page(http.MethodPost, returnPath+":token", p.openSelf),
		page(http.MethodGet, "/renew/:token", p.showRenewal),
		page(http.MethodPost, "/renew/:token", p.renew),
		page(http.MethodGet, resumePath, p.showResume),
		page(http.MethodGet, resumePath+"/:code", p.showResume),
		page(http.MethodPost, resumePath, p.resume),
		page(http.MethodGet, web.AssetsFolder+":name", p.asset),
		page(http.MethodGet, web.BrandFolder+":org/:name", p.logo),
	}
}
