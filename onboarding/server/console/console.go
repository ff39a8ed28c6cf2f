package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/audit"
	"onramp/onboarding/auth"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/forecast"
	"onramp/onboarding/hooks"
	"onramp/onboarding/links"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/console/oidc"
	"onramp/onboarding/server/web"
	"onramp/onboarding/statistics"
	"onramp/onboarding/tenant"
)

// Config configures the console; every field but Health and SignOn is required.
type Config struct {
	Access       *access.Control
	Links        *links.Links
	Registration *registration.Registrar
	Connectivity *connectivity.Connectivity
	Contacts     *contacts.Contacts
	Statistics   *statistics.Statistics
	Tenants      *tenant.Tenants
	Audit        *audit.Audit
	Forecasts    *forecast.Forecasts
	Webhooks     *hooks.Hooks
	// Certificates returns the certificates that the server uses now.
	Certificates func() []Certificate
	// Health returns the last result of the checks of the deployment, nil if there is none yet. It
	// runs no check, so that no request does. Nil: none are shown.
	Health func() *Health
	// SignOn signs operators in by an OpenID provider; nil: off.
	SignOn *oidc.Client
	// ExportForm returns the JSON form of all data about a contact.
	ExportForm func(*contacts.ContactRecord) any
	// PublicURL is where browsers reach the console: scheme and host, no trailing slash.
	PublicURL string
	Now       func() time.Time
}

// Console serves the operator's pages.
type Console struct{ Config }

// New returns the console.
func New(c Config) *Console {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	_, _, _ = pageTemplates(), allTexts(), networkGuides() // so that no operator waits for them
	return &Console{c}
}

// The addresses of the console. Those of an organization begin with root and its ID.
const (
	root         = "/console"
	signInPath   = root + "/sign-in/"
	signOutPath  = root + "/sign-out"
	signOnPath   = root + "/oidc"
	callbackPath = signOnPath + "/callback"
	assetsFolder = root + "/assets/"

	organizationPattern = root + "/:org"
	peoplePath          = "/people"
	peopleFile          = "/people.csv"
	refusalsPath        = "/refusals"
	accessPointsPath    = "/access-points"
	networkPath         = "/network"
	lookPath            = "/look"
	posterPath          = "/poster"
	posterFile          = "/poster.html"
	posterCode          = "/poster.svg"
	keysPath            = "/keys"
	webhooksPath        = "/webhooks"
	certificatesPath    = "/certificates"
	auditPath           = "/audit"
)

// formLimit is the most bytes of a form.
const formLimit = 32 << 10

// lookLimit is the most bytes of the form of the page's look: the logo as a file and as text, and
// the texts of the policies.
const lookLimit = 768 << 10

// Routes returns the console's routes. Role and scope of each are those of the API's route for the
// same data or act.
func (s *Console) Routes() []web.Route {
	const (
		read     = auth.CustomerRead
		write    = auth.CustomerWrite
		settings = auth.OrganizationSettingsRead
		all      = auth.OrganizationRead
		change   = auth.OrganizationWrite
	)
	route := func(method, pattern string, handle echo.HandlerFunc, access web.Access, scope auth.Scope) web.Route {
		r := web.Route{
			Method: method, Pattern: pattern, Handle: handle, Access: access, Scope: scope, Session: true, Fail: s.fail,
		}
		if method == http.MethodPost {
			r.BodyLimit = formLimit
		}
		return r
	}
	open := func(r web.Route) web.Route {
		r.Session = false
		return r
	}
	long := func(r web.Route) web.Route {
		r.Long = true
		return r
	}
	page := func(pattern string, show handler, access web.Access, scope auth.Scope) web.Route {
		return route(http.MethodGet, organizationPattern+pattern, s.page(show), access, scope)
	}
	act := func(pattern string, do handler, access web.Access, scope auth.Scope) web.Route {
		return route(http.MethodPost, organizationPattern+pattern, s.act(do), access, scope)
	}
	look := route(http.MethodPost, organizationPattern+lookPath, s.upload(s.changeLook), web.Manager, change)
	look.BodyLimit = lookLimit
	const person = peoplePath + "/:id"
	const key = keysPath + "/:key"
	const hook = webhooksPath + "/:webhook"
	return []web.Route{
		open(route(http.MethodGet, assetsFolder+":name", s.asset, web.Anybody, "")),
		open(route(http.MethodGet, signInPath+":token", s.showSignIn, web.Anybody, "")),
		open(route(http.MethodPost, signInPath+":token", s.signIn, web.Anybody, "")),
		open(route(http.MethodGet, signOnPath, s.beginSignOn, web.Anybody, "")),
		open(route(http.MethodGet, callbackPath, s.completeSignOn, web.Anybody, "")),
		route(http.MethodGet, root, s.start, web.Operator, ""),
		route(http.MethodPost, signOutPath, s.signOut, web.Operator, ""),

		long(page("", s.showOverview, web.Manager, all)),
		page(peoplePath, s.showPeople, web.Operator, read),
		long(page(peopleFile, s.exportPeople, web.PeopleManager, read)),
		page(person, s.showPerson, web.Operator, read),
		act(person+"/"+actLink, s.makeLink, web.Support, write),
		page(person+"/"+actLost, s.confirmLost, web.PeopleManager, write),
		act(person+"/"+actLost, s.replacePassword, web.PeopleManager, write),
		act(person+"/"+actLock, s.lock, web.PeopleManager, write),
		act(person+"/"+actUnlock, s.unlock, web.Support, write),
		long(act(person+"/"+actData, s.sendData, web.PeopleManager, read)),
		page(person+"/"+actDelete, s.confirmDelete, web.PeopleManager, write),
		act(person+"/"+actDelete, s.deletePerson, web.PeopleManager, write),
		long(page(refusalsPath, s.showRefusals, web.Operator, read)),

		page(accessPointsPath, s.showAccessPoints, web.Manager, settings),
		act(accessPointsPath, s.adoptAccessPoint, web.Manager, change),
		page(networkPath, s.showNetwork, web.Manager, settings),
		page(lookPath, s.showLook, web.Manager, settings),
		look,
		page(lookPath+"/:version", s.confirmRestore, web.Manager, change),
		act(lookPath+"/:version", s.restore, web.Manager, change),
		page(posterPath, s.showPoster, web.PeopleManager, all),
		page(posterFile, s.sendPoster, web.PeopleManager, all),
		page(posterCode, s.sendCode, web.PeopleManager, all),
		page(keysPath, s.showKeys, web.Manager, all),
		act(keysPath, s.createKey, web.Manager, change),
		page(key+"/"+keyRotate, s.confirmRotation, web.Manager, change),
		act(key+"/"+keyRotate, s.rotateKey, web.Manager, change),
		page(key+"/"+keyRevoke, s.confirmRevocation, web.Manager, change),
		act(key+"/"+keyRevoke, s.revokeKey, web.Manager, change),
		page(webhooksPath, s.showWebhooks, web.Manager, all),
		act(hook+"/"+webhookTest, s.testWebhook, web.Manager, change),
		act(hook+"/"+webhookReplay, s.replayWebhook, web.Manager, change),
		act(hook+"/"+webhookEnable, s.enableWebhook, web.Manager, change),
		page(hook+"/"+webhookRotate, s.confirmWebhookRotation, web.Manager, change),
		act(hook+"/"+webhookRotate, s.rotateWebhook, web.Manager, change),
		page(certificatesPath, s.showCertificates, web.Manager, all),
		page(auditPath, s.showAudit, web.Manager, all),
	}
}

// handler answers a request to a page or a form of an organization.
type handler func(echo.Context, *visit) error

// visit is one request of an operator to a page of an organization.
type visit struct {
	session      *onboarding.OperatorSession
	organization *onboarding.Organization
	by           *onboarding.Caller
	texts        *texts
	form         string // the token of the session's forms
	now          time.Time
	zone         *time.Location // of the organization
	accent       string         // address of the style sheet of the page's accent; may be empty
}

// at returns an address below the organization's pages.
func (v *visit) at(path string, pairs ...string) string {
	return web.Address(root+"/"+v.organization.ID+path, pairs...)
}

// version returns the version of the organization, on which a form is based.
func (v *visit) version() string { return strconv.FormatInt(v.organization.Version, 10) }

// may reports whether the session's role may call a route with the access.
func (v *visit) may(access web.Access) bool { return slices.Contains(access.Roles(), v.session.Role) }

// day returns the date of an instant in the organization's time zone.
func (v *visit) day(at time.Time) string { return at.In(v.zone).Format(time.DateOnly) }

// minute returns date and time of an instant in the organization's time zone.
func (v *visit) minute(at time.Time) string { return at.In(v.zone).Format("2006-01-02 15:04") }
