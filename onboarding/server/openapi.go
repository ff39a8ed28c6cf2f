package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
	"onramp/templates"
)

// reference is what /openapi.yaml and /docs answer, made once for a deployment.
type reference struct {
	document, page        []byte
	documentTag, pageTag  string // ETags
	contentSecurityPolicy string // of the page
}

// newReference makes both forms of the document for an address at which clients reach the API.
func newReference(publicURL string) (*reference, error) {
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
	d, err := readDocument(root)
	if err != nil {
		return nil, err
	}
	style, err := templates.OpenAPI.ReadFile("openapi/docs.css")
	if err != nil {
		return nil, err
	}
	page, err := renderDocs(d, string(style))
	if err != nil {
		return nil, err
	}
	if err := sayWho(root); err != nil {
		return nil, err
	}
	document, err := writeYAML(root)
	if err != nil {
		return nil, err
	}
	styleSum := sha256.Sum256(style)
	return &reference{
		document: document, documentTag: entityTag(document),
		page: page, pageTag: entityTag(page),
		contentSecurityPolicy: fmt.Sprintf(docsPolicy, base64.StdEncoding.EncodeToString(styleSum[:])),
	}, nil
}

// docsPolicy lets the page have its one stylesheet, which stands in it and is named by its hash, and nothing else.
const docsPolicy = "default-src 'none'; style-src 'sha256-%s'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

func entityTag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// referenceRoutes: the description of all this.
func (s *Server) referenceRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Pattern: "/openapi.yaml", Handle: s.openAPI, Access: web.Anybody},
		{Method: http.MethodGet, Pattern: "/docs", Handle: s.docs, Access: web.Anybody},
	}
}

func (s *Server) openAPI(c echo.Context) error {
	r, err := s.reference()
	if err != nil {
		return err
	}
	return sendCacheable(c, "application/yaml", r.documentTag, r.document) // RFC 9512
}

func (s *Server) docs(c echo.Context) error {
	r, err := s.reference()
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Security-Policy", r.contentSecurityPolicy)
	header.Set("X-Frame-Options", "DENY")
	return sendCacheable(c, echo.MIMETextHTMLCharsetUTF8, r.pageTag, r.page)
}

// sendCacheable answers with what is the same for everybody until the next version, which the client is to ask for each time: 304 while it has it.
func sendCacheable(c echo.Context, contentType, tag string, content []byte) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, contentType)
	header.Set(echo.HeaderCacheControl, "public, no-cache")
	header.Set("ETag", tag)
	// ServeContent knows how tags are compared (RFC 9110, section 13.1.2). Of the request it gets no more than that needs: parts are not served.
	asked := &http.Request{Method: c.Request().Method, Header: http.Header{}}
	if known := c.Request().Header.Values("If-None-Match"); len(known) > 0 {
		asked.Header.Set("If-None-Match", strings.Join(known, ", "))
	}
	http.ServeContent(unranged{c.Response()}, asked, "", time.Time{}, bytes.NewReader(content))
	return nil
}

// unranged leaves out the promise of parts that ServeContent makes.
type unranged struct{ http.ResponseWriter }

func (w unranged) WriteHeader(status int) {
	w.Header().Del("Accept-Ranges")
	w.ResponseWriter.WriteHeader(status)
}
