package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// GuidHeader is the header of the device's guid, which is never part of a URL.
const GuidHeader = "Onramp-Guid"

// Context keys that Begin sets.
const (
	routeKey  = "onramp.route"
	callerKey = "onramp.caller"
)

// requestIDHeader holds the ID that links an answer to its log lines.
const requestIDHeader = "X-Request-Id"

// errorKey is the context key of the error in the answer, for the log.
const errorKey = "onramp.shown"

// ErrorOf returns the error in the answer, or nil.
func ErrorOf(c echo.Context) *onboarding.Error {
	shown, _ := c.Get(errorKey).(*onboarding.Error)
	return shown
}

func SetError(c echo.Context, shown *onboarding.Error) { c.Set(errorKey, shown) }

// SetRequestID gives the request its ID.
func SetRequestID(c echo.Context) { c.Response().Header().Set(requestIDHeader, onboarding.NewID()) }

// RequestID returns the request's ID. The server always assigns it, because a client's own ID could
// repeat another or hold any text.
func RequestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// GuidOf returns the guid in the header. ok is false if there are several different ones: they
// prove nothing, because a proxy may have checked another one.
func GuidOf(header http.Header) (guid string, ok bool) {
	guids := header.Values(GuidHeader)
	if len(guids) == 0 {
		return "", true
	}
	if slices.ContainsFunc(guids, func(other string) bool { return other != guids[0] }) {
		return "", false
	}
	return guids[0], true
}

// Begin attaches a request's route, caller and share of the budget to its context.
func Begin(c echo.Context, r *Route, by *onboarding.Caller, bodies *Share) {
	c.Set(routeKey, r)
	c.Set(callerKey, by)
	c.Set(shareKey, bodies)
}

// RouteOf returns the request's route, or nil if none matched.
func RouteOf(c echo.Context) *Route {
	r, _ := c.Get(routeKey).(*Route)
	return r
}

// PrincipalOf returns the principal that the request's token belongs to, or nil.
func PrincipalOf(c echo.Context) *auth.Principal {
	by, _ := c.Get(callerKey).(*onboarding.Caller)
	if by == nil {
		return nil
	}
	return by.Principal
}

// CallerOf returns the request's caller.
func CallerOf(c echo.Context) *onboarding.Caller {
	return c.Get(callerKey).(*onboarding.Caller)
}

// Param returns a path parameter, unescaped.
func Param(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" { // the router matched the unescaped path
		return value
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}
