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
	"onramp/onboarding/server/pages"
	"onramp/onboarding/server/web"
)

// Config is what a Server is made of; only Service is required.
type Config struct {
	Service *onboarding.Service
	Log     *slog.Logger
	// PublicURL is where browsers reach the API: scheme and host, no trailing slash.
	PublicURL string
	// TrustedProxies are the peers whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// AAASecret is the password by which FreeRADIUS shows itself on the AAA listener.
	AAASecret string
	// Metrics is where the server's own metrics are registered, and what /metrics shows; nil makes one.
	Metrics *prometheus.Registry
	// SignerDaysLeft says how many days the profile signer is still good, for a metric; nil leaves it out.
	SignerDaysLeft func() float64
	// Version is the binary's, for the build_info metric.
	Version string
	// RequestTime is how long a request may take, and twice that for one that may go through many rows; 0: 15 s.
	RequestTime time.Duration
	// Now is the clock of `generated`; nil is time.Now.
	Now func() time.Time
}

// Server holds the listeners' handlers. They are safe for concurrent use.
type Server struct {
	service   *onboarding.Service
	log       *slog.Logger
	publicURL string
	trusted   []netip.Prefix
	aaaSecret string
	metrics   *metrics
	clock     func() time.Time
	bodies    web.Budget

	requestTime time.Duration

	pages     *pages.Pages
	reference func() (*reference, error) // made when it is first asked for

	api, aaa, admin http.Handler
}

// New returns a Server. A registry may carry one Server only.
func New(ctx context.Context, c Config) (*Server, error) {
	if c.Service == nil {
		return nil, errors.New("server: no service")
	}
	s := &Server{
		service:   c.Service,
		log:       c.Log,
		publicURL: strings.TrimSuffix(c.PublicURL, "/"),
		trusted:   c.TrustedProxies,
		aaaSecret: c.AAASecret,
		clock:     c.Now,

		requestTime: cmp.Or(c.RequestTime, requestTime),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	registry := c.Metrics
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	var err error
	if s.metrics, err = newMetrics(registry, c.Service, c.Version, c.SignerDaysLeft); err != nil {
		return nil, err
	}
	s.reference = sync.OnceValues(func() (*reference, error) { return newReference(s.publicURL) })
	if s.pages, err = pages.New(ctx, pages.Config{
		Service: c.Service, PublicURL: s.publicURL, Now: s.clock, Known: patterns(s.referenceRoutes()),
	}); err != nil {
		return nil, err
	}
	api := s.mount(s.accessRoutes(), s.sdkRoutes(), s.contactRoutes(), s.pages.Routes(), s.referenceRoutes())
	if overHTTPS(s.publicURL) {
		api.Pre(strict)
	}
	s.api = api
	s.aaa = s.mount(s.aaaRoutes())
	s.admin = s.adminHandler(registry)
	return s, nil
}

// API is the handler of the main listener: the API and the pages.
func (s *Server) API() http.Handler { return s.api }

// AAA is the handler of the listener that FreeRADIUS asks.
func (s *Server) AAA() http.Handler { return s.aaa }

// Admin is the handler of the operator's own listener: /metrics, /healthz (the process answers; the database is not asked) and
// /readyz (the service can work).
func (s *Server) Admin() http.Handler { return s.admin }

// mount builds a listener's handler from sections of the route table.
func (s *Server) mount(sections ...[]web.Route) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard) // what is worth a line, observe logs
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

// oneLeadingSlash makes //v2/... mean /v2/...: a base URL that ends in a slash is common among clients.
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

// What every listener holds a client to. A profile is some ten kilobytes, so that even a bad link has time for it.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 20 * time.Second
	writeTimeout      = 60 * time.Second // after the header was read: the request's own time is shorter
	idleTimeout       = time.Minute
	maxHeaderBytes    = 24 << 10 // a scroll of a search by 100 locations is in the URL
)

// HTTPServer returns an http.Server with the timeouts and limits that every listener has. Its own complaints go to log.
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
