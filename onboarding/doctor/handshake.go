package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius/eap"
	"onramp/onboarding/registration"
	"onramp/profiles"
)

// Phones describes the simulated phones of a check.
type Phones struct {
	Organizations Organizations
	// Identifier returns the NAS-Identifier of the requests, by which Onramp recognizes them and
	// records nothing.
	Identifier func(context.Context) (string, error)
	// Customers creates the throw-away customers that authenticate. Nil: each handshake ends after
	// the server's certificate.
	Customers Customers
	Now       time.Time
}

// Customers creates and removes throw-away customers.
type Customers interface {
	CreateProbe(ctx context.Context, organizationID string) (*registration.Probe, error)
	RemoveProbe(ctx context.Context, p *registration.Probe) error
	RemoveExpiredProbes(ctx context.Context) error
}

const handshakeName = "radius handshake"

// handshakes runs one handshake for each organization.
func (c *radiusCheck) handshakes(ctx context.Context, organizations []*onboarding.Organization) []Line {
	var lines []Line
	if c.phones.Customers != nil {
		if err := c.phones.Customers.RemoveExpiredProbes(ctx); err != nil {
			lines = append(lines, fail(handshakeName, "throw-away customers of an earlier run: %v", err))
		}
	}
	for _, o := range organizations {
		if ctx.Err() != nil {
			return append(lines, fail(handshakeName, "interrupted before organization %s", o.ID))
		}
		more, _ := c.handshake(ctx, o)
		lines = append(lines, more...)
	}
	return lines
}

// handshake runs the handshake of one organization. It reports whether the server answered at all.
func (c *radiusCheck) handshake(ctx context.Context, o *onboarding.Organization) (lines []Line, answered bool) {
	identifier, err := c.phones.Identifier(ctx)
	if err != nil {
		return []Line{fail(handshakeName, "%v", err)}, false
	}
	login := loginOf(o)
	login.NASIdentifier = identifier
	if c.phones.Customers == nil {
		login.UntilCertificate = true
	} else {
		p, err := c.phones.Customers.CreateProbe(ctx, o.ID)
		if err != nil {
			return []Line{fail(handshakeName, "organization %s: throw-away customer: %v", o.ID, err)}, true
		}
		login.Username, login.Password = p.Username, p.Password
		defer func() {
			if err := c.remove(ctx, p); err != nil {
				lines = append(lines, fail(handshakeName, "organization %s: the throw-away customer %s was not "+
					"removed (%v); its password ends after ten minutes, and then serve removes it", o.ID, p.Username,
					err))
			}
		}()
	}
	var j judgement
	login.Verify = func(chain []*x509.Certificate) error {
		j = c.judge(o, chain)
		if j.refused != nil {
			return j.refused
		}
		return nil
	}
	r := eap.Authenticate(ctx, eap.Server{Address: c.server.Address, Secret: c.server.Secret}, login)
	lines = append(lines, c.certificate(r.Chain)...)
	lines = append(lines, c.changed(r.Chain)...)
	lines = append(lines, j.lines(handshakeName, o, "the certificate that "+c.server.Address+" shows")...)
	if r.Outcome != eap.Untrusted {
		lines = append(lines, resultLine(o, login, r))
	}
	return lines, r.Answers > 0
}

// removeFor is the time limit of the removal of a throw-away customer.
const removeFor = 10 * time.Second

// remove removes a throw-away customer, also after the check was interrupted.
func (c *radiusCheck) remove(ctx context.Context, p *registration.Probe) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeFor)
	defer cancel()
	return c.phones.Customers.RemoveProbe(ctx, p)
}

// loginOf returns the settings of the organization's phones.
func loginOf(o *onboarding.Organization) eap.Login {
	s := o.Settings()
	login := eap.Login{
		Method: eap.TTLS, Inner: eap.MSCHAPv2, OuterIdentity: s.OuterIdentity, Waits: waits,
	}
	if login.OuterIdentity == "" {
		login.OuterIdentity = "anonymous"
	}
	switch {
	case s.Method == profiles.PEAP:
		login.Method, login.Inner = eap.PEAP, eap.EAPMSCHAPv2
	case s.Inner == profiles.PAP:
		login.Inner = eap.PAP
	}
	return login
}

// resultLine returns the line of a conversation whose certificate was not refused.
func resultLine(o *onboarding.Organization, login eap.Login, r *eap.Result) Line {
	how := fmt.Sprintf("organization %s, %s as %s", o.ID, login.Method, login.OuterIdentity)
	because := r.Err
	if r.Message != "" {
		because = fmt.Errorf("%w, %q", r.Err, r.Message)
	}
	switch r.Outcome {
	case eap.CertificateReached:
		return ok(handshakeName, "%s: reaches the server's certificate %s (%s, %v)", how, eap.Subject(r.Chain[0]),
			r.TLS(), r.Elapsed.Round(time.Millisecond))
	case eap.Accepted:
		return ok(handshakeName, "%s: a throw-away customer is accepted (%s, %v)", how, r.TLS(),
			r.Elapsed.Round(time.Millisecond))
	case eap.Rejected:
		return fail(handshakeName, "%s: rejected, %s (%v)", how, rejectedAt(r, login), because)
	case eap.HandshakeFailed:
		if r.Alert != "" {
			return fail(handshakeName, "%s: the server ended the TLS handshake by the alert %q", how, r.Alert)
		}
		return fail(handshakeName, "%s: the TLS handshake failed (%v)", how, r.Err)
	case eap.NoAnswer:
		if errors.Is(r.Err, context.Canceled) {
			return fail(handshakeName, "%s: interrupted", how)
		}
		if r.Answers == 0 {
			return fail(handshakeName, "%s: no answer to the Access-Request (%v)", how, r.Err)
		}
		return fail(handshakeName, "%s: no answer after %d, %s: is a firewall dropping large or fragmented "+
			"datagrams? (%v)", how, r.Answers, stepText[r.Step], r.Err)
	}
	return fail(handshakeName, "%s: %s (%v)", how, stepText[r.Step], because)
}

// stepText describes the steps.
var stepText = map[eap.Step]string{
	eap.StepIdentity: "after the outer identity",
	eap.StepMethod:   "while the EAP method was negotiated",
	eap.StepTLS:      "in the TLS handshake",
	eap.StepPassword: "after the password was sent",
	eap.StepEnd:      "after the password was accepted",
}

// rejectedAt explains a rejection.
func rejectedAt(r *eap.Result, login eap.Login) string {
	switch r.Step {
	case eap.StepIdentity:
		return "with this outer identity"
	case eap.StepMethod:
		return fmt.Sprintf("the server offers EAP type %d, and not %s", r.Offered, login.Method)
	case eap.StepTLS:
		return "in the TLS handshake: there may be no TLS version or cipher suite in common"
	}
	return stepText[r.Step] + ": does FreeRADIUS reach the AAA listener of this deployment?"
}
