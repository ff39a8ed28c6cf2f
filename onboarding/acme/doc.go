// Package acme gets the HTTPS certificates of `serve` from a certification authority by ACME
// (RFC 8555), and renews them.
//
// It answers the challenges TLS-ALPN-01 (RFC 8737) on the HTTPS listener and HTTP-01 on a listener
// of its own. Certificates are ordered for the configured domains alone, never for a name that a
// client asks for. A failed order is repeated after 1 minute, then at growing intervals of at most
// 6 hours, for 30 days; meanwhile the current certificate stays in use.
//
// # Decision: certmagic, with the database as its storage
//
// golang.org/x/crypto/acme/autocert needs no other module, but has no lock between replicas, so
// each of them would order; it does not report failures, knows no renewal information (RFC 9773),
// and orders during handshakes. certmagic works on an interface of storage and locks.
//
// The account's key, certificates and their keys are kept among the secrets of the deployment,
// sealed under the master key: replicas share them, backups include them, and `onramp rekey master`
// re-seals them. A lock is a lease in a setting.
package acme
