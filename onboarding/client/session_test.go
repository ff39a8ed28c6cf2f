package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/client"
)

// TestRenewal: a session goes on after the day of its token, with one further login.
func TestRenewal(t *testing.T) {
	v := newVenue(t)
	app, sent := v.open(t, v.app, withGuid("a-phone-that-renews-1"))
	id := register(t, app)
	v.ahead.Store(int64(25 * time.Hour))
	info, err := app.GetCustomerInfoWithResponse(t.Context(), id)
	if err != nil || info.JSON200.Id != id {
		t.Fatalf("%v on the next day", err)
	}
	if sent.of(login) != 2 || sent.of(describe) != 1 {
		t.Errorf("%d logins, %d questions about the token", sent.of(login), sent.of(describe))
	}
	// The body of a request is sent again, too.
	v.ahead.Store(int64(50 * time.Hour))
	os := "ios"
	if _, err := app.RecordDeviceWithResponse(t.Context(), id, client.DeviceReport{
		InstallId: "5b1f", Os: &os,
	}); err != nil {
		t.Errorf("%v on the day after", err)
	}
	if sent.of(login) != 3 {
		t.Errorf("%d logins", sent.of(login))
	}
}

// TestDeniedKeepsToken: a refusal because of the role or the proof is no reason to log in, because
// the token is the only proof of a customer without a guid.
func TestDeniedKeepsToken(t *testing.T) {
	v := newVenue(t)
	app, sent := v.open(t, v.app)
	id := register(t, app)
	_, err := app.GetContactWithResponse(t.Context(), id)
	if e := refused(t, err, http.StatusForbidden); !e.Denied() || e.NotFound() {
		t.Errorf("%+v", e)
	}
	if _, err := app.GetCustomerInfoWithResponse(t.Context(), id); err != nil {
		t.Errorf("the token proves the customer no longer: %v", err)
	}
	if sent.of(login) != 1 {
		t.Errorf("%d logins", sent.of(login))
	}
}

// TestLogout: a token that was revoked is replaced, a revoked client key is an error.
func TestLogout(t *testing.T) {
	v := newVenue(t)
	s, sent := v.open(t, v.manager)
	list := func() error {
		_, err := s.GetListOfPoliciesWithResponse(t.Context(), v.organization)
		return err
	}
	if err := s.Logout(t.Context()); err != nil || sent.of(login) != 0 {
		t.Fatalf("a logout before the login: %v, %d logins", err, sent.of(login))
	}
	if err := errors.Join(list(), s.Logout(t.Context()), list()); err != nil || sent.of(login) != 2 {
		t.Fatalf("%v, %d logins", err, sent.of(login))
	}
	if _, err := s.LogoutWithResponse(t.Context()); err != nil { // without the session's knowledge
		t.Fatal(err)
	}
	if err := list(); err != nil || sent.of(login) != 3 {
		t.Fatalf("%v, %d logins", err, sent.of(login))
	}
	if err := v.service.Access.RevokeKey(t.Context(), v.manager.ClientKey); err != nil {
		t.Fatal(err)
	}
	err := list()
	if e := refused(t, err, http.StatusUnauthorized); !e.Denied() || e.RequestID == "" {
		t.Errorf("%+v", e)
	}
	if strings.Contains(err.Error(), v.manager.ClientSecret) {
		t.Errorf("%v contains the secret", err)
	}
}

// TestLoginOnce: calls that begin together share one login.
func TestLoginOnce(t *testing.T) {
	v := newVenue(t)
	app, sent := v.open(t, v.app)
	var calls sync.WaitGroup
	for range 16 {
		calls.Go(func() {
			if _, err := app.GetListOfPoliciesWithResponse(t.Context(), v.organization); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if sent.of(login) != 1 {
		t.Errorf("%d logins", sent.of(login))
	}
}

// TestWithGuid: a program that calls for many phones proves each customer by its own guid.
func TestWithGuid(t *testing.T) {
	v := newVenue(t)
	const guid = "the-first-phone-0123456789"
	phone, _ := v.open(t, v.app, withGuid(guid))
	id := register(t, phone)
	program, _ := v.open(t, v.app)
	info := func(change ...client.RequestEditorFn) error {
		_, err := program.GetCustomerInfoWithResponse(t.Context(), id, change...)
		return err
	}
	refused(t, info(), http.StatusForbidden)
	refused(t, info(client.WithGuid("another-phone-0123456789")), http.StatusForbidden)
	if err := info(client.WithGuid(guid)); err != nil {
		t.Error(err)
	}
}

// TestGuidStaysWithCustomers: the guid is sent to the routes of customers and nowhere else.
func TestGuidStaysWithCustomers(t *testing.T) {
	v := newVenue(t)
	app, sent := v.open(t, v.app, withGuid("a-phone-0123456789"))
	sent.before = func(r *http.Request) {
		if got, want := r.Header.Get("Onramp-Guid") != "", strings.HasPrefix(r.URL.Path, "/v3/customers"); got != want {
			t.Errorf("%s has a guid: %t", r.URL.Path, got)
		}
	}
	id := register(t, app)
	if _, err := app.GetProfileWithResponse(t.Context(), id,
		&client.GetProfileParams{Platform: client.PlatformAndroid}); err != nil {
		t.Error(err)
	}
	if _, err := app.GetPoliciesWithResponse(t.Context(), v.organization, nil); err != nil {
		t.Error(err)
	}
	if err := app.Logout(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestOpen refuses incomplete settings and repeats no password in its error.
func TestOpen(t *testing.T) {
	key := client.ClientCredentials{ClientKey: "ck-1", ClientSecret: "s"}
	for name, c := range map[string]struct {
		config client.Config
		says   string
	}{
		"nothing":   {client.Config{}, "URL"},
		"no scheme": {client.Config{URL: "wifi.example.com", Key: key}, "http or https"},
		"no host":   {client.Config{URL: "https://", Key: key}, "host"},
		"a user":    {client.Config{URL: "https://u:hidden@wifi.example.com", Key: key}, "no user"},
		"no URL":    {client.Config{URL: "https://u:hidden@wifi.example.com:port", Key: key}, "not a URL"},
		"a query":   {client.Config{URL: "https://wifi.example.com?a=b", Key: key}, "query"},
		"no key":    {client.Config{URL: "https://wifi.example.com"}, "Key"},
		"no secret": {client.Config{
			URL: "https://wifi.example.com", Key: client.ClientCredentials{ClientKey: "ck"},
		}, "Key"},
		"everything": {client.Config{URL: "https://wifi.example.com/", Key: key}, ""},
	} {
		_, err := client.Open(c.config)
		if (err == nil) != (c.says == "") || err != nil &&
			(!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hidden")) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestLoginCancelled: a call whose context ends while another one logs in does not wait for it.
func TestLoginCancelled(t *testing.T) {
	v := newVenue(t)
	app, sent := v.open(t, v.app)
	under, release := make(chan struct{}), make(chan struct{})
	sent.before = func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login/services") {
			close(under)
			<-release
		}
	}
	list := func(ctx context.Context) error {
		_, err := app.GetListOfPoliciesWithResponse(ctx, v.organization)
		return err
	}
	first := make(chan error)
	go func() { first <- list(t.Context()) }()
	<-under
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := list(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
