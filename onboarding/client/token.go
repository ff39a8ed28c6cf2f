package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// token is a token of the API. Its claims are not verified: they are the server's own.
type token struct {
	text    string
	service string    // the claim iss: the service's ID, or empty
	renew   time.Time // from which a new token is fetched, by this machine's clock
}

// newToken reads the claims of a token that was received at the time now. A token is renewed after
// nine tenths of its life, which is counted from its arrival: the clock of a phone may be wrong.
func newToken(text string, now time.Time) *token {
	t := &token{text: text, renew: now.Add(time.Hour)}
	var claims struct {
		Issuer  string  `json:"iss"`
		Issued  float64 `json:"iat"`
		Expires float64 `json:"exp"`
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return t
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &claims) != nil || claims.Expires <= claims.Issued {
		return t
	}
	life := time.Duration((claims.Expires - claims.Issued) * float64(time.Second))
	t.service, t.renew = claims.Issuer, now.Add(life*9/10)
	return t
}

// current returns a token other than ended. It logs in if there is none, or if it is time to renew
// the one there is. One caller logs in at a time.
func (s *sender) current(ctx context.Context, ended *token) (*token, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.unlock()
	usable := s.token != nil && s.token != ended
	if usable && time.Now().Before(s.token.renew) {
		return s.token, nil
	}
	t, err := s.login(ctx)
	switch {
	case err == nil:
		s.token = t
	case !usable:
		return nil, fmt.Errorf("log in: %w", err)
	}
	return s.token, nil // the old one has a tenth of its life left
}

func (s *sender) lock(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *sender) unlock() { <-s.turn }

func (s *sender) login(ctx context.Context) (*token, error) {
	request, err := NewLoginRequest(s.server, s.key)
	if err != nil {
		return nil, err
	}
	response, err := s.send(request.WithContext(ctx), nil) //nolint:bodyclose // ParseLoginResponse closes it
	if err != nil {
		return nil, err
	}
	answer, err := ParseLoginResponse(response)
	if err != nil {
		return nil, err
	}
	if answer.JSON200 == nil || answer.JSON200.Token == "" {
		return nil, fmt.Errorf("the answer %s has no token", answer.Status())
	}
	return newToken(answer.JSON200.Token, time.Now()), nil
}

// ended reports whether a token no longer works. A refusal alone does not tell: 403 is also the
// answer to a token that lacks a scope or a proof. Every token may describe its own service.
func (s *sender) ended(ctx context.Context, t *token) bool {
	if t.service == "" {
		return true
	}
	request, err := NewDescribeServiceRequest(s.server, t.service)
	if err != nil {
		return false
	}
	response, err := s.send(request.WithContext(ctx), t)
	if err == nil {
		_ = response.Body.Close()
	}
	return denied(err)
}

func (s *sender) logout(ctx context.Context) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	if s.token == nil {
		return nil
	}
	request, err := NewLogoutRequest(s.server)
	if err != nil {
		return err
	}
	response, err := s.send(request.WithContext(ctx), s.token)
	switch {
	case err == nil:
		_ = response.Body.Close()
	case !denied(err): // a refused token has ended already
		return err
	}
	s.token = nil
	return nil
}
