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
	// Lifetime is the time from a token's issue to its expiry: one day.
	Lifetime = 24 * time.Hour

	// MaxTokenLength is the maximum length in octets of a token for Verify. Issued
	// tokens have about 600.
	MaxTokenLength = 4096

	// skew is the tolerated difference between the clocks of two replicas. A token
	// is valid from skew before its issue, so that a replica whose clock is slow
	// accepts it at once. Its expiry is exact.
	skew = time.Minute
)

// A TokenError is the reason why a token was rejected. Clients get the same response
// (403) for all reasons; they differ in the log, and ErrUnknownKey makes a replica
// read the keys again. The text contains no part of the token.
type TokenError string

// Error returns the reason as a sentence.
func (e TokenError) Error() string { return "token rejected: " + string(e) }

const (
	// ErrMalformed is for a text that is not a JWT, or has a critical header.
	ErrMalformed TokenError = "not a valid JWT"
	// ErrTooLong is for a token longer than MaxTokenLength, which is not parsed.
	ErrTooLong TokenError = "longer than 4096 octets"
	// ErrAlgorithm is for all other algorithms, including "none".
	ErrAlgorithm TokenError = "not signed with HS256"
	// ErrUnknownKey is for a forged key ID, a deleted key, or a new key that this
	// replica has not read yet.
	ErrUnknownKey TokenError = "signed with an unknown key"
	// ErrSignature is for a forged or damaged token.
	ErrSignature TokenError = "invalid signature"
	// ErrAudience is for a token of another deployment, even with the same key.
	ErrAudience TokenError = "issued for another deployment"
	// ErrExpired is for a token after its Lifetime: the client must log in again.
	ErrExpired TokenError = "expired"
	// ErrNotYetValid is for a token of a replica whose clock is fast.
	ErrNotYetValid TokenError = "not valid yet"
	// ErrClaims is for claims or a lifetime that Issue never writes.
	ErrClaims TokenError = "invalid claims"
)

// Claims are the properties of the service that logged in.
type Claims struct {
	ServiceID      string // of the client key: 32 lower-case hexadecimal digits
	OrganizationID string // of the service's organization, in the same form
	Role           Role
	LocationID     string // of a LocationManager, in the same form; else empty
	Scopes         Scopes // not empty, and permitted for the role
	Epoch          int64  // number of revocation sweeps at the time of the login
}

// check returns an error for claims that Issue must not sign.
func (c Claims) check() error {
	switch {
	case !ValidID(c.ServiceID):
		return errors.New("the service ID is not 32 lower-case hexadecimal digits")
	case !ValidID(c.OrganizationID):
		return errors.New("the organization ID is not 32 lower-case hexadecimal digits")
	case !locationFits(c.Role, c.LocationID):
		return errors.New("a locationManager has a location, no other role has one")
	}
	_, err := ParseScopes(c.Role, c.Scopes.String())
	return err
}

// locationFits reports whether a key of the role has that location.
func locationFits(role Role, location string) bool {
	if role == LocationManager {
		return ValidID(location)
	}
	return location == ""
}

// payload is the body of a token, with the registered claims of RFC 7519, section 4.1.
type payload struct {
	jwt.RegisteredClaims
	Organization string `json:"organization"`
	Role         string `json:"role"`
	Location     string `json:"location,omitempty"`
	Scope        string `json:"scope"`
	Epoch        int64  `json:"epoch,omitempty"` // absent in the tokens of earlier versions
}

// Issue returns a signed token that is valid from now for [Lifetime], in whole seconds.
// It is a JWT with HS256 in compact form: `iss` is the service ID, `aud` the
// deployment's ID, `jti` random and `kid` the current key's ID. Issue returns an error
// only for claims that no client key can have.
func (r *Keyring) Issue(c Claims, now time.Time) (string, error) {
	if err := c.check(); err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	id := make([]byte, 16)
	rand.Read(id) // never returns an error
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
		Location:     c.LocationID,
		Scope:        c.Scopes.String(),
		Epoch:        c.Epoch,
	})
	token.Header["kid"] = r.current.id
	return token.SignedString(r.current.secret)
}

// Verify returns the principal of a token that this deployment issued and that is valid
// at the time now. The error is a [TokenError]. The caller must check whether the token
// was revoked, by the Principal's TokenID, and whether its client key was deleted, by
// its ServiceID.
func (r *Keyring) Verify(token string, now time.Time) (*Principal, error) {
	if len(token) > MaxTokenLength {
		return nil, ErrTooLong
	}
	if strings.ContainsAny(token, "\r\n") {
		return nil, ErrMalformed // encoding/base64 ignores them, so a token would have several texts
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

// lookup returns the key that a token's header names.
func (r *Keyring) lookup(token *jwt.Token) (any, error) {
	if _, critical := token.Header["crit"]; critical {
		return nil, ErrMalformed // an unknown extension that must be processed: RFC 7515, section 4.1.11
	}
	id, _ := token.Header["kid"].(string)
	key, known := r.keys[id]
	if !known {
		return nil, ErrUnknownKey
	}
	return key.secret, nil
}

// reason converts the library's error, which may quote the token, to a TokenError.
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

// principal checks the claims that the library does not know, after the signature was
// verified. Even with a leaked key, a token cannot be valid for longer than Lifetime or
// have a scope that its role must not have.
func (p *payload) principal(now time.Time) (*Principal, error) {
	if p.IssuedAt == nil || p.IssuedAt.After(now.Add(skew)) ||
		p.ExpiresAt.Sub(p.IssuedAt.Time) > Lifetime || !ValidID(p.ID) {
		return nil, ErrClaims
	}
	role := Role(p.Role)
	scopes, err := ParseScopes(role, p.Scope)
	if err != nil || !ValidID(p.Issuer) || !ValidID(p.Organization) || !locationFits(role, p.Location) {
		return nil, ErrClaims
	}
	return &Principal{
		ServiceID:      p.Issuer,
		TokenID:        p.ID,
		OrganizationID: p.Organization,
		Role:           role,
		LocationID:     p.Location,
		Scopes:         scopes,
		Expires:        p.ExpiresAt.UTC(),
		Epoch:          p.Epoch,
	}, nil
}
