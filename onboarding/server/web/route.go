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
	Fail            Failer           // writes errors in another form; nil: the API's
}

// Access defines the callers of a route.
type Access int

const (
	// Anybody requires no token and reads none.
	Anybody Access = iota
	// AnyToken requires a token of either role.
	AnyToken
	// Manager requires an organizationManager's token.
	Manager
	// Proven requires a manager's token, or a publicApp's with a proof of the customer: the token
	// itself, or a guid, which the use case compares.
	Proven
)

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
