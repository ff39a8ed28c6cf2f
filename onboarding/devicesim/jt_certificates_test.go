package devicesim

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

// testPair is a certificate with its key.
type testPair struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate; parent nil means self-signed.
func issue(t testing.TB, template *x509.Certificate, parent *testPair) *testPair {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = testNow.AddDate(0, -1, 0)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = testNow.AddDate(2, 0, 0)
	}
	if template.SerialNumber == nil {
		template.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	}
	issuer, signer := template, key
	if parent != nil {
		issuer, signer = parent.Certificate, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &testPair{Certificate: cert, key: key}
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func leafTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: []string{name},
	}
}

// testCA is one private root for all tests.
var testCA = sync.OnceValue(func() *testPair { return issue(panicTB{}, caTemplate("Venue Root"), nil) })

// panicTB lets fixtures be built outside a test.
type panicTB struct{ testing.TB }

func (panicTB) Fatal(args ...any) { panic(args) }

func pemOf(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func expiredCA() *testPair {
	tmpl := caTemplate("Old Root")
	tmpl.NotBefore, tmpl.NotAfter = testNow.AddDate(-2, 0, 0), testNow.Add(-time.Hour)
	return issue(panicTB{}, tmpl, nil)
}

// issueNow is issue for certificates that programs outside the tests verify by the real clock.
func issueNow(t testing.TB, template *x509.Certificate, parent *testPair) *testPair {
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	return issue(t, template, parent)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func keyPEMOf(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func testRoot64() string { return base64.StdEncoding.EncodeToString(testCA().Raw) }
