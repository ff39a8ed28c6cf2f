package signing

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onramp/certs"
	"onramp/onboarding/testkit/process"
)

// TestDevelopmentSignerIsAccepted verifies that the development signer's signatures in both
// formats are accepted by openssl and xmlsec1.
func TestDevelopmentSignerIsAccepted(t *testing.T) {
	openssl, xmlsec1 := process.Require(t, "openssl"), process.Require(t, "xmlsec1")
	pki, err := certs.EnsureDevelopment(t.TempDir(), time.Now(), "radius.example.org")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := certs.LoadPair(pki.ProfileCert, pki.ProfileKey)
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, pair.Key, pair.Chain)
	signed, err := s.Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range []string{"any", "smimesign"} {
		got, err := command(t, signed, openssl, verifyCMS(pki.ProfileRoot, "-binary", "-purpose", purpose)...)
		if err != nil || !bytes.Equal(got, document) {
			t.Errorf("purpose %s: %v, document %q", purpose, err, got)
		}
	}
	if _, err := command(t, signed, openssl, verifyCMS(pki.RADIUSRoot)...); err == nil {
		t.Error("verifies under the RADIUS root")
	}
	signedXML, err := s.SignXML([]byte(provisioning))
	if err != nil {
		t.Fatal(err)
	}
	verify := []string{"--verify", "--trusted-pem", pki.ProfileRoot, tempFile(t, signedXML)}
	if _, err := command(t, nil, xmlsec1, verify...); err != nil {
		t.Error(err)
	}
}

// TestRenewedFilesSignWithoutARestart verifies that renewed files are used without a restart,
// and that a new key is not used before its certificate is there.
func TestRenewedFilesSignWithoutARestart(t *testing.T) {
	openssl := process.Require(t, "openssl")
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write := func(name, kind string, blocks ...[]byte) {
		t.Helper()
		var out bytes.Buffer
		for _, block := range blocks {
			pem.Encode(&out, &pem.Block{Type: kind, Bytes: block})
		}
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeKey := func(key any) {
		t.Helper()
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		write(keyFile, "PRIVATE KEY", der)
	}
	writeChain := func(chain []*x509.Certificate) {
		t.Helper()
		var raw [][]byte
		for _, c := range chain {
			raw = append(raw, c.Raw)
		}
		write(certFile, "CERTIFICATE", raw...)
	}

	oldRoot, oldChain := issued(t, rsaKey(), 1)
	writeChain(oldChain)
	writeKey(rsaKey())
	check := func(p *certs.Pair) error { return p.CheckChain(time.Now(), certs.ForSigning) }
	watcher, err := certs.NewWatcher(certFile, keyFile, check, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var live Live
	take := func(p *certs.Pair) { live.Replace(newSigner(t, p.Key, p.Chain)) }
	take(watcher.Current())
	watcher.OnChange(take)

	signsUnder := func(root *x509.Certificate) bool {
		t.Helper()
		signed, err := live.Sign(document)
		if err != nil {
			t.Fatal(err)
		}
		_, err = command(t, signed, openssl, verifyCMS(pemFile(t, root))...)
		return err == nil
	}
	if !signsUnder(oldRoot) {
		t.Fatal("the first pair does not sign")
	}

	renewedKey := ecKey(t, elliptic.P256())
	// The CAs of issued share a key, so the renewed chain needs a root of a different name.
	caKey := ecKey(t, elliptic.P256())
	newRoot := certificate(t, "renewed root", caKey.Public(), nil, caKey, true)
	intermediate := certificate(t, "renewed intermediate", caKey.Public(), newRoot, caKey, true)
	leaf := certificate(t, "leaf", renewedKey.Public(), intermediate, caKey, false)

	writeKey(renewedKey)
	if err := watcher.Reload(); err == nil {
		t.Error("a key without its certificate was taken over")
	}
	if !signsUnder(oldRoot) {
		t.Error("signing stopped while the pair was half written")
	}
	writeChain([]*x509.Certificate{leaf, intermediate})
	if err := watcher.Reload(); err != nil {
		t.Fatal(err)
	}
	if !signsUnder(newRoot) || signsUnder(oldRoot) {
		t.Error("the renewed pair does not sign")
	}
}
