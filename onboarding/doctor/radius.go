package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius/eap"
)

// RADIUSServer is the RADIUS server of the deployment.
type RADIUSServer struct {
	Address string // of the authentication port, host:port
	// Secret is shared with this machine; empty: no FreeRADIUS configuration was written yet.
	Secret []byte
	// Given reports whether the operator named this secret for this server. A recorded secret could
	// be another server's: a handshake begins only after the server has shown that it has the same.
	Given bool
	// Recorded is the certificate chain (PEM) of the last `onramp freeradius`; empty: none.
	Recorded []byte
}

// waits are the limits of the waits for a RADIUS server.
var waits = eap.Waits{Answer: 4 * time.Second, Again: time.Second, All: 20 * time.Second}

// statusRequests is how many Status-Server requests measure the time of an answer.
const statusRequests = 3

// radiusCheck is one run of RADIUS.
type radiusCheck struct {
	server   RADIUSServer
	phones   Phones
	recorded []*x509.Certificate
	shown    map[string]bool // the certificates already reported, by their octets
	warned   bool            // the difference from the recorded certificate was reported
}

// RADIUS checks the RADIUS server: by Status-Server requests, and then by an EAP handshake for each
// organization with the settings of its phones. Without an answer it checks the recorded
// certificate only.
func RADIUS(server RADIUSServer, phones Phones) Check {
	return func(ctx context.Context) []Line {
		c := &radiusCheck{
			server: server, phones: phones, recorded: parseChain(server.Recorded), shown: map[string]bool{},
		}
		if len(server.Recorded) > 0 && len(c.recorded) == 0 {
			return []Line{fail("radius", "the certificates of the last onramp freeradius cannot be parsed: run it "+
				"again")}
		}
		organizations, err := phones.Organizations.Export(ctx, "")
		if err != nil {
			return []Line{fail("radius", "%v", err)}
		}
		if len(server.Secret) == 0 {
			return append(c.recordedTrust(organizations), notConfigured())
		}
		return c.run(ctx, organizations)
	}
}

// RADIUSWithoutHandshakes checks the RADIUS server by Status-Server requests, and the recorded
// certificate. It costs one conversation, for any number of organizations.
func RADIUSWithoutHandshakes(server RADIUSServer, organizations Organizations, now time.Time) Check {
	return func(ctx context.Context) []Line {
		c := &radiusCheck{
			server: server, phones: Phones{Now: now}, recorded: parseChain(server.Recorded), shown: map[string]bool{},
		}
		all, err := organizations.Export(ctx, "")
		if err != nil {
			return []Line{fail("radius", "%v", err)}
		}
		lines := c.recordedTrust(all)
		if len(server.Secret) == 0 {
			return append(lines, notConfigured())
		}
		h := eap.Status(ctx, eap.Server{Address: server.Address, Secret: server.Secret}, statusRequests, waits)
		return append(lines, c.status(h))
	}
}

// notConfigured returns the warning that there is no RADIUS server yet.
func notConfigured() Line {
	return warn("radius", "no FreeRADIUS configuration was written yet: run onramp freeradius DIR").as("notConfigured")
}

// status returns the line about the answers to the Status-Server requests.
func (c *radiusCheck) status(h *eap.Health) Line {
	switch {
	case !h.Reachable():
		return fail("radius", "%s does not answer: %s (%v)", c.server.Address, c.silence(h.Silence), h.Err)
	case h.Err != nil:
		return warn("radius", "%s answered %d of %d requests: %v", c.server.Address, h.Answered, h.Sent, h.Err)
	}
	return ok("radius", "%s answers within %v and has the same secret", c.server.Address,
		h.Slowest.Round(100*time.Microsecond)).as("answers")
}

// run checks a server whose secret is known.
func (c *radiusCheck) run(ctx context.Context, organizations []*onboarding.Organization) []Line {
	h := eap.Status(ctx, eap.Server{Address: c.server.Address, Secret: c.server.Secret}, statusRequests, waits)
	status := c.status(h)
	if h.Reachable() {
		return append([]Line{status}, c.handshakes(ctx, organizations)...)
	}
	if !c.server.Given || h.Silence == eap.SilenceRefused || h.Silence == eap.SilenceUnreachable ||
		h.Silence == eap.SilenceSecret || len(organizations) == 0 {
		return append(c.recordedTrust(organizations), status)
	}
	// Some servers do not know Status-Server. An Access-Request shows whether this is one.
	lines, answered := c.handshake(ctx, organizations[0])
	if !answered {
		return append(c.recordedTrust(organizations), status)
	}
	lines = append([]Line{warn("radius", "%s does not answer Status-Server requests (RFC 5997)", c.server.Address)},
		lines...)
	return append(lines, c.handshakes(ctx, organizations[1:])...)
}

// silence explains a missing answer.
func (c *radiusCheck) silence(s eap.Silence) string {
	switch s {
	case eap.SilenceRefused:
		return "no program receives at this port; is freeradius running with the configuration that onramp " +
			"freeradius wrote last?"
	case eap.SilenceUnreachable:
		return "the host cannot be reached"
	case eap.SilenceSecret:
		return "it has another secret"
	case eap.SilenceDropped:
		return "a program receives at this port and drops the requests; its secret for this machine is another " +
			"one, or this machine is not one of its clients"
	}
	return "the host is down, a firewall drops the requests, the secret is wrong, or this machine is not one of " +
		"its clients"
}

// recordedTrust checks whether phones trust the recorded certificate.
func (c *radiusCheck) recordedTrust(organizations []*onboarding.Organization) []Line {
	const name = "radius trust"
	if len(c.recorded) == 0 {
		return []Line{
			warn(name, "no FreeRADIUS configuration was written yet, so the certificate that phones will see is "+
				"not known").as("noCertificate")}
	}
	lines := c.certificate(c.recorded)
	trusted := true
	for _, o := range organizations {
		j := c.judge(o, c.recorded)
		for _, line := range j.lines(name, o, "the recorded certificate") {
			lines, trusted = append(lines, line), false
		}
	}
	if trusted {
		lines = append(lines, ok(name, "every organization's profiles trust the recorded certificate").as("trusted"))
	}
	return lines
}

// certificate returns the line about the expiry of the server's certificate, once for each.
func (c *radiusCheck) certificate(chain []*x509.Certificate) []Line {
	if len(chain) == 0 || c.shown[string(chain[0].Raw)] {
		return nil
	}
	c.shown[string(chain[0].Raw)] = true
	first := chain[0]
	for _, other := range chain[1:] {
		if other.NotAfter.Before(first.NotAfter) {
			first = other
		}
	}
	left := first.NotAfter.Sub(c.phones.Now)
	line := expiry("radius certificate", eap.Subject(first), int(left.Hours()/24))
	if left < 0 {
		line = expiry("radius certificate", eap.Subject(first), -1)
	}
	return []Line{line}
}

// changed returns a warning if the server shows another certificate than the recorded one.
func (c *radiusCheck) changed(shown []*x509.Certificate) []Line {
	if c.warned || len(shown) == 0 || len(c.recorded) == 0 || shown[0].Equal(c.recorded[0]) {
		return nil
	}
	c.warned = true
	return []Line{warn("radius certificate", "%s shows %s, but onramp freeradius recorded %s: restart FreeRADIUS, "+
		"or run onramp freeradius again with the certificate in use", c.server.Address, describe(shown[0]),
		describe(c.recorded[0]))}
}

// describe names a certificate so that two are distinguished.
func describe(c *x509.Certificate) string {
	return fmt.Sprintf("%s (issued by %s, serial %x, until %s)", eap.Subject(c), eap.Issuer(c), c.SerialNumber,
		c.NotAfter.UTC().Format(time.DateOnly))
}
