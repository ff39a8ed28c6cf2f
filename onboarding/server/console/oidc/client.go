package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Config configures a Client; all but Log and Now are required.
type Config struct {
	Issuer       string // the provider's URL, exactly as it names itself
	ClientID     string
	ClientSecret string
	RoleClaim    string // the claim of the ID token that holds the roles
	Log          *slog.Logger
	Now          func() time.Time
}

// The errors of a sign-on. Each wraps its cause, which holds no token, code or personal data.
var (
	ErrUnavailable = errors.New("the OpenID provider does not answer")
	ErrRefused     = errors.New("the answer of the OpenID provider is refused")
)

// Limits of the requests to the provider.
const (
	requestTime    = 5 * time.Second
	maxAnswer      = 1 << 20 // bytes
	maxConnections = 16
	// A lost connection of HTTP/2 is noticed within the sum of these times, and not used again.
	quietTime = 5 * time.Second
	pingTime  = 5 * time.Second
	// discoveryLifetime is how long the provider's description is used; discoveryRetry the least
	// time between two failed attempts to read it.
	discoveryLifetime = time.Hour
	discoveryRetry    = 5 * time.Second
)

// Client signs operators in by an OpenID provider. Its methods are safe for concurrent use.
type Client struct {
	config Config
	http   *http.Client

	mu       sync.Mutex // held while the description is read
	provider *provider
	until    time.Time // of provider
	failed   error     // of the last attempt to read the description
	retry    time.Time // of the next attempt
}

// provider holds the values of the provider's description.
type provider struct {
	endpoint oauth2.Endpoint
	verifier *oidc.IDTokenVerifier
}

// New returns a client. It makes no request.
func New(c Config) (*Client, error) {
	if err := checkAddress(c.Issuer); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	if u, _ := url.Parse(c.Issuer); u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("issuer: %q must have no query and no fragment", c.Issuer)
	}
	for _, part := range []struct{ name, value string }{
		{"client ID", c.ClientID}, {"client secret", c.ClientSecret}, {"role claim", c.RoleClaim},
	} {
		if part.value == "" {
			return nil, fmt.Errorf("%s: required", part.name)
		}
	}
	c.Log = onboarding.LogOrDiscard(c.Log)
	if c.Now == nil {
		c.Now = time.Now
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = maxConnections
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: quietTime, PingTimeout: pingTime}
	return &Client{config: c, http: &http.Client{
		Transport: bounded{transport}, Timeout: requestTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// checkAddress returns an error unless the address is https, or http on this machine.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%q is not a URL such as https://login.example.com", address)
	}
	if u.Scheme == "http" && !onboarding.IsLoopback(u.Hostname()) {
		return fmt.Errorf("%q must be https", address)
	}
	return nil
}

// bounded limits the size of answers.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}

// discover returns the provider's description, which it reads at most once at a time. A description
// that cannot be renewed is used further.
func (c *Client) discover() (*provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.config.Now()
	if c.provider != nil && now.Before(c.until) {
		return c.provider, nil
	}
	if c.failed == nil || !now.Before(c.retry) {
		p, err := c.read()
		c.failed, c.retry = err, now.Add(discoveryRetry)
		if err != nil {
			c.config.Log.Warn("the OpenID provider's description cannot be read", "error", err.Error())
		} else {
			c.provider, c.until = p, now.Add(discoveryLifetime)
		}
	}
	if c.provider != nil {
		return c.provider, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrUnavailable, c.failed.Error())
}

// Check returns an error unless the provider's description can be read.
func (c *Client) Check() error {
	_, err := c.discover()
	return err
}

// read reads the provider's description. It does not end with a caller's request, because others
// wait for it too.
func (c *Client) read() (*provider, error) {
	ctx := oidc.ClientContext(context.Background(), c.http)
	found, err := oidc.NewProvider(ctx, c.config.Issuer)
	if err != nil {
		return nil, errors.New(onboarding.CutText(err.Error(), 300))
	}
	var more struct {
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	endpoint := found.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.Keys} {
		if err := checkAddress(address); err != nil {
			return nil, err
		}
	}
	// One method is chosen, because a second attempt would send the code twice.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") &&
		slices.Contains(more.Methods, "client_secret_post") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	// The verifier takes asymmetric algorithms only: neither none nor HS256.
	return &provider{endpoint, found.Verifier(&oidc.Config{ClientID: c.config.ClientID, Now: c.config.Now})}, nil
}

// flow returns the authorization code flow of a provider.
func (c *Client) flow(p *provider, redirectURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.config.ClientID, ClientSecret: c.config.ClientSecret, Endpoint: p.endpoint,
		RedirectURL: redirectURL, Scopes: []string{oidc.ScopeOpenID},
	}
}

// Address returns where the browser signs in. The provider leads it back to redirectURL.
func (c *Client) Address(redirectURL string, on *access.SignOn) (string, error) {
	p, err := c.discover()
	if err != nil {
		return "", err
	}
	return c.flow(p, redirectURL).AuthCodeURL(on.State, oidc.Nonce(on.Nonce), oauth2.S256ChallengeOption(on.Verifier)),
		nil
}

// Redeem exchanges the code of a sign-on for an ID token, verifies it, and returns the roles that
// it holds, the most powerful first; see ParseRoles.
func (c *Client) Redeem(
	ctx context.Context, redirectURL, code string, on *access.SignOn,
) ([]access.NewSignIn, error) {
	p, err := c.discover()
	if err != nil {
		return nil, err
	}
	roles, err := c.redeem(oidc.ClientContext(ctx, c.http), p, redirectURL, code, on)
	if err != nil {
		c.config.Log.Warn("a sign-on by the OpenID provider failed", "error", err.Error())
	}
	return roles, err
}

func (c *Client) redeem(
	ctx context.Context, p *provider, redirectURL, code string, on *access.SignOn,
) ([]access.NewSignIn, error) {
	token, err := c.flow(p, redirectURL).Exchange(ctx, code, oauth2.VerifierOption(on.Verifier))
	if err != nil {
		return nil, exchangeFault(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w: it has no ID token", ErrRefused)
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		if strings.Contains(err.Error(), "fetching keys") { // the library's error has no type
			return nil, fmt.Errorf("%w: its keys cannot be read", ErrUnavailable)
		}
		return nil, fmt.Errorf("%w: %s", ErrRefused, tokenFault(err))
	}
	var claims map[string]json.RawMessage
	if err := id.Claims(&claims); err != nil {
		return nil, fmt.Errorf("%w: its claims are no JSON object", ErrRefused)
	}
	var party string
	if raw, given := claims["azp"]; given && (json.Unmarshal(raw, &party) != nil || party != c.config.ClientID) {
		return nil, fmt.Errorf("%w: the ID token is for another client", ErrRefused)
	}
	if id.Nonce == "" || id.Nonce != on.Nonce {
		return nil, fmt.Errorf("%w: the ID token has another nonce", ErrRefused)
	}
	return ParseRoles(claims[c.config.RoleClaim]), nil
}

// errorCode matches the error codes of OAuth 2.0 (RFC 6749).
var errorCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

// exchangeFault returns the error of a code that got no token. The provider's own words are left
// out, except its error code.
func exchangeFault(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		if _, down := errors.AsType[*url.Error](err); down {
			return fmt.Errorf("%w: the code was not exchanged", ErrUnavailable)
		}
		return fmt.Errorf("%w: the answer to the code is malformed", ErrRefused)
	}
	if refused.Response != nil && refused.Response.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("%w: status %d", ErrUnavailable, refused.Response.StatusCode)
	}
	code := refused.ErrorCode
	if !errorCode.MatchString(code) {
		code = "unknown error"
	}
	return fmt.Errorf("%w: %s", ErrRefused, code)
}

// tokenFault describes an ID token that was not verified, without its content.
func tokenFault(err error) string {
	if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
		return "the ID token has expired"
	}
	return "the ID token is not valid: issuer, audience, time or signature"
}

// IsIssuer reports whether an issuer that is named in the provider's answer (RFC 9207) is the
// provider. Many providers name none.
func (c *Client) IsIssuer(named string) bool { return named == "" || named == c.config.Issuer }
