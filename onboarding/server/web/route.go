package web

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding/auth"
)

// Route is one line of the table of routes.
type Route struct {
	Method, Pattern string
	Handle          echo.HandlerFunc
	Access          Access
	Scope           auth.Scope       // required of the token; empty: none
	BodyLimit       int64            // most bytes of a body; NoBody: none is read
	Head            echo.HandlerFunc // handles HEAD where the GET has side effects; nil: Handle
	RADIUS          bool             // called by FreeRADIUS
	Long            bool             // may read many rows, and gets twice the time
	WholeSeconds    bool             // errors state times in whole seconds, as the route's answers do
	Session         bool             // requires an operator's session in the console in place of a token
	Fail            Failer           // writes errors in another form; nil: the API's
}

// Access defines the callers of a route.
type Access int

const (
	// Anybody requires no token and reads none.
	Anybody Access = iota
	// AnyToken requires a token of any role.
	AnyToken
	// Manager requires an organizationManager's token.
	Manager
	// PeopleManager is Manager, or a locationManager's token for the people of its location.
	PeopleManager
	// Operator is PeopleManager, or a support token.
	Operator
	// Support is Operator. A support token needs customer_read instead of the route's scope.
	Support
	// Proven requires an operator's token, or a publicApp's with a proof of the customer: the token
	// itself, or a guid, which the use case compares.
	Proven
)

// Roles returns the roles that the access permits; nil: all.
func (a Access) Roles() []auth.Role {
	switch a {
	case Manager:
		return []auth.Role{auth.OrganizationManager}
	case PeopleManager:
		return []auth.Role{auth.OrganizationManager, auth.LocationManager}
	case Operator, Support:
		return []auth.Role{auth.OrganizationManager, auth.LocationManager, auth.Support}
	}
	return nil
}

// ScopeFor returns the scope that the route requires of a token with the role; empty: none.
func (r *Route) ScopeFor(role auth.Role) auth.Scope {
	if r.Access == Support && role == auth.Support {
		return auth.CustomerRead
	}
	return r.Scope
}

// Limits of bodies: each as small as its members allow with every character escaped.
const (
	NoBody         = 0
	IgnoredBody    = 16 << 10 // allowed in Content-Length where no body is read
	LoginLimit     = 4 << 10
	SmallLimit     = 16 << 10 // a few members of some hundred bytes
	CustomerLimit  = 64 << 10
	AttributeLimit = 1 << 20 // for FreeRADIUS only, after login
)

// Budget returns the part of the memory for bodies that the route may use.
func (r *Route) Budget() int64 {
	if r.RADIUS {
		return BodyBudget
	}
	return PublicBodyBudget
}
