package server

import (
	"net/http"

	"onramp/onboarding/auth"
	"onramp/onboarding/server/aaa"
	"onramp/onboarding/server/web"
)

// accessRoutes returns the routes of logins and tokens.
func (s *Server) accessRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Pattern: "/v1/sts/login/services", Handle: s.login, Access: web.Anybody, BodyLimit: web.LoginLimit},
		{Method: http.MethodGet, Pattern: "/v1/sts/services/:service", Handle: s.describeService, Access: web.AnyToken},
		{Method: http.MethodPost, Pattern: "/v1/sts/logout", Handle: s.logout, Access: web.AnyToken, BodyLimit: web.NoBody},
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
		{Method: http.MethodGet, Pattern: "/v1/organizations/:org/policies", Handle: s.policyKeys, Access: web.AnyToken, Scope: settings},
		{Method: http.MethodGet, Pattern: "/v3/organizations/:org/policies", Handle: s.policies, Access: web.AnyToken, Scope: settings},
		{Method: http.MethodGet, Pattern: "/v4/organizations/:org/devices/:device/settings", Handle: s.settings, Access: web.AnyToken, Scope: settings},

		// A customer on a new device has no proof yet. The Service limits these three for apps.
		{Method: http.MethodPost, Pattern: "/v3/customers", Handle: s.createCustomer, Access: web.AnyToken, Scope: write, BodyLimit: web.CustomerLimit},
		{Method: http.MethodGet, Pattern: "/v2/customers/organizations/:org/exist", Handle: s.customerExists, Access: web.AnyToken, Scope: read},
		{Method: http.MethodPost, Pattern: "/v3/customers/credential/check", Handle: s.checkCredential, Access: web.AnyToken, Scope: write, BodyLimit: web.SmallLimit},

		{Method: http.MethodGet, Pattern: "/v3/customers/:id", Handle: s.customerInfo, Access: web.Proven, Scope: read},
		{Method: http.MethodPut, Pattern: "/v3/customers/:id", Handle: s.updateCustomer, Access: web.Proven, Scope: write, BodyLimit: web.CustomerLimit},
		{Method: http.MethodPost, Pattern: "/v3/customers/:id/devices", Handle: s.recordDevice, Access: web.Proven, Scope: write, BodyLimit: web.CustomerLimit},
		// The Service also requires customer_write of a manager, and records the download.
		{Method: http.MethodGet, Pattern: "/v3/customers/:id/profile", Handle: s.profile, Access: web.Proven, Scope: read},
		{Method: http.MethodPost, Pattern: "/v3/customers/:id/installations", Handle: s.recordInstallation, Access: web.Proven, Scope: write, BodyLimit: web.SmallLimit},
		{Method: http.MethodGet, Pattern: "/v3/customers/:id/installations", Handle: s.installations, Access: web.Proven, Scope: read},
		{Method: http.MethodDelete, Pattern: "/v3/customers/:id/installations/:installation", Handle: s.removeInstallation, Access: web.Proven, Scope: write, BodyLimit: web.SmallLimit},

		{Method: http.MethodGet, Pattern: "/v3/customers/:id/guids", Handle: s.guids, Access: web.Manager, Scope: read},
		{Method: http.MethodDelete, Pattern: "/v3/customers/:id/guids/:guid", Handle: s.removeGuid, Access: web.Manager, Scope: write, BodyLimit: web.NoBody},
		{Method: http.MethodPost, Pattern: "/v3/customers/:id/lock", Handle: s.lock, Access: web.Manager, Scope: write, BodyLimit: web.NoBody},
		{Method: http.MethodPost, Pattern: "/v3/customers/:id/unlock", Handle: s.unlock, Access: web.Manager, Scope: write, BodyLimit: web.NoBody},
		{Method: http.MethodPost, Pattern: "/v3/customers/:id/rotate", Handle: s.rotate, Access: web.Manager, Scope: write, BodyLimit: web.NoBody},
	}
}

// contactRoutes returns the routes of contacts, for operators.
func (s *Server) contactRoutes() []web.Route {
	routes := []web.Route{
		{Method: http.MethodGet, Pattern: "/v2/customers/organizations/:org", Handle: s.searchContacts, Long: true, Access: web.Manager, Scope: auth.CustomerRead},
		{Method: http.MethodGet, Pattern: "/v2/customers/:id", Handle: s.contact, Access: web.Manager, Scope: auth.CustomerRead},
		{Method: http.MethodGet, Pattern: "/v3/customers/:id/export", Handle: s.exportContact, Long: true, Access: web.Manager, Scope: auth.CustomerRead},
		{Method: http.MethodPut, Pattern: "/v1/customers/:id/policies", Handle: s.decidePolicies, Access: web.Manager, Scope: auth.CustomerWrite, BodyLimit: web.CustomerLimit},
		{Method: http.MethodDelete, Pattern: "/v1/customers/:id", Handle: s.deleteContact, Access: web.Manager, Scope: auth.CustomerWrite, BodyLimit: web.NoBody},
		{Method: http.MethodGet, Pattern: "/v2/customers/:id/accountings", Handle: s.accountings, Access: web.Manager, Scope: auth.CustomerRead},
		{Method: http.MethodGet, Pattern: "/v2/customers/:id/devices", Handle: s.stations, Access: web.Manager, Scope: auth.CustomerRead},
		{Method: http.MethodGet, Pattern: "/v2/customers/:id/events", Handle: s.contactEvents, Access: web.Manager, Scope: auth.CustomerRead},
		{Method: http.MethodGet, Pattern: "/v1/organizations/:org/events", Handle: s.organizationEvents, Long: true, Access: web.Manager, Scope: auth.EventsRead},
		{Method: http.MethodPost, Pattern: "/v2/customers/:id/token", Handle: s.createToken, Access: web.Manager, Scope: auth.CustomerWrite, BodyLimit: web.SmallLimit},

		{Method: http.MethodGet, Pattern: "/v3/locations/organizations/:org", Handle: s.locations, Access: web.Manager, Scope: auth.OrganizationSettingsRead},
		{Method: http.MethodGet, Pattern: "/v3/locations/:location", Handle: s.location, Access: web.Manager, Scope: auth.OrganizationSettingsRead},
		{Method: http.MethodGet, Pattern: "/v3/hotspots/organizations/:org", Handle: s.hotspots, Access: web.Manager, Scope: auth.OrganizationSettingsRead},
		{Method: http.MethodGet, Pattern: "/v3/hotspots/:hotspot", Handle: s.hotspot, Access: web.Manager, Scope: auth.OrganizationSettingsRead},
	}
	for i := range routes {
		routes[i].WholeSeconds = true
	}
	return routes
}

// aaaRoutes returns the routes of FreeRADIUS's listener.
func (s *Server) aaaRoutes() []web.Route {
	return aaa.Routes(aaa.Config{Service: s.service, Secret: s.aaaSecret, Log: s.log, Refused: s.metrics.refusedRecords})
}

// patterns returns the routes' patterns.
func patterns(routes []web.Route) []string {
	all := make([]string, len(routes))
	for i := range routes {
		all[i] = routes[i].Pattern
	}
	return all
}
