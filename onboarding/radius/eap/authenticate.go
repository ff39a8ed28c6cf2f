package eap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"

	"layeh.com/radius"
)

// Authenticate runs one authentication at the server. It never returns nil.
func Authenticate(ctx context.Context, s Server, l Login) *Result {
	began := time.Now()
	r := &Result{Step: StepIdentity}
	defer func() { r.Elapsed = time.Since(began) }()
	waits := l.Waits.withDefaults()
	if r.Err = errors.Join(s.check(), l.check()); r.Err != nil {
		r.Outcome = Invalid
		return r
	}
	limited, cancel := context.WithTimeout(ctx, waits.All)
	defer cancel()
	x, err := dial(limited, &s, waits)
	if err != nil {
		r.Outcome, r.Err = Invalid, err
		return r
	}
	defer x.socket.Close()
	c := &conversation{exchange: x, login: &l, result: r}
	err = c.run(limited)
	r.Answers, r.Resent, r.Discarded = x.answers, x.resent, x.discarded
	if r.Outcome == "" {
		r.conclude(err)
	}
	if r.Outcome == NoAnswer {
		r.Silence = x.silence(ctx, err)
	}
	return r
}

// accepted reports whether the server's last answer was an Access-Accept.
func (r *Result) accepted() bool { return r.Reply != nil && r.Reply.Code == radius.CodeAccessAccept }

// conclude sets the outcome of a conversation that ended with the error.
func (r *Result) conclude(err error) {
	r.Err = err
	var broken violation
	switch {
	case errors.As(err, &broken):
		r.Outcome = Violated
	case errors.Is(err, errEnded) && !r.accepted():
		r.Outcome, r.Err = Rejected, errors.New("Access-Reject")
	case errors.Is(err, errEnded) && r.Step == StepEnd:
		r.Outcome, r.Err = Accepted, nil
	case errors.Is(err, errEnded):
		r.Outcome, r.Err = Violated, errors.New("Access-Accept before the end of the authentication")
	default:
		r.Outcome = NoAnswer
	}
}

// run runs the conversation. It sets the outcome where the error alone does not show it.
func (c *conversation) run(ctx context.Context) error {
	method := byte(typeTTLS)
	if c.login.Method == PEAP {
		method = typePEAP
	}
	if err := c.negotiate(ctx, method); err != nil {
		return err
	}
	c.result.Step = StepTLS
	start, err := parseFragment(c.request.Data)
	if err != nil || start.Flags&flagStart == 0 {
		return violated("the server does not start the tunnel")
	}
	t := &tunnel{ctx: ctx, c: c, method: method}
	records := tls.Client(t, c.config())
	if err := records.HandshakeContext(ctx); err != nil {
		return c.handshakeError(t, err)
	}
	if c.login.UntilCertificate {
		c.result.Outcome = CertificateReached
		_ = records.Close() // writes an alert, so that the server ends the conversation
		c.leave(t)
		return nil
	}
	c.result.Step = StepPassword
	if c.login.Method == PEAP {
		return c.authenticatePEAP(t, records)
	}
	return c.authenticateTTLS(t, records)
}

// config returns the TLS settings of a phone. The certificates are verified by Login.Verify, after
// they have been stored.
func (c *conversation) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies
		VerifyConnection: func(state tls.ConnectionState) error {
			c.result.Chain = state.PeerCertificates[:min(len(state.PeerCertificates), maxChain)]
			c.result.TLSVersion, c.result.CipherSuite = state.Version, state.CipherSuite
			if len(state.PeerCertificates) > maxChain {
				return violated("more than %d certificates", maxChain)
			}
			if c.login.Verify == nil {
				return nil
			}
			if err := c.login.Verify(state.PeerCertificates); err != nil {
				return untrusted{err}
			}
			return nil
		},
	}
}

// maxChain is the most certificates of a chain.
const maxChain = 20

// untrusted is the error of a chain that Login.Verify refused.
type untrusted struct{ error }

func (u untrusted) Unwrap() error { return u.error }

// handshakeError sets the outcome of a failed handshake.
func (c *conversation) handshakeError(t *tunnel, err error) error {
	r := c.result
	var refused untrusted
	var broken violation
	var remote *net.OpError
	switch {
	case errors.As(err, &broken), errors.Is(err, errSilent), errors.Is(err, errEnded):
		return err
	case errors.As(err, &refused):
		r.Outcome, r.Err = Untrusted, refused.error
		var why *TrustError
		if errors.As(refused.error, &why) {
			r.Untrusted = why
		}
		c.leave(t)
		return err
	case errors.As(err, &remote) && remote.Op == "remote error":
		r.Outcome, r.Err = HandshakeFailed, err
		r.Alert = strings.TrimPrefix(remote.Err.Error(), "tls: ")
		c.leave(t)
		return err
	case errors.As(err, &remote) && remote.Op != "local error", t.ctx.Err() != nil:
		return err
	}
	r.Outcome, r.Err = HandshakeFailed, err
	c.leave(t)
	return err
}

// leaveFor is the most time for the answer to the last message. A server that delays rejections
// answers later.
const leaveFor = 200 * time.Millisecond

// leave sends the octets written last, usually an alert, so that the server ends the conversation.
// Its answer changes nothing.
func (c *conversation) leave(t *tunnel) {
	reply, outcome := c.result.Reply, c.result.Outcome
	c.exchange.waits.Answer = min(c.exchange.waits.Answer, leaveFor)
	_ = t.roundTrip()
	c.result.Reply, c.result.Outcome = reply, outcome
}

// Roots returns a pool of the certificates.
func Roots(certificates ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c)
	}
	return pool
}
