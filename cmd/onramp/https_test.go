package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/certs"
)

// TestHTTPSRenewal serves HTTPS with the certificate of one authority, then replaces it by another
// authority's without a restart.
func TestHTTPSRenewal(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "https.pem"), filepath.Join(folder, "https.key")
	place := func() *x509.CertPool {
		t.Helper()
		pki, err := certs.EnsureDevelopment(t.TempDir(), time.Now(), "wifi.example.test")
		if err != nil {
			t.Fatal(err)
		}
		for from, to := range map[string]string{pki.RADIUSCert: cert, pki.RADIUSKey: key} {
			if err := os.WriteFile(to+".new", []byte(read(t, from)), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(to+".new", to); err != nil {
				t.Fatal(err)
			}
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(read(t, pki.RADIUSRoot)))
		return pool
	}
	get := func(s *serving, roots *x509.CertPool) error {
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "wifi.example.test"}, DisableKeepAlives: true,
		}}
		response, err := client.Get("https://" + strings.TrimPrefix(s.url, "http://") + "/openapi.yaml")
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
	first := place()
	s := startServe(t, filepath.Join(t.TempDir(), "data"), "--tls-cert", cert, "--tls-key", key)
	if err := get(s, first); err != nil {
		t.Fatal(err)
	}
	second := place()
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err = get(s, second); err == nil {
			return
		}
	}
	t.Errorf("the renewed certificate is not served: %v", err)
}
