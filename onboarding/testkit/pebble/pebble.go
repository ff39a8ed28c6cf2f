// Package pebble starts Pebble, Let's Encrypt's ACME server for tests, privately on loopback ports,
// with a DNS server for which every name leads to 127.0.0.1. Go builds both programs from the
// module proxy.
package pebble

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// module and version are those of the programs. They are not in go.mod, because no package needs
// them.
const (
	module  = "github.com/letsencrypt/pebble/v2/cmd/"
	version = "@v2.10.3"
)

// Options change a server.
type Options struct {
	HTTPPort, TLSPort int           // at which the server connects for HTTP-01 and TLS-ALPN-01
	Validity          time.Duration // of certificates; 0: 90 days
	Blocked           []string      // domains for which the server refuses orders
}

// Server is an ACME server.
type Server struct {
	Directory string // URL of the directory
	Roots     string // PEM file with the root of the server's own certificate

	t          testing.TB
	folder     string
	address    string
	management string
	dns        string
	client     *http.Client
	program    *process.Program

	front    string // the address of Directory
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

// Start builds and starts a server. It skips the test if Go cannot build it.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{
		t: t, folder: t.TempDir(),
		address: process.FreeAddress(t), management: process.FreeAddress(t),
		dns: process.FreeAddress(t), front: process.FreeAddress(t),
	}
	s.Directory, s.Roots = "https://"+s.front+"/dir", filepath.Join(s.folder, "server.pem")
	install := exec.CommandContext(t.Context(), "go", "install", module+"pebble"+version,
		module+"pebble-challtestsrv"+version)
	install.Env = append(os.Environ(), "GOBIN="+s.folder, "GOFLAGS=")
	install.Dir = s.folder
	if out, err := install.CombinedOutput(); err != nil {
		process.Missing(t, "pebble cannot be built: %v\n%s", err, out)
	}
	s.certificate()
	dns := exec.CommandContext(t.Context(), filepath.Join(s.folder, "pebble-challtestsrv"),
		"-dnsserver", s.dns, "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "",
		"-management", process.FreeAddress(t))
	process.Start(t, dns).Await(t, "Starting management server")
	s.run(o)
	s.Up()
	return s
}

// run starts the program and waits until it answers.
func (s *Server) run(o Options) {
	s.t.Helper()
	if o.Validity == 0 {
		o.Validity = 90 * 24 * time.Hour
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": s.address, "managementListenAddress": s.management,
		"certificate": s.Roots, "privateKey": filepath.Join(s.folder, "server.key"),
		"httpPort": o.HTTPPort, "tlsPort": o.TLSPort, "domainBlocklist": o.Blocked,
		"retryAfter": map[string]int{"authz": 1, "order": 1}, "keyAlgorithm": "ecdsa",
		"profiles": map[string]any{"default": map[string]any{
			"description": "test", "validityPeriod": int(o.Validity.Seconds()),
		}},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.folder, "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		s.t.Fatal(err)
	}
	command := exec.CommandContext(s.t.Context(), filepath.Join(s.folder, "pebble"),
		"-config", file, "-dnsserver", s.dns, "-strict")
	command.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	s.program = process.Start(s.t, command)
	s.program.Await(s.t, "ACME directory available at")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		answer, err := s.client.Get("https://" + s.address + "/dir")
		if err == nil {
			answer.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
}

// Up accepts connections at the address of Directory, and passes them to the server.
func (s *Server) Up() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.front)
	if err != nil {
		s.t.Fatal(err)
	}
	s.listener = listener
	s.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, c)
			s.mu.Unlock()
			go s.pass(c)
		}
	}()
}

// pass copies between a connection and the server.
func (s *Server) pass(c net.Conn) {
	defer c.Close()
	to, err := net.Dial("tcp", s.address)
	if err != nil {
		return
	}
	go func() {
		defer to.Close()
		_, _ = io.Copy(to, c)
	}()
	_, _ = io.Copy(c, to)
}

// Down refuses connections at the address of Directory and ends the open ones. The server runs on,
// so that it remembers accounts and certificates, which it holds in memory.
func (s *Server) Down() {
	s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		c.Close()
	}
	s.open = nil
}

// Log returns the server's log.
func (s *Server) Log() string { return s.program.Output.String() }

// Issuer returns the root of the certificates that the server issues.
func (s *Server) Issuer() *x509.CertPool {
	s.t.Helper()
	answer, err := s.client.Get("https://" + s.management + "/roots/0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		s.t.Fatalf("the issuer's root: %v %s", err, text)
	}
	return pool
}

// certificate makes the server's own certificate, and the client that trusts it.
func (s *Server) certificate() {
	s.t.Helper()
	certificate, key := process.Certificate(s.t, "127.0.0.1")
	for name, text := range map[string][]byte{s.Roots: certificate, filepath.Join(s.folder, "server.key"): key} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	s.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true,
	}}
}
