package web

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding/auth"
)

// Route is one line of the table of everything that can be asked.
type Route struct {
	Method, Pattern string
	Handle          echo.HandlerFunc
	Access          Access
	Scope           auth.Scope       // that the token must hold; empty where no token is asked for, or any will do
	BodyLimit       int64            // the most bytes of a body; noBody: none is read
	Head            echo.HandlerFunc // answers HEAD where the GET does more than answer; nil: the GET
	RADIUS          bool             // is asked by FreeRADIUS
	Long            bool             // may go through many rows, and so take longer than others
	WholeSeconds    bool             // the generated of its errors is in whole seconds, as in its answers
	Fail            Failer           // tells an error in another form than the API's; nil: the API's
}

// Access may use a route.
type Access int

const (
	// Anybody needs no token, and none is looked at.
	Anybody Access = iota
	// AnyToken is one of either role.
	AnyToken
	// Manager is an organizationManager's token.
	Manager
	// Proven is a manager's token, or a publicApp's that proves the customer by itself or by a guid (which the Service compares).
	Proven
)

// The limits of bodies: as small as the members of each allow, written with every character escaped.
const (
	NoBody         = 0
	IgnoredBody    = 16 << 10 // announced for a route that reads none
	LoginLimit     = 4 << 10
	SmallLimit     = 16 << 10 // a few members of some hundred bytes
	CustomerLimit  = 64 << 10
	AttributeLimit = 1 << 20 // FreeRADIUS alone, which has shown its secret
)

// Budget is the part of the memory for bodies that the route may use.
func (r *Route) Budget() int64 {
	if r.RADIUS {
		return BodyBudget
	}
	return PublicBodyBudget
}
