package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// TestDoubledSlash: a base URL that ends in a slash works.
func TestDoubledSlash(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	for _, path := range []string{
		"//v3/customers/" + id, "///v3/customers/" + id, "//v3/customers/%" + fmt.Sprintf("%x", id[0]) + id[1:],
	} {
		h.get(path, h.manager).want(http.StatusOK)
	}
	h.post("//v3/customers", h.app, person("berta")).want(http.StatusCreated)
	h.get("/v3//customers/"+id, h.manager).blames(http.StatusNotFound, "")
}

// TestUnknownRoutes: they are answered in the same form, without a login.
func TestUnknownRoutes(t *testing.T) {
	h := newHouse(t)
	h.get("/nowhere", "").blames(http.StatusNotFound, "").golden("no-route.json")
	h.get("/v9/customers", h.app).blames(http.StatusNotFound, "")
	a := h.call(http.MethodDelete, "/v3/customers", h.app, nil).blames(http.StatusMethodNotAllowed, "")
	a.golden("no-method.json")
	if !strings.Contains(a.header.Get("Allow"), "POST") {
		t.Errorf("Allow %q", a.header.Get("Allow"))
	}
	for _, r := range h.apiRoutes() {
		if r.Method != http.MethodGet {
			continue
		}
		path := strings.NewReplacer(":org", demoID, ":device", "ios_a", ":service", nobodyID, ":id",
			nobodyID).Replace(r.Pattern)
		get, head := h.get(path, h.manager), h.call(http.MethodHead, path, h.manager, nil)
		if get.status != head.status || len(head.raw) != 0 {
			t.Errorf("%s: GET %d, HEAD %d %q", path, get.status, head.status, head.raw)
		}
	}
}

// TestLogLine: one line a request with its ID and pattern, and nothing of a person or a secret.
func TestLogLine(t *testing.T) {
	h := newHouse(t)
	secrets := []string{h.app, h.manager}
	made := h.post("/v3/customers?deduplicate=email", h.app,
		with(person("anna"), map[string]any{"password": "super-secret"}), withGuid(guid("anna")))
	id := made.text("id")
	secrets = append(secrets, "anna", "super-secret", made.text("username"),
		strings.TrimPrefix(made.text("activationUrl"), "https://wifi.example.com/activate/"))
	h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com", h.app)
	h.post("/v3/customers/credential/check", h.app,
		map[string]any{"username": made.text("username"), "password": "super-secret", "organizationId": demoID})
	h.get("/v3/customers/"+id+"/profile?platform=ios", h.app, withGuid(guid("anna")))
	h.post("/v3/customers/"+id+"/installations", h.app, []byte(`{"anna":"super-secret"`))
	h.get("/nowhere/anna?anna=1", "")
	refused := h.get("/v3/customers/"+id, "broken-anna")
	log := h.log.String()
	for _, s := range secrets {
		if strings.Contains(log, s) {
			t.Errorf("the log holds %q:\n%s", s, log)
		}
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, id) && !strings.Contains(line, `"refused"`) {
			t.Errorf("the line of an accepted request holds the customer: %s", line)
		}
	}
	var line struct {
		RequestID, Method, Route, Refused, Cause, Service string
		Status, Bytes                                     int
		Ms                                                *float64
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		t.Fatal(err)
	}
	if line.RequestID != refused.text("requestId") || line.RequestID != refused.header.Get("X-Request-Id") ||
		line.Method != http.MethodGet || line.Route != "/v3/customers/:id" ||
		line.Refused != "forbidden" || line.Cause == "" || line.Status != 403 || line.Bytes != len(refused.raw) ||
		line.Ms == nil {
		t.Errorf("%s", lines[len(lines)-1])
	}
	h.get("/v3/customers/"+id, h.manager, header("X-Request-Id", "mine"))
	if strings.Contains(h.log.String(), "mine") {
		t.Error("a request's ID is ours to give")
	}
}

// TestInternalErrors: details reach the log with the request's ID, not the client.
// A panic is one of them.
func TestInternalErrors(t *testing.T) {
	h := newHouse(t)
	h.server.api = h.server.mount([]web.Route{
		{Method: http.MethodGet, Pattern: "/panic", Handle: func(echo.Context) error { panic("secret detail") }},
		{
			Method: http.MethodGet, Pattern: "/error",
			Handle: func(echo.Context) error { return errors.New("secret detail") },
		},
		{
			Method: http.MethodGet, Pattern: "/kind",
			Handle: func(echo.Context) error { return &onboarding.Error{Message: "secret detail"} },
		},
		{
			Method: http.MethodGet, Pattern: "/busy",
			Handle: func(echo.Context) error { return fmt.Errorf("store: %w", onboarding.ErrBusy) },
		},
		{Method: http.MethodGet, Pattern: "/gone", Handle: func(echo.Context) error {
			return &onboarding.Error{
				Kind: onboarding.Gone, Message: "the link has expired", Cause: errors.New("secret detail"),
			}
		}},
		{Method: http.MethodGet, Pattern: "/wait", Handle: func(echo.Context) error {
			return &onboarding.Error{Kind: onboarding.TooMany, Message: "wait", RetryAfter: 1500 * time.Millisecond}
		}},
		{Method: http.MethodGet, Pattern: "/late", Handle: func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusOK)
			return errors.New("secret detail")
		}},
		{Method: http.MethodGet, Pattern: "/page", Handle: func(echo.Context) error { return onboarding.ErrNotFound },
			Fail: func(c echo.Context, status int, e *onboarding.Error) error {
				return c.HTML(status,
					"<p>"+e.Message)
			}},
	})
	h.api.Config.Handler = h.server.API()
	for path, status := range map[string]int{
		"/panic": 500, "/error": 500, "/kind": 500, "/busy": 503, "/gone": 410, "/wait": 429,
	} {
		a := h.get(path, "").blames(status, "")
		a.golden("internal" + strings.ReplaceAll(path, "/", "-") + ".json")
		if strings.Contains(string(a.raw), "secret") {
			t.Errorf("%s: %s", path, a.raw)
		}
		if !strings.Contains(h.log.String(), a.text("requestId")) {
			t.Errorf("%s: the log does not know request %s", path, a.text("requestId"))
		}
	}
	for path, seconds := range map[string]string{"/busy": "1", "/wait": "2"} {
		if got := h.get(path, "").header.Get("Retry-After"); got != seconds {
			t.Errorf("%s: Retry-After %q, want %s", path, got, seconds)
		}
	}
	h.get("/late", "").want(http.StatusOK)
	if page := h.get("/page", "").want(http.StatusNotFound); string(page.raw) != "<p>not found" {
		t.Errorf("page %q", page.raw)
	}
	if n := strings.Count(h.log.String(), "secret detail"); n < 4 {
		t.Errorf("the log holds the detail %d times", n)
	}
}

// TestAdmin: metrics, life and readiness.
func TestAdmin(t *testing.T) {
	h := newHouse(t, func(c *Config) {
		c.Metrics = prometheus.NewRegistry()
	})
	id := h.register("anna")
	h.get("/v3/customers/"+id, h.manager)
	h.get("/anna", "")
	h.call("ANNA", "/v3/customers", "", nil)
	read := func(path string) (int, string) {
		t.Helper()
		response, err := http.Get(h.admin.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	_, text := read("/metrics")
	for _, want := range []string{
		`onramp_http_requests_total{method="GET",route="/v3/customers/:id",status="200"} 1`,
		`onramp_http_requests_total{method="POST",route="/v3/customers",status="201"} 1`,
		`onramp_http_requests_total{method="other",route="unmatched",status="404"} 1`,
		`onramp_http_requests_total{method="other",route="unmatched",status="405"} 1`,
		`onramp_http_request_duration_seconds_count{method="GET",route="/v3/customers/:id"} 1`,
		`onramp_http_requests_in_flight 0`, `onramp_build_info{goversion=`, `version="test"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	if strings.Contains(text, id) || strings.Contains(text, "anna") || strings.Contains(text, "ANNA") {
		t.Error("the metrics hold what a client chose")
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := read(path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, err := New(t.Context(), Config{}); err == nil {
		t.Error("a server without a service")
	}
}

// TestBodyThatLies: a declared length that is not kept, in either direction.
func TestBodyThatLies(t *testing.T) {
	h := newHouse(t)
	// Only a request that is cut short closes its side: for a whole request, net/http may read the
	// end of the connection as a client that left, and cancel the request before its answer.
	exchange := func(request string, cut bool) string {
		t.Helper()
		c, err := net.Dial("tcp", h.api.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if cut {
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		answer, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	start := "POST /v1/sts/login/services HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	for _, tc := range []struct {
		rest, status string
		cut          bool
	}{
		{"Content-Length: 100\r\n\r\n{}", "409", true},
		{"Content-Length: 9999999999\r\n\r\n{}", "413", true},
		{"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "409", true},
		{"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "401", false},
		{"Content-Length: 2\r\n\r\n{}{\"clientKey\": garbage that follows", "401", false},
	} {
		if got := exchange(start+tc.rest, tc.cut); !strings.HasPrefix(got, "HTTP/1.1 "+tc.status) {
			t.Errorf("want %s: %q", tc.status, got)
		}
	}
}

// TestTimeouts: a listener drops who does not get on.
func TestTimeouts(t *testing.T) {
	s := HTTPServer(http.NotFoundHandler(), slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)))
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 ||
		s.MaxHeaderBytes == 0 || s.ErrorLog == nil {
		t.Errorf("%+v", s)
	}
	s.ReadHeaderTimeout = 50 * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(listener)
	defer s.Close()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HT"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("a client that stalls in its header is not dropped: %v", err)
	}
}

// A client that went away is no internal error.
func TestClientGone(t *testing.T) {
	h := newHouse(t)
	request := httptest.NewRequest(http.MethodGet, "/v3/customers/"+nobodyID, nil)
	request.Header.Set("Authorization", "Bearer "+h.manager)
	ctx, cancel := context.WithCancel(request.Context())
	cancel()
	w := httptest.NewRecorder()
	h.server.API().ServeHTTP(w, request.WithContext(ctx))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(h.log.String(), "internal error") {
		t.Errorf("%d: %s\n%s", w.Code, w.Body, h.log)
	}
}
