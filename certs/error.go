package certs

import (
	"fmt"
)

// Rule is the stable name of the reason for an Error. Messages may change, rules do
// not: commands and tests may depend on them.
type Rule string

const (
	FileMissing    Rule = "file-missing"    // the file does not exist
	FileUnreadable Rule = "file-unreadable" // a folder, no permission, larger than 1 MiB

	NotPEM              Rule = "not-pem"              // no PEM block, or an incomplete one
	NoCertificate       Rule = "no-certificate"       // PEM without a certificate
	BadCertificate      Rule = "bad-certificate"      // the certificate cannot be parsed
	SeveralCertificates Rule = "several-certificates" // several in an anchor, or one twice in a chain

	NoKey          Rule = "no-key"          // PEM without a private key
	BadKey         Rule = "bad-key"         // the private key cannot be parsed or is inconsistent
	SeveralKeys    Rule = "several-keys"    // more than one private key
	KeyEncrypted   Rule = "key-encrypted"   // the private key needs a passphrase
	KeyMismatch    Rule = "key-mismatch"    // the key does not belong to the certificate
	KeyUnsupported Rule = "key-unsupported" // neither RSA nor ECDSA on P-256 or P-384
	KeyWeak        Rule = "key-weak"        // RSA below 2048 bits
	KeyInAnchor    Rule = "key-in-anchor"   // a private key in a trust anchor

	Expired       Rule = "expired"         // now is after notAfter
	NotYetValid   Rule = "not-yet-valid"   // now is before notBefore
	KeyUsage      Rule = "key-usage"       // the certificate does not permit this use
	NotCA         Rule = "not-a-ca"        // a leaf in place of an issuer
	NotRoot       Rule = "not-a-root"      // an intermediate in place of a root
	SelfSigned    Rule = "self-signed"     // a self-signed profile signer
	ChainMissing  Rule = "chain-missing"   // a leaf without its intermediates
	ChainBroken   Rule = "chain-broken"    // a certificate was not issued by the next one
	ChainOrder    Rule = "chain-order"     // the certificates are in the wrong order
	ChainUnproven Rule = "chain-unproven"  // the chain does not end at a given root
	WeakSignature Rule = "weak-signature"  // signed with MD5 or SHA-1
	ServerName    Rule = "server-name"     // issued for another host name
	Incomplete    Rule = "pki-incomplete"  // a file of the development PKI is missing
	Unwritable    Rule = "folder-unusable" // the development PKI cannot be written
)

// Error reports a file or certificate that cannot be used. Its text is one sentence
// that starts with the file's name, if there is a file.
type Error struct {
	Rule   Rule
	File   string // "" if the data came from no file
	Detail string // the reason, without the file's name
	Err    error  // the underlying error, or nil
}

func (e *Error) Error() string {
	if e.File == "" {
		return e.Detail
	}
	return e.File + ": " + e.Detail
}

// Unwrap returns the underlying error, so that errors.Is(err, fs.ErrNotExist) works.
func (e *Error) Unwrap() error { return e.Err }

func refuse(rule Rule, file, format string, args ...any) *Error {
	return &Error{Rule: rule, File: file, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) because(cause error) *Error {
	e.Err = cause
	return e
}
