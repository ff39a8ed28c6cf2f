package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A liar is a proxy's way to break a promise of the server behind it. It returns true if it
// answered the request itself.
type liar func(w http.ResponseWriter, r *http.Request, server http.Handler) bool

// TestCheckerFindsBrokenServer puts a proxy that breaks one promise between the clients and the
// server. The checker must report each, and nothing for a proxy that breaks none.
func TestCheckerFindsBrokenServer(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"), "--limits", "off")
	is := func(r *http.Request, method, part string) bool {
		return r.Method == method && strings.Contains(r.URL.Path, part)
	}
	manager := s.login(s.demo().ManagerKey)
	var some counter
	for _, c := range []struct {
		name string
		lie  liar
	}{
		{"none", func(http.ResponseWriter, *http.Request, http.Handler) bool { return false }},
		{"registration acknowledged before its write, which is lost", func(
			w http.ResponseWriter, r *http.Request, server http.Handler,
		) bool {
			if r.URL.Path != "/v3/customers" || !some.every(4) {
				return false
			}
			answer := httptest.NewRecorder()
			server.ServeHTTP(answer, r)
			var created struct{ ID string }
			if err := json.Unmarshal(answer.Body.Bytes(), &created); err != nil {
				t.Error(err)
			}
			if _, err := call("DELETE", s.url+"/v1/customers/"+created.ID, manager, ""); err != nil {
				t.Error(err)
			}
			copyAnswer(w, answer)
			return true
		}},
		{"consent acknowledged without a write", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if !is(r, http.MethodPut, "/policies") || !some.every(4) {
				return false
			}
			w.WriteHeader(http.StatusOK)
			return true
		}},
		{"stale read", staleReads()},
		{"deletion acknowledged without a write", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if !is(r, http.MethodDelete, "/v1/customers/") {
				return false
			}
			w.WriteHeader(http.StatusOK)
			return true
		}},
		{"download counted twice", func(_ http.ResponseWriter, r *http.Request, server http.Handler) bool {
			if is(r, http.MethodGet, "/activate/") && some.every(4) {
				server.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
			}
			return false
		}},
		{"accounting record acknowledged without a write", func(
			w http.ResponseWriter, r *http.Request, _ http.Handler,
		) bool {
			if !is(r, http.MethodPost, "/aaa/accounting") || !some.every(4) {
				return false
			}
			w.WriteHeader(http.StatusNoContent)
			return true
		}},
		{"logout acknowledged without a write", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if !is(r, http.MethodPost, "/sts/logout") {
				return false
			}
			w.WriteHeader(http.StatusOK)
			return true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newCheckedRound(t, s)
			r.prefix = strings.ReplaceAll(c.name, " ", "-") + "-"
			r.servers = []endpoint{{lyingProxy(t, s.url, c.lie), lyingProxy(t, s.aaa, c.lie)}}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			r.fast.Store(math.MaxInt64)
			go func() { r.visit(ctx, 8); close(done) }()
			for r.history.Len() < 600 {
				time.Sleep(10 * time.Millisecond)
			}
			stop()
			<-done
			r.final(8)
			report := r.history.Check()
			t.Logf("operations %d, violations %d", report.Operations, len(report.Violations))
			if violated := len(report.Violations) > 0; violated != (c.name != "none") {
				t.Errorf("%d violations were found: %v", len(report.Violations), first(1, report.Violations))
			}
		})
	}
}

// counter counts calls.
type counter struct {
	mu sync.Mutex
	n  int
}

// every reports true for one of n calls.
func (c *counter) every(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n%n == 0
}

// staleReads answers a contact that was read before from a cache.
func staleReads() liar {
	var mu sync.Mutex
	cache := map[string]*httptest.ResponseRecorder{}
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) bool {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v2/customers/") ||
			strings.Contains(r.URL.Path, "/organizations/") {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if cache[r.URL.Path] == nil {
			cache[r.URL.Path] = httptest.NewRecorder()
			server.ServeHTTP(cache[r.URL.Path], r)
		}
		copyAnswer(w, cache[r.URL.Path])
		return true
	}
}

// lyingProxy starts a proxy before a server and returns its address.
func lyingProxy(t *testing.T, server string, lie liar) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	honest := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !lie(w, r, honest) {
			honest.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

func copyAnswer(w http.ResponseWriter, a *httptest.ResponseRecorder) {
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.Body.Bytes())
}
