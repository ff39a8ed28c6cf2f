package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/client"
)

const exist = "GET /v2/customers/organizations/"

// ask asks whether a customer exists, which the limit lookups counts.
func ask(ctx context.Context, s *client.Session, organization string) error {
	email := "ada@example.com"
	_, err := s.CheckIfCustomerExistsWithResponse(ctx, organization, &client.CheckIfCustomerExistsParams{Email: &email})
	return err
}

// TestRetryAfter: a call waits as long as the server asks for, and not beyond its context.
func TestRetryAfter(t *testing.T) {
	v := newVenue(t, "lookups=1+1/s")
	app, sent := v.open(t, v.app)
	for range 3 {
		e := refused(t, ask(t.Context(), app, v.organization), http.StatusNotFound)
		if !e.NotFound() || e.RespCode != "404" || e.Field != "" || e.RequestID == "" {
			t.Errorf("%+v", e)
		}
	}
	if n := sent.of(exist + v.organization + "/exist"); n < 4 {
		t.Errorf("%d requests for three answers", n)
	}

	slow := newVenue(t, "lookups=1+1/h")
	for name, c := range map[string]struct {
		maxWait, limit time.Duration // the limit of the context
	}{
		"longer than the context": {time.Hour, 5 * time.Second},
		"longer than MaxWait":     {5 * time.Second, time.Hour},
		"no waiting":              {-1, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			app, sent := slow.open(t, slow.app, func(config *client.Config) { config.MaxWait = c.maxWait })
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			err := ask(ctx, app, slow.organization)
			if e, ok := errors.AsType[*client.Error](err); ok && e.Status == http.StatusNotFound {
				err = ask(ctx, app, slow.organization) // the first of all is allowed
			}
			if e := refused(t, err, http.StatusTooManyRequests); e.RetryAfter <= 5*time.Second {
				t.Errorf("Retry-After %v", e.RetryAfter)
			}
			if n := sent.of(exist + slow.organization + "/exist"); n > 2 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestWaitCancelled: the end of the context ends a wait.
func TestWaitCancelled(t *testing.T) {
	v := newVenue(t, "lookups=1+1/h")
	app, sent := v.open(t, v.app, func(c *client.Config) { c.MaxWait = time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	refused(t, ask(ctx, app, v.organization), http.StatusNotFound)
	sent.before = func(*http.Request) { time.AfterFunc(100*time.Millisecond, cancel) }
	if err := ask(ctx, app, v.organization); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// proxy answers all but the login as a proxy does whose server is away.
func proxy(t *testing.T, handle http.HandlerFunc) (*client.Session, *atomic.Int64) {
	t.Helper()
	var answered atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login/services") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"token":"opaque"}`)
			return
		}
		answered.Add(1)
		handle(w, r)
	}))
	t.Cleanup(front.Close)
	s, err := client.Open(client.Config{
		URL: front.URL + "/", Key: client.ClientCredentials{ClientKey: "ck-1", ClientSecret: "s"},
		Guid: "a-phone-behind-a-proxy",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, &answered
}

// TestProxy: the answers of a proxy are errors, too, and only a read is repeated after them.
func TestProxy(t *testing.T) {
	const page = "<html>Bad Gateway</html>"
	for name, c := range map[string]struct {
		status  int
		retry   string
		body    string
		want    client.Error
		reads   int64 // requests for one read
		creates int64 // requests for one creation
	}{
		"a page": {502, "", page, client.Error{Status: 502, Message: "bad gateway"}, 1, 1},
		"a moment": {
			503, "1", page, client.Error{Status: 503, Message: "service unavailable", RetryAfter: time.Second}, 2, 1,
		},
		"no number": {503, "soon", page, client.Error{Status: 503, Message: "service unavailable"}, 1, 1},
		"a date in the past": {
			503, "Mon, 30 Nov 2020 05:00:00 GMT", page, client.Error{Status: 503, Message: "service unavailable"}, 1, 1,
		},
		"another 404": {404, "", `{"message":"no route"}`, client.Error{Status: 404, Message: "not found"}, 1, 1},
		"a huge page": {
			500, "", strings.Repeat("x", 3<<20), client.Error{Status: 500, Message: "internal server error"}, 1, 1,
		},
		"a status that no RFC knows": {599, "", "", client.Error{Status: 599}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, answered := proxy(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.retry)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			ctx := t.Context()
			if c.reads > 1 { // the answer stays the same, so the second is the last
				limited, cancel := context.WithTimeout(ctx, 1900*time.Millisecond)
				defer cancel()
				ctx = limited
			}
			e := refused(t, ask(ctx, s, "o"), c.status)
			if e.Status != c.want.Status || e.Message != c.want.Message || e.RetryAfter != c.want.RetryAfter ||
				e.RespCode != "" || e.NotFound() {
				t.Errorf("%+v", e)
			}
			if answered.Load() != c.reads {
				t.Errorf("%d reads, want %d", answered.Load(), c.reads)
			}
			answered.Store(0)
			_, err := s.CreateCustomerWithResponse(t.Context(), nil, client.NewCustomer{})
			refused(t, err, c.status)
			if answered.Load() != c.creates {
				t.Errorf("%d creations, want %d", answered.Load(), c.creates)
			}
		})
	}
}

// TestRedirect: neither token nor guid follows a redirect.
func TestRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request went elsewhere: %v", r.Header)
	}))
	defer other.Close()
	s, _ := proxy(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, err := s.CreateCustomerWithResponse(t.Context(), nil, client.NewCustomer{})
	refused(t, err, http.StatusTemporaryRedirect)
}

// TestBroken: the error of a connection that breaks holds no query.
func TestBroken(t *testing.T) {
	s, _ := proxy(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	err := ask(t.Context(), s, "o")
	if err == nil || strings.Contains(err.Error(), "example.com") || !strings.Contains(err.Error(), "/o/exist") {
		t.Errorf("%v", err)
	}
}
