package client_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/client"
	"onramp/onboarding/deployment"
	"onramp/onboarding/server"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
)

// venue is a deployment with one organization that serves the API.
type venue struct {
	service      *deployment.Deployment
	organization string
	url          string
	app, manager client.ClientCredentials
	ahead        atomic.Int64 // of the server's clock, in nanoseconds
	close        func()
}

// newVenue serves a deployment with these limits until the end of the test.
func newVenue(t *testing.T, limits ...string) *venue {
	t.Helper()
	v, err := openVenue(t.Context(), testkit.OpenStore(t), limits...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.close)
	return v
}

// openVenue serves a deployment on a database until close.
func openVenue(ctx context.Context, db onboarding.Store, limits ...string) (*venue, error) {
	parsed, err := access.ParseLimits(limits)
	if err != nil {
		return nil, err
	}
	sealer, err := onboarding.NewSealer(bytes.Repeat([]byte{7}, onboarding.MasterKeySize))
	if err != nil {
		return nil, err
	}
	o := testkit.Organization(1)
	v := &venue{organization: o.ID}
	now := func() time.Time { return time.Now().Add(time.Duration(v.ahead.Load())) }
	const publicURL = "https://wifi.example.com"
	if v.service, err = deployment.Open(ctx, deployment.Config{
		Store: db, Sealer: sealer, PublicURL: publicURL, Limits: parsed, Now: now,
	}); err != nil {
		return nil, err
	}
	if _, err := v.service.Tenant.Apply(ctx, []*onboarding.Organization{o}); err != nil {
		return nil, err
	}
	if err := v.service.PrepareSecrets(ctx); err != nil {
		return nil, err
	}
	d := v.service
	s, err := server.New(ctx, server.Config{PublicURL: publicURL, Now: now, UseCases: server.UseCasesOf(d)})
	if err != nil {
		return nil, err
	}
	for role, key := range map[auth.Role]*client.ClientCredentials{
		auth.PublicApp: &v.app, auth.OrganizationManager: &v.manager,
	} {
		if key.ClientKey, key.ClientSecret, err = d.Access.CreateKey(ctx, o.ID, role, auth.Scopes{}); err != nil {
			return nil, err
		}
	}
	api := httptest.NewServer(s.API())
	v.url, v.close = api.URL, api.Close
	return v, nil
}

// exampleVenue returns a venue for an example, and the function that ends it.
func exampleVenue() (*venue, func()) {
	folder, err := os.MkdirTemp("", "onramp-client-")
	if err != nil {
		panic(err)
	}
	db, err := store.OpenSQLite(context.Background(), filepath.Join(folder, "onramp.db"), store.Options{})
	if err != nil {
		panic(err)
	}
	v, err := openVenue(context.Background(), db)
	if err != nil {
		panic(err)
	}
	return v, func() {
		v.close()
		if err := errors.Join(db.Close(), os.RemoveAll(folder)); err != nil {
			panic(err)
		}
	}
}

// requests counts the requests that a session sends, by method and route.
type requests struct {
	mu     sync.Mutex
	counts map[string]int
	before func(*http.Request) // called with each request; nil: nothing
}

func (r *requests) RoundTrip(request *http.Request) (*http.Response, error) {
	path := request.URL.Path
	if i := strings.Index(path, "/services/"); i >= 0 {
		path = path[:i] + "/services/ID"
	}
	r.mu.Lock()
	if r.counts == nil {
		r.counts = map[string]int{}
	}
	r.counts[request.Method+" "+path]++
	r.mu.Unlock()
	if r.before != nil {
		r.before(request)
	}
	return http.DefaultTransport.RoundTrip(request)
}

// of returns the number of requests of a route.
func (r *requests) of(route string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[route]
}

const (
	login    = "POST /v1/sts/login/services"
	describe = "GET /v1/sts/services/ID"
)

// open returns a session and the counter of its requests.
func (v *venue) open(t *testing.T, key client.ClientCredentials, change ...func(*client.Config)) (
	*client.Session, *requests,
) {
	t.Helper()
	sent := &requests{}
	c := client.Config{URL: v.url, Key: key, HTTP: &http.Client{Transport: sent}}
	for _, f := range change {
		f(&c)
	}
	s, err := client.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, sent
}

// withGuid is a change for open.
func withGuid(guid string) func(*client.Config) { return func(c *client.Config) { c.Guid = guid } }

// register creates a customer and returns its ID.
func register(t *testing.T, s *client.Session) string {
	t.Helper()
	created, err := s.CreateCustomerWithResponse(t.Context(), nil, client.NewCustomer{
		Policies: client.NewCustomer_Policies{TermsOfUse: true, Privacy: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return created.JSON201.Id
}

// refused returns the API's error, and fails the test if err is another.
func refused(t *testing.T, err error, status int) *client.Error {
	t.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Status != status {
		t.Fatalf("%v, want status %d", err, status)
	}
	return e
}
