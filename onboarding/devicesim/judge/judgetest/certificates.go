package judgetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"
)

// Pair is a certificate with its key.
type Pair struct {
	*x509.Certificate
	Key *ecdsa.PrivateKey
}

// Issue issues a certificate. A nil parent means self-signed.
func Issue(t testing.TB, template *x509.Certificate, parent *Pair) *Pair {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = Now.AddDate(0, -1, 0)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = Now.AddDate(2, 0, 0)
	}
	if template.SerialNumber == nil {
		template.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	}
	issuer, signer := template, key
	if parent != nil {
		issuer, signer = parent.Certificate, parent.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Pair{Certificate: cert, Key: key}
}

// CATemplate returns the template of a CA certificate.
func CATemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// LeafTemplate returns the template of an end-entity certificate for a DNS name.
func LeafTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: []string{name},
	}
}

// CA returns a private root, the same for all tests.
var CA = sync.OnceValue(func() *Pair { return Issue(PanicTB{}, CATemplate("Venue Root"), nil) })

// PanicTB is a testing.TB for fixtures outside a test. It panics on failure.
type PanicTB struct{ testing.TB }

// Fatal panics.
func (PanicTB) Fatal(args ...any) { panic(args) }

// PEM returns certificates in PEM.
func PEM(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// ExpiredCA returns a CA certificate that expired before Now.
func ExpiredCA() *Pair {
	tmpl := CATemplate("Old Root")
	tmpl.NotBefore, tmpl.NotAfter = Now.AddDate(-2, 0, 0), Now.Add(-time.Hour)
	return Issue(PanicTB{}, tmpl, nil)
}

// IssueNow is Issue for certificates that programs verify by the real clock.
func IssueNow(t testing.TB, template *x509.Certificate, parent *Pair) *Pair {
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	return Issue(t, template, parent)
}

// Must returns v and panics if err is not nil.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// KeyPEM returns a private key in PEM (PKCS #8).
func KeyPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// CA64 returns CA in base64 of DER.
func CA64() string { return base64.StdEncoding.EncodeToString(CA().Raw) }
