package eap

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"layeh.com/radius"
)

// Outcome is the end of a conversation.
type Outcome string

// The outcomes.
const (
	// NoAnswer: the server answered nothing valid at that step.
	NoAnswer Outcome = "no-answer"
	// Rejected: the server sent an Access-Reject.
	Rejected Outcome = "rejected"
	// Untrusted: Verify refused the certificate chain.
	Untrusted Outcome = "untrusted"
	// HandshakeFailed: the TLS handshake failed for another reason.
	HandshakeFailed Outcome = "handshake-failed"
	// CertificateReached: the TLS handshake succeeded, and Login.UntilCertificate is set.
	CertificateReached Outcome = "certificate-reached"
	// Accepted: the server sent an Access-Accept after the password, and proved that it knows the
	// password, if the inner method has such a proof.
	Accepted Outcome = "accepted"
	// Violated: the server broke a rule of a protocol, or sent more than the limits of this
	// package.
	Violated Outcome = "violated"
	// Invalid: the settings are not usable, or this machine cannot send.
	Invalid Outcome = "invalid"
)

// Step is the part of the conversation in which it ended.
type Step string

// The steps in their order.
const (
	StepIdentity Step = "identity" // the outer identity was sent
	StepMethod   Step = "method"   // the server asked for another EAP method
	StepTLS      Step = "tls"      // the handshake runs
	StepPassword Step = "password" // the tunnel stands
	StepEnd      Step = "end"      // the inner authentication succeeded
)

// Silence is the probable reason why a server does not answer.
type Silence string

// The reasons.
const (
	// SilenceRefused: the host reported that no program receives at the port (ICMP).
	SilenceRefused Silence = "refused"
	// SilenceUnreachable: the network reported that the host cannot be reached.
	SilenceUnreachable Silence = "unreachable"
	// SilenceSecret: answers came that another secret authenticates.
	SilenceSecret Silence = "secret"
	// SilenceDropped: the host reports closed ports, but not this one: a program receives there and
	// drops the requests. Either the secret is wrong, or this machine is not one of its clients.
	SilenceDropped Silence = "dropped"
	// SilenceUnknown: nothing came back. A host that is down, a firewall, a wrong secret and an
	// unknown client look the same.
	SilenceUnknown Silence = "unknown"
)

// Result is the result of a conversation.
type Result struct {
	Outcome   Outcome
	Step      Step
	Silence   Silence     // with NoAnswer
	Untrusted *TrustError // with Untrusted, if Verify returned one
	// Alert is the TLS alert that the server sent, such as "handshake failure"; empty: none.
	Alert string
	// Offered is the EAP type that the server asked for last, in StepMethod.
	Offered byte
	// Chain holds the certificates that the server sent, its own first, whether trusted or not.
	Chain []*x509.Certificate
	// TLSVersion and CipherSuite are those of crypto/tls; 0 if the server had not chosen any.
	TLSVersion, CipherSuite uint16
	// Message is the server's explanation (Reply-Message, MS-CHAP-Error), bounded and without
	// control characters.
	Message string
	// Reply is the Access-Accept or Access-Reject; nil without one.
	Reply *radius.Packet
	// Answers, Resent and Discarded count the valid answers, the repeated requests and the
	// datagrams that were not valid answers.
	Answers, Resent, Discarded int
	Elapsed                    time.Duration
	// Err explains every outcome but CertificateReached and Accepted.
	Err error
}

// TLS returns the version and the cipher suite as text, "" if there were none.
func (r *Result) TLS() string {
	if r.TLSVersion == 0 {
		return ""
	}
	return fmt.Sprintf("%s, %s", tls.VersionName(r.TLSVersion), tls.CipherSuiteName(r.CipherSuite))
}

// Subject returns a name for a certificate: its common name, or else its whole subject.
func Subject(c *x509.Certificate) string { return commonName(c.Subject) }

// Issuer returns a name for the issuer of a certificate.
func Issuer(c *x509.Certificate) string { return commonName(c.Issuer) }
