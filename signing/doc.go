// Package signing signs configuration documents for devices: Apple's
// configuration profiles and Windows' provisioning files.
//
// # Two signature formats
//
//   - CMS (RFC 5652) for Apple devices. [Signer.Sign] returns a SignedData in
//     DER that contains the document, a SHA-256 digest, the leaf and every
//     intermediate. An iPhone that receives the leaf alone shows the profile
//     as "Not Verified".
//   - XML Signature for Windows. [Signer.SignXML] adds an enveloped RSA-SHA256
//     signature to the document.
//
// Neither includes the root certificate. A verifier must already trust the
// root, so an embedded one proves nothing and adds bytes.
//
// # Signer and Live
//
// [New] makes a [Signer] from a private key and its chain. It verifies that the
// key and the chain belong together and prepares the parts that all signatures
// share. A Signer is immutable and safe for concurrent use. [Live] holds the
// current Signer and replaces it atomically when the certificate is renewed.
//
// This package does not check validity dates, key usages or trust. Package certs
// checks them once, when it loads the files.
//
// # Keys
//
// Signatures are made by go.mozilla.org/pkcs7, which accepts RSA and ECDSA
// private keys in memory. Keys in an HSM or a cloud key service are not
// supported.
package signing
