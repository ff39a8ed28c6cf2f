// Package eap is an EAP client over RADIUS: it authenticates at a RADIUS server as a phone does at
// an access point, and reports how far it got.
//
// Authenticate sends the EAP conversation (RFC 3748) in Access-Requests (RFC 2865, RFC 3579),
// builds the TLS tunnel of EAP-TTLS (RFC 5281) or PEAPv0 (draft-kamath-pppext-peapv0), verifies the
// server's certificate, and authenticates within the tunnel by PAP, MS-CHAP-V2 (RFC 2759) or
// EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2). Status sends Status-Server requests (RFC 5997),
// which show that a server answers and has the same secret, without an authentication.
//
// # Answers
//
// An answer counts only if its Response Authenticator (RFC 2865, section 3) is valid and, in an EAP
// conversation, its Message-Authenticator (RFC 3579, section 3.2) as well; only an Access-Reject
// without EAP may have none. Other datagrams are discarded and counted. A RADIUS server drops a
// request with a wrong secret without an answer, like a request from an unknown address; Silence
// lists the causes that can be distinguished nevertheless.
//
// # Limits
//
// The server is not trusted: messages, attributes, fragments and rounds are bounded, and every wait
// has a limit.
//
//   - TLS 1.2 is the only version. Phones that support TLS 1.3 within EAP (RFC 9427) support TLS
//     1.2 as well.
//   - MS-CHAP-V2 directly in TTLS needs the extended master secret (RFC 7627), because crypto/tls
//     exports no keys without it.
//   - Cryptobinding (PEAPv0) is not supported. Session keys (MSK) are not derived.
package eap
