// Package post posts webhooks over HTTP. It connects to public addresses only, and to those that
// the deployment allows.
//
// # Decisions
//
// The address is checked after its resolution, when the connection is made. Reason: a name that
// resolves differently the next time does not get round the check.
//
// Redirects are not followed, and no proxy is used. Reason: either would connect elsewhere.
//
// Connections of HTTP/2 are tested by pings. Reason: all requests share one; where the network has
// lost it without a notice, each attempt would fail on it until TCP gives it up, up to 15 minutes.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"onramp/onboarding/hooks"
)

// The bounds of an attempt. Package hooks bounds its time as a whole.
const (
	connectTime = 5 * time.Second
	tlsTime     = 5 * time.Second
	idleTime    = 90 * time.Second
	maxHeader   = 16 << 10
	maxBody     = 16 << 10 // of an answer; the rest is not read
	bodyTime    = time.Second
	// A connection of HTTP/2 that is quiet for quietTime gets a ping, and is closed if no answer
	// comes within pingTime. The sum is less than the time of an attempt.
	quietTime = 5 * time.Second
	pingTime  = 5 * time.Second
)

// Config holds the settings of a Sender.
type Config struct {
	// Allowed are addresses besides the public ones, which may also be asked without TLS.
	Allowed []netip.Prefix
	// TLS replaces the default configuration in tests; nil: the roots of this machine.
	TLS *tls.Config
	// Version is that of the program, for the User-Agent.
	Version string
}

// Sender posts webhooks. It implements hooks.Poster.
type Sender struct {
	Config
	secure, plain *http.Client
}

// New returns a Sender.
func New(c Config) *Sender {
	s := &Sender{Config: c}
	s.secure = client(s.transport(func(a netip.Addr) bool { return IsPublic(a) || s.allows(a) }))
	s.plain = client(s.transport(s.allows))
	return s
}

func client(t *http.Transport) *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *Sender) allows(a netip.Addr) bool {
	return a.Zone() == "" && slices.ContainsFunc(s.Allowed, func(p netip.Prefix) bool { return p.Contains(a) })
}

// errAddress is the error of a connection to an address that is not allowed. It does not name the
// address: those who declare a webhook must not learn the network of the server.
var errAddress = errors.New("the receiver's address is not allowed: it is not public")

// transport returns a transport that connects to addresses that may be asked.
func (s *Sender) transport(may func(netip.Addr) bool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: connectTime,
		Control: func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil || !may(to.Addr()) {
				return errAddress
			}
			return nil
		},
	}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        s.TLS,
		TLSHandshakeTimeout:    tlsTime,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: quietTime, PingTimeout: pingTime},
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    2,
		MaxIdleConns:           200,
		IdleConnTimeout:        idleTime,
		DisableCompression:     true,
	}
}

// Post implements hooks.Poster.
func (s *Sender) Post(ctx context.Context, r hooks.Request) (hooks.Answer, error) {
	target, err := url.Parse(r.URL)
	if err != nil || target.Host == "" {
		return hooks.Answer{}, errors.New("the URL is malformed")
	}
	if a, err := netip.ParseAddr(target.Hostname()); err == nil && a.Is4In6() {
		return hooks.Answer{}, errAddress
	}
	by := s.secure
	switch target.Scheme {
	case "https":
	case "http":
		by = s.plain
	default:
		return hooks.Answer{}, errors.New("the URL is not one of https")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		return hooks.Answer{}, errors.New("the URL is malformed")
	}
	// Standard Webhooks names its headers in lower case; HTTP compares them without case.
	request.Header.Set("Webhook-Id", r.ID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(r.At.Unix(), 10))
	request.Header.Set("Webhook-Signature", r.Signature)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", strings.TrimSpace("Onramp "+s.Version))
	answer, err := by.Do(request)
	if err != nil {
		return hooks.Answer{}, reason(err, target.Scheme == "http")
	}
	defer answer.Body.Close()
	// A body within the bounds is read, so that the connection serves the next attempt. The status
	// alone is the answer.
	late := time.AfterFunc(bodyTime, func() { answer.Body.Close() })
	defer late.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxBody))
	return hooks.Answer{Status: answer.StatusCode, RetryAfter: retryAfter(answer.Header, time.Now())}, nil
}

// retryAfter reads Retry-After (RFC 9110): seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// reason returns a short cause of a failure without addresses.
func reason(err error, plain bool) error {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errAddress):
		if plain {
			return errors.New("the receiver's address is not allowed without TLS")
		}
		return errAddress
	case errors.As(err, &dns):
		return errors.New("the receiver's name cannot be resolved")
	case errors.As(err, &certificate):
		return fmt.Errorf("the receiver's certificate is not valid: %s", certificateCause(certificate))
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.Canceled):
		return errors.New("the receiver did not answer in time")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("the connection was refused")
	}
	return errors.New("the connection failed")
}

// certificateCause returns the cause without the names in the certificate.
func certificateCause(err *tls.CertificateVerificationError) string {
	text := err.Err.Error()
	for _, known := range []string{"unknown authority", "expired", "not valid for", "not trusted"} {
		if strings.Contains(text, known) {
			return known
		}
	}
	return "not trusted"
}
