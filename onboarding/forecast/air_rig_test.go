package forecast_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/deployment"
	"onramp/onboarding/devicesim/radio"
	"onramp/onboarding/radius/freeradius"
	"onramp/onboarding/server"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
	"onramp/signing"
)

const aaaSecret = "air-secret"

// air is a deployment with a real FreeRADIUS, whose certificate a test replaces.
type air struct {
	testing.TB
	*deployment.Deployment
	dir     string // of FreeRADIUS's configuration
	port    int
	secret  string
	roots   string // a file with the public roots of the phones
	aged    atomic.Int64
	current *process.Program
}

// newAir opens the deployment and writes a configuration with the certificate. The clock of the use
// cases is slow by aged; that of FreeRADIUS and of the phones is the machine's.
func newAir(t testing.TB, public *testkit.Pair, first *testkit.Pair) *air {
	t.Helper()
	process.Require(t, "freeradius", "eapol_test")
	a := &air{TB: t, dir: filepath.Join(t.TempDir(), "raddb"), port: process.FreePort(t),
		roots: filepath.Join(t.TempDir(), "roots.pem")}
	a.write(a.roots, testkit.PEM(public))
	pool := x509.NewCertPool()
	pool.AddCert(public.Certificate)
	signer := testkit.Issue(t, public, testkit.ServerTemplate(time.Now(), []string{"profiles.example"}),
		testkit.RSAKey(t, 2048), func(c *x509.Certificate) { c.ExtKeyUsage = nil })
	sign, err := signing.New(signer.Key, []*x509.Certificate{signer.Certificate})
	if err != nil {
		t.Fatal(err)
	}
	a.Deployment = testkit.Deploy(t, deployment.Config{
		Store: testkit.OpenStore(t), Signer: sign, PublicURL: "https://wifi.example", PublicRoots: pool,
		Now: func() time.Time { return time.Now().Add(-time.Duration(a.aged.Load())) },
	})
	cert, key := filepath.Join(t.TempDir(), "first.pem"), filepath.Join(t.TempDir(), "first.key")
	a.write(cert, testkit.PEM(first))
	a.write(key, first.KeyPEM(t))
	if _, err := freeradius.Write(context.Background(), a.RADIUS, freeradius.Options{
		Dir: a.dir, AuthPort: a.port, AcctPort: process.FreePort(t), AAAURL: a.serve(), AAASecret: aaaSecret,
		EAPCert: cert, EAPKey: key,
	}); err != nil {
		t.Fatal(err)
	}
	a.secret = strings.TrimSpace(a.read(filepath.Join(a.dir, "radius-secret")))
	settings := filepath.Join(a.dir, "settings.conf")
	var kept []string
	for _, line := range strings.Split(a.read(settings), "\n") {
		if strings.HasPrefix(line, "reject_delay") {
			line = "reject_delay = 0"
		}
		kept = append(kept, line)
	}
	a.write(settings, strings.Join(kept, "\n"))
	t.Cleanup(a.stop)
	return a
}

// serve starts the AAA listener and returns its URL.
func (a *air) serve() string {
	web, err := server.New(context.Background(), server.Config{
		AAAFile:  testkit.AAAFile(aaaSecret),
		UseCases: server.UseCasesOf(a.Deployment),
	})
	if err != nil {
		a.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		a.Fatal(err)
	}
	s := &http.Server{Handler: web.AAA(), ReadHeaderTimeout: time.Second}
	go func() { _ = s.Serve(l) }()
	a.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

// show restarts FreeRADIUS with another chain. It reports whether FreeRADIUS accepts it.
func (a *air) show(chain []*testkit.Pair) bool {
	a.Helper()
	a.stop()
	a.write(filepath.Join(a.dir, "certs", "server.pem"), testkit.PEM(chain...))
	a.write(filepath.Join(a.dir, "certs", "server.key"), chain[0].KeyPEM(a))
	a.current = process.Start(a, process.FreeRADIUS(a.dir))
	if a.current.Prints(a, process.RADIUSReady) {
		return true
	}
	if !strings.Contains(a.current.Output.String(), "certificate") {
		a.Fatalf("FreeRADIUS ended:\n%s", a.current.Output)
	}
	return false
}

func (a *air) stop() {
	if a.current != nil {
		a.current.Stop() // the next one binds the same port
		a.current = nil
	}
}

// radius returns the parameters of the supplicant.
func (a *air) radius() radio.RADIUS {
	return radio.RADIUS{Address: fmt.Sprintf("127.0.0.1:%d", a.port), Secret: a.secret, SystemCAs: a.roots,
		Patience: 5 * time.Second}
}

func (a *air) write(file, text string) {
	a.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		a.Fatal(err)
	}
}

func (a *air) read(file string) string {
	a.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		a.Fatal(err)
	}
	return string(text)
}
