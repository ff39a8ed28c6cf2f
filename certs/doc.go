// Package certs loads, checks and watches certificates and their private
// keys, reads trust anchors, and makes the development PKI.
//
// # What a certificate is for here
//
// Onramp holds three kinds, and each fails in its own way:
//
//   - The profile signer signs what an iPhone installs and what Windows
//     provisions. A phone shows a profile as verified only when it can build
//     a chain from the signer to a root it already trusts, with nothing but
//     the certificates inside the document. A leaf without its intermediates
//     therefore shows as "Not Verified", and an expired signer counts as no
//     signature at all. See [Pair.CheckChain] with [ForSigning].
//   - A server certificate authenticates this server over TLS, or the RADIUS
//     server inside EAP. See [Pair.CheckChain] with [ForServer].
//   - A trust anchor is the one root certificate a profile carries so that a
//     phone can tell the operator's RADIUS server from an impostor. See
//     [ParseAnchor].
//
// # Files
//
// A certificate file is PEM: the leaf first, then each intermediate, each one
// issued by the next. The root does not belong in it, since a device trusts
// the root it has and not the one it is sent; a root at the end is tolerated,
// taken as proof that the chain is complete, and set aside. Certificates
// beyond the chain, duplicates and another order are put right with a warning.
// A key file is PEM:
// PKCS #8, PKCS #1 or SEC 1, not encrypted. Both may be the same file.
//
// Every refusal is an [Error]: one sentence that names the file and says why,
// and a [Rule] whose name stays the same from release to release.
//
// # Renewal
//
// Certificates are renewed by others (an ACME client, a Kubernetes secret, a
// person with scp) while Onramp runs. A [Watcher] reads the files again every
// few seconds and takes over a new pair once it is complete and passes the
// same check as at the start; until then the pair in use stays in use.
package certs
