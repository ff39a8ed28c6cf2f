package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// signerFiles writes the certificate chain and the key of a profile signer.
func signerFiles(t *testing.T, key crypto.Signer) (certFile, keyFile string) {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := func(name string, isCA bool) *x509.Certificate {
		c := &x509.Certificate{
			SerialNumber:          big.NewInt(time.Now().UnixNano()),
			Subject:               pkix.Name{CommonName: name},
			NotBefore:             time.Now().Add(-time.Hour),
			NotAfter:              time.Now().AddDate(1, 0, 0),
			IsCA:                  isCA,
			BasicConstraintsValid: true,
			KeyUsage:              x509.KeyUsageDigitalSignature,
		}
		if isCA {
			c.KeyUsage = x509.KeyUsageCertSign
		}
		return c
	}
	ca, leaf := template("Example Profile CA", true), template("Example Profiles", false)
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "signer.pem"), filepath.Join(dir, "signer.key")
	chain := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})...)
	for file, text := range map[string][]byte{certFile: chain,
		keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// TestFoundC9Signer checks that serve, apply and doctor report the platforms that a signer cannot
// sign for, that the API returns 409 for them, and that serve refuses a signer that no device
// accepts.
func TestFoundC9Signer(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := signerFiles(t, key)
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data, "--signing-cert", certFile, "--signing-key", keyFile)
	const reason = "Windows accepts RSA signatures only"
	if log := s.output.String(); !strings.Contains(log, reason) {
		t.Errorf("no warning from serve:\n%s", log)
	}
	code, _, stderr := onramp(t, "", "apply", exampleTenant, "--data", data)
	if code != 0 || !strings.Contains(stderr, "warning: ") || !strings.Contains(stderr, reason) ||
		!strings.Contains(stderr, "[platform-unsigned, windows]") {
		t.Errorf("apply: %d\n%s", code, stderr)
	}
	_, stdout, _ := onramp(t, "", "doctor", "--data", data, "--signing-cert", certFile, "--signing-key", keyFile)
	for _, want := range []string{reason, "must announce the domain wifi.cloud4wi.com "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("doctor does not report %q:\n%s", want, stdout)
		}
	}
	_, keys, _ := onramp(t, "", "key", "create", "--organization", "3a8ccd060216452e09b2b32e750cb5eb", "--role",
		"organizationManager", "--data", data)
	token := s.must(200, "POST", "/v1/sts/login/services", "", keys).body["token"].(string)
	id := s.must(201, "POST", "/v3/customers", token, `{`+consented+`}`).body["id"].(string)
	refused := s.must(409, "GET", "/v3/customers/"+id+"/profile?platform=windows", token, "")
	if message, _ := refused.body["message"].(string); !strings.Contains(message, reason) {
		t.Errorf("%v", refused.body)
	}
	s.must(200, "GET", "/v3/customers/"+id+"/profile?platform=ios", token, "")

	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = signerFiles(t, edKey)
	other := newServing(t, filepath.Join(t.TempDir(), "other"))
	code, _, stderr = onramp(t, "", append(other.args, "--signing-cert", certFile, "--signing-key", keyFile)...)
	if code != 1 || !strings.Contains(stderr, "use RSA or ECDSA") {
		t.Errorf("an Ed25519 signer: %d\n%s", code, stderr)
	}
}
