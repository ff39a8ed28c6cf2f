package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// guidHeader is where a client shows its device's guid; it is never in a URL.
const guidHeader = "Onramp-Guid"

// The keys of what guard leaves in the request's context.
const (
	routeKey   = "onramp.route"
	callerKey  = "onramp.caller"
	serviceKey = "onramp.service"
)

// guard holds a route to its line of the table before its handler sees the request.
func (s *Server) guard(r *route, handle echo.HandlerFunc) echo.HandlerFunc {
	return s.inTime(r, func(c echo.Context) error {
		c.Set(routeKey, r)
		request := c.Request()
		by := &onboarding.Caller{Address: s.clientAddress(request), Agent: request.UserAgent()}
		by.Guid, _ = shownGuid(request.Header)
		c.Set(callerKey, by)
		c.Set(serviceKey, s.service)
		of := &share{of: &s.bodies, limit: r.budget()}
		c.Set(shareKey, of)
		defer of.release()
		if r.who != anybody {
			if err := s.authorize(c, r, by); err != nil {
				return err
			}
		}
		if !r.aaa && request.ContentLength > max(r.body, ignoredBody) { // FreeRADIUS shows its secret first
			if request.Header.Get("Expect") == "" { // else the client waits for our word before it sends
				drain(request.Body)
			}
			return errTooLarge
		}
		if strings.Count(request.URL.RawQuery, "&") >= maxParameters {
			if r.who == anybody { // a visitor cannot help what a captive portal writes: it counts as nothing
				request.URL.RawQuery = ""
				return handle(c)
			}
			return &onboarding.Error{Kind: onboarding.Invalid, Message: "the query has too many parameters"}
		}
		return handle(c)
	})
}

// authorize finds out who asks and holds him to the route's role and scope.
func (s *Server) authorize(c echo.Context, r *route, by *onboarding.Caller) error {
	token, err := bearer(c.Request().Header)
	if err != nil {
		return err
	}
	p, err := s.service.Authenticate(c.Request().Context(), token)
	if err != nil {
		return err
	}
	by.Principal = p
	if r.who == manager && !p.IsManager() {
		return &onboarding.Error{Kind: onboarding.Forbidden, Message: "only an " + string(auth.OrganizationManager) + " may do this"}
	}
	if r.scope != "" && !p.Allows(r.scope) {
		return &onboarding.Error{Kind: onboarding.Forbidden, Message: "the token lacks the scope " + string(r.scope)}
	}
	return nil
}

// bearer returns the token of an Authorization header (RFC 6750, section 2.1). Without any the client has shown no
// credential (401); with anything else, a token that is invalid (403).
func bearer(header http.Header) (string, error) {
	value := strings.TrimSpace(header.Get(echo.HeaderAuthorization))
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	switch {
	case value == "" || strings.EqualFold(scheme, "Bearer") && token == "":
		return "", &onboarding.Error{Kind: onboarding.Unauthenticated, Message: "a token is needed: Authorization: Bearer ..."}
	case !strings.EqualFold(scheme, "Bearer"):
		return "", &onboarding.Error{Kind: onboarding.Forbidden, Message: "invalid or expired token"}
	}
	return token, nil
}

// shownGuid is the guid in the header; ok is false when there are several different ones. They prove nothing: a proxy in between may have looked
// at another than we would.
func shownGuid(header http.Header) (guid string, ok bool) {
	guids := header.Values(guidHeader)
	if len(guids) == 0 {
		return "", true
	}
	if slices.ContainsFunc(guids, func(other string) bool { return other != guids[0] }) {
		return "", false
	}
	return guids[0], true
}

// routeOf returns the request's line of the table, or nil where none matched.
func routeOf(c echo.Context) *route {
	r, _ := c.Get(routeKey).(*route)
	return r
}

// callerOf returns who asks.
func callerOf(c echo.Context) *onboarding.Caller {
	return c.Get(callerKey).(*onboarding.Caller)
}

// serviceOf returns the service that the request is for.
func serviceOf(c echo.Context) *onboarding.Service {
	return c.Get(serviceKey).(*onboarding.Service)
}

// param returns a part of the path that the pattern names, unescaped.
func param(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" { // then it was matched, and cut out, unescaped
		return value
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}
