// Package certs loads, checks and watches certificates and their private keys,
// reads trust anchors, and makes a development PKI.
//
// # Certificates that Onramp uses
//
//   - The profile signer signs the documents that Apple devices and Windows
//     install. A device shows a profile as verified only if it can build a chain
//     from the signer to a root that it trusts, using only the certificates in
//     the document. A leaf without its intermediates is shown as "Not Verified",
//     and an expired signer counts as no signature. [Pair.CheckChain] checks it
//     with [ForSigning].
//   - A server certificate authenticates this server in TLS, or the RADIUS
//     server in EAP. [Pair.CheckChain] checks it with [ForServer].
//   - A trust anchor is the root certificate in a profile by which a device
//     authenticates the operator's RADIUS server. [ParseAnchor] reads it.
//
// # Files
//
// A certificate file is PEM: the leaf, then its intermediates, each issued by the
// next. The root does not belong in it, because a device trusts only its own copy.
// A root at the end is accepted as proof that the chain is complete, and is not
// sent or embedded. [LoadPair] leaves out duplicates and certificates that are not
// part of the chain, and sorts the others; [Pair] then has a warning.
//
// A key file is PEM: PKCS #8, PKCS #1 or SEC 1, RSA or ECDSA on P-256 or P-384, not
// encrypted. The certificate and the key may be in the same file.
//
// # Errors
//
// Every rejected file or certificate is reported as an [Error]: a sentence that
// starts with the file's name, and a [Rule] whose name never changes.
//
// # Renewal
//
// Other programs renew certificates while Onramp runs, such as an ACME client or
// Kubernetes. A [Watcher] reads the files every few seconds and replaces its pair
// once the new one is complete and passes the same check as at the start.
package certs
