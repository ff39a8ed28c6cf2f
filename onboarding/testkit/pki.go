package testkit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// Pair is a certificate with its private key.
type Pair struct {
	*x509.Certificate
	Key crypto.Signer
}

// IssueRoot returns the root of a private CA that is valid for a year before and ten years after
// at.
func IssueRoot(t testing.TB, name string, at time.Time, change ...func(*x509.Certificate)) *Pair {
	t.Helper()
	return Issue(t, nil, authority(name, at), nil, change...)
}

// IssueIntermediate returns a CA below parent.
func IssueIntermediate(
	t testing.TB, parent *Pair, name string, at time.Time, change ...func(*x509.Certificate),
) *Pair {
	t.Helper()
	return Issue(t, parent, authority(name, at), nil, change...)
}

func authority(name string, at time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// IssueServer returns a server's certificate for DNS names, the first of which is also its common
// name. It is valid for a month before and a year after at.
func IssueServer(
	t testing.TB, parent *Pair, at time.Time, names []string, change ...func(*x509.Certificate),
) *Pair {
	t.Helper()
	return Issue(t, parent, ServerTemplate(at, names), nil, change...)
}

// ServerTemplate returns the template of IssueServer.
func ServerTemplate(at time.Time, names []string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: at.AddDate(0, -1, 0),
		NotAfter: at.AddDate(1, 0, 0), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// Issue returns a certificate made from a template, after the changes. A nil parent means that it
// is self-signed; a nil key means a new P-256 key.
func Issue(
	t testing.TB, parent *Pair, template *x509.Certificate, key crypto.Signer, change ...func(*x509.Certificate),
) *Pair {
	t.Helper()
	if key == nil {
		key = Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	}
	made := *template
	template, made.PublicKey = &made, nil
	for _, f := range change {
		f(template)
	}
	template.SerialNumber = Must(rand.Int(rand.Reader, big.NewInt(1<<62)))(t)
	issuer, signer := template, key
	if parent != nil {
		issuer, signer = parent.Certificate, parent.Key
	}
	der := Must(x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer))(t)
	return &Pair{Certificate: Must(x509.ParseCertificate(der))(t), Key: key}
}

// RSAKey returns a new RSA key.
func RSAKey(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	return Must(rsa.GenerateKey(rand.Reader, bits))(t)
}

// PEM returns certificates as PEM.
func PEM(certificates ...*Pair) string {
	var out []byte
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return string(out)
}

// KeyPEM returns the pair's private key as PKCS #8 in PEM.
func (p *Pair) KeyPEM(t testing.TB) string {
	t.Helper()
	der := Must(x509.MarshalPKCS8PrivateKey(p.Key))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
