package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/pages"
	"onramp/onboarding/server/web"
)

// observe wraps every request: it assigns an ID, recovers panics, answers errors, measures and
// logs. The log line holds the route's pattern, never the path or query, which contain tokens and
// personal data. That of a refused request also names its subject (see onboarding.Subject).
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := time.Now()
		c.SetRequest(c.Request().WithContext(onboarding.WithSubject(c.Request().Context())))
		web.SetRequestID(c)
		setHeaders(c.Response().Header())
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()
		if err := s.recoverPanic(c, next); err != nil {
			s.fail(c, err)
		}
		s.record(c, time.Since(started))
		return nil
	}
}

// recoverPanic returns a panic of the handler as an error.
func (s *Server) recoverPanic(c echo.Context, next echo.HandlerFunc) (err error) {
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
	status := c.Response().Status
	// The route of short addresses matches every unknown one.
	unknown := func(r *web.Route) bool { return r.Pattern == pages.SlugPattern && status == http.StatusNotFound }
	if r := web.RouteOf(c); r != nil && !unknown(r) {
		method, pattern = c.Request().Method, r.Pattern // a GET route also answers HEAD
	}
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
	attrs = append(attrs, refusal(c)...)
	if status < 400 { // a failed request may not have read all its parameters
		if names := web.IgnoredParameters(c); len(names) > 0 {
			attrs = append(attrs, slog.Any("ignoredParameters", names))
		}
	}
	s.log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", attrs...)
}

// refusal returns the reason of a refused request, and its subject. A rejected
// authentication that FreeRADIUS reports is a refusal, although the report is accepted.
func refusal(c echo.Context) []slog.Attr {
	subject := onboarding.SubjectOf(c.Request().Context())
	shown := web.ErrorOf(c)
	var attrs []slog.Attr
	switch {
	case shown != nil:
		attrs = append(attrs, slog.String("refused", string(shown.Kind)))
		if shown.Cause != nil && c.Response().Status < 500 {
			attrs = append(attrs, slog.String("cause", shown.Cause.Error()))
		}
	case subject.Reason != "":
		attrs = append(attrs, slog.String("refused", string(subject.Reason)))
	default:
		return nil
	}
	if p := web.PrincipalOf(c); p != nil && subject.OrganizationID == "" {
		subject.OrganizationID = p.OrganizationID
	}
	return append(attrs, subject.Attrs()...)
}
