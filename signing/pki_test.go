package signing

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
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var serials atomic.Int64

func certificate(t testing.TB, name string, public crypto.PublicKey,
	issuer *x509.Certificate, issuerKey crypto.Signer, ca bool) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7000 + serials.Add(1)),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Test"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if ca {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	}
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// issued returns a new root and a chain for key, leaf first, with the given
// number of intermediates. The keys of the CAs are RSA.
func issued(t testing.TB, key crypto.Signer, intermediates int) (root *x509.Certificate, chain []*x509.Certificate) {
	t.Helper()
	caKey := rsaKey()
	root = certificate(t, "root", &caKey.PublicKey, nil, caKey, true)
	top := root
	for i := range intermediates {
		top = certificate(t, "intermediate "+string(rune('A'+i)), &caKey.PublicKey, top, caKey, true)
		chain = append([]*x509.Certificate{top}, chain...)
	}
	leaf := certificate(t, "leaf", key.Public(), top, caKey, false)
	return root, append([]*x509.Certificate{leaf}, chain...)
}

func newSigner(t testing.TB, key crypto.Signer, chain []*x509.Certificate) *Signer {
	t.Helper()
	s, err := New(key, chain)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pemFile(t testing.TB, certificates ...*x509.Certificate) string {
	t.Helper()
	var out bytes.Buffer
	for _, c := range certificates {
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return tempFile(t, out.Bytes())
}

func tempFile(t testing.TB, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// verifyCMS returns the arguments of openssl that verify a signature on stdin under the roots in
// a file, and print the document.
func verifyCMS(roots string, more ...string) []string {
	return append([]string{"cms", "-verify", "-inform", "DER", "-purpose", "any", "-CAfile", roots}, more...)
}

// command runs a program with the given stdin and returns its stdout.
func command(t testing.TB, stdin []byte, name string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s %s: %w\n%s",
			filepath.Base(name), strings.Join(args, " "), err, complaints.String())
	}
	return out.Bytes(), nil
}
