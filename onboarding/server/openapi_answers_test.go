package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
)

// described stands before a listener and holds every answer that a test gets, and every request
// that was taken, to the OpenAPI document. The listeners of all tests of this package have it, so
// that a member or status which is not described fails the test that sees it.
type described struct {
	t        testing.TB
	spec     *openapi3.T
	listener *echo.Echo
}

// answered holds the answers of all tests: "GET /v3/customers/{id} 200".
var answered seen

type seen struct{ answers sync.Map }

func (s *seen) add(answer string)      { s.answers.Store(answer, true) }
func (s *seen) has(answer string) bool { _, ok := s.answers.Load(answer); return ok }
func (s *seen) reset()                 { s.answers.Clear() }

// describe wraps a listener of a Server.
func describe(t testing.TB, listener http.Handler) *described {
	t.Helper()
	spec, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	return &described{t: t, spec: spec, listener: listener.(*echo.Echo)}
}

// spec is the document as it is served.
var spec = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := openAPIDocument("https://wifi.example.com")
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(document)
})

func (d *described) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, measured := d.t.(*testing.B)                            // the checks would be most of the work
	if measured || strings.HasPrefix(r.URL.Path, "/console") { // pages of operators are no part of the API
		d.listener.ServeHTTP(w, r)
		return
	}
	var sent bytes.Buffer
	r.Body = &teed{Reader: io.TeeReader(r.Body, &sent), Closer: r.Body}
	answer := &recorder{ResponseWriter: w}
	d.listener.ServeHTTP(answer, r)
	if answer.status == 0 { // the handler gave up without an answer
		return
	}
	if err := d.check(r, sent.Bytes(), answer); err != nil {
		d.t.Errorf("%s %s: %d is not as templates/openapi says: %v\n%s", r.Method, r.URL.Path, answer.status, err,
			answer.body.String()[:min(answer.body.Len(), 2000)])
	}
}

type teed struct {
	io.Reader
	io.Closer
}

// recorder records the answer that it passes on.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

func (d *described) check(r *http.Request, sent []byte, answer *recorder) error {
	c := d.listener.NewContext(r, nil)
	d.listener.Router().Find(r.Method, echo.GetPath(r), c)
	path, item := d.item(c.Path())
	var operation *openapi3.Operation
	if item != nil {
		operation = item.GetOperation(strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1))
	}
	if operation == nil {
		if answer.status != http.StatusNotFound && answer.status != http.StatusMethodNotAllowed {
			return errors.New("neither the route nor the answer to one that does not exist")
		}
		// a browser gets a page, which browse holds to its rules
		if weight(r, "text/html") > 0 && weight(r, "text/html") >= weight(r, "application/json") {
			if kind := answer.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
				return fmt.Errorf("a browser gets %s", kind)
			}
			return nil
		}
		return d.checkBody(
			&openapi3.Response{Content: openapi3.NewContentWithJSONSchemaRef(d.spec.Components.Schemas["Error"])},
			r.Method, answer)
	}
	described := operation.Responses.Status(answer.status)
	if described == nil {
		return errors.New("the status is not there")
	}
	answered.add(fmt.Sprintf("%s %s %d", r.Method, path, answer.status))
	if err := checkHeader(described.Value, answer.Header()); err != nil {
		return err
	}
	if coding := answer.Header().Get("Content-Encoding"); coding != "" && answer.body.Len() > 0 {
		plain := *answer
		plain.body = *bytes.NewBuffer(decoded(d.t, coding, answer.body.Bytes()))
		answer = &plain
	}
	if err := d.checkBody(described.Value, r.Method, answer); err != nil {
		return err
	}
	if answer.status < 300 {
		return d.checkRequest(r, sent, c, path, item, operation)
	}
	return nil
}

// weight returns the weight that a request's Accept header gives to a media type.
func weight(r *http.Request, mediaType string) float64 {
	for member := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, parameters, err := mime.ParseMediaType(member)
		if err != nil || name != mediaType {
			continue
		}
		if q, given := parameters["q"]; given {
			weight, _ := strconv.ParseFloat(q, 64)
			return weight
		}
		return 1
	}
	return 0
}

// item finds the path that is the router's pattern but for the names of its parameters.
func (d *described) item(pattern string) (string, *openapi3.PathItem) {
	for path, item := range d.spec.Paths.Map() {
		if shape(path) == shape(pattern) {
			return path, item
		}
	}
	return "", nil
}

// shape is a path template without the names of its parameters.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || strings.HasPrefix(p, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// everywhere are headers that the document's introduction speaks of, or HTTP itself.
var everywhere = []string{
	"Content-Type", "Content-Length", "Date", "Cache-Control", "X-Content-Type-Options", "Referrer-Policy",
	"X-Request-Id", "Strict-Transport-Security", "Vary", "Content-Encoding",
}

func checkHeader(described *openapi3.Response, header http.Header) error {
	if header.Get("X-Request-Id") == "" || header.Get("X-Content-Type-Options") != "nosniff" {
		return fmt.Errorf("the headers lack what every answer has: %v", header)
	}
	known := slices.Clone(everywhere)
	for name, h := range described.Headers {
		known = append(known, http.CanonicalHeaderKey(name))
		given := header.Values(name)
		if h.Value.Required && len(given) == 0 {
			return fmt.Errorf("no %s", name)
		}
		for _, text := range given {
			value := any(text)
			if h.Value.Schema.Value.Type.Is("integer") {
				f, err := json.Number(text).Float64()
				if err != nil {
					return fmt.Errorf("%s: %q is no number", name, text)
				}
				value = f
			}
			if err := h.Value.Schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name := range header {
		if !slices.Contains(known, name) {
			return fmt.Errorf("the header %s is not there", name)
		}
	}
	return nil
}

func (d *described) checkBody(described *openapi3.Response, method string, answer *recorder) error {
	contentType := answer.Header().Get("Content-Type")
	if len(described.Content) == 0 {
		if answer.body.Len() > 0 {
			return errors.New("there is no body")
		}
		return nil
	}
	content := described.Content.Get(contentType)
	if content == nil {
		return fmt.Errorf("the type %q is not there", contentType)
	}
	if method == http.MethodHead {
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return err
	}
	var value any
	if err := json.Unmarshal(answer.body.Bytes(), &value); err != nil {
		return err
	}
	return content.Schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.VisitAsResponse(),
		openapi3.MultiErrors())
}

// checkRequest: the document allows every accepted request.
func (d *described) checkRequest(r *http.Request, sent []byte, c echo.Context, path string, item *openapi3.PathItem,
	operation *openapi3.Operation) error {
	sent = canonical(sent)
	again := r.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	again.ContentLength = int64(len(sent))
	parameters := map[string]string{}
	names := pathParameters(path)
	for i, value := range c.ParamValues() {
		if plain, err := url.PathUnescape(value); err == nil && r.URL.RawPath != "" {
			value = plain
		}
		parameters[names[i]] = value
	}
	err := openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: again, PathParams: parameters, QueryParams: again.URL.Query(),
		Route: &routers.Route{Spec: d.spec, Path: path, PathItem: item, Method: r.Method, Operation: operation},
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: len(sent) == 0,
			SkipSettingDefaults: true, MultiError: true,
		},
	})
	if err != nil {
		return fmt.Errorf("the request was taken: %w", err)
	}
	return nil
}

// canonical returns a body in the form that the document describes: the introduction also allows
// booleans and whole numbers as text, and an object as a text that holds it as JSON.
func canonical(body []byte) []byte {
	var value map[string]any
	if json.Unmarshal(body, &value) != nil {
		return body
	}
	for name, v := range value {
		text, ok := v.(string)
		if object := map[string]any(nil); ok && strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text),
			&object) == nil {
			value[name] = object
		}
	}
	plain, err := json.Marshal(withBooleans(value))
	if err != nil {
		return body
	}
	return plain
}

// withBooleans turns the texts "true" and "false" into booleans,
// except where the document asks for text.
func withBooleans(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if name != "custom" {
				v[name] = withBooleans(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = withBooleans(v[i])
		}
	case string:
		if v == "true" || v == "false" {
			return v == "true"
		}
	}
	return value
}

// pathParameters are the names in a path template, in order.
func pathParameters(path string) []string {
	var names []string
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}
