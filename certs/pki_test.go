package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var serials atomic.Int64

// Several tests share these RSA keys, since making them is slow.
var rsaKeys = [...]func() *rsa.PrivateKey{
	sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(2048) }),
	sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(2048) }),
}

func mustRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// bundle is a list of certificates.
type bundle = []*x509.Certificate

// entity is a certificate with its key, made without the code of this package.
type entity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

type change func(*x509.Certificate)

func valid(from, to time.Time) change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
}

func usage(u x509.KeyUsage) change { return func(c *x509.Certificate) { c.KeyUsage = u } }

func newEntity(t testing.TB, name string, key crypto.Signer, issuer *entity, ca bool, changes ...change) *entity {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + serials.Add(1)),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    today.AddDate(-1, 0, 0),
		NotAfter:     today.AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if ca {
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage = x509.KeyUsageCertSign
	}
	for _, change := range changes {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &entity{cert, key}
}

// hierarchy is a root, its intermediates and a leaf.
type hierarchy struct {
	root          *entity
	intermediates []*entity // the leaf's issuer first
	leaf          *entity
}

func newHierarchy(t testing.TB, leafKey crypto.Signer, intermediates int, leafChanges ...change) *hierarchy {
	t.Helper()
	h := &hierarchy{root: newEntity(t, "root", ecKey(t, elliptic.P256()), nil, true)}
	top := h.root
	for i := range intermediates {
		top = newEntity(t, "intermediate "+string(rune('A'+i)), ecKey(t, elliptic.P256()), top, true)
		h.intermediates = append([]*entity{top}, h.intermediates...)
	}
	h.leaf = newEntity(t, "leaf", leafKey, top, false, leafChanges...)
	return h
}

// chain returns the certificates for a certificate file.
func (h *hierarchy) chain() []*x509.Certificate {
	chain := []*x509.Certificate{h.leaf.cert}
	for _, e := range h.intermediates {
		chain = append(chain, e.cert)
	}
	return chain
}

func pemOf(certificates ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, c := range certificates {
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return out.Bytes()
}

func pemKey(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// writePair writes a chain and a key to dir and returns the paths.
func writePair(t testing.TB, dir string, key crypto.Signer, chain ...*x509.Certificate) (certFile, keyFile string) {
	t.Helper()
	certFile = write(t, filepath.Join(dir, "cert.pem"), pemOf(chain...))
	return certFile, write(t, filepath.Join(dir, "key.pem"), pemKey(t, key))
}

// wantRule fails the test unless err is an *Error with the rule.
func wantRule(t testing.TB, err error, want Rule) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error with rule %s", err, want)
	}
	if e.Rule != want {
		t.Fatalf("got rule %s (%v), want %s", e.Rule, err, want)
	}
	return e
}

// requireCommand returns the path of a program. If it is not installed, the test is skipped, or
// fails with ONRAMP_TEST_REQUIRE=all.
func requireCommand(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		process.Missing(t, "%s is not installed", name)
	}
	return path
}
