package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
)

// line is the access to an operation, in the route table and in the document.
type line struct{ who, scope string }

// routeLines is the table: every listener's routes by method and path without the names of
// parameters.
func routeLines(s *Server) map[string]line {
	names := map[web.Access]string{
		web.Anybody: "anybody", web.AnyToken: "anyToken", web.Manager: "manager", web.PeopleManager: "peopleManager",
		web.Operator: "operator", web.Support: "support", web.Proven: "proven",
	}
	lines := map[string]line{}
	add := func(routes []web.Route, own string) {
		for _, r := range routes {
			l := line{names[r.Access], string(r.Scope)}
			if own != "" {
				l.who = own
			}
			lines[r.Method+" "+shape(r.Pattern)] = l
		}
	}
	for _, section := range [][]web.Route{
		s.accessRoutes(), s.sdkRoutes(), s.contactRoutes(), s.pages.Routes(), s.docsRoutes(),
	} {
		add(section, "")
	}
	add(s.aaaRoutes(), "radius")
	return lines
}

// eachOperation calls f with every operation of the document.
func eachOperation(t *testing.T, f func(name string, item *openapi3.PathItem, o *openapi3.Operation)) {
	t.Helper()
	spec, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range slices.Sorted(maps.Keys(spec.Paths.Map())) {
		item := spec.Paths.Find(path)
		for method, o := range item.Operations() {
			f(method+" "+path, item, o)
			n++
		}
	}
	if n == 0 {
		t.Fatal("the document has no operation")
	}
}

// TestOpenAPIAndRoutes: the document describes exactly the existing routes, each with its access.
func TestOpenAPIAndRoutes(t *testing.T) {
	routes := routeLines(newHouse(t).server)
	seen := map[string]bool{}
	eachOperation(t, func(name string, item *openapi3.PathItem, o *openapi3.Operation) {
		method, path, _ := strings.Cut(name, " ")
		key := method + " " + shape(path)
		seen[key] = true
		r, there := routes[key]
		if !there {
			t.Errorf("%s is described in templates/openapi, and no route of routes.go", name)
			return
		}
		whoSays, _ := o.Extensions["x-onramp-who"].(string)
		scopeSays, _ := o.Extensions["x-onramp-scope"].(string)
		if said := (line{whoSays, scopeSays}); said != r {
			t.Errorf("%s is for %+v by routes.go, and for %+v by templates/openapi", name, r, said)
		}
		if o.Security == nil || !slices.Equal(requirements(*o.Security), security(name, r)) {
			t.Errorf("%s: security %v, want %v", name, o.Security, security(name, r))
		}
		if (len(item.Servers) > 0) != (r.who == "radius") {
			t.Errorf("%s: the listener for RADIUS is another server, and only that", name)
		}
	})
	for _, key := range slices.Sorted(maps.Keys(routes)) {
		if !seen[key] {
			t.Errorf("%s is a route of routes.go, and not described in templates/openapi", key)
		}
	}
}

// security returns the expected security requirements of OpenAPI.
func security(name string, l line) []string {
	token := func(names ...string) string { return "token:" + strings.Join(names, ",") }
	var scope []string
	if l.scope != "" {
		scope = []string{l.scope}
	}
	manager := append([]string{string(auth.OrganizationManager)}, scope...)
	local := token(append([]string{string(auth.LocationManager)}, scope...)...)
	support := token(append([]string{string(auth.Support)}, scope...)...)
	if l.who == "support" {
		support = token(string(auth.Support), string(auth.CustomerRead))
	}
	if l.scope == string(auth.CustomerWrite) && l.who != "support" || name == "GET /v3/customers/{id}/profile" {
		support = "" // it never has that scope
	}
	if l.scope == string(auth.OrganizationSettingsRead) {
		local = ""
	}
	given := func(all ...string) []string {
		return slices.DeleteFunc(all, func(one string) bool { return one == "" })
	}
	switch l.who {
	case "anyToken":
		return []string{token(scope...)}
	case "manager":
		return []string{token(manager...)}
	case "peopleManager":
		return given(token(manager...), local)
	case "operator", "support":
		return given(token(manager...), local, support)
	case "proven":
		if name == "GET /v3/customers/{id}/profile" { // the use case requires a further scope of a manager
			manager = append(manager, string(auth.CustomerWrite))
			local = token(string(auth.LocationManager), l.scope, string(auth.CustomerWrite))
		}
		return given("guid: "+token(scope...), token(manager...), local, support)
	case "radius":
		return []string{"radius:"}
	}
	return nil
}

// requirements writes alternatives as security does.
func requirements(alternatives openapi3.SecurityRequirements) []string {
	var list []string
	for _, all := range alternatives {
		var parts []string
		for _, scheme := range slices.Sorted(maps.Keys(all)) {
			parts = append(parts, scheme+":"+strings.Join(all[scheme], ","))
		}
		list = append(list, strings.Join(parts, " "))
	}
	return list
}

// TestOpenAPIIsSound: it is OpenAPI 3.1, and complete for every operation.
func TestOpenAPIIsSound(t *testing.T) {
	spec, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	if !spec.IsOpenAPI31OrLater() {
		t.Errorf("it is OpenAPI %s", spec.OpenAPI)
	}
	if err := spec.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	ids := map[string]string{}
	eachOperation(t, func(name string, _ *openapi3.PathItem, o *openapi3.Operation) {
		if other := ids[o.OperationID]; o.OperationID == "" || other != "" {
			t.Errorf("%s: operationId %q, which %s has too", name, o.OperationID, other)
		}
		ids[o.OperationID] = name
		if o.Summary == "" || !strings.Contains(o.Description,
			"Who may call it: ") || len(o.Tags) != 1 || spec.Tags.Get(o.Tags[0]) == nil {
			t.Errorf("%s: no summary, description or tag", name)
		}
		var want []int
		switch o.Extensions["x-onramp-who"] {
		case "radius":
			want = []int{401, 409, 413, 500, 503}
		case "anybody":
			want = []int{413, 500}
		default:
			want = []int{401, 403, 413, 500, 503}
		}
		for _, status := range want {
			if o.Responses.Status(status) == nil {
				t.Errorf("%s can answer %d, which is not described", name, status)
			}
		}
		for status, r := range o.Responses.Map() {
			for kind, content := range r.Value.Content {
				what := fmt.Sprintf("%s %s %s", name, status, kind)
				if content.Schema == nil {
					t.Errorf("%s: no schema", what)
				} else {
					closed(t, what, content.Schema, map[string]bool{})
				}
			}
		}
	})
}

// closed checks that an object of an answer is described with all its members, and lists the
// required ones.
func closed(t *testing.T, where string, ref *openapi3.SchemaRef, within map[string]bool) {
	t.Helper()
	if ref == nil || ref.Ref != "" && within[ref.Ref] {
		return
	}
	if ref.Ref != "" {
		within[ref.Ref] = true
	}
	s := ref.Value
	if s.Properties != nil {
		if s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
			t.Errorf("%s: additionalProperties is not false", where)
		}
		for _, name := range s.Required {
			if s.Properties[name] == nil {
				t.Errorf("%s: %s is required and not described", where, name)
			}
		}
	} else if s.Type.Is("object") && s.AdditionalProperties.Schema == nil {
		t.Errorf("%s: an object of which nothing is said", where)
	}
	for name, p := range s.Properties {
		closed(t, where+"."+name, p, within)
	}
	closed(t, where+"[]", s.Items, within)
	for _, list := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf, s.AllOf} {
		for i, part := range list {
			closed(t, fmt.Sprintf("%s|%d", where, i), part, within)
		}
	}
}

// TestServed checks that the document and its pages need no token, name the deployment's address,
// and are cacheable.
func TestServed(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.PublicURL = "https://net.example.org/" })
	document := h.get("/openapi.yaml", "").want(http.StatusOK).raw
	if !strings.Contains(string(document), "https://net.example.org") || strings.Contains(string(document),
		"https://net.example.org/\n") {
		t.Error("the document does not name the deployment's address")
	}
	var plain map[string]any
	if err := yaml.Unmarshal(document, &plain); err != nil {
		t.Error(err)
	}
	const page = "text/html; charset=UTF-8"
	for path, want := range map[string]string{
		"/openapi.yaml": "application/yaml", "/docs": page, "/docs/api": page, "/docs/getting-started": page,
		"/docs/tenant-keys": page, "/schema/tenant.json": "application/schema+json",
	} {
		a := h.get(path, "").want(http.StatusOK)
		if got := a.header.Get("Content-Type"); got != want {
			t.Errorf("%s is %q", path, got)
		}
		if cache := a.header.Get("Cache-Control"); cache != "public, no-cache" {
			t.Errorf("%s: Cache-Control %q", path, cache)
		}
		checkCacheable(t, h, path, a)
	}
	asset := assetOf(t, h.get("/docs/api", "").raw)
	a := h.get(asset, "").want(http.StatusOK)
	if cache := a.header.Get("Cache-Control"); cache != "public, max-age=31536000, immutable" {
		t.Errorf("%s: Cache-Control %q", asset, cache)
	}
	checkCacheable(t, h, asset, a)
	h.get("/docs/nothing", "").want(http.StatusNotFound)
	h.get("/docs/assets/nothing.js", "").want(http.StatusNotFound)
}

// checkCacheable checks conditional requests, ranges and HEAD of an address that was answered with
// a.
func checkCacheable(t *testing.T, h *house, path string, a *answer) {
	t.Helper()
	tag := a.header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) {
		t.Errorf("%s: ETag %q", path, tag)
	}
	for _, known := range []string{tag, `"other", W/` + tag, "*"} {
		b := h.get(path, "", header("If-None-Match", known)).want(http.StatusNotModified)
		if len(b.raw) > 0 || b.header.Get("ETag") != tag {
			t.Errorf("%s: If-None-Match %s: %d bytes", path, known, len(b.raw))
		}
	}
	h.get(path, "", header("If-None-Match", `"other"`)).want(http.StatusOK)
	// Ranges are not supported, and tokens are not looked at.
	if b := h.get(path, "nonsense", header("Range", "bytes=0-9")).want(http.StatusOK); len(b.raw) != len(a.raw) {
		t.Errorf("%s: a range of %d bytes", path, len(b.raw))
	}
	head := h.call(http.MethodHead, path, "", nil).want(http.StatusOK)
	if len(head.raw) > 0 || head.header.Get("ETag") != tag ||
		head.header.Get("Content-Length") != fmt.Sprint(len(a.raw)) {
		t.Errorf("%s: HEAD: %v", path, head.header)
	}
}

// TestDescribedCatches: the check in front of every test's listener reports an answer without a
// description.
func TestDescribedCatches(t *testing.T) {
	h := newHouse(t)
	d := describe(t, h.server.API())
	good := `{"status":"OK","generated":"2026-03-02T09:30:00.885Z","policies":["termsOfUse","privacy"],"count":2}`
	for name, c := range map[string]struct {
		status int
		header map[string]string
		body   string
		fails  bool
	}{
		"as described":     {body: good},
		"another member":   {body: strings.Replace(good, `"count"`, `"more":1,"count"`, 1), fails: true},
		"a member missing": {body: strings.Replace(good, `"status":"OK",`, "", 1), fails: true},
		"a wrong type":     {body: strings.Replace(good, `2}`, `"2"}`, 1), fails: true},
		"null":             {body: strings.Replace(good, `["termsOfUse","privacy"]`, "null", 1), fails: true},
		"a local time":     {body: strings.Replace(good, `00.885Z`, "00+01:00", 1), fails: true},
		"no time":          {body: strings.Replace(good, `2026-03-02T09:30:00.885Z`, "Z", 1), fails: true},
		"another status":   {status: 202, body: good, fails: true},
		"another header":   {header: map[string]string{"X-More": "1"}, body: good, fails: true},
		"another type":     {header: map[string]string{"Content-Type": "text/html"}, body: good, fails: true},
		"no request ID":    {header: map[string]string{"X-Request-Id": ""}, body: good, fails: true},
		"no JSON":          {body: "{", fails: true},
		"an error without": {status: 404, body: `{"status":"KO"}`, fails: true},
		"a challenge lacks": {
			status: 401,
			body: `{"status":"KO","respCode":"401","generated":"2026-03-02T09:30:00Z","message":"m","field":null,` +
				`"requestId":"` + nobodyID + `"}`,
			fails: true,
		},
	} {
		w := &recorder{ResponseWriter: &discard{http.Header{}}, status: c.status}
		if w.status == 0 {
			w.status = 200
		}
		for name, value := range map[string]string{
			"X-Request-Id": nobodyID, "X-Content-Type-Options": "nosniff", "Content-Type": "application/json",
		} {
			w.Header().Set(name, value)
		}
		for name, value := range c.header {
			w.Header().Set(name, value)
		}
		w.body.WriteString(c.body)
		r, err := http.NewRequest(http.MethodGet, "/v1/organizations/"+demoID+"/policies", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.check(r, nil, w); (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// discard discards an answer.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
