package acme_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/acme"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/pebble"
	"onramp/onboarding/testkit/process"
)

const (
	domain = "wifi.example.org"
	second = "guest.example.org"
)

// replica is a manager with its listeners, as serve has them.
type replica struct {
	*acme.Manager
	https, http net.Listener
	log         *process.Buffer
	stop        func()
}

// setting is that of a test's replicas.
type setting struct {
	t         *testing.T
	authority *pebble.Server
	store     onboarding.Store
	sealer    *onboarding.Sealer
	check     time.Duration
}

// start starts a replica that listens on the ports; 0: any for HTTPS, none for HTTP.
func (s *setting) start(httpsPort, httpPort int) *replica {
	s.t.Helper()
	roots := x509.NewCertPool()
	text, err := os.ReadFile(s.authority.Roots)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		s.t.Fatalf("roots: %v", err)
	}
	r := &replica{log: &process.Buffer{}}
	config := acme.Config{
		Domains: []string{domain, second}, Directory: s.authority.Directory, Roots: roots,
		Store: s.store, Sealer: s.sealer, Check: s.check,
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(r.log, s.t.Output()), nil)),
	}
	r.https = s.listen(httpsPort)
	config.HTTPS = r.https.Addr()
	if httpPort != 0 {
		r.http = s.listen(httpPort)
		config.HTTP = r.http.Addr()
	}
	r.Manager = acme.New(config)
	if err := r.Load(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var all sync.WaitGroup
	all.Go(func() { r.Run(ctx) })
	server := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: r.TLS(), ErrorLog: slog.NewLogLogger(
		slog.DiscardHandler, slog.LevelInfo)}
	all.Go(func() { _ = server.ServeTLS(r.https, "", "") })
	plain := &http.Server{Handler: r.HTTP()}
	if r.http != nil {
		all.Go(func() { _ = plain.Serve(r.http) })
	}
	r.stop = sync.OnceFunc(func() { cancel(); server.Close(); plain.Close(); all.Wait() })
	s.t.Cleanup(r.stop)
	return r
}

func (s *setting) listen(port int) net.Listener {
	s.t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// handshake returns the certificate that the replica sends for a name.
func (r *replica) handshake(roots *x509.CertPool, name string) (*x509.Certificate, error) {
	client := &tls.Config{RootCAs: roots, ServerName: name}
	if name == "" { // a client without SNI
		client = &tls.Config{InsecureSkipVerify: true}
	}
	c, err := (&tls.Dialer{Config: client}).DialContext(context.Background(), "tcp", r.https.Addr().String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

// await waits until the replica has a certificate for the name other than those.
func (s *setting) await(r *replica, name string, but ...*x509.Certificate) *x509.Certificate {
	s.t.Helper()
	roots := s.authority.Issuer()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		c, err := r.handshake(roots, name)
		if err == nil && (len(but) == 0 || !c.Equal(but[0])) {
			return c
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("no certificate for %s: %v", name, err)
		}
	}
}

func awaitLog(t *testing.T, r *replica, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(r.log.String(), text); {
		if time.Now().After(deadline) {
			t.Fatalf("the log lacks %q", text)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestReplicas starts two replicas on one database at the same time. The authority connects to the
// second alone; each domain is ordered once, and both replicas get the certificates.
func TestReplicas(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, store onboarding.Store) {
		port := process.FreePort(t)
		s := &setting{t: t, store: store, sealer: testkit.Sealer(t), authority: pebble.Start(t, pebble.Options{
			TLSPort: port, HTTPPort: process.FreePort(t),
		})}
		first, other := s.start(0, 0), s.start(port, 0)
		for _, name := range []string{domain, second} {
			one, same := s.await(first, name), s.await(other, name)
			if !one.Equal(same) {
				t.Errorf("%s: the replicas have different certificates", name)
			}
		}
		if issued := strings.Count(s.authority.Log(), "Issued certificate serial"); issued != 2 {
			t.Errorf("%d certificates were issued for 2 domains", issued)
		}
		if c, err := first.handshake(nil, ""); err != nil || c.VerifyHostname(domain) != nil {
			t.Errorf("without SNI: %v", err)
		}
		s.refusesStrangers(other)
		s.checkSealed()
		if all := other.Certificates(); len(all) != 2 || all[0].Domain != domain || len(all[0].Chain) < 2 ||
			all[0].Expires().Before(time.Now().Add(80*24*time.Hour)) {
			t.Errorf("Certificates: %+v", all)
		}

		first.stop()
		other.stop()
		again := s.start(port, 0)
		if c, err := again.handshake(s.authority.Issuer(), domain); err != nil {
			t.Errorf("after a restart: %v %v", c, err)
		}
		if issued := strings.Count(s.authority.Log(), "Issued certificate serial"); issued != 2 {
			t.Errorf("%d certificates after a restart", issued)
		}
	})
}

// refusesStrangers asks for names that are not configured: the client gets an alert, and nothing
// is ordered.
func (s *setting) refusesStrangers(r *replica) {
	s.t.Helper()
	orders := strings.Count(s.authority.Log(), "Added order")
	for _, name := range []string{"other.example.org", "www." + domain, "example.org", "localhost", "a.b.c.d.test"} {
		_, err := r.handshake(s.authority.Issuer(), name)
		if err == nil || !strings.HasSuffix(err.Error(), "tls: unrecognized name") {
			s.t.Errorf("%s: %v", name, err)
		}
		challenge := &tls.Dialer{Config: &tls.Config{
			InsecureSkipVerify: true, ServerName: name, NextProtos: []string{"acme-tls/1"},
		}}
		if c, err := challenge.Dial("tcp", r.https.Addr().String()); err == nil {
			c.Close()
			s.t.Errorf("%s: a challenge was answered", name)
		}
	}
	if now := strings.Count(s.authority.Log(), "Added order"); orders == 0 || now != orders {
		s.t.Errorf("%d orders, %d before", now, orders)
	}
}

// checkSealed looks for private keys in the database.
func (s *setting) checkSealed() {
	s.t.Helper()
	all, err := s.store.Secrets(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	keys := 0
	for _, secret := range all {
		if strings.HasSuffix(secret.Name, ".key") {
			keys++
		}
		if bytes.Contains(secret.Value.Box, []byte("PRIVATE KEY")) || bytes.Contains(secret.Value.Box, []byte("{")) &&
			bytes.Contains(secret.Value.Box, []byte(`"sans"`)) {
			s.t.Errorf("%s is not sealed", secret.Name)
		}
		if strings.Contains(secret.Name, "rw_test") || strings.Contains(secret.Name, "challenge_tokens") {
			s.t.Errorf("%s was left", secret.Name)
		}
	}
	if keys != 3 { // of the account and of two certificates
		s.t.Errorf("%d private keys", keys)
	}
}

// TestRenewal lets a certificate become due. While the authority is down the current certificate
// stays in use and the failure is recorded; after that it is renewed by another.
func TestRenewal(t *testing.T) {
	port := process.FreePort(t)
	o := pebble.Options{TLSPort: port, HTTPPort: process.FreePort(t), Validity: 24 * time.Second}
	s := &setting{t: t, store: testkit.OpenStore(t), sealer: testkit.Sealer(t), authority: pebble.Start(t, o),
		check: 200 * time.Millisecond}
	r := s.start(port, 0)
	first := s.await(r, domain)
	s.await(r, second)
	renewed := s.await(r, domain, first)
	if !renewed.NotAfter.After(first.NotAfter) {
		t.Errorf("renewed until %v after %v", renewed.NotAfter, first.NotAfter)
	}

	s.authority.Down()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		stored, err := acme.Stored(t.Context(), s.store, s.sealer, s.authority.Directory, []string{domain, second})
		if err != nil {
			t.Fatal(err)
		}
		f := stored[0].Failure + stored[1].Failure
		if strings.Contains(f, "connection refused") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the recorded failures: %q", f)
		}
	}
	if c, err := r.handshake(nil, ""); err != nil || c.VerifyHostname(domain) != nil { // perhaps expired by now
		t.Errorf("the authority is down: %v %v", c, err)
	}
	if c := r.Certificates()[0]; len(c.Chain) == 0 {
		t.Error("Certificates lacks the one in use")
	}

	// The next attempt is a minute after the failure.
	held := r.Certificates()[0].Chain[0]
	s.authority.Up()
	s.await(r, domain, held)
	domains := []string{domain, "none.example.org"}
	stored, err := acme.Stored(t.Context(), s.store, s.sealer, s.authority.Directory, domains)
	if err != nil || len(stored[0].Chain) < 2 || stored[0].Failure != "" || stored[1].Chain != nil {
		t.Errorf("stored: %+v %v", stored, err)
	}
}

// TestRefusedOrder orders from an authority that refuses the domain: nothing is served, the error
// has the reason, and the number of orders stays bounded.
func TestRefusedOrder(t *testing.T) {
	port := process.FreePort(t)
	o := pebble.Options{TLSPort: port, HTTPPort: process.FreePort(t), Blocked: []string{domain, second}}
	s := &setting{t: t, store: testkit.OpenStore(t), sealer: testkit.Sealer(t), authority: pebble.Start(t, o)}
	r := s.start(port, 0)
	awaitLog(t, r, "will retry")
	for range 20 {
		if _, err := r.handshake(s.authority.Issuer(), domain); err == nil {
			t.Error("a certificate was served")
		}
	}
	stored, err := acme.Stored(t.Context(), s.store, s.sealer, s.authority.Directory, []string{domain, second})
	if err != nil {
		t.Fatal(err)
	}
	if f := stored[0].Failure + stored[1].Failure; !strings.Contains(f, "policy") {
		t.Errorf("the recorded failures: %q", f)
	}
}

// TestHTTPChallenge closes the port of TLS-ALPN-01, so that HTTP-01 remains, and tries other
// requests by plain HTTP. After other tests of this process it also shows that the account has no
// contact, see Config.contact.
func TestHTTPChallenge(t *testing.T) {
	port := process.FreePort(t)
	s := &setting{t: t, store: testkit.OpenStore(t), sealer: testkit.Sealer(t), authority: pebble.Start(t,
		pebble.Options{TLSPort: process.FreePort(t), HTTPPort: port})}
	r := s.start(0, port)
	s.await(r, domain)
	s.await(r, second)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct {
		method, host, path string
		status             int
		location           string
	}{
		{"GET", domain, "/go?x=1", 308, "https://" + domain + "/go?x=1"},
		{"HEAD", strings.ToUpper(second) + ":80", "/", 308, "https://" + second + "/"},
		{"GET", domain, "//evil.example/", 308, "https://" + domain + "//evil.example/"},
		{"POST", domain, "/v3/customers", 405, ""},
		{"GET", "other.example.org", "/", 421, ""},
		{"GET", "other.example.org", "/.well-known/acme-challenge/x", 421, ""},
		{"GET", domain, "/.well-known/acme-challenge/x", 308, "https://" + domain + "/.well-known/acme-challenge/x"},
	} {
		request, err := http.NewRequest(tt.method, "http://"+r.http.Addr().String()+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = tt.host
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != tt.status || answer.Header.Get("Location") != tt.location {
			t.Errorf("%s %s%s: %d %s", tt.method, tt.host, tt.path, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
}
