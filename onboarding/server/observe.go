package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// metrics are counted by a route's pattern: paths hold identifiers, and a stranger could make any number of them.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	// refusedRecords are accounting records that FreeRADIUS sets aside.
	refusedRecords prometheus.Counter
}

func newMetrics(registry *prometheus.Registry, service *onboarding.Service, version string, signerDaysLeft func() float64) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onramp_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onramp_http_request_duration_seconds", Help: "Time from a request's header to the end of its answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "onramp_http_requests_in_flight", Help: "Requests being answered.",
		}),
	}
	m.refusedRecords = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "onramp_accounting_refused_total", Help: "Accounting records that were refused for good; FreeRADIUS keeps them in accounting/refused.",
	})
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "onramp_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	all := []prometheus.Collector{
		m.requests, m.duration, m.inFlight, m.refusedRecords, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	for _, name := range onboarding.LimitNames() {
		all = append(all, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "onramp_limit_refused_total", Help: "Requests that a limit refused or delayed.", ConstLabels: prometheus.Labels{"limit": string(name)},
		}, func() float64 { return float64(service.Refused(name)) }))
	}
	if signerDaysLeft != nil {
		all = append(all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "onramp_signer_days_left", Help: "Days until the certificate that signs profiles ends.",
		}, signerDaysLeft))
	}
	for _, c := range all {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// observe is around every request: it gives it an ID, catches a panic, answers an error, measures and logs. Its line holds the
// route's pattern, never the path or query, which hold tokens and personal data.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := time.Now()
		web.SetRequestID(c)
		header := c.Response().Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()
		if err := s.caught(c, next); err != nil {
			s.fail(c, err)
		}
		s.record(c, time.Since(started))
		return nil
	}
}

// caught turns a panic of the handler into an error.
func (s *Server) caught(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			s.log.LogAttrs(c.Request().Context(), slog.LevelError, "panic",
				slog.String("requestId", web.RequestID(c)), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return next(c)
}

// record counts and logs an answered request.
func (s *Server) record(c echo.Context, took time.Duration) {
	method, pattern := "other", "unmatched"
	if r := web.RouteOf(c); r != nil {
		method, pattern = c.Request().Method, r.Pattern // GET's line also answers HEAD
	}
	status := c.Response().Status
	s.metrics.requests.WithLabelValues(method, pattern, strconv.Itoa(status)).Inc()
	s.metrics.duration.WithLabelValues(method, pattern).Observe(took.Seconds())
	attrs := []slog.Attr{
		slog.String("requestId", web.RequestID(c)), slog.String("method", method), slog.String("route", pattern),
		slog.Int("status", status), slog.Int64("bytes", c.Response().Size),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if p := web.PrincipalOf(c); p != nil {
		attrs = append(attrs, slog.String("service", p.ServiceID))
	}
	if shown := web.ErrorOf(c); shown != nil {
		attrs = append(attrs, slog.String("refused", string(shown.Kind)))
		if shown.Cause != nil && status < 500 {
			attrs = append(attrs, slog.String("cause", shown.Cause.Error()))
		}
	}
	if status < 400 { // a refused request may not have come to all its parameters
		if names := web.IgnoredParameters(c); len(names) > 0 {
			attrs = append(attrs, slog.Any("ignoredParameters", names))
		}
	}
	s.log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", attrs...)
}
