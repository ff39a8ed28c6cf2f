package unifi

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	siteID   = "88f7af54-98f8-306a-a1c7-c9349722b1f6"
	clientID = "6f3b6677-e61a-3057-8a4f-74ea11396064"
	mac      = "02-00-00-00-00-01"
	colons   = "02:00:00:00:00:01"
	key      = "the-admin-key"
	api      = "/proxy/network/integration/v1"
)

// scripted is a controller whose answers a test sets.
type scripted struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	action map[string]any
	answer func(path string, w http.ResponseWriter) bool // true: it has answered
}

func newScripted(t *testing.T) *scripted {
	s := &scripted{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
		answer := s.answer
		s.mu.Unlock()
		if r.Header.Get("X-API-KEY") != key {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if answer != nil && answer(r.URL.Path, w) {
			return
		}
		switch r.URL.Path {
		case api + "/sites":
			_, _ = io.WriteString(w, `{"offset":0,"limit":200,"count":2,"totalCount":2,"data":[`+
				`{"id":"11111111-98f8-306a-a1c7-c9349722b1f6","internalReference":"other","name":"default"},`+
				`{"id":"`+siteID+`","internalReference":"default","name":"Default"}]}`)
		case api + "/sites/" + siteID + "/clients":
			if r.URL.Query().Get("filter") != "macAddress.eq('"+colons+"')" {
				_, _ = io.WriteString(w, `{"data":[]}`)
				return
			}
			_, _ = io.WriteString(w, `{"data":[{"id":"`+clientID+`","macAddress":"`+colons+`","type":"WIRELESS"}]}`)
		case api + "/sites/" + siteID + "/clients/" + clientID + "/actions":
			s.mu.Lock()
			defer s.mu.Unlock()
			if err := json.NewDecoder(r.Body).Decode(&s.action); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, `{"action":"AUTHORIZE_GUEST_ACCESS"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) controller() Controller {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return Controller{URL: s.URL, Key: key, Roots: roots, Site: "default", Minutes: 90}
}

func TestAuthorize(t *testing.T) {
	s := newScripted(t)
	if err := New().Authorize(t.Context(), s.controller(), mac); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET " + api + "/sites?limit=200",
		"GET " + api + "/sites/" + siteID + "/clients?filter=macAddress.eq%28%2702%3A00%3A00%3A00%3A00%3A01%27%29",
		"POST " + api + "/sites/" + siteID + "/clients/" + clientID + "/actions",
	}
	if !slices.Equal(s.asked, want) || s.action["action"] != "AUTHORIZE_GUEST_ACCESS" ||
		s.action["timeLimitMinutes"] != float64(90) || len(s.action) != 2 {
		t.Errorf("%q, %v", s.asked, s.action)
	}
	c := s.controller()
	c.URL += "/proxy/network/integration/"
	if err := New().Authorize(t.Context(), c, mac); err != nil {
		t.Errorf("with the path: %v", err)
	}
}

// TestRefusals checks that each other answer is an error, that nothing is authorized then, and that
// no error holds the key or the address of the device.
func TestRefusals(t *testing.T) {
	other := newScripted(t)
	write := func(at, text string) func(string, http.ResponseWriter) bool {
		return func(path string, w http.ResponseWriter) bool {
			if strings.HasSuffix(path, at) {
				_, _ = io.WriteString(w, text)
			}
			return strings.HasSuffix(path, at)
		}
	}
	status := func(at string, code int) func(string, http.ResponseWriter) bool {
		return func(path string, w http.ResponseWriter) bool {
			if !strings.HasSuffix(path, at) {
				return false
			}
			w.Header().Set("Location", other.URL+path)
			w.WriteHeader(code)
			return true
		}
	}
	for what, tt := range map[string]struct {
		change func(*Controller)
		answer func(string, http.ResponseWriter) bool
		asked  int
	}{
		"another key":               {func(c *Controller) { c.Key = "x" }, nil, 1},
		"an unknown certificate":    {func(c *Controller) { c.Roots = x509.NewCertPool() }, nil, 0},
		"the roots of the machine":  {func(c *Controller) { c.Roots = nil }, nil, 0},
		"http":                      {func(c *Controller) { c.URL = "http" + c.URL[5:] }, nil, 0},
		"another site":              {func(c *Controller) { c.Site = "Default" }, nil, 1},
		"no site":                   {nil, write("/sites", `{"data":[]}`), 1},
		"a site's odd ID":           {nil, write("/sites", `{"data":[{"id":"/x","internalReference":"default"}]}`), 1},
		"no JSON":                   {nil, write("/sites", `<html>`), 1},
		"a long answer":             {nil, write("/sites", strings.Repeat(" ", maxAnswer+1)+`{}`), 1},
		"another device":            {nil, write("/clients", `{"data":[{"id":"a","macAddress":"02:00"}]}`), 2},
		"an odd ID of the device":   {nil, write("/clients", `{"data":[{"id":"a/b","macAddress":"`+colons+`"}]}`), 2},
		"no device":                 {nil, write("/clients", `{"data":[]}`), 2},
		"a redirect":                {nil, status("/sites", http.StatusFound), 1},
		"a redirect of the action":  {nil, status("/actions", http.StatusTemporaryRedirect), 3},
		"a failure":                 {nil, status("/clients", http.StatusInternalServerError), 2},
		"a refusal of the action":   {nil, status("/actions", http.StatusUnprocessableEntity), 3},
		"a closed port":             {func(c *Controller) { c.URL = "https://127.0.0.1:1" }, nil, 0},
		"an address without a host": {func(c *Controller) { c.URL = "https://" }, nil, 0},
	} {
		s := newScripted(t)
		s.answer = tt.answer
		c := s.controller()
		if tt.change != nil {
			tt.change(&c)
		}
		err := New().Authorize(t.Context(), c, mac)
		if err == nil || s.action != nil || len(s.asked) != tt.asked {
			t.Errorf("%s: %v, %q", what, err, s.asked)
			continue
		}
		for _, secret := range []string{key, colons, mac, "02%3A00"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error holds %q: %v", what, secret, err)
			}
		}
	}
	if len(other.asked) != 0 {
		t.Errorf("a redirect was followed: %q", other.asked)
	}
}

// TestPlaces calls a slow controller for many visitors: no more than atOnce at the same time, and
// all in the end.
func TestPlaces(t *testing.T) {
	s := newScripted(t)
	var now, most atomic.Int64
	release := make(chan struct{})
	s.answer = func(path string, _ http.ResponseWriter) bool {
		if strings.HasSuffix(path, "/sites") {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			if n == atOnce {
				close(release)
			}
			<-release
			now.Add(-1)
		}
		return false
	}
	client := New()
	// A controller that never answers holds up no other one.
	stuck, unblock := newScripted(t), make(chan struct{})
	stuck.answer = func(string, http.ResponseWriter) bool { <-unblock; return false }
	var held sync.WaitGroup
	for range atOnce {
		held.Go(func() { _ = client.Authorize(t.Context(), stuck.controller(), mac) })
	}
	defer held.Wait()
	defer close(unblock)
	var all sync.WaitGroup
	for range 3 * atOnce {
		all.Go(func() {
			if err := client.Authorize(t.Context(), s.controller(), mac); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > atOnce {
		t.Errorf("%d at once", most.Load())
	}
}
