package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// GuidHeader is where a client shows its device's guid; it is never in a URL.
const GuidHeader = "Onramp-Guid"

// The keys of what guard leaves in the request's context.
const (
	routeKey  = "onramp.route"
	callerKey = "onramp.caller"
)

// requestIDHeader carries the ID that ties an answer to its lines in the log.
const requestIDHeader = "X-Request-Id"

// errorKey is where fail leaves what it told the client, for the log.
const errorKey = "onramp.shown"

// ErrorOf returns the error that the client was shown, or nil.
func ErrorOf(c echo.Context) *onboarding.Error {
	shown, _ := c.Get(errorKey).(*onboarding.Error)
	return shown
}

func SetError(c echo.Context, shown *onboarding.Error) { c.Set(errorKey, shown) }

// SetRequestID gives the request its ID.
func SetRequestID(c echo.Context) { c.Response().Header().Set(requestIDHeader, onboarding.NewID()) }

// RequestID returns the ID that observe gave the request. It is always ours: one that a client chose could repeat another's, or hold anything.
func RequestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// GuidOf is the guid in the header; ok is false when there are several different ones. They prove nothing: a proxy in between may have looked
// at another than we would.
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

// RouteOf returns the request's line of the table, or nil where none matched.
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

// CallerOf returns who asks.
func CallerOf(c echo.Context) *onboarding.Caller {
	return c.Get(callerKey).(*onboarding.Caller)
}

// Param returns a part of the path that the pattern names, unescaped.
func Param(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" { // then it was matched, and cut out, unescaped
		return value
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}
