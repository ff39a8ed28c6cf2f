package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/apidocs"
	"onramp/onboarding/server/web"
	"onramp/onboarding/tenantfile"
)

// newDocs returns the documentation for an address at which clients reach the API.
func newDocs(publicURL string) (*apidocs.Site, error) {
	document, err := openAPIDocument(publicURL)
	if err != nil {
		return nil, err
	}
	return apidocs.New(apidocs.Content{
		OpenAPI: document, TenantSchema: tenantfile.Schema(), TenantKeys: tenantfile.Reference(),
	})
}

// openAPIDocument returns the OpenAPI document that names publicURL as its server.
func openAPIDocument(publicURL string) ([]byte, error) {
	files, err := openAPIFiles()
	if err != nil {
		return nil, err
	}
	root, err := mergeYAML(files)
	if err != nil {
		return nil, err
	}
	if err := nameServer(root, publicURL); err != nil {
		return nil, err
	}
	if err := describeAccess(root); err != nil {
		return nil, err
	}
	return writeYAML(root)
}

// docsRoutes returns the routes of the documentation.
func (s *Server) docsRoutes() []web.Route {
	var routes []web.Route
	for _, pattern := range []string{
		"/openapi.yaml", "/schema/tenant.json", "/docs", "/docs/api", "/docs/assets/:name", "/docs/:name",
	} {
		routes = append(routes, web.Route{
			Method: http.MethodGet, Pattern: pattern, Handle: s.showDocs, Access: web.Anybody, BodyLimit: web.NoBody,
		})
	}
	return routes
}

func (s *Server) showDocs(c echo.Context) error {
	docs, err := s.docs()
	if err != nil {
		return err
	}
	docs.ServeHTTP(c.Response(), c.Request())
	return nil
}
