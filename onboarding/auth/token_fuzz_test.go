package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/auth"
)

// FuzzVerify calls Verify with any text. It must accept only the token that is signed here. That
// token is written by hand, because issued ones have random IDs and the fuzzer's workers are
// separate processes.
func FuzzVerify(f *testing.F) {
	ring := testRing(f)
	header, body := parts(f, issue(f, ring, testClaims))
	body["jti"] = strings.Repeat("0", 32)
	good := sign(f, header, body)
	if _, err := ring.Verify(good, now); err != nil {
		f.Fatal(err)
	}
	for _, token := range []string{
		good, "", "..", "a.b.c", good[:len(good)-1], good + ".", good + "\n", strings.ToUpper(good),
		"eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.bnVsbA.",
	} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := ring.Verify(token, now)
		if err == nil {
			if token != good {
				t.Fatalf("a token that was never signed was taken: %+v", p)
			}
			return
		}
		var kind auth.TokenError
		if !errors.As(err, &kind) || p != nil {
			t.Fatalf("%v with %v, which is not a TokenError", p, err)
		}
	})
}

// FuzzVerifyBody signs any JSON body with the right key, as a faulty version of Onramp could. If
// Verify accepts the token, its principal must be one that Issue could have made, and not expired.
func FuzzVerifyBody(f *testing.F) {
	ring := testRing(f)
	token := issue(f, ring, testClaims)
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`null`))
	f.Add([]byte(`{"exp":1e400}`))
	f.Add([]byte(`{"aud":"` + deployment + `","exp":-1,"nbf":9e99,"iat":0.5}`))
	header := map[string]any{"alg": "HS256", "kid": "k1"}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) {
			return
		}
		p, err := ring.Verify(sign(t, header, json.RawMessage(body)), now)
		if err != nil {
			return
		}
		claims := auth.Claims{
			ServiceID: p.ServiceID, OrganizationID: p.OrganizationID, Role: p.Role, Scopes: p.Scopes,
		}
		if _, err := ring.Issue(claims, now); err != nil {
			t.Errorf("taken, but never issued: %+v: %v", p, err)
		}
		if !p.Expires.After(now) || p.Expires.After(now.Add(auth.Lifetime+time.Minute)) {
			t.Errorf("taken at %s, expires %s", now, p.Expires)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	ring := testRing(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Issue(testClaims, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	ring := testRing(b)
	token := issue(b, ring, testClaims)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Verify(token, now); err != nil {
			b.Fatal(err)
		}
	}
}
