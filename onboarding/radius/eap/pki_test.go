package eap_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit"
)

// newCertificate returns the certificate of a server below a private root of its own.
func newCertificate(t testing.TB) *testkit.Pair {
	t.Helper()
	now := time.Now()
	return testkit.IssueServer(t, testkit.IssueRoot(t, "Root", now), now, []string{serverName})
}

// manyNames adds names that no certificate of a server needs, so that the chain takes several
// fragments.
func manyNames(c *x509.Certificate) {
	for i := range 250 {
		c.DNSNames = append(c.DNSNames, strings.Repeat("x", 10+i%10)+".example.test")
	}
}

func expired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-48 * time.Hour) }

// writeFile writes a file and returns its name.
func writeFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
