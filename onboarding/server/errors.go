package server

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// fail answers with an error. Internal details go to the log, not to the client.
func (s *Server) fail(c echo.Context, err error) {
	status, shown := web.Translate(c.Request().Context(), err)
	web.SetError(c, shown)
	if status == http.StatusInternalServerError {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "internal error",
			slog.String("requestId", web.RequestID(c)), slog.String("error", err.Error()))
	}
	if c.Response().Committed {
		return
	}
	web.NoStore(c)
	if status == http.StatusUnauthorized {
		// Android's HttpURLConnection fails on a 401 without a challenge
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	web.SetRetryAfter(c, status, shown.RetryAfter)
	if tell := s.failerOf(c); tell != nil {
		failed := tell(c, status, shown)
		if failed == nil || c.Response().Committed {
			return
		}
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "internal error",
			slog.String("requestId", web.RequestID(c)), slog.String("error", failed.Error()))
	}
	if err := web.SendFailure(c, s.clock(), status, shown); err != nil {
		s.log.LogAttrs(c.Request().Context(), slog.LevelDebug, "answer not sent",
			slog.String("requestId", web.RequestID(c)), slog.String("error", err.Error()))
	}
}

// failerOf returns the failer of the request's route, or nil for the API's form. Without a route on
// the main listener, it is the pages'.
func (s *Server) failerOf(c echo.Context) web.Failer {
	switch r := web.RouteOf(c); {
	case r != nil:
		return r.Fail
	case http.Handler(c.Echo()) == s.api:
		return s.pages.FailUnknown
	}
	return nil
}
