package console

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
)

// cookieName is the name of the session's cookie; see web.CookieName.
const cookieName = "onramp-console"

// sessionKey is the context key of the request's session.
const sessionKey = "onramp.console.session"

// cookie returns the session's cookie with a value. An empty value ends it.
func (s *Console) cookie(value string) *http.Cookie {
	return s.cookieOf(cookieName, value, access.SessionLifetime)
}

// cookieOf returns a cookie of this host. An empty value ends it.
func (s *Console) cookieOf(name, value string, lifetime time.Duration) *http.Cookie {
	return web.NewCookie(s.PublicURL, web.CookieName(s.PublicURL, name), value, lifetime)
}

// token returns the session's token in a request, or "".
func (s *Console) token(r *http.Request) string { return s.held(r, cookieName) }

// held returns the value of a cookie in a request, or "".
func (s *Console) held(r *http.Request, name string) string {
	cookie, err := r.Cookie(web.CookieName(s.PublicURL, name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Authenticate returns the actor of a request's session, for the audit. For a page of an
// organization it sets the caller's principal; another organization's page is not found.
func (s *Console) Authenticate(c echo.Context, by *onboarding.Caller) (actor string, err error) {
	is, err := s.Access.Operator(c.Request().Context(), by, s.token(c.Request()))
	if err != nil {
		return "", err
	}
	c.Set(sessionKey, is)
	if organization := web.Param(c, "org"); organization != "" {
		if !onboarding.ValidID(organization) {
			return is.ID, onboarding.NotFoundError("organization")
		}
		if by.Principal, err = access.OperatorPrincipal(is, organization); err != nil {
			return is.ID, err
		}
	}
	return is.ID, nil
}

// sessionOf returns the request's session, or nil.
func sessionOf(c echo.Context) *onboarding.OperatorSession {
	is, _ := c.Get(sessionKey).(*onboarding.OperatorSession)
	return is
}

// formToken returns the token of a session's forms. It depends on the cookie, so that a page of
// another site cannot know it.
func formToken(session string) string { return auth.HashToken("console form " + session) }

// visit returns the visit of a request to a page of an organization.
func (s *Console) visit(c echo.Context) (*visit, error) {
	by := web.CallerOf(c)
	o, err := s.Access.Organization(c.Request().Context(), by, web.Param(c, "org"))
	if err != nil {
		return nil, err
	}
	v := &visit{
		session: sessionOf(c), organization: o, by: by, texts: chooseTexts(c.Request()),
		form: formToken(s.token(c.Request())), now: s.Now(), zone: time.UTC, accent: web.AccentAddress(o),
	}
	if len(o.Locations) > 0 {
		v.zone = o.Locations[0].Zone()
	}
	c.Set(visitKey, v)
	return v, nil
}

// visitKey is the context key of the visit, for an error page.
const visitKey = "onramp.console.visit"

// page returns the handler of a page of an organization.
func (s *Console) page(show handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.visit(c)
		if err != nil {
			return err
		}
		return show(c, v)
	}
}

// act returns the handler of a form of an organization.
func (s *Console) act(do handler) echo.HandlerFunc { return s.formAct(web.ReadForm, do) }

// upload is act for a form that may contain files.
func (s *Console) upload(do handler) echo.HandlerFunc { return s.formAct(web.ReadUpload, do) }

func (s *Console) formAct(read func(echo.Context) (url.Values, error), do handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.checkForm(c, read); err != nil {
			return err
		}
		return s.page(do)(c)
	}
}

// typedKey is the context key of the fields of a form.
const typedKey = "onramp.console.typed"

// typed returns a field of the request's form.
func typed(c echo.Context, field string) string {
	values, _ := c.Get(typedKey).(url.Values)
	return values.Get(field)
}

// typedVersion returns the version of the organization on which a form is based.
func typedVersion(c echo.Context) (int64, error) {
	version, err := strconv.ParseInt(typed(c, "version"), 10, 64)
	if err != nil {
		return 0, onboarding.InvalidField("version", "not a number")
	}
	return version, nil
}

// checkForm reads the form in a request's body and requires that a page of the same session sent
// it.
func (s *Console) checkForm(c echo.Context, read func(echo.Context) (url.Values, error)) error {
	if web.CrossSite(c.Request(), s.PublicURL) {
		return web.ErrCrossSite
	}
	values, err := read(c)
	if err != nil {
		return err
	}
	want := formToken(s.token(c.Request()))
	if subtle.ConstantTimeCompare([]byte(values.Get("form")), []byte(want)) != 1 {
		return onboarding.InvalidField("form", "from an earlier session: load the page again")
	}
	c.Set(typedKey, values)
	return nil
}

// signInPage is the data of signin.html.
type signInPage struct{ Action string }

// showSignIn answers GET /console/sign-in/{token}. It changes nothing.
func (s *Console) showSignIn(c echo.Context) error {
	token := web.Param(c, "token")
	if err := s.Access.CheckSignIn(c.Request().Context(), web.CallerOf(c), token); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, "signin", "", &signInPage{Action: signInPath + url.PathEscape(token)})
}

// signIn answers POST /console/sign-in/{token}.
func (s *Console) signIn(c echo.Context) error {
	if web.CrossSite(c.Request(), s.PublicURL) {
		return web.ErrCrossSite
	}
	session, is, err := s.Access.SignIn(c.Request().Context(), web.CallerOf(c), web.Param(c, "token"))
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(session))
	return c.Redirect(http.StatusSeeOther, startOf(is))
}

// startOf returns the first page of a session: its organization's, or the list of all.
func startOf(is *onboarding.OperatorSession) string {
	if is.OrganizationID == "" {
		return root
	}
	return homeOf(is, is.OrganizationID)
}

// homeOf returns the first page of a session in an organization.
func homeOf(is *onboarding.OperatorSession, organizationID string) string {
	if is.Role != auth.OrganizationManager {
		return root + "/" + organizationID + peoplePath
	}
	return root + "/" + organizationID
}

// signOut answers POST /console/sign-out.
func (s *Console) signOut(c echo.Context) error {
	if err := s.checkForm(c, web.ReadForm); err != nil {
		return err
	}
	if err := s.Access.SignOut(c.Request().Context(), sessionOf(c)); err != nil {
		return err
	}
	c.SetCookie(s.cookie(""))
	return s.render(c, http.StatusOK, nil, "signedout", "", nil)
}
