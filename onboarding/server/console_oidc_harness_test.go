package server

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/zitadel/oidc/v3/example/server/storage"
	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/server/console/oidc"
)

// The client of the console at the test's provider, and the claim with the roles.
const (
	oidcClient = "console"
	oidcSecret = "a-client-secret"
	roleClaim  = "onramp_roles"
)

// provider is a real OpenID provider on this machine, with one user.
type provider struct {
	*storage.Storage
	server *httptest.Server

	mu    sync.Mutex
	roles any // the claim of the user; nil: none
	// token changes the answer of the token endpoint; nil: as it is.
	token func(answer map[string]any)
	calls map[string]int // by path
	down  string         // paths that begin with it are answered by a gateway; empty: none
}

// SetUserinfoFromRequest adds the claim with the roles to an ID token.
func (p *provider) SetUserinfoFromRequest(
	ctx context.Context, info *zitadel.UserInfo, request op.IDTokenRequest, scopes []string,
) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.roles != nil {
		info.AppendClaims(roleClaim, p.roles)
	}
	info.AppendClaims("email", "anna@example.com")
	return p.Storage.SetUserinfoFromRequest(ctx, info, request, scopes)
}

// newSignOnVenue returns a venue whose console uses a new provider.
func newSignOnVenue(t *testing.T, change ...func(*onboarding.Organization)) (*venue, *provider) {
	t.Helper()
	p := &provider{calls: map[string]int{}}
	var handler http.Handler
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.calls[r.URL.Path]++
		change, down := p.token, p.down
		p.mu.Unlock()
		if down != "" && strings.HasPrefix(r.URL.Path, down) {
			http.Error(w, "anna@example.com", http.StatusBadGateway)
			return
		}
		if r.URL.Path != "/oauth/token" || change == nil {
			handler.ServeHTTP(w, r)
			return
		}
		held := httptest.NewRecorder()
		handler.ServeHTTP(held, r)
		answer := map[string]any{}
		if err := json.Unmarshal(held.Body.Bytes(), &answer); err != nil {
			t.Errorf("the provider's answer: %v", err)
		}
		change(answer)
		raw, err := json.Marshal(answer)
		if err != nil {
			t.Error(err)
		}
		maps.Copy(w.Header(), held.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(held.Code)
		if _, err := w.Write(raw); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(p.server.Close)
	v := newVenueServing(t, func(v *venue, c *Config) {
		p.Storage = storage.NewStorageWithClients(storage.NewUserStore(p.server.URL), map[string]*storage.Client{
			oidcClient: storage.WebClient(oidcClient, oidcSecret, v.api.URL+"/console/oidc/callback"),
		})
		c.SignOn = newSignOn(t, p.server.URL, v.log, v.clock.now)
	}, deployment.Config{Store: openSQLite(t)},
		[]*onboarding.Organization{organization(rivalID, "Rival", "rival.example")}, change...)
	real, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CryptoKeyId: "1", CodeMethodS256: true}, p,
		op.StaticIssuer(p.server.URL), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	handler = real
	return v, p
}

// newSignOn returns the client of a provider.
func newSignOn(t *testing.T, issuer string, log io.Writer, now func() time.Time) *oidc.Client {
	t.Helper()
	client, err := oidc.New(oidc.Config{
		Issuer: issuer, ClientID: oidcClient, ClientSecret: oidcSecret, RoleClaim: roleClaim,
		Log: slog.New(slog.NewJSONHandler(log, nil)), Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// give sets the claim of the user.
func (p *provider) give(roles any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roles = roles
}

// stop makes a gateway answer for the paths that begin with start; empty: none.
func (p *provider) stop(start string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = start
}

// answer changes the answers of the token endpoint.
func (p *provider) answer(change func(map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token = change
}

// called returns the number of requests to a path.
func (p *provider) called(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// login signs the user in at the address to which the console led the browser, and returns where
// the provider leads it back.
func (p *provider) login(t testing.TB, address string) *url.URL {
	t.Helper()
	browser := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	follow := func(address string) *url.URL {
		response, err := browser.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		target, err := response.Location()
		if err != nil {
			t.Fatalf("%s: status %d: %v", address, response.StatusCode, err)
		}
		return target
	}
	request := follow(address).Query().Get("authRequestID")
	if err := p.CheckUsernamePassword("test-user@127.0.0.1", "verysecure", request); err != nil {
		t.Fatal(err)
	}
	return follow(p.server.URL + "/authorize/callback?id=" + url.QueryEscape(request))
}

// begun begins a single sign-on, and returns the address of the provider.
func (o *operator) begun() string {
	o.Helper()
	return o.open("/console/oidc").want(http.StatusSeeOther).header.Get("Location")
}

// signOn begins a single sign-on, and returns the path to which the provider leads back.
func (o *operator) signOn(p *provider) string {
	o.Helper()
	back := p.login(o, o.begun())
	if back.Scheme+"://"+back.Host != o.api.URL {
		o.Errorf("the provider leads to %s", back.Host)
	}
	return back.RequestURI()
}

// offersSignOn reports whether a page has the button of single sign-on.
func offersSignOn(p *webpage) bool { return slices.Contains(p.hrefs(), "/console/oidc") }

// queryOf returns the parameters of an address.
func queryOf(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// withCookie sends a further cookie.
func withCookie(name, value string) option {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

// forged returns a change of the answer that replaces the ID token by one with other claims, which
// method signs with key. The provider's own key is the default.
func (p *provider) forged(
	t testing.TB, method jwt.SigningMethod, key any, change func(jwt.MapClaims),
) func(map[string]any) {
	t.Helper()
	own, err := p.SigningKey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if key == nil {
		key = own.Key()
	}
	return func(answer map[string]any) {
		claims := jwt.MapClaims{}
		raw, _ := answer["id_token"].(string)
		if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
			t.Errorf("%s: %v", raw, err)
			return
		}
		change(claims)
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = own.ID()
		if answer["id_token"], err = token.SignedString(key); err != nil {
			t.Error(err)
		}
	}
}

// withoutSecrets checks that the log holds none of the texts.
func (v *venue) withoutSecrets(texts ...string) {
	v.Helper()
	for _, text := range texts {
		if text != "" && strings.Contains(v.log.String(), text) {
			v.Errorf("the log has %s", text)
		}
	}
}
