package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// registrarKey is the context key of the use case registration.
const registrarKey = "onramp.registrar"

// guard enforces a route's rules before its handler runs.
func (s *Server) guard(r *web.Route, handle echo.HandlerFunc) echo.HandlerFunc {
	return s.inTime(r, s.audited(r, func(c echo.Context) error {
		request := c.Request()
		by := &onboarding.Caller{Address: s.clientAddress(request), Agent: request.UserAgent()}
		by.Guid, _ = web.GuidOf(request.Header)
		bodies := s.bodies.Share(r.Budget())
		defer bodies.Release()
		web.Begin(c, r, by, bodies)
		c.Set(registrarKey, s.registration)
		if !r.RADIUS { // phones with a profile go on connecting
			end, err := s.load.Begin(c)
			if err != nil {
				return err
			}
			defer end()
		}
		if err := s.admit(c, r, by); err != nil {
			return err
		}
		if !r.RADIUS && request.ContentLength > max(r.BodyLimit, web.IgnoredBody) { // FreeRADIUS must log in first
			if request.Header.Get("Expect") == "" { // else the client waits for an answer before it sends
				web.Drain(request.Body)
			}
			return web.ErrTooLarge
		}
		if strings.Count(request.URL.RawQuery, "&") >= web.MaxParameters {
			if r.Access == web.Anybody { // captive portals may add parameters; the query counts as empty
				request.URL.RawQuery = ""
				return handle(c)
			}
			return &onboarding.Error{Kind: onboarding.Invalid, Message: "the query has too many parameters"}
		}
		return handle(c)
	}))
}

// admit authenticates the caller as the route requires, checks the route's role and scope, and sets
// the actor of the audit.
func (s *Server) admit(c echo.Context, r *web.Route, by *onboarding.Caller) error {
	switch {
	case r.Session:
		actor, err := s.console.Authenticate(c, by)
		actAs(c, onboarding.ActorConsole, actor)
		if err != nil || by.Principal == nil { // a page of no organization
			return err
		}
		return s.permit(c, r, by)
	case r.Access == web.Anybody:
		actAs(c, onboarding.ActorVisitor, "")
		return nil
	}
	return s.authorize(c, r, by)
}

// audited counts the refused requests of client keys and operators for the audit.
func (s *Server) audited(r *web.Route, handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := handle(c)
		if err == nil {
			return nil
		}
		if by := web.CallerOf(c); by.Principal != nil {
			s.access.CountRefused(c.Request().Context(), by, r.Method+" "+r.Pattern, err)
		}
		return err
	}
}

// authorize authenticates the caller by its token and checks the route's role and scope.
func (s *Server) authorize(c echo.Context, r *web.Route, by *onboarding.Caller) error {
	token, err := bearer(c.Request().Header)
	if err != nil {
		return err
	}
	p, err := s.access.Authenticate(c.Request().Context(), token)
	if err != nil {
		return err
	}
	by.Principal = p
	actAs(c, onboarding.KeyActor(p.Role), p.ServiceID)
	return s.permit(c, r, by)
}

// permit checks the caller's role, scope and location.
func (s *Server) permit(c echo.Context, r *web.Route, by *onboarding.Caller) error {
	p := by.Principal
	if roles := r.Access.Roles(); roles != nil && !slices.Contains(roles, p.Role) {
		names := make([]string, len(roles))
		for i, role := range roles {
			names[i] = string(role)
		}
		return onboarding.ForbiddenError("requires the role " + strings.Join(names, " or "))
	}
	scope := r.ScopeFor(p.Role)
	if scope == "" {
		return nil
	}
	if !p.Allows(scope) {
		return onboarding.ForbiddenError("the token lacks the scope " + string(scope))
	}
	return s.access.CheckLocation(c.Request().Context(), by)
}

// bearer returns the token of an Authorization header (RFC 6750, section 2.1). No token is
// Unauthenticated (401), another scheme is an invalid token (403).
func bearer(header http.Header) (string, error) {
	value := strings.TrimSpace(header.Get(echo.HeaderAuthorization))
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	switch {
	case value == "" || strings.EqualFold(scheme, "Bearer") && token == "":
		return "", &onboarding.Error{
			Kind: onboarding.Unauthenticated, Message: "a token is required: Authorization: Bearer ...",
		}
	case !strings.EqualFold(scheme, "Bearer"):
		return "", &onboarding.Error{Kind: onboarding.Forbidden, Message: "invalid or expired token"}
	}
	return token, nil
}

// registrarOf returns the use case registration, for the proof of a request's body.
func registrarOf(c echo.Context) *registration.Registrar {
	return c.Get(registrarKey).(*registration.Registrar)
}

// actAs sets the actor of the request's acts, for the audit.
func actAs(c echo.Context, kind onboarding.ActorKind, id string) {
	request := c.Request()
	c.SetRequest(request.WithContext(onboarding.WithActor(request.Context(), onboarding.Actor{
		Kind: kind, ID: id, RequestID: web.RequestID(c),
	})))
}
