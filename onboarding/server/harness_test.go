package server

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/links"
	"onramp/onboarding/server/web"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
	"onramp/signing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The IDs of the test tenants.
const (
	demoID       = "0d0e0000000000000000000000000001"
	demoLocation = "0d0e0000000000000000000000000002"
	demoHotspot  = "0d0e0000000000000000000000000003"
	demoWebhook  = "0d0e0000000000000000000000000009"
	rivalID      = "feed0000000000000000000000000001"
	nobodyID     = "00000000000000000000000000000000" // no organization, no customer
)

// organization is a tenant with both kinds of network.
func organization(id, name, realm string) *onboarding.Organization {
	location := id[:31] + "2"
	return &onboarding.Organization{
		Webhooks: []onboarding.Webhook{{ID: id[:31] + "9", URL: "https://crm." + realm + "/onramp"}},
		ID:       id, Name: name, DefaultLocation: location, Languages: []string{"en", "it"},
		Policies: []onboarding.Policy{
			{
				Key: "termsOfUse", Version: "1.00",
				Title: map[string]string{"en": "Terms of use", "it": "Condizioni d'uso"},
				URL:   "https://example.com/terms",
			},
			{
				Key: "privacy", Version: "1.00",
				Title: map[string]string{"en": "Privacy policy", "it": "Informativa privacy"},
				Text:  map[string]string{"en": "We keep little."},
			},
			{Key: "mktgCommunications", Version: "2", Title: map[string]string{"en": "Offers"}},
		},
		WiFi: onboarding.WiFi{
			Method: "ttls", Inner: "mschapv2", OuterIdentity: "anonymous@" + realm,
			TrustedServerNames: []string{"radius." + realm},
			ProfileLifetime:    onboarding.DefaultProfileLifetime,
			PublicRoots:        []string{publicRoot()},
			Passpoint:          &onboarding.Passpoint{Realm: realm, FriendlyName: name + " WiFi", HomeDomain: realm},
			WPA2:               &onboarding.WPA2{SSID: name},
		},
		VisitGap: onboarding.DefaultVisitGap,
		Locations: []onboarding.Location{{
			ID: location, Name: "Via Roma", Timezone: "Europe/Rome",
			Hotspots: []onboarding.Hotspot{{ID: id[:31] + "3", Name: "Front door"}},
		}},
	}
}

// signer is made once: its keys take a second.
var signer = sync.OnceValues(func() (links.Signer, error) {
	folder, err := os.MkdirTemp("", "onramp-server-test")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pki, err := certs.EnsureDevelopment(folder, time.Now(), "radius.demo.example")
	if err != nil {
		return nil, err
	}
	pair, err := certs.LoadPair(pki.ProfileCert, pki.ProfileKey)
	if err != nil {
		return nil, err
	}
	return signing.New(pair.Key, pair.Chain)
})

// clock is the service's and the server's; it stands still until advance.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(d.Microseconds()) }

// house is a running server with two organizations on a database of its own.
type house struct {
	testing.TB
	db           onboarding.Store
	service      *deployment.Deployment
	server       *Server
	api, admin   *httptest.Server
	clock        *clock
	log          *process.Buffer
	postbox      *postbox
	manager, app string // tokens of the demo organization
	rival        string // a manager's token of the other
}

// houseKey is the master key of every house.
var houseKey = bytes.Repeat([]byte{7}, onboarding.MasterKeySize)

// newHouse builds a server on SQLite; each of change may alter its configuration.
func newHouse(t testing.TB, change ...func(*Config)) *house {
	t.Helper()
	return newHouseOn(t, openSQLite(t), nil, change...)
}

func openSQLite(t testing.TB) onboarding.Store {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), testkit.NewSQLite(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// newHouseOn builds a server on a database, with limits of its own unless they are nil.
func newHouseOn(t testing.TB, db onboarding.Store, limits *access.Limits, change ...func(*Config)) *house {
	t.Helper()
	return newHouseOf(t, deployment.Config{Store: db, Limits: limits}, change...)
}

// newHouseOf builds a server of a deployment, which sends messages to a postbox unless it has
// servers of its own.
func newHouseOf(t testing.TB, d deployment.Config, change ...func(*Config)) *house {
	t.Helper()
	ctx := t.Context()
	sealer, err := onboarding.NewSealer(houseKey)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{TB: t, db: d.Store, clock: &clock{}, log: &process.Buffer{}}
	h.clock.at.Store(time.Now().Truncate(time.Minute).UnixMicro())
	d.Sealer, d.PublicURL, d.Now = sealer, "https://wifi.example.com", h.clock.now
	if d.Signer == nil {
		d.Signer = sign
	}
	h.postbox = newPostbox(t)
	if d.Mail == nil {
		d.Mail = h.postbox
	}
	if d.SMS == nil {
		d.SMS = h.postbox
	}
	h.service, err = deployment.Open(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.service.Tenant.Apply(ctx, []*onboarding.Organization{
		organization(demoID, "Demo", "demo.example"), organization(rivalID, "Rival", "rival.example"),
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.service.PrepareSecrets(ctx); err != nil {
		t.Fatal(err)
	}
	c := Config{
		UseCases: UseCasesOf(h.service), Log: slog.New(slog.NewJSONHandler(h.log, nil)),
		PublicURL: "https://wifi.example.com",
		AAAFile:   testkit.AAAFile("aaa-secret"), Version: "test", Now: h.clock.now, Console: true,
	}
	for _, f := range change {
		f(&c)
	}
	if h.server, err = New(ctx, c); err != nil {
		t.Fatal(err)
	}
	h.api, h.admin = httptest.NewServer(describe(t, h.server.API())), httptest.NewServer(h.server.Admin())
	t.Cleanup(h.api.Close)
	t.Cleanup(h.admin.Close)
	h.manager = h.token(demoID, auth.OrganizationManager)
	h.app = h.token(demoID, auth.PublicApp)
	h.rival = h.token(rivalID, auth.OrganizationManager)
	return h
}

// in returns the house for a subtest, which then fails by itself.
func (h *house) in(t testing.TB) *house {
	inner := *h
	inner.TB = t
	return &inner
}

// token makes a key and logs in with it.
func (h *house) token(organization string, role auth.Role, scopes ...auth.Scope) string {
	h.Helper()
	return h.tokenAt(organization, "", role, scopes...)
}

// tokenAt is token for a key of a location.
func (h *house) tokenAt(organization, location string, role auth.Role, scopes ...auth.Scope) string {
	h.Helper()
	key, secret, err := h.service.Access.CreateLabelledKey(context.Background(), access.NewKey{
		OrganizationID: organization, LocationID: location, Role: role, Scopes: auth.ScopesOf(scopes...),
	})
	if err != nil {
		h.Fatal(err)
	}
	a := h.post("/v1/sts/login/services", "", map[string]any{"clientKey": key, "clientSecret": secret})
	a.want(http.StatusOK)
	return a.text("token")
}

// option changes a request.
type option func(*http.Request)

func header(name, value string) option { return func(r *http.Request) { r.Header.Set(name, value) } }

func withGuid(guid string) option { return header(web.GuidHeader, guid) }

// guid is a device's, long enough.
func guid(name string) string { return "device-of-" + name + "-0123456789" }

// answer is the server's answer.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	raw    []byte
	json   map[string]any
}

// call sends a request. A body of bytes or an io.Reader goes as it is, anything else as JSON.
func (h *house) call(method, path, token string, body any, options ...option) *answer {
	h.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		r = bytes.NewReader(b)
	case io.Reader:
		r = b
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			h.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	request, err := http.NewRequest(method, h.api.URL+path, r)
	if err != nil {
		h.Fatal(err)
	}
	if r != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for _, o := range options {
		o(request)
	}
	response, err := h.api.Client().Do(request)
	if err != nil {
		h.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	a := &answer{t: h.TB, what: method + " " + path, status: response.StatusCode, header: response.Header}
	if a.raw, err = io.ReadAll(response.Body); err != nil {
		h.Fatal(err)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") && len(a.raw) > 0 {
		if err := json.Unmarshal(a.raw, &a.json); err != nil {
			h.Fatalf("%s: %v in %s", a.what, err, a.raw)
		}
	}
	return a
}

func (h *house) get(path, token string, options ...option) *answer {
	h.Helper()
	return h.call(http.MethodGet, path, token, nil, options...)
}

func (h *house) post(path, token string, body any, options ...option) *answer {
	h.Helper()
	return h.call(http.MethodPost, path, token, body, options...)
}

func (h *house) put(path, token string, body any, options ...option) *answer {
	h.Helper()
	return h.call(http.MethodPut, path, token, body, options...)
}

// want checks the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d: %s", a.what, a.status, status, a.raw)
	}
	return a
}

// blames checks that the answer is an error of that status and field.
func (a *answer) blames(status int, field string) *answer {
	a.t.Helper()
	a.want(status)
	var want any
	if field != "" {
		want = field
	}
	if a.json["status"] != "KO" || a.json["respCode"] != fmt.Sprint(status) || a.json["field"] != want {
		a.t.Fatalf("%s: want the error's field to be %v: %s", a.what, want, a.raw)
	}
	return a
}

// is compares the whole answer without its variable parts.
func (a *answer) is(want map[string]any) *answer {
	a.t.Helper()
	got := map[string]any{}
	for k, v := range a.json {
		got[k] = v
	}
	if _, there := got["generated"]; there {
		got["generated"] = true
	}
	for k, v := range want {
		if v == anything {
			if got[k] == nil || got[k] == "" {
				a.t.Fatalf("%s: no %s: %s", a.what, k, a.raw)
			}
			got[k] = anything
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		a.t.Fatalf("%s: -want +got\n%s", a.what, d)
	}
	return a
}

// anything stands in is for a member that must be there with whatever value.
const anything = "\x00anything"

func (a *answer) text(name string) string {
	a.t.Helper()
	text, ok := a.json[name].(string)
	if !ok || text == "" {
		a.t.Fatalf("%s: no text %s: %s", a.what, name, a.raw)
	}
	return text
}

var (
	generatedPattern = regexp.MustCompile(`"generated":"[^"]*"`)
	requestIDPattern = regexp.MustCompile(`"requestId":"[0-9a-f]{32}"`)
)

// golden compares an error body with its file.
func (a *answer) golden(name string) {
	a.t.Helper()
	got := generatedPattern.ReplaceAll(a.raw, []byte(`"generated":"NOW"`))
	got = requestIDPattern.ReplaceAll(got, []byte(`"requestId":"ID"`))
	got = append([]byte(fmt.Sprintf("%d\n", a.status)), append(got, '\n')...)
	file := filepath.Join("testdata", "errors", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			a.t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			a.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		a.t.Errorf("%s: %s: -want +got\n%s", a.what, file, d)
	}
}

// person is a request to register, with a device of that name.
func person(name string) map[string]any {
	return map[string]any{
		"firstName": name, "email": name + "@example.com", "guid": guid(name),
		"policies": map[string]any{"termsOfUse": true, "privacy": "true"},
	}
}

// with returns a copy of m with further members; nil removes one.
func with(m map[string]any, more map[string]any) map[string]any {
	all := map[string]any{}
	for k, v := range m {
		all[k] = v
	}
	for k, v := range more {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	return all
}

// register makes a customer by the app and returns its ID.
func (h *house) register(name string) string {
	h.Helper()
	return h.post("/v3/customers", h.app, person(name)).want(http.StatusCreated).text("id")
}

// readAll returns a body as text.
func readAll(t testing.TB, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// authAll are no scopes, which stand for all of the role's.
func authAll() auth.Scopes { return auth.ScopesOf() }

// unlimited is --limits off, for benchmarks.
func unlimited(t testing.TB) *access.Limits {
	t.Helper()
	limits, err := access.ParseLimits([]string{"off"})
	if err != nil {
		t.Fatal(err)
	}
	return limits
}
