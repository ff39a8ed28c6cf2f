package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestOverload: beyond the limit on requests in progress, the API and the pages answer 503 with
// Retry-After; FreeRADIUS and the operator's listener are answered, and afterwards everybody is.
func TestOverload(t *testing.T) {
	h, signer := newSigningHouse(t, func(c *Config) { c.MaxRequests = 3 })
	aaa := httptest.NewServer(h.server.AAA())
	t.Cleanup(aaa.Close)
	radius := &radiusHouse{house: h, aaa: aaa}
	id := radius.customer("anna", "passwort-anna")
	link := h.newLink(id)
	signer.gate.Lock()
	var all sync.WaitGroup
	for n := range 3 {
		all.Go(func() {
			h.get("/v3/customers/"+id+"/profile?platform=ios", h.manager).want(http.StatusOK)
		})
		h.until(func() bool { return h.server.load.Working() == int64(n+1) })
	}
	h.until(func() bool { return h.service.Links.Signing().Waiting == 2 })

	wait := func(a *answer) {
		t.Helper()
		seconds, err := strconv.Atoi(a.want(http.StatusServiceUnavailable).header.Get("Retry-After"))
		if err != nil || seconds < 1 || seconds > 4 {
			t.Errorf("%s: Retry-After %q", a.what, a.header.Get("Retry-After"))
		}
	}
	refused := h.get("/v3/customers/"+id, h.manager)
	wait(refused)
	if refused.text("message") != "too many requests are in progress, retry" || refused.json["respCode"] != "503" {
		t.Errorf("%s", refused.raw)
	}
	wait(h.post("/v3/customers", h.app, person("berta")))
	for language, text := range map[string]string{
		"en": "The service is very busy", "it": "Il servizio è molto carico",
	} {
		for _, path := range []string{"/activate/" + link, "/activate/" + link + "/ios", "/portal/" + demoID} {
			page := h.get(path, "", header("Accept-Language", language), header("Accept", "text/html"))
			wait(page)
			if !strings.Contains(string(page.raw), text) || !strings.Contains(string(page.raw), "<html") {
				t.Errorf("the page %s in %s: %s", path, language, page.raw)
			}
		}
	}
	radius.ask("/aaa/authorize", `{"User-Name":"anna"}`).want(http.StatusOK)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		response, err := http.Get(h.admin.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		text := readAll(t, response)
		response.Body.Close()
		if response.StatusCode != http.StatusOK ||
			path == "/metrics" && !strings.Contains(text, "onramp_http_requests_refused_total 8\n") {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
	}
	signer.gate.Unlock()
	all.Wait()
	h.get("/v3/customers/"+id, h.manager).want(http.StatusOK)
	h.post("/v3/customers", h.app, person("berta")).want(http.StatusCreated)
	h.until(func() bool { return h.server.load.Working() == 0 })
}

// pipes is a listener whose connections hold no bytes: a write lasts until the client reads.
type pipes struct {
	net.Listener // for its address
	conns        chan net.Conn
	once         sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	if c, open := <-p.conns; open {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.conns) })
	return nil
}

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// TestSlowClientsDoNotCount: requests that wait for their client, in the middle of a body or of an
// answer, leave room for others.
func TestSlowClientsDoNotCount(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.MaxRequests = 1 })
	all := &pipes{Listener: h.api.Listener, conns: make(chan net.Conn)}
	s := HTTPServer(h.server.API(), h.server.log)
	go s.Serve(all)
	t.Cleanup(func() { s.Close() })
	begun := func(n int) {
		t.Helper()
		h.until(func() bool {
			metric := readMetric(t, h, "onramp_http_requests_in_flight")
			return metric == float64(n) && h.server.load.Working() == 0
		})
	}
	writing := all.dial()
	defer writing.Close()
	if _, err := io.WriteString(writing, "POST /v3/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+h.app+
		"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	begun(1)
	reading := all.dial()
	defer reading.Close()
	if _, err := io.WriteString(reading, "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	begun(2)
	h.register("anna")
	if refused := h.server.load.Refused(); refused != 0 {
		t.Errorf("%d requests are refused", refused)
	}
	if _, err := io.WriteString(writing, strings.Repeat(" ", 98)+"}"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{writing, reading} {
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Error(err)
		}
		response.Body.Close()
	}
	begun(0)
}

// readMetric returns the value of a metric without labels.
func readMetric(t *testing.T, h *house, name string) float64 {
	t.Helper()
	response, err := http.Get(h.admin.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, after, found := strings.Cut(readAll(t, response), "\n"+name+" ")
	if !found {
		t.Fatalf("no metric %s", name)
	}
	line, _, _ := strings.Cut(after, "\n")
	value, err := strconv.ParseFloat(line, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestManyRequestsOfOneConnection: when the requests of all HTTP/2 connections are too many, the
// connection with most of them is closed, and the others are served.
func TestManyRequestsOfOneConnection(t *testing.T) {
	held := make(chan struct{})
	begun := make(chan string, 10)
	s := HTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- r.URL.Path
		select {
		case <-held:
		case <-r.Context().Done():
		}
	}), newHouse(t).server.log)
	test := httptest.NewUnstartedServer(nil)
	test.EnableHTTP2 = true
	test.Config.Handler, test.Config.HTTP2 = s.Handler, s.HTTP2
	test.Listener = Limit(test.Config, test.Listener, 2)
	test.StartTLS()
	t.Cleanup(test.Close)

	client := func() *http.Client {
		transport := test.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: transport.TLSClientConfig.RootCAs}
		transport.ForceAttemptHTTP2 = true
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	type result struct {
		path string
		err  error
	}
	results := make(chan result, 10)
	ask := func(c *http.Client, path string) {
		t.Helper()
		go func() {
			r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, test.URL+path,
				strings.NewReader("x")) // a POST is not repeated on another connection
			if err == nil {
				var response *http.Response
				if response, err = c.Do(r); err == nil {
					response.Body.Close()
				}
			}
			results <- result{path, err}
		}()
		if got := <-begun; got != path {
			t.Fatalf("%s began, want %s", got, path)
		}
	}
	greedy, modest := client(), client()
	ask(modest, "/modest1")
	for n := range 3 {
		ask(greedy, fmt.Sprint("/greedy", n))
	}
	ask(modest, "/modest2") // the fifth of at most four
	for range 3 {
		if r := <-results; r.err == nil || !strings.HasPrefix(r.path, "/greedy") {
			t.Errorf("%s ended with %v", r.path, r.err)
		}
	}
	close(held)
	for range 2 {
		if r := <-results; r.err != nil || !strings.HasPrefix(r.path, "/modest") {
			t.Errorf("%s ended with %v", r.path, r.err)
		}
	}
	response, err := greedy.Get(test.URL + "/again")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}

// TestProfiles: profiles of the process are on the operator's listener alone, for callers on this
// machine, and their time is limited.
func TestProfiles(t *testing.T) {
	h := newHouse(t)
	ask := func(path, peer string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.RemoteAddr = peer
		w := httptest.NewRecorder()
		h.server.Admin().ServeHTTP(w, r)
		return w
	}
	const local = "127.0.0.1:40000"
	for _, path := range []string{
		"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1", "/debug/pprof/allocs",
		"/debug/pprof/mutex", "/debug/pprof/block", "/debug/pprof/threadcreate", "/debug/pprof/profile?seconds=1",
	} {
		for _, peer := range []string{local, "[::1]:40000", "[::ffff:127.0.0.1]:40000"} {
			if strings.Contains(path, "seconds") && peer != local {
				continue
			}
			if w := ask(path, peer); w.Code != http.StatusOK || w.Body.Len() == 0 ||
				w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s for %s: %d %s", path, peer, w.Code, w.Body)
			}
		}
		for _, peer := range []string{"192.0.2.1:40000", "[2001:db8::1]:40000", "", "@"} {
			if w := ask(path, peer); w.Code != http.StatusForbidden {
				t.Errorf("%s for %q: %d", path, peer, w.Code)
			}
		}
		h.get(path, h.manager).want(http.StatusNotFound)
	}
	for path, want := range map[string]int{
		"/debug/pprof/profile?seconds=31": http.StatusBadRequest, "/debug/pprof/heap?seconds=0": http.StatusBadRequest,
		"/debug/pprof/profile?seconds=-1": http.StatusBadRequest, "/debug/pprof/heap?seconds=x": http.StatusBadRequest,
		"/debug/pprof/cmdline": http.StatusNotFound, "/debug/pprof/trace": http.StatusNotFound,
	} {
		if w := ask(path, local); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if !strings.Contains(h.log.String(), `"msg":"profile"`) {
		t.Error("the log does not show the profiles")
	}
}
