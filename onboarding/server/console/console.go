package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/audit"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/links"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
	"onramp/onboarding/tenant"
)

// Config configures the console; every field is required.
type Config struct {
	Access       *access.Control
	Links        *links.Links
	Registration *registration.Registrar
	Connectivity *connectivity.Connectivity
	Contacts     *contacts.Contacts
	Tenants      *tenant.Tenants
	Audit        *audit.Audit
	// ExportForm returns the JSON form of all data about a contact.
	ExportForm func(*contacts.ContactRecord) any
	// PublicURL is where browsers reach the console: scheme and host, no trailing slash.
	PublicURL string
	Now       func() time.Time
}

// Console serves the operator's pages.
type Console struct {
	Config

	secure bool // the public URL is https
}

// New returns the console.
func New(c Config) *Console {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	return &Console{Config: c, secure: strings.HasPrefix(c.PublicURL, "https://")}
}

// The addresses of the console. Those of an organization begin with root and its ID.
const (
	root         = "/console"
	signInPath   = root + "/sign-in/"
	signOutPath  = root + "/sign-out"
	assetsFolder = root + "/assets/"
)

// formLimit is the most bytes of a form.
const formLimit = 32 << 10

// Routes returns the console's routes.
func (s *Console) Routes() []web.Route {
	route := func(method, pattern string, access web.Access, handle echo.HandlerFunc) web.Route {
		r := web.Route{Method: method, Pattern: pattern, Handle: handle, Access: access, Fail: s.fail}
		if method == http.MethodPost {
			r.BodyLimit = formLimit
		}
		return r
	}
	page := func(pattern string, show func(echo.Context, *visit) error) web.Route {
		return route(http.MethodGet, root+pattern, web.Operator, s.page(show))
	}
	act := func(pattern string, do func(echo.Context, *visit) error) web.Route {
		return route(http.MethodPost, root+pattern, web.Operator, s.act(do))
	}
	export := page("/:org/people.csv", s.exportPeople)
	export.Long = true
	data := act("/:org/people/:id/:act", s.actOnPerson)
	data.Long = true // of the export
	return []web.Route{
		route(http.MethodGet, root, web.Operator, s.start),
		route(http.MethodGet, assetsFolder+":name", web.Anybody, s.asset),
		route(http.MethodGet, signInPath+":token", web.Anybody, s.showSignIn),
		route(http.MethodPost, signInPath+":token", web.Anybody, s.signIn),
		route(http.MethodPost, signOutPath, web.Operator, s.signOut),
		page("/:org", s.showOverview),
		page("/:org/people", s.showPeople),
		export,
		page("/:org/people/:id", s.showPerson),
		page("/:org/people/:id/:act", s.confirmAct),
		data,
		page("/:org/refusals", s.showRefusals),
		page("/:org/access-points", s.showAccessPoints),
		act("/:org/access-points", s.adoptAccessPoint),
		page("/:org/keys", s.showKeys),
		act("/:org/keys", s.createKey),
		page("/:org/keys/:key/:act", s.confirmKey),
		act("/:org/keys/:key/:act", s.actOnKey),
		page("/:org/audit", s.showAudit),
	}
}

// visit is one request of an operator to a page of an organization.
type visit struct {
	session      *onboarding.OperatorSession
	organization *onboarding.Organization
	by           *onboarding.Caller
	texts        *texts
	form         string // the token of the session's forms
	now          time.Time
	zone         *time.Location // of the organization
}

// at returns an address below the organization's pages.
func (v *visit) at(path string, pairs ...string) string {
	return address(root+"/"+v.organization.ID+path, pairs...)
}

// day, minute: how pages show an instant, in the organization's time zone.
func (v *visit) day(at time.Time) string { return at.In(v.zone).Format(time.DateOnly) }

func (v *visit) minute(at time.Time) string { return at.In(v.zone).Format("2006-01-02 15:04") }
