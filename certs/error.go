package certs

import (
	"crypto/x509"
	"fmt"
	"time"
)

// Rule is the stable name of a reason for a refusal. Messages may be reworded,
// rules are not: a command or a test may depend on them.
type Rule string

const (
	FileMissing    Rule = "file-missing"    // no file of that name
	FileUnreadable Rule = "file-unreadable" // a folder, no permission, larger than 1 MiB

	NotPEM              Rule = "not-pem"              // no PEM block, or a block cut in the middle
	NoCertificate       Rule = "no-certificate"       // PEM, but nothing in it is a certificate
	BadCertificate      Rule = "bad-certificate"      // a certificate that cannot be parsed
	SeveralCertificates Rule = "several-certificates" // an anchor is exactly one; a chain names nobody twice

	NoKey          Rule = "no-key"          // PEM, but nothing in it is a private key
	BadKey         Rule = "bad-key"         // a private key that cannot be parsed or is not consistent
	SeveralKeys    Rule = "several-keys"    // more than one private key
	KeyEncrypted   Rule = "key-encrypted"   // needs a passphrase, which nobody is there to type
	KeyMismatch    Rule = "key-mismatch"    // the key is not that of the certificate
	KeyUnsupported Rule = "key-unsupported" // neither RSA nor ECDSA on P-256 or P-384
	KeyWeak        Rule = "key-weak"        // RSA below 2048 bits
	KeyInAnchor    Rule = "key-in-anchor"   // a private key where only a certificate belongs

	Expired       Rule = "expired"         // its time is over
	NotYetValid   Rule = "not-yet-valid"   // its time has not begun
	KeyUsage      Rule = "key-usage"       // the certificate is not meant for this use
	NotCA         Rule = "not-a-ca"        // a leaf where an issuer is needed
	NotRoot       Rule = "not-a-root"      // an intermediate where a root is needed
	SelfSigned    Rule = "self-signed"     // a signer that vouches for itself
	ChainMissing  Rule = "chain-missing"   // a leaf alone
	ChainBroken   Rule = "chain-broken"    // a certificate was not issued by the next one
	ChainOrder    Rule = "chain-order"     // all there, in the wrong order
	ChainUnproven Rule = "chain-unproven"  // does not end at a root that was given
	WeakSignature Rule = "weak-signature"  // signed with MD5 or SHA-1
	ServerName    Rule = "server-name"     // not the host name that was asked for
	Incomplete    Rule = "pki-incomplete"  // a development PKI from which a file was taken away
	Unwritable    Rule = "folder-unusable" // the development PKI cannot be written
)

// Error is a refusal. Its text is one sentence that begins with the file's
// name, where there is a file.
type Error struct {
	Rule   Rule
	File   string // "" for what did not come from a file
	Detail string // says why, without the file's name
	Err    error  // the cause below, if there is one
}

func (e *Error) Error() string {
	if e.File == "" {
		return e.Detail
	}
	return e.File + ": " + e.Detail
}

// Unwrap makes errors.Is(err, fs.ErrNotExist) and the like work.
func (e *Error) Unwrap() error { return e.Err }

func refuse(rule Rule, file, format string, args ...any) *Error {
	return &Error{Rule: rule, File: file, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) because(cause error) *Error {
	e.Err = cause
	return e
}

// nameOf is what a person recognizes a certificate by.
func nameOf(c *x509.Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return fmt.Sprintf("%q", c.Subject.CommonName)
	case len(c.DNSNames) > 0:
		return fmt.Sprintf("%q", c.DNSNames[0])
	case c.Subject.String() != "":
		return fmt.Sprintf("%q", c.Subject.String())
	default:
		return fmt.Sprintf("with serial number %x", c.SerialNumber)
	}
}

func issuerOf(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return fmt.Sprintf("%q", c.Issuer.CommonName)
	}
	return fmt.Sprintf("%q", c.Issuer.String())
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
