package auth

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// Lifetime is how long a token works: one day from its issue.
	Lifetime = 24 * time.Hour

	// MaxTokenLength is the longest token, in octets, that Verify looks at. Our
	// own have some 600.
	MaxTokenLength = 4096

	// skew is how far the clocks of two replicas may be apart. A token is dated
	// back by it, so that the replica behind takes it at once; its end is exact.
	skew = time.Minute
)

// A TokenError says why a token was refused. On the wire all of them are one
// answer (403); they differ for the log, and for a replica that has to learn a
// new key. None holds anything out of the token.
type TokenError string

// Error returns the reason as a sentence.
func (e TokenError) Error() string { return "token refused: " + string(e) }

const (
	ErrMalformed   TokenError = "not a JWT of ours"                      // broken text, or a header that demands what we do not know
	ErrTooLong     TokenError = "longer than 4096 octets"                // not even parsed
	ErrAlgorithm   TokenError = "not signed with HS256"                  // "none" and public-key algorithms among them
	ErrUnknownKey  TokenError = "signed with a key that we do not have"  // a forgery, a dropped key, or one just made elsewhere
	ErrSignature   TokenError = "the signature is wrong"                 // forged or damaged
	ErrAudience    TokenError = "made for another deployment"            // a shared or copied key does not make the tokens shared
	ErrExpired     TokenError = "expired"                                // the client logs in again
	ErrNotYetValid TokenError = "not valid yet"                          // the clocks of two replicas are far apart
	ErrClaims      TokenError = "its claims are not those that we issue" // missing, or of a shape or lifetime we never give
)

// Claims is what a token says of the service that logged in.
type Claims struct {
	ServiceID      string // the client key's service: 32 lower-case hexadecimal digits
	OrganizationID string // the one organization it belongs to: likewise
	Role           Role
	Scopes         Scopes // not empty, and no more than the role can have
	Epoch          int64  // how many sweeps of revocations there had been at the login
}

// check reports the first of the claims that Issue refuses to sign.
func (c Claims) check() error {
	switch {
	case !ValidID(c.ServiceID):
		return errors.New("the service's ID is not 32 lower-case hexadecimal digits")
	case !ValidID(c.OrganizationID):
		return errors.New("the organization's ID is not 32 lower-case hexadecimal digits")
	}
	_, err := ParseScopes(c.Role, c.Scopes.String())
	return err
}

// payload is the token's body. The registered names are RFC 7519's, section 4.1.
type payload struct {
	jwt.RegisteredClaims
	Organization string `json:"organization"`
	Role         string `json:"role"`
	Scope        string `json:"scope"`
	Epoch        int64  `json:"epoch,omitempty"` // absent in the tokens of earlier versions
}

// Issue signs a token that works from now on for [Lifetime], on whole seconds:
// a JWT with HS256 in compact form, `iss` the service's ID, `aud` the
// deployment's, `jti` random and `kid` the current key's ID. The only error is
// that of claims that no client key can have.
func (r *Keyring) Issue(c Claims, now time.Time) (string, error) {
	if err := c.check(); err != nil {
		return "", fmt.Errorf("issuing a token: %w", err)
	}
	id := make([]byte, 16)
	rand.Read(id) // never fails: crypto/rand ends the program first
	now = now.Truncate(time.Second)
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, payload{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    c.ServiceID,
			Audience:  jwt.ClaimStrings{r.deployment},
			ExpiresAt: jwt.NewNumericDate(now.Add(Lifetime)),
			NotBefore: jwt.NewNumericDate(now.Add(-skew)),
			IssuedAt:  jwt.NewNumericDate(now),
			ID:        hex.EncodeToString(id),
		},
		Organization: c.OrganizationID,
		Role:         string(c.Role),
		Scope:        c.Scopes.String(),
		Epoch:        c.Epoch,
	})
	token.Header["kid"] = r.current.id
	return token.SignedString(r.current.secret)
}

// Verify returns who a token speaks for, when it is one that this deployment
// issued and that has not expired at now. The error is a [TokenError]. Whether
// the token was revoked, or its client key deleted, is the caller's to ask: the
// Principal's TokenID and ServiceID are what to ask by.
func (r *Keyring) Verify(token string, now time.Time) (*Principal, error) {
	if len(token) > MaxTokenLength {
		return nil, ErrTooLong
	}
	if strings.ContainsAny(token, "\r\n") {
		return nil, ErrMalformed // encoding/base64 skips them: one token would have many texts
	}
	var body payload
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }),
		jwt.WithAudience(r.deployment),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
	)
	parsed, err := parser.ParseWithClaims(token, &body, r.lookup)
	if err != nil {
		return nil, reason(parsed, err)
	}
	return body.principal(now)
}

// lookup finds the key that a token says it was signed with.
func (r *Keyring) lookup(token *jwt.Token) (any, error) {
	if _, demands := token.Header["crit"]; demands {
		return nil, ErrMalformed // an extension we would have to understand: RFC 7515, section 4.1.11
	}
	id, _ := token.Header["kid"].(string)
	key, known := r.keys[id]
	if !known {
		return nil, ErrUnknownKey
	}
	return key.secret, nil
}

// reason turns the library's error, which may quote the token, into one of ours.
func reason(parsed *jwt.Token, err error) TokenError {
	var own TokenError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, jwt.ErrTokenMalformed):
		return ErrMalformed
	case parsed == nil || parsed.Method != jwt.SigningMethod(jwt.SigningMethodHS256):
		return ErrAlgorithm
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return ErrSignature
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return ErrAudience
	case errors.Is(err, jwt.ErrTokenExpired):
		return ErrExpired
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return ErrNotYetValid
	}
	return ErrClaims
}

// principal checks what the library does not know of, on a body whose signature
// is good: after a mistake elsewhere, or with a leaked key, a token still cannot
// outlive its day or hold a scope that its role has not.
func (p *payload) principal(now time.Time) (*Principal, error) {
	if p.IssuedAt == nil || p.IssuedAt.After(now.Add(skew)) ||
		p.ExpiresAt.Sub(p.IssuedAt.Time) > Lifetime || !ValidID(p.ID) {
		return nil, ErrClaims
	}
	role := Role(p.Role)
	scopes, err := ParseScopes(role, p.Scope)
	if err != nil || !ValidID(p.Issuer) || !ValidID(p.Organization) {
		return nil, ErrClaims
	}
	return &Principal{
		ServiceID:      p.Issuer,
		TokenID:        p.ID,
		OrganizationID: p.Organization,
		Role:           role,
		Scopes:         scopes,
		Expires:        p.ExpiresAt.UTC(),
		Epoch:          p.Epoch,
	}, nil
}
