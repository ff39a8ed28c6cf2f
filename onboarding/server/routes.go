package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/auth"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/aaa"
	"onramp/onboarding/server/console"
	"onramp/onboarding/server/web"
)

// get returns a GET route; scope may be empty.
func get(pattern string, handle echo.HandlerFunc, access web.Access, scope auth.Scope) web.Route {
	return web.Route{Method: http.MethodGet, Pattern: pattern, Handle: handle, Access: access, Scope: scope}
}

// post returns a POST route with a limit of its body.
func post(pattern string, limit int64, handle echo.HandlerFunc, access web.Access, scope auth.Scope) web.Route {
	return withBody(http.MethodPost, pattern, limit, handle, access, scope)
}

func put(pattern string, limit int64, handle echo.HandlerFunc, access web.Access, scope auth.Scope) web.Route {
	return withBody(http.MethodPut, pattern, limit, handle, access, scope)
}

func remove(pattern string, limit int64, handle echo.HandlerFunc, access web.Access, scope auth.Scope) web.Route {
	return withBody(http.MethodDelete, pattern, limit, handle, access, scope)
}

func withBody(
	method, pattern string, limit int64, handle echo.HandlerFunc, access web.Access, scope auth.Scope,
) web.Route {
	return web.Route{
		Method: method, Pattern: pattern, Handle: handle, Access: access, Scope: scope, BodyLimit: limit,
	}
}

// withHead gives a route a handler of its own for HEAD.
func withHead(r web.Route, handle echo.HandlerFunc) web.Route {
	r.Head = handle
	return r
}

// long gives a route the time to read many rows, and compresses its answers.
func long(r web.Route) web.Route {
	r.Long, r.Handle = true, web.Compressed(r.Handle)
	return r
}

// accessRoutes returns the routes of logins and tokens.
func (s *Server) accessRoutes() []web.Route {
	return []web.Route{
		post("/v1/sts/login/services", web.LoginLimit, s.login, web.Anybody, ""),
		get("/v1/sts/services/:service", s.describeService, web.AnyToken, ""),
		post("/v1/sts/logout", web.NoBody, s.logout, web.AnyToken, ""),
	}
}

// sdkRoutes returns the routes of the mobile SDK and of operators' tools.
func (s *Server) sdkRoutes() []web.Route {
	const (
		settings = auth.OrganizationSettingsRead
		read     = auth.CustomerRead
		write    = auth.CustomerWrite
	)
	return []web.Route{
		get("/v1/organizations/:org/policies", s.policyKeys, web.AnyToken, settings),
		get("/v3/organizations/:org/policies", s.policies, web.AnyToken, settings),
		get("/v4/organizations/:org/devices/:device/settings", s.settings, web.AnyToken, settings),

		// A customer on a new device has no proof yet. The use case limits these three for apps.
		post("/v3/customers", web.CustomerLimit, s.createCustomer, web.AnyToken, write),
		get("/v2/customers/organizations/:org/exist", s.customerExists, web.AnyToken, read),
		post("/v3/customers/credential/check", web.SmallLimit, s.checkCredential, web.AnyToken, write),

		get("/v3/customers/:id", s.customerInfo, web.Proven, read),
		put("/v3/customers/:id", web.CustomerLimit, s.updateCustomer, web.Proven, write),
		post("/v3/customers/:id/devices", web.CustomerLimit, s.recordDevice, web.Proven, write),
		// The use case also requires customer_write of a manager, and records the download.
		withHead(get("/v3/customers/:id/profile", s.profile, web.Proven, read), s.profileHeader),
		post("/v3/customers/:id/installations", web.SmallLimit, s.recordInstallation, web.Proven, write),
		get("/v3/customers/:id/installations", s.installations, web.Proven, read),
		get("/v3/customers/:id/connectivity", s.ownConnectivity, web.Proven, read),
		remove("/v3/customers/:id/installations/:installation", web.SmallLimit, s.removeInstallation,
			web.Proven, write),
		post("/v3/customers/:id/verifications", web.SmallLimit, s.startVerification, web.Proven, write),
		post("/v3/customers/:id/verifications/:verification", web.SmallLimit, s.checkVerification, web.Proven, write),

		get("/v3/customers/:id/guids", s.guids, web.Operator, read),
		remove("/v3/customers/:id/guids/:guid", web.NoBody, s.removeGuid, web.PeopleManager, write),
		post("/v3/customers/:id/lock", web.NoBody, s.lock, web.PeopleManager, write),
		post("/v3/customers/:id/unlock", web.NoBody, s.unlock, web.Support, write),
		post("/v3/customers/:id/rotate", web.NoBody, s.rotate, web.PeopleManager, write),
	}
}

// contactRoutes returns the routes of contacts, for operators.
func (s *Server) contactRoutes() []web.Route {
	routes := []web.Route{
		long(get("/v2/customers/organizations/:org", s.searchContacts, web.Operator, auth.CustomerRead)),
		get("/v2/customers/:id", s.contact, web.Operator, auth.CustomerRead),
		long(get("/v3/customers/:id/export", s.exportContact, web.PeopleManager, auth.CustomerRead)),
		put("/v1/customers/:id/policies", web.CustomerLimit, s.decidePolicies, web.PeopleManager, auth.CustomerWrite),
		remove("/v1/customers/:id", web.NoBody, s.deleteContact, web.PeopleManager, auth.CustomerWrite),
		get("/v2/customers/:id/accountings", s.accountings, web.Operator, auth.CustomerRead),
		get("/v2/customers/:id/devices", s.stations, web.Operator, auth.CustomerRead),
		get("/v2/customers/:id/connectivity", s.contactConnectivity, web.Operator, auth.CustomerRead),
		long(get("/v2/organizations/:org/refusals", s.refusals, web.Operator, auth.CustomerRead)),
		long(get("/v2/organizations/:org/statistics", s.statisticsReport, web.Operator, auth.CustomerRead)),
		get("/v2/organizations/:org/webhooks", s.webhooks, web.Manager, auth.OrganizationRead),
		get("/v2/organizations/:org/webhooks/:webhook/deliveries", s.webhookDeliveries, web.Manager,
			auth.OrganizationRead),
		post("/v2/organizations/:org/webhooks/:webhook/replay", web.SmallLimit, s.replayWebhook, web.Manager,
			auth.OrganizationWrite),
		post("/v2/organizations/:org/webhooks/:webhook/test", web.NoBody, s.testWebhook, web.Manager,
			auth.OrganizationWrite),
		post("/v2/organizations/:org/webhooks/:webhook/enable", web.NoBody, s.enableWebhook, web.Manager,
			auth.OrganizationWrite),
		post("/v2/organizations/:org/webhooks/:webhook/rotate", web.SmallLimit, s.rotateWebhook, web.Manager,
			auth.OrganizationWrite),
		get("/v2/customers/:id/events", s.contactEvents, web.Operator, auth.CustomerRead),
		long(get("/v1/organizations/:org/events", s.organizationEvents, web.Operator, auth.EventsRead)),
		post("/v2/customers/:id/token", web.SmallLimit, s.createToken, web.Support, auth.CustomerWrite),

		get("/v3/locations/organizations/:org", s.locations, web.Operator, auth.OrganizationSettingsRead),
		get("/v3/locations/:location", s.location, web.Operator, auth.OrganizationSettingsRead),
		get("/v3/hotspots/organizations/:org", s.hotspots, web.Operator, auth.OrganizationSettingsRead),
		get("/v3/hotspots/:hotspot", s.hotspot, web.Operator, auth.OrganizationSettingsRead),
	}
	for i := range routes {
		routes[i].WholeSeconds = true
	}
	return routes
}

// consoleRoutes returns the routes of the operator's pages, if they are on.
func (s *Server) consoleRoutes(c *Config) []web.Route {
	if !c.Console {
		return nil
	}
	certificates := c.Certificates
	if certificates == nil {
		certificates = func() []console.Certificate { return nil }
	}
	s.console = console.New(console.Config{
		Access: s.access, Links: s.links, Registration: s.registration, Connectivity: s.connectivity,
		Contacts: s.contacts, Statistics: s.statistics, Webhooks: s.hooks, Tenants: s.tenants, Audit: s.audit,
		Forecasts: s.forecasts, Certificates: certificates, SignOn: c.SignOn, Health: c.Health,
		ExportForm: func(r *contacts.ContactRecord) any { return s.exportOf(r) },
		PublicURL:  s.publicURL, Now: s.clock,
	})
	return s.console.Routes()
}

// aaaRoutes returns the routes of FreeRADIUS's listener.
func (s *Server) aaaRoutes() []web.Route {
	return aaa.Routes(aaa.Config{
		RADIUS: s.radius, Guard: s.aaaGuard, Log: s.log, Refused: s.metrics.refusedRecords,
	})
}

// patterns returns the routes' patterns.
func patterns(routes []web.Route) []string {
	all := make([]string, len(routes))
	for i := range routes {
		all[i] = routes[i].Pattern
	}
	return all
}
