package auth_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/auth"
)

const (
	deployment   = "018fd2b0c0de7a31b2f4a90c5e1d7788"
	service      = "018fd2b1aaaa7bbb8ccc9ddd0eee1fff"
	organization = "3a8ccd060216452e09b2b32e750cb5eb"
)

var (
	now = time.Date(2026, 11, 22, 7, 14, 3, 987654321, time.UTC)

	testSecret = []byte("thirty-two octets for a test key")
	testClaims = auth.Claims{
		ServiceID: service, OrganizationID: organization,
		Role: auth.PublicApp, Scopes: auth.RoleScopes(auth.PublicApp),
	}
)

// testRing returns a keyring with a constant key, so that tests can write tokens by hand.
func testRing(t testing.TB) *auth.Keyring {
	t.Helper()
	key, err := auth.RestoreKey("k1", testSecret)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := auth.NewKeyring(deployment, key)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func issue(t testing.TB, ring *auth.Keyring, c auth.Claims) string {
	t.Helper()
	token, err := ring.Issue(c, now)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// parts decodes a token without a library.
func parts(t testing.TB, token string) (header, body map[string]any) {
	t.Helper()
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		t.Fatalf("%d segments", len(segments))
	}
	for i, into := range []*map[string]any{&header, &body} {
		text, err := base64.RawURLEncoding.DecodeString(segments[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, body
}

// sign returns a token with any header and body and a valid HMAC.
func sign(t testing.TB, header, body any) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(b)
	mac := hmac.New(sha256.New, testSecret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestIssuedTokenOnTheWire(t *testing.T) {
	header, body := parts(t, issue(t, testRing(t), testClaims))
	if diff := cmp.Diff(map[string]any{"alg": "HS256", "typ": "JWT", "kid": "k1"}, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	id, _ := body["jti"].(string)
	if len(id) != 32 {
		t.Errorf("jti %q", id)
	}
	delete(body, "jti")
	issued := float64(now.Unix())
	want := map[string]any{
		"iss": service, "aud": []any{deployment}, "organization": organization,
		"role": "publicApp", "scope": "customer_read customer_write organization_settings_read",
		"iat": issued, "nbf": issued - 60, "exp": issued + 86400,
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestVerifyGivesBackWhatWasIssued(t *testing.T) {
	ring := testRing(t)
	narrow, err := auth.ParseScopes(auth.OrganizationManager, "organization_read")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range []auth.Claims{
		testClaims,
		{ServiceID: service, OrganizationID: organization, Role: auth.OrganizationManager,
			Scopes: auth.RoleScopes(auth.OrganizationManager)},
		{ServiceID: service, OrganizationID: organization, Role: auth.OrganizationManager, Scopes: narrow},
		{ServiceID: service, OrganizationID: organization, Role: auth.LocationManager, LocationID: service,
			Scopes: auth.RoleScopes(auth.LocationManager)},
		{ServiceID: service, OrganizationID: organization, Role: auth.Support, Scopes: auth.RoleScopes(auth.Support)},
	} {
		p, err := ring.Verify(issue(t, ring, c), now)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.TokenID) != 32 || seen[p.TokenID] {
			t.Errorf("token ID %q, seen before: %t", p.TokenID, seen[p.TokenID])
		}
		seen[p.TokenID] = true
		want := auth.Principal{
			ServiceID: c.ServiceID, TokenID: p.TokenID, OrganizationID: c.OrganizationID, Role: c.Role,
			LocationID: c.LocationID, Scopes: c.Scopes, Expires: now.Truncate(time.Second).Add(24 * time.Hour),
		}
		if *p != want {
			t.Errorf("got %+v, want %+v", *p, want)
		}
		if p.IsOperator() != (c.Role != auth.PublicApp) {
			t.Errorf("%s: IsOperator = %t", c.Role, p.IsOperator())
		}
		for _, s := range everyScope {
			settings := c.Role == auth.LocationManager && s == auth.OrganizationSettingsRead
			if p.Allows(s) != (c.Scopes.Has(s) && !settings) {
				t.Errorf("%s with %q: Allows(%s) = %t", c.Role, c.Scopes, s, p.Allows(s))
			}
		}
	}
}

func TestWhen(t *testing.T) {
	ring := testRing(t)
	token := issue(t, ring, testClaims)
	start := now.Truncate(time.Second)
	for _, tt := range []struct {
		name string
		at   time.Time
		want error
	}{
		{"at once", start, nil},
		{"on a replica a minute behind", start.Add(-time.Minute), nil},
		{"on a replica further behind", start.Add(-time.Minute - 1), auth.ErrNotYetValid},
		{"in its last nanosecond", start.Add(24*time.Hour - 1), nil},
		{"at its end", start.Add(24 * time.Hour), auth.ErrExpired},
		{"a year later", start.AddDate(1, 0, 0), auth.ErrExpired},
		{"in another zone", start.In(time.FixedZone("", 14*3600)), nil},
	} {
		if _, err := ring.Verify(token, tt.at); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	for name, change := range map[string]func(*auth.Claims){
		"a location of an app": func(c *auth.Claims) { c.LocationID = service },
		"a locationManager without a location": func(c *auth.Claims) {
			c.Role, c.Scopes = auth.LocationManager, auth.RoleScopes(auth.LocationManager)
		},
		"no service":           func(c *auth.Claims) { c.ServiceID = "" },
		"service with dashes":  func(c *auth.Claims) { c.ServiceID = "018fd2b1-aaaa-7bbb-8ccc-9ddd0eee1fff" },
		"upper-case service":   func(c *auth.Claims) { c.ServiceID = strings.ToUpper(c.ServiceID) },
		"no organization":      func(c *auth.Claims) { c.OrganizationID = "" },
		"a long organization":  func(c *auth.Claims) { c.OrganizationID += "0" },
		"no role":              func(c *auth.Claims) { c.Role = "" },
		"an unknown role":      func(c *auth.Claims) { c.Role = "root" },
		"no scopes":            func(c *auth.Claims) { c.Scopes = auth.Scopes{} },
		"scopes not the app's": func(c *auth.Claims) { c.Scopes = auth.RoleScopes(auth.OrganizationManager) },
	} {
		c := testClaims
		change(&c)
		if token, err := testRing(t).Issue(c, now); err == nil || token != "" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
}

// TestForged changes one part of a valid token at a time, and signs it with the right key: the
// header, the body or the signature.
func TestForged(t *testing.T) {
	ring := testRing(t)
	header, body := parts(t, issue(t, ring, testClaims))
	if _, err := ring.Verify(sign(t, header, body), now); err != nil {
		t.Fatalf("the token written by hand must be good before it is changed: %v", err)
	}
	day := float64(24 * 60 * 60)
	iat := body["iat"].(float64)
	for _, tt := range []struct {
		name   string
		header map[string]any
		body   map[string]any
		want   error
	}{
		{name: "alg none", header: map[string]any{"alg": "none"}, want: auth.ErrAlgorithm},
		{name: "alg None", header: map[string]any{"alg": "None"}, want: auth.ErrAlgorithm},
		{name: "alg HS384", header: map[string]any{"alg": "HS384"}, want: auth.ErrAlgorithm},
		{name: "alg HS512", header: map[string]any{"alg": "HS512"}, want: auth.ErrAlgorithm},
		{name: "alg RS256", header: map[string]any{"alg": "RS256"}, want: auth.ErrAlgorithm},
		{name: "alg hs256", header: map[string]any{"alg": "hs256"}, want: auth.ErrAlgorithm},
		{name: "alg a number", header: map[string]any{"alg": 256}, want: auth.ErrAlgorithm},
		{name: "no alg", header: map[string]any{"alg": nil}, want: auth.ErrAlgorithm},
		{name: "another kid", header: map[string]any{"kid": "k2"}, want: auth.ErrUnknownKey},
		{name: "an empty kid", header: map[string]any{"kid": ""}, want: auth.ErrUnknownKey},
		{name: "no kid", header: map[string]any{"kid": nil}, want: auth.ErrUnknownKey},
		{name: "kid a list", header: map[string]any{"kid": []string{"k1"}}, want: auth.ErrUnknownKey},
		{name: "kid a path", header: map[string]any{"kid": "../../dev/null"}, want: auth.ErrUnknownKey},
		{name: "crit", header: map[string]any{"crit": []string{"b64"}, "b64": false}, want: auth.ErrMalformed},
		{name: "another deployment", body: map[string]any{"aud": service}, want: auth.ErrAudience},
		{name: "no audience", body: map[string]any{"aud": nil}, want: auth.ErrClaims},
		{name: "an empty audience", body: map[string]any{"aud": []string{}}, want: auth.ErrClaims},
		{name: "no exp", body: map[string]any{"exp": nil}, want: auth.ErrClaims},
		{name: "exp a second past a day", body: map[string]any{"exp": iat + day + 1}, want: auth.ErrClaims},
		{name: "exp in the year 9999", body: map[string]any{"exp": 253402300799}, want: auth.ErrClaims},
		{name: "exp a text", body: map[string]any{"exp": "tomorrow"}, want: auth.ErrMalformed},
		{name: "exp zero", body: map[string]any{"exp": 0}, want: auth.ErrExpired},
		{name: "exp negative", body: map[string]any{"exp": -1}, want: auth.ErrExpired},
		{name: "no nbf", body: map[string]any{"nbf": nil}, want: auth.ErrClaims},
		{name: "nbf in an hour", body: map[string]any{"nbf": iat + 3600}, want: auth.ErrNotYetValid},
		{name: "no iat", body: map[string]any{"iat": nil}, want: auth.ErrClaims},
		{name: "iat in an hour",
			body: map[string]any{"iat": iat + 3600, "exp": iat + 3600 + day}, want: auth.ErrClaims},
		{name: "iat long ago", body: map[string]any{"iat": iat - day, "exp": iat + 60}, want: auth.ErrClaims},
		{name: "no jti", body: map[string]any{"jti": nil}, want: auth.ErrClaims},
		{name: "a long jti", body: map[string]any{"jti": strings.Repeat("0", 33)}, want: auth.ErrClaims},
		{name: "no iss", body: map[string]any{"iss": nil}, want: auth.ErrClaims},
		{name: "iss of another shape",
			body: map[string]any{"iss": "https://accounts.example.com"}, want: auth.ErrClaims},
		{name: "no organization", body: map[string]any{"organization": nil}, want: auth.ErrClaims},
		{name: "organization a wildcard", body: map[string]any{"organization": "*"}, want: auth.ErrClaims},
		{name: "organization a list",
			body: map[string]any{"organization": []string{organization}}, want: auth.ErrMalformed},
		{name: "no role", body: map[string]any{"role": nil}, want: auth.ErrClaims},
		{name: "an unknown role", body: map[string]any{"role": "root"}, want: auth.ErrClaims},
		{name: "no scope", body: map[string]any{"scope": nil}, want: auth.ErrClaims},
		{name: "an unknown scope", body: map[string]any{"scope": "customer_read admin"}, want: auth.ErrClaims},
		{name: "a scope above the role", body: map[string]any{"scope": "organization_read"}, want: auth.ErrClaims},
	} {
		h, b := maps.Clone(header), maps.Clone(body)
		for change, into := range map[*map[string]any]map[string]any{&tt.header: h, &tt.body: b} {
			for name, value := range *change {
				if into[name] = value; value == nil {
					delete(into, name)
				}
			}
		}
		if p, err := ring.Verify(sign(t, h, b), now); err != tt.want || p != nil {
			t.Errorf("%s: %v, %v, want %v", tt.name, p, err, tt.want)
		}
	}
}

func TestDamaged(t *testing.T) {
	ring := testRing(t)
	token := issue(t, ring, testClaims)
	segment := strings.Split(token, ".")
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body := parts(t, token)
	eddsa := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims(body))
	eddsa.Header["kid"] = "k1"
	foreign, err := eddsa.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	other := testClaims
	other.Role, other.Scopes = auth.OrganizationManager, auth.RoleScopes(auth.OrganizationManager)
	promoted := strings.Split(issue(t, ring, other), ".")
	for _, tt := range []struct {
		name, token string
		want        error
	}{
		{"empty", "", auth.ErrMalformed},
		{"one word", "token", auth.ErrMalformed},
		{"dots", "..", auth.ErrMalformed},
		{"null", sign(t, nil, nil), auth.ErrAlgorithm},
		{"a list", sign(t, []int{}, body), auth.ErrMalformed},
		{"null as body", sign(t, map[string]any{"alg": "HS256", "kid": "k1"}, nil), auth.ErrClaims},
		{"two segments", segment[0] + "." + segment[1], auth.ErrMalformed},
		{"four segments", token + "." + segment[2], auth.ErrMalformed},
		{"five, as in a JWE", token + ".a.b", auth.ErrMalformed},
		{"no signature", segment[0] + "." + segment[1] + ".", auth.ErrSignature},
		{"half a signature", token[:len(token)-23], auth.ErrSignature},
		{"another token's signature", segment[0] + "." + segment[1] + "." + promoted[2], auth.ErrSignature},
		{"another token's body", segment[0] + "." + promoted[1] + "." + segment[2], auth.ErrSignature},
		{"padded", token + "=", auth.ErrMalformed},
		{"a space before", " " + token, auth.ErrMalformed},
		{"a line's end after", token + "\n", auth.ErrMalformed},
		{"a line's end within", token[:50] + "\r\n" + token[50:], auth.ErrMalformed},
		{"the standard alphabet",
			segment[0] + "." + segment[1] + "." + strings.Repeat("+/", 22)[:43], auth.ErrMalformed},
		{"NUL", "\x00.\x00.\x00", auth.ErrMalformed},
		{"not UTF-8", "\xff\xfe.\xff.\xff", auth.ErrMalformed},
		{"signed with Ed25519", foreign, auth.ErrAlgorithm},
		{"4097 octets", token + strings.Repeat("A", auth.MaxTokenLength+1-len(token)), auth.ErrTooLong},
		{"4096 octets", token + strings.Repeat("A", auth.MaxTokenLength-len(token)), auth.ErrSignature},
		{"a megabyte", strings.Repeat("a.", 1<<19), auth.ErrTooLong},
	} {
		p, err := ring.Verify(tt.token, now)
		if err != tt.want || p != nil {
			t.Errorf("%s: %v, %v, want %v", tt.name, p, err, tt.want)
		}
		var kind auth.TokenError
		if !errors.As(err, &kind) {
			t.Errorf("%s: %T is not a TokenError", tt.name, err)
		}
	}
}

// TestAbsurdTimes verifies that times out of range are rejected, although they overflow to
// different values on different machines.
func TestAbsurdTimes(t *testing.T) {
	ring := testRing(t)
	header, body := parts(t, issue(t, ring, testClaims))
	for _, claim := range []string{"exp", "iat"} {
		for _, number := range []float64{1e300, -1e300, 1 << 62, 1 << 63, -1 << 63} {
			b := maps.Clone(body)
			b[claim] = number
			if p, err := ring.Verify(sign(t, header, b), now); err == nil {
				t.Errorf("%s %g: %+v", claim, number, p)
			}
		}
	}
}

// TestEveryBitCounts flips each bit of a token's text in turn, including the two unused bits in the
// last character of the signature: a lenient decoder would accept four texts for one token.
func TestEveryBitCounts(t *testing.T) {
	ring := testRing(t)
	token := []byte(issue(t, ring, testClaims))
	for i := range token {
		for b := range 8 {
			token[i] ^= 1 << b
			if _, err := ring.Verify(string(token), now); err == nil {
				t.Errorf("octet %d, bit %d: accepted", i, b)
			}
			token[i] ^= 1 << b
		}
	}
	if _, err := ring.Verify(string(token), now); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}
