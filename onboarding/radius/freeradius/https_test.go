package freeradius_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onramp/onboarding/radius/freeradius"
	"onramp/onboarding/server"
	"onramp/onboarding/testkit"
)

// selfSigned returns a certificate for a name or address, and its PEM.
func selfSigned(t *testing.T, address net.IP) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Onramp"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{address},
		IsCA:                  true,
		BasicConstraintsValid: true,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestHTTPS runs Onramp's AAA listener behind TLS: FreeRADIUS accepts only the certificate in its
// configuration.
func TestHTTPS(t *testing.T) {
	r := newRig(t)
	r.register("anna", "passwort")
	web, err := server.New(context.Background(), server.Config{
		UseCases: server.UseCasesOf(r.Deployment), AAAFile: testkit.AAAFile(aaaSecret),
	})
	if err != nil {
		t.Fatal(err)
	}
	certificate, ca := selfSigned(t, net.IPv4(127, 0, 0, 1))
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { _ = http.Serve(l, web.AAA()) }()
	_, other := selfSigned(t, net.IPv4(127, 0, 0, 1))
	for _, c := range []struct {
		name string
		ca   []byte
		in   bool
	}{{"its own certificate", ca, true}, {"another certificate", other, false}} {
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, c.ca, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := freeradius.Write(context.Background(), r.RADIUS, freeradius.Options{
			Dir:       r.dir,
			AuthPort:  r.auth,
			AcctPort:  r.acct,
			AAAURL:    "https://" + l.Addr().String(),
			AAASecret: aaaSecret,
			AAACA:     file,
			EAPCert:   r.pki.RADIUSCert, EAPKey: r.pki.RADIUSKey,
		}); err != nil {
			t.Fatal(err)
		}
		if err := r.radius.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		r.startRadius()
		r.want(c.name, r.login("anna", "passwort"), c.in)
	}
}
