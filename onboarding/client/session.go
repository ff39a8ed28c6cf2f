package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultMaxWait is the default of Config.MaxWait.
const DefaultMaxWait = time.Minute

// requestTime limits a request of the client that a Config without HTTP gets. The server answers
// within 30 seconds.
const requestTime = time.Minute

// Config describes a session. URL and Key are required.
type Config struct {
	// URL is the public address of the deployment, such as https://wifi.example.com.
	URL string
	// Key is the client key, as `onramp key create` prints it.
	Key ClientCredentials
	// Guid is the guid of this phone, which proves its customer. An app makes it once, by
	// crypto/rand.Text for example, and keeps it in the phone's secure storage. A program that
	// calls for several phones leaves it empty and uses WithGuid.
	Guid string
	// HTTP sends the requests; nil for a client of its own, which waits a minute for an answer.
	// Redirects are not followed: they could carry a guid to another host.
	HTTP *http.Client
	// MaxWait limits the sum of the waits for Retry-After of one request. 0 means DefaultMaxWait, a
	// negative value that no request waits.
	MaxWait time.Duration
}

// A Session calls the API with a token that it renews. It is safe for concurrent use.
type Session struct {
	*ClientWithResponses
	sender *sender
}

// Open returns a session. It sends nothing: the first call logs in.
func Open(c Config) (*Session, error) {
	address, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return nil, errors.New("client: URL: not a URL") // the error of url.Parse repeats a password
	case address.Scheme != "https" && address.Scheme != "http" || address.Host == "":
		return nil, errors.New("client: URL: needs http or https and a host")
	case address.User != nil || address.RawQuery != "" || address.Fragment != "":
		return nil, errors.New("client: URL: must have no user, query or fragment")
	case c.Key.ClientKey == "" || c.Key.ClientSecret == "":
		return nil, errors.New("client: Key: needs a client key and its secret")
	}
	s := &sender{
		server: strings.TrimSuffix(c.URL, "/") + "/", key: c.Key, maxWait: c.MaxWait,
		http: http.Client{Transport: transport(), Timeout: requestTime}, turn: make(chan struct{}, 1),
	}
	if c.HTTP != nil {
		s.http = *c.HTTP
	}
	s.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if s.maxWait == 0 {
		s.maxWait = DefaultMaxWait
	}
	calls, err := NewClientWithResponses(s.server, WithHTTPClient(s), WithRequestEditorFn(WithGuid(c.Guid)))
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return &Session{calls, s}, nil
}

// The bounds of a quiet connection of HTTP/2: a lost one is noticed within their sum.
const (
	quietTime = 10 * time.Second
	pingTime  = 10 * time.Second
)

// transport returns the default transport with a test of lost connections: otherwise each request
// would fail until TCP gives the connection up, up to 15 minutes.
func transport() http.RoundTripper {
	own, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // a program has replaced it
		return http.DefaultTransport
	}
	own = own.Clone()
	own.HTTP2 = &http.HTTP2Config{SendPingTimeout: quietTime, PingTimeout: pingTime}
	return own
}

// WithGuid returns a change of a request for the last parameters of a call: it proves the customer
// by this guid in place of that of the Config. The guid is sent to the routes of customers alone.
func WithGuid(guid string) RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		if guid != "" && strings.Contains(r.URL.Path, "/v3/customers") {
			r.Header.Set("Onramp-Guid", guid)
		}
		return nil
	}
}

// Logout revokes the session's token, if it has one. A later call logs in again.
func (s *Session) Logout(ctx context.Context) error { return s.sender.logout(ctx) }
