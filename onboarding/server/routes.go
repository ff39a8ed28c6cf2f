package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/auth"
)

// route is one line of the table of everything that can be asked.
type route struct {
	method, pattern string
	handle          echo.HandlerFunc
	who             who
	scope           auth.Scope       // that the token must hold; empty where no token is asked for, or any will do
	body            int64            // the most bytes of a body; noBody: none is read
	head            echo.HandlerFunc // answers HEAD where the GET does more than answer; nil: the GET
	aaa             bool             // is asked by FreeRADIUS
	long            bool             // may go through many rows, and so take longer than others
	wholeSeconds    bool             // the generated of its errors is in whole seconds, as in its answers
	fail            failer           // tells an error in another form than the API's; nil: the API's
}

// who may use a route.
type who int

const (
	// anybody needs no token, and none is looked at.
	anybody who = iota
	// anyToken is one of either role.
	anyToken
	// manager is an organizationManager's token.
	manager
	// proven is a manager's token, or a publicApp's that proves the customer by itself or by a guid (which the Service compares).
	proven
)

// The limits of bodies: as small as the members of each allow, written with every character escaped.
const (
	noBody         = 0
	ignoredBody    = 16 << 10 // announced for a route that reads none
	loginLimit     = 4 << 10
	smallLimit     = 16 << 10 // a few members of some hundred bytes
	customerLimit  = 64 << 10
	attributeLimit = 1 << 20 // FreeRADIUS alone, which has shown its secret
)

// budget is the part of the memory for bodies that the route may use.
func (r *route) budget() int64 {
	if r.aaa {
		return bodyBudget
	}
	return publicBodyBudget
}

// accessRoutes: who asks.
func (s *Server) accessRoutes() []route {
	return []route{
		{method: http.MethodPost, pattern: "/v1/sts/login/services", handle: s.login, who: anybody, body: loginLimit},
		{method: http.MethodGet, pattern: "/v1/sts/services/:service", handle: s.describeService, who: anyToken},
		{method: http.MethodPost, pattern: "/v1/sts/logout", handle: s.logout, who: anyToken, body: noBody},
	}
}

// sdkRoutes: what the mobile SDK asks, and an operator's tools with it.
func (s *Server) sdkRoutes() []route {
	const (
		settings = auth.OrganizationSettingsRead
		read     = auth.CustomerRead
		write    = auth.CustomerWrite
	)
	return []route{
		{method: http.MethodGet, pattern: "/v1/organizations/:org/policies", handle: s.policyKeys, who: anyToken, scope: settings},
		{method: http.MethodGet, pattern: "/v3/organizations/:org/policies", handle: s.policies, who: anyToken, scope: settings},
		{method: http.MethodGet, pattern: "/v4/organizations/:org/devices/:device/settings", handle: s.settings, who: anyToken, scope: settings},

		// These three need no proof, for a customer on a new device has none. From an app the Service limits them.
		{method: http.MethodPost, pattern: "/v3/customers", handle: s.createCustomer, who: anyToken, scope: write, body: customerLimit},
		{method: http.MethodGet, pattern: "/v2/customers/organizations/:org/exist", handle: s.customerExists, who: anyToken, scope: read},
		{method: http.MethodPost, pattern: "/v3/customers/credential/check", handle: s.checkCredential, who: anyToken, scope: write, body: smallLimit},

		{method: http.MethodGet, pattern: "/v3/customers/:id", handle: s.customerInfo, who: proven, scope: read},
		{method: http.MethodPut, pattern: "/v3/customers/:id", handle: s.updateCustomer, who: proven, scope: write, body: customerLimit},
		{method: http.MethodPost, pattern: "/v3/customers/:id/devices", handle: s.recordDevice, who: proven, scope: write, body: customerLimit},
		// From a manager the Service wants customer_write besides, and records it.
		{method: http.MethodGet, pattern: "/v3/customers/:id/profile", handle: s.profile, who: proven, scope: read},
		{method: http.MethodPost, pattern: "/v3/customers/:id/installations", handle: s.recordInstallation, who: proven, scope: write, body: smallLimit},
		{method: http.MethodGet, pattern: "/v3/customers/:id/installations", handle: s.installations, who: proven, scope: read},
		{method: http.MethodDelete, pattern: "/v3/customers/:id/installations/:installation", handle: s.removeInstallation, who: proven, scope: write, body: smallLimit},

		{method: http.MethodGet, pattern: "/v3/customers/:id/guids", handle: s.guids, who: manager, scope: read},
		{method: http.MethodDelete, pattern: "/v3/customers/:id/guids/:guid", handle: s.removeGuid, who: manager, scope: write, body: noBody},
		{method: http.MethodPost, pattern: "/v3/customers/:id/lock", handle: s.lock, who: manager, scope: write, body: noBody},
		{method: http.MethodPost, pattern: "/v3/customers/:id/unlock", handle: s.unlock, who: manager, scope: write, body: noBody},
		{method: http.MethodPost, pattern: "/v3/customers/:id/rotate", handle: s.rotate, who: manager, scope: write, body: noBody},
	}
}

// contactRoutes: what an operator asks about people.
func (s *Server) contactRoutes() []route {
	routes := []route{
		{method: http.MethodGet, pattern: "/v2/customers/organizations/:org", handle: s.searchContacts, long: true, who: manager, scope: auth.CustomerRead},
		{method: http.MethodGet, pattern: "/v2/customers/:id", handle: s.contact, who: manager, scope: auth.CustomerRead},
		{method: http.MethodGet, pattern: "/v3/customers/:id/export", handle: s.exportContact, long: true, who: manager, scope: auth.CustomerRead},
		{method: http.MethodPut, pattern: "/v1/customers/:id/policies", handle: s.decidePolicies, who: manager, scope: auth.CustomerWrite, body: customerLimit},
		{method: http.MethodDelete, pattern: "/v1/customers/:id", handle: s.deleteContact, who: manager, scope: auth.CustomerWrite, body: noBody},
		{method: http.MethodGet, pattern: "/v2/customers/:id/accountings", handle: s.accountings, who: manager, scope: auth.CustomerRead},
		{method: http.MethodGet, pattern: "/v2/customers/:id/devices", handle: s.stations, who: manager, scope: auth.CustomerRead},
		{method: http.MethodGet, pattern: "/v2/customers/:id/events", handle: s.contactEvents, who: manager, scope: auth.CustomerRead},
		{method: http.MethodGet, pattern: "/v1/organizations/:org/events", handle: s.organizationEvents, long: true, who: manager, scope: auth.EventsRead},
		{method: http.MethodPost, pattern: "/v2/customers/:id/token", handle: s.createToken, who: manager, scope: auth.CustomerWrite, body: smallLimit},

		{method: http.MethodGet, pattern: "/v3/locations/organizations/:org", handle: s.locations, who: manager, scope: auth.OrganizationSettingsRead},
		{method: http.MethodGet, pattern: "/v3/locations/:location", handle: s.location, who: manager, scope: auth.OrganizationSettingsRead},
		{method: http.MethodGet, pattern: "/v3/hotspots/organizations/:org", handle: s.hotspots, who: manager, scope: auth.OrganizationSettingsRead},
		{method: http.MethodGet, pattern: "/v3/hotspots/:hotspot", handle: s.hotspot, who: manager, scope: auth.OrganizationSettingsRead},
	}
	for i := range routes {
		routes[i].wholeSeconds = true
	}
	return routes
}

// pageRoutes returns the routes that a browser on a phone opens, without a login.
func (s *Server) pageRoutes() []route { return s.pages.routes() }

// aaaRoutes: what FreeRADIUS asks, on a listener of its own.
func (s *Server) aaaRoutes() []route {
	line := func(pattern string, handle echo.HandlerFunc) route {
		return route{method: http.MethodPost, pattern: pattern, handle: s.radius(handle), who: anybody, body: attributeLimit, aaa: true, fail: failRADIUS}
	}
	return []route{
		line("/aaa/authorize", s.aaaAuthorize),
		line("/aaa/post-auth", s.aaaPostAuth),
		line("/aaa/accounting", s.aaaAccounting),
	}
}
