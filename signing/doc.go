// Package signing signs documents, so that the device that receives one can
// tell who made it and that nobody changed it on the way.
//
// There are two forms, for two families of devices:
//
//   - CMS (RFC 5652) for Apple's configuration profiles: [Signer.Sign] wraps
//     the document into a SignedData with the content inside, a SHA-256
//     digest, and the leaf and every intermediate. An iPhone that finds the
//     leaf alone shows the profile as "Not Verified".
//   - XML Signature for Windows' provisioning files: [Signer.SignXML] puts an
//     enveloped RSA-SHA256 signature into the document itself.
//
// Neither carries the root. A verifier must trust the root it has, so one that
// comes along with the document proves nothing and only costs bytes.
//
// A [Signer] is made once from a key and a chain, checks then that they belong
// together, prepares what is the same in every signature, and is safe for
// concurrent use. Whether the certificates are still valid and what devices
// think of them is not asked here, at each signature, but once where they are
// loaded (package certs). [Live] holds the Signer in use and lets a renewed one
// take its place while others sign.
//
// The signatures themselves are made by go.mozilla.org/pkcs7, which takes RSA
// and ECDSA keys that are in this process's memory, and no others: a key in an
// HSM or a cloud's key service cannot be used.
package signing
