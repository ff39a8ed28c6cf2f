package server

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/audit"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/deployment"
	"onramp/onboarding/forecast"
	"onramp/onboarding/hooks"
	"onramp/onboarding/links"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/apidocs"
	"onramp/onboarding/server/console"
	"onramp/onboarding/server/console/oidc"
	"onramp/onboarding/server/pages"
	"onramp/onboarding/server/web"
	"onramp/onboarding/statistics"
	"onramp/onboarding/tenant"
	"onramp/onboarding/verification"
)

// UseCases are the rules behind the routes.
type UseCases struct {
	Access       *access.Control
	Links        *links.Links
	Registration *registration.Registrar
	Verification *verification.Verifications
	Contacts     *contacts.Contacts
	Connectivity *connectivity.Connectivity
	Statistics   *statistics.Statistics
	Webhooks     *hooks.Hooks
	RADIUS       *radius.AAA
	Tenants      *tenant.Tenants
	Audit        *audit.Audit
	Forecasts    *forecast.Forecasts
	// Ready reports whether the deployment can work: its database answers with the right schema.
	Ready func(context.Context) error
}

// UseCasesOf returns the use cases of a deployment.
func UseCasesOf(d *deployment.Deployment) UseCases {
	return UseCases{
		Access: d.Access, Links: d.Links, Registration: d.Registration, Verification: d.Verification,
		Contacts: d.Contacts, Connectivity: d.Connectivity, Statistics: d.Statistics, Webhooks: d.Webhooks,
		RADIUS: d.RADIUS, Tenants: d.Tenant, Audit: d.AuditLog, Forecasts: d.Forecasts, Ready: d.Ready,
	}
}

// Config configures a Server. Only UseCases is required.
type Config struct {
	UseCases UseCases
	Log      *slog.Logger
	// PublicURL is the public address of the API: scheme and host, without a trailing slash.
	PublicURL string
	// TrustedProxies lists the peers whose X-Forwarded-For is read.
	TrustedProxies []netip.Prefix
	// AAAFile reads the passwords of FreeRADIUS on the AAA listener that work until a version in
	// the database replaces them; nil: none.
	AAAFile func() ([]string, error)
	// Console turns the operator's pages on.
	Console bool
	// Certificates returns the certificates in use, for the console; nil: none.
	Certificates func() []console.Certificate
	// Health returns the last result of the checks of the deployment, for the console, nil if there
	// is none yet. It runs no check. Nil: the console shows none.
	Health func() *console.Health
	// SignOn lets operators sign in to these pages by an OpenID provider; nil: off.
	SignOn *oidc.Client
	// Metrics is the registry that /metrics serves; nil creates one.
	Metrics *prometheus.Registry
	// Version is the binary's version, for the metric build_info.
	Version string
	// RequestTime limits the time of a request; a request that may read many rows gets twice as
	// much. 0 means 15 s.
	RequestTime time.Duration
	// MaxRequests limits the requests in progress of the main listener; 0 means the constant.
	MaxRequests int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Server holds the handlers of the listeners. They are safe for concurrent use.
type Server struct {
	access       *access.Control
	links        *links.Links
	registration *registration.Registrar
	verification *verification.Verifications
	contacts     *contacts.Contacts
	connectivity *connectivity.Connectivity
	statistics   *statistics.Statistics
	hooks        *hooks.Hooks
	radius       *radius.AAA
	tenants      *tenant.Tenants
	audit        *audit.Audit
	forecasts    *forecast.Forecasts
	ready        func(context.Context) error

	log       *slog.Logger
	publicURL string
	trusted   []netip.Prefix
	aaaGuard  *access.AAAGuard
	metrics   *metrics
	clock     func() time.Time
	bodies    web.Budget
	load      *web.Load

	requestTime time.Duration

	pages   *pages.Pages
	console *console.Console              // nil: off
	docs    func() (*apidocs.Site, error) // created on first use

	api, aaa, admin http.Handler
}

// New returns a Server. A registry can hold one Server only.
func New(ctx context.Context, c Config) (*Server, error) {
	use := c.UseCases
	if use.Access == nil || use.Links == nil || use.Registration == nil || use.Verification == nil ||
		use.Contacts == nil || use.Connectivity == nil || use.Statistics == nil || use.RADIUS == nil ||
		use.Webhooks == nil || use.Tenants == nil || use.Audit == nil || use.Forecasts == nil ||
		use.Ready == nil {
		return nil, errors.New("server: a use case is missing")
	}
	s := &Server{
		access: use.Access, links: use.Links, registration: use.Registration, verification: use.Verification,
		contacts: use.Contacts, connectivity: use.Connectivity, statistics: use.Statistics,
		hooks: use.Webhooks, radius: use.RADIUS,
		tenants: use.Tenants, audit: use.Audit, forecasts: use.Forecasts, ready: use.Ready,

		log:       onboarding.LogOrDiscard(c.Log),
		publicURL: strings.TrimSuffix(c.PublicURL, "/"),
		trusted:   c.TrustedProxies,
		clock:     c.Now,
		load:      web.NewLoad(c.MaxRequests),

		requestTime: cmp.Or(c.RequestTime, requestTime),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if c.AAAFile == nil {
		c.AAAFile = func() ([]string, error) { return nil, nil }
	}
	s.aaaGuard = use.Access.AAAGuard(c.AAAFile)
	registry := c.Metrics
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	var err error
	if s.metrics, err = newMetrics(registry, use.Access, s.load, c.Version); err != nil {
		return nil, err
	}
	s.docs = sync.OnceValues(func() (*apidocs.Site, error) { return newDocs(s.publicURL) })
	if s.pages, err = pages.New(ctx, pages.Config{
		Access: use.Access, Links: use.Links, Registration: use.Registration, Connectivity: use.Connectivity,
		Verification: use.Verification, Contacts: use.Contacts, Statistics: use.Statistics,
		ExportForm: func(r *contacts.ContactRecord) any { return s.exportOf(r) },
		PublicURL:  s.publicURL, Now: s.clock, Log: s.log, Known: patterns(s.docsRoutes()),
	}); err != nil {
		return nil, err
	}
	api := s.mount(s.accessRoutes(), s.sdkRoutes(), s.contactRoutes(), s.consoleRoutes(&c), s.pages.Routes(),
		s.docsRoutes())
	// Without it, the route of short addresses would make every unknown path a known one that has
	// other methods (405).
	api.RouteNotFound(pages.SlugPattern, func(echo.Context) error { return echo.ErrNotFound })
	if overHTTPS(s.publicURL) {
		api.Pre(setHSTS)
	}
	s.api = api
	s.aaa = s.mount(s.aaaRoutes())
	s.admin = s.adminHandler(registry)
	return s, nil
}

// API returns the handler of the main listener: the API and the pages.
func (s *Server) API() http.Handler { return s.api }

// AAA returns the handler of FreeRADIUS's listener.
func (s *Server) AAA() http.Handler { return s.aaa }

// Admin returns the handler of the operator's listener: /metrics, /healthz (the process runs; the
// database is not checked), /readyz (the service works), and /debug/pprof for this machine.
func (s *Server) Admin() http.Handler { return s.admin }

// mount returns a listener's handler for the given routes.
func (s *Server) mount(sections ...[]web.Route) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard) // observe does the logging
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.fail(c, err) }
	e.Pre(s.observe, oneLeadingSlash)
	for _, section := range sections {
		for _, r := range section {
			handle := s.guard(&r, r.Handle)
			e.Add(r.Method, r.Pattern, handle)
			if r.Method == http.MethodGet {
				if r.Head != nil {
					handle = s.guard(&r, r.Head)
				}
				e.Add(http.MethodHead, r.Pattern, handle)
			}
		}
	}
	return e
}

// oneLeadingSlash treats //v2/... as /v2/..., because many clients join paths to a base URL that
// ends in a slash.
func oneLeadingSlash(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if strings.HasPrefix(u.Path, "//") {
			u.Path = "/" + strings.TrimLeft(u.Path, "/")
			if u.RawPath != "" {
				u.RawPath = "/" + strings.TrimLeft(u.RawPath, "/")
			}
		}
		return next(c)
	}
}

// MaxRequests is the default of Config.MaxRequests.
const MaxRequests = web.MaxRequests

// Limits of every listener. A profile has about ten kilobytes, which a slow link can transfer in
// time.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 20 * time.Second
	writeTimeout      = 60 * time.Second // from the end of the header; longer than the request's own limit
	idleTimeout       = time.Minute
	maxHeaderBytes    = 24 << 10 // the URL of a scroll by 100 locations must fit
)

// HTTPServer returns an http.Server with the timeouts and limits of every listener. It logs its own
// errors to log.
func HTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 32, MaxReceiveBufferPerConnection: 64 << 10, MaxReceiveBufferPerStream: 64 << 10,
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
