package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/pebble"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

const acmeDomain = "wifi.example.org"

// httpsGet requests a page by HTTPS under the name of the domain.
func (s *serving) httpsGet(roots *x509.CertPool, name string) error {
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name}, DisableKeepAlives: true,
	}, Timeout: 10 * time.Second}
	answer, err := client.Get("https://" + strings.TrimPrefix(s.url, "http://") + "/openapi.yaml")
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// awaitHTTPS waits until the server has a certificate for the domain.
func (s *serving) awaitHTTPS(roots *x509.CertPool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := s.httpsGet(roots, acmeDomain)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
}

// daysLeft returns the line of the metric for the HTTPS certificate.
func (s *serving) daysLeft() string {
	s.t.Helper()
	answer, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	const series = `onramp_certificate_days_left{certificate="acme",organization=""} `
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, series); found {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// TestACME starts a server whose authority is down: it runs, refuses HTTPS clients by an alert, and
// reports the cause. After that the server gets a certificate, keeps it over a restart without the
// authority, and uses it for the domain alone.
func TestACME(t *testing.T) {
	s := newServing(t, filepath.Join(t.TempDir(), "data"))
	t.Cleanup(s.kill)
	port := 0
	if _, err := fmt.Sscanf(s.url, "http://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	authority := pebble.Start(t, pebble.Options{TLSPort: port, HTTPPort: process.FreePort(t)})
	issuer := authority.Issuer()
	flags := []string{
		"--acme-domain", acmeDomain, "--acme-directory", authority.Directory, "--acme-ca-file", authority.Roots,
	}
	s.args = append(s.args, append(flags, "--acme-email", "admin@example.org")...)
	doctor := func() (line string) {
		_, out, stderr := onramp(t, "", append([]string{"doctor", "--data", s.data}, flags...)...)
		for line := range strings.Lines(out) {
			if strings.Contains(line, " https: ") {
				return line
			}
		}
		t.Fatalf("doctor has no line about https:\n%s%s", out, stderr)
		return ""
	}

	authority.Down()
	s.start()
	awaitText(t, s.output, "could not get certificate from issuer", "connection refused", `"retrying_in":"1m0s"`)
	if err := s.httpsGet(issuer, acmeDomain); err == nil || !strings.Contains(err.Error(), "unrecognized name") {
		t.Errorf("without a certificate: %v", err)
	}
	if days := s.daysLeft(); days != "-1" {
		t.Errorf("days left without a certificate: %q", days)
	}
	if line := doctor(); !strings.HasPrefix(line, "fail") || !strings.Contains(line, "connection refused") {
		t.Errorf("doctor: %s", line)
	}
	s.stop()

	authority.Up()
	s.start()
	s.awaitHTTPS(issuer)
	if err := s.httpsGet(issuer, "other.example.org"); err == nil {
		t.Error("another name is served")
	}
	if days := s.daysLeft(); days != "89" {
		t.Errorf("days left: %q", days)
	}
	if line := doctor(); !strings.HasPrefix(line, "ok") || !strings.Contains(line, acmeDomain+", 89 days left") {
		t.Errorf("doctor: %s", line)
	}
	if demo := s.demo(); !strings.HasPrefix(demo.PortalURL, "https://"+acmeDomain+"/") {
		t.Errorf("the link is %s", demo.PortalURL)
	}
	if answer, err := http.Get(s.aaa + "/"); err != nil { // plain HTTP
		t.Error(err)
	} else {
		answer.Body.Close()
	}
	if log := authority.Log(); !strings.Contains(log, "Added order") {
		t.Errorf("the authority's log: %s", log)
	}
	s.stop()

	authority.Down()
	s.start()
	if err := s.httpsGet(issuer, acmeDomain); err != nil {
		t.Errorf("after a restart without the authority: %v", err)
	}
	if output := s.output.String(); strings.Contains(output, "PRIVATE KEY") {
		t.Error("the log has a private key")
	}
}

func awaitText(t *testing.T, output *process.Buffer, texts ...string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		missing := slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
			return strings.Contains(output.String(), text)
		})
		if len(missing) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log lacks %q:\n%s", missing, output)
		}
	}
}

// TestACMEReplicas lets the authority connect to another replica than the one that orders: the
// answer to the challenge comes from the database. The replica in front is stopped while the other
// takes the lock.
func TestACMEReplicas(t *testing.T) {
	url := postgres.Require(t).NewDatabase(t)
	if code, _, stderr := onramp(t, "", "migrate", "--database", url); code != 0 {
		t.Fatal(stderr)
	}
	db := testkit.OpenPostgres(t, url)
	const lock = "acme-lock issue_cert_" + acmeDomain
	put := func(value string) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), lock, value)
		}); err != nil {
			t.Fatal(err)
		}
	}
	put(fmt.Sprintf("another %d", time.Now().Add(time.Hour).Unix()))

	data := filepath.Join(t.TempDir(), "data")
	front, other := newServing(t, data), newServing(t, data)
	port := 0
	if _, err := fmt.Sscanf(front.url, "http://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	authority := pebble.Start(t, pebble.Options{TLSPort: port, HTTPPort: process.FreePort(t)})
	for _, s := range []*serving{front, other} {
		t.Cleanup(s.kill)
		s.args = append(s.args, "--database", url, "--acme-domain", acmeDomain,
			"--acme-directory", authority.Directory, "--acme-ca-file", authority.Roots)
		s.start()
	}
	if err := front.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	put("")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if value, err := db.Setting(t.Context(), lock); err != nil || value != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the other replica does not take the lock")
		}
	}
	if err := front.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	front.awaitHTTPS(authority.Issuer())
	other.awaitHTTPS(authority.Issuer())
	if issued := strings.Count(authority.Log(), "Issued certificate serial"); issued != 1 {
		t.Errorf("%d certificates were issued", issued)
	}
}

// TestACMEFlags tries wrong and contradicting flags: each is a usage error that names the flag.
func TestACMEFlags(t *testing.T) {
	for _, tt := range []struct {
		flags string
		wants []string
	}{
		{"--acme-domain *.example.org", []string{"--acme-domain", "wildcard"}},
		{"--acme-domain 192.0.2.1", []string{"--acme-domain", "IP address"}},
		{"--acme-domain a.example.org,A.example.org", []string{"--acme-domain", "twice"}},
		{"--acme-domain a.example.org --tls-cert x --tls-key y", []string{"--acme-domain", "--tls-cert", "exclude"}},
		{"--acme-domain a.example.org --acme-directory http://ca.example.org/", []string{"--acme-directory", "https"}},
		{"--acme-domain a.example.org --acme-email nobody", []string{"--acme-email"}},
		{"--acme-domain a.example.org --public-url http://a.example.org", []string{"--public-url", "https"}},
		{"--acme-domain a.example.org --public-url https://b.example.org", []string{"--public-url", "--acme-domain"}},
		{"--acme-domain a.example.org --acme-http-listen 80", []string{"--acme-http-listen", "host:port"}},
		{"--acme-domain a.example.org --aaa-listen 0.0.0.0:8081", []string{"--aaa-listen", "loopback"}},
		{"--acme-email a@example.org", []string{"--acme-email", "need --acme-domain"}},
		{"--acme-http-listen :80", []string{"--acme-http-listen", "needs --acme-domain"}},
	} {
		data := filepath.Join(t.TempDir(), "data")
		code, _, stderr := onramp(t, "", append([]string{"serve", "--data", data}, strings.Fields(tt.flags)...)...)
		if code != 2 {
			t.Errorf("%s: exit code %d, %s", tt.flags, code, stderr)
		}
		for _, want := range tt.wants {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: %s lacks %q", tt.flags, stderr, want)
			}
		}
	}
	missing := filepath.Join(t.TempDir(), "roots.pem")
	code, _, stderr := onramp(t, "", "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0",
		"--aaa-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--acme-domain", "a.example.org",
		"--acme-ca-file", missing)
	if code != 1 || !strings.Contains(stderr, "--acme-ca-file: "+missing) {
		t.Errorf("missing roots: %d %s", code, stderr)
	}
}
