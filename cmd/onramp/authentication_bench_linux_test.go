package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// beforeVariable holds the path of an earlier onramp, with which BenchmarkAuthenticationBefore
// compares this one.
const beforeVariable = "ONRAMP_TEST_BEFORE"

// authSide is an onramp with a FreeRADIUS and a customer.
type authSide struct {
	*serving
	radius *process.Program
	auth   string
	secret string
	method string           // EAP method and inner authentication, as wpa_supplicant names them
	root   string           // that phones trust
	spent  [2]time.Duration // processor time of FreeRADIUS and of onramp
}

// newAuthSide starts both, with a certificate of --eap-cert and --eap-key, or the development one.
func newAuthSide(b *testing.B, binary string, certificate ...string) *authSide {
	run := func(cmd *exec.Cmd) *exec.Cmd {
		if binary == "" {
			return cmd
		}
		return exec.Command(binary, cmd.Args[1:]...)
	}
	data := filepath.Join(b.TempDir(), "data")
	side := &authSide{serving: newServing(b, data), auth: fmt.Sprint(process.FreePort(b)),
		method: "eap=TTLS\n\tphase2=\"auth=PAP\""}
	side.wrap = run
	side.start()
	b.Cleanup(side.kill)
	raddb := filepath.Join(b.TempDir(), "raddb")
	args := append([]string{"freeradius", raddb, "--data", data, "--auth-port", side.auth, "--acct-port",
		fmt.Sprint(process.FreePort(b))}, certificate...)
	if out, err := run(command(args...)).CombinedOutput(); err != nil {
		b.Fatalf("freeradius: %v\n%s", err, out)
	}
	secret, err := os.ReadFile(filepath.Join(raddb, "radius-secret"))
	if err != nil {
		b.Fatal(err)
	}
	side.secret, side.root = string(secret), side.demo().RADIUSRoot
	side.radius = process.StartFreeRADIUS(b, process.FreeRADIUS(raddb))
	side.must(http.StatusCreated, "POST", "/v3/customers", side.login(side.demo().ManagerKey),
		`{"username":"anna","password":"passwort","policies":{"termsOfUse":true,"privacy":true},"ppd":true}`)
	return side
}

// round authenticates from parallel devices, each several times, and adds the processor time. A
// device that resumes does so from its second time on.
func (s *authSide) round(b *testing.B, parallel, each int, resume bool) {
	network := filepath.Join(b.TempDir(), "network.conf")
	reuse, resumed := 0, 0
	if resume {
		reuse, resumed = 1, each-1
	}
	text := fmt.Sprintf("fast_reauth=%d\nnetwork={\n\tkey_mgmt=WPA-EAP\n\t%s\n"+
		"\tanonymous_identity=\"anonymous@demo.example\"\n\tidentity=\"anna\"\n\tpassword=\"passwort\"\n"+
		"\tca_cert=\"%s\"\n}\n", reuse, s.method, s.root)
	if err := os.WriteFile(network, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	pids := [2]int{s.radius.Process.Pid, s.cmd.Process.Pid}
	before := [2]time.Duration{process.CPU(b, pids[0]), process.CPU(b, pids[1])}
	var all sync.WaitGroup
	for i := range parallel {
		all.Go(func() {
			out, err := exec.Command("eapol_test", "-c", network, "-a", "127.0.0.1", "-p", s.auth, "-s", s.secret,
				"-M", fmt.Sprintf("02:00:00:00:aa:%02x", i), "-t", "60", "-r", fmt.Sprint(each-1)).CombinedOutput()
			if n := strings.Count(string(out), "CTRL-EVENT-EAP-SUCCESS"); err != nil || n != each {
				b.Errorf("%d of %d authentications, %v", n, each, err)
			}
			if n := strings.Count(string(out), "Handshake finished - resumed=1"); n != resumed {
				b.Errorf("%d resumed sessions, want %d", n, resumed)
			}
		})
	}
	all.Wait()
	for i, pid := range pids {
		s.spent[i] += process.CPU(b, pid) - before[i]
	}
}

// BenchmarkAuthenticationBefore compares the processor time of an accepted authentication with that
// of an earlier onramp, both with the FreeRADIUS configuration that they write, in turns:
//
//	ONRAMP_TEST_BEFORE=/path/to/onramp go test ./cmd/onramp -run '^$' -bench AuthenticationBefore
func BenchmarkAuthenticationBefore(b *testing.B) {
	binary := os.Getenv(beforeVariable)
	if binary == "" {
		b.Skip(beforeVariable + " names no earlier onramp")
	}
	process.Require(b, "freeradius", "eapol_test")
	const parallel, each = 2, 25
	sides := [2]*authSide{newAuthSide(b, ""), newAuthSide(b, binary)}
	for _, s := range sides {
		s.round(b, parallel, each, false)
		s.spent = [2]time.Duration{}
	}
	n := 0
	for b.Loop() {
		for i := range sides {
			sides[(i+n)%2].round(b, parallel, each, false)
		}
		n++
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n*parallel*each) }
	now, then := sides[0].spent, sides[1].spent
	b.ReportMetric(ms(now[0]), "freeradius-ms/auth")
	b.ReportMetric(ms(then[0]), "before-freeradius-ms/auth")
	b.ReportMetric(ms(now[1]), "onramp-ms/auth")
	b.ReportMetric(ms(then[1]), "before-onramp-ms/auth")
	b.ReportMetric(float64(now[0]+now[1])/float64(then[0]+then[1]), "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkResumption compares the processor time of an authentication that resumes a TLS session
// with that of a full one, by the same FreeRADIUS and onramp, in turns:
//
//	go test ./cmd/onramp -run '^$' -bench Resumption -benchtime 10x
//
// It does so with the small development certificate, and with a chain of RSA keys of 2048 bits, as
// public authorities issue.
func BenchmarkResumption(b *testing.B) {
	process.Require(b, "freeradius", "eapol_test")
	const (
		pap  = "eap=TTLS\n\tphase2=\"auth=PAP\""
		peap = "eap=PEAP\n\tphase2=\"auth=MSCHAPV2\""
	)
	b.Run("TTLS-PAP/P-256", func(b *testing.B) { benchmarkResumption(b, pap, false) })
	b.Run("TTLS-PAP/RSA", func(b *testing.B) { benchmarkResumption(b, pap, true) })
	b.Run("PEAP-MSCHAPv2/RSA", func(b *testing.B) { benchmarkResumption(b, peap, true) })
}

// rsaChain writes a root, and a server certificate with its intermediate and key.
func rsaChain(b *testing.B) (root, chain, key string) {
	b.Helper()
	dir := b.TempDir()
	var parent *x509.Certificate
	var parentKey *rsa.PrivateKey
	write := func(name, kind string, der ...[]byte) string {
		var text []byte
		for _, one := range der {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: one})...)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			b.Fatal(err)
		}
		return file
	}
	var issued [][]byte
	for i, name := range []string{"Root", "Intermediate", "radius.demo.example"} {
		own, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
			BasicConstraintsValid: true, IsCA: i < 2, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		}
		if i == 2 {
			template.KeyUsage = x509.KeyUsageDigitalSignature
			template.DNSNames, template.ExtKeyUsage = []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}
		if parent == nil {
			parent, parentKey = template, own
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, own.Public(), parentKey)
		if err != nil {
			b.Fatal(err)
		}
		if parent, err = x509.ParseCertificate(der); err != nil {
			b.Fatal(err)
		}
		parentKey, issued = own, append(issued, der)
	}
	private, err := x509.MarshalPKCS8PrivateKey(parentKey)
	if err != nil {
		b.Fatal(err)
	}
	return write("root.pem", "CERTIFICATE", issued[0]), write("chain.pem", "CERTIFICATE", issued[2], issued[1]),
		write("key.pem", "PRIVATE KEY", private)
}

func benchmarkResumption(b *testing.B, method string, rsaKeys bool) {
	const parallel, each = 4, 25
	var side *authSide
	if rsaKeys {
		root, chain, key := rsaChain(b)
		side = newAuthSide(b, "", "--eap-cert", chain, "--eap-key", key)
		side.root = root
	} else {
		side = newAuthSide(b, "")
	}
	side.method = method
	measure := func(resume bool) [2]time.Duration {
		side.spent = [2]time.Duration{}
		side.round(b, parallel, each, resume)
		return side.spent
	}
	measure(true)
	var full, resumed [2]time.Duration
	n := 0
	for b.Loop() {
		for i := range 2 {
			resume := (i+n)%2 == 1
			sum := &full
			if resume {
				sum = &resumed
			}
			for j, spent := range measure(resume) {
				sum[j] += spent
			}
		}
		n++
	}
	for i := range full { // the first authentication of each device is a full one
		resumed[i] = (resumed[i] - full[i]/each) * each / (each - 1)
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n*parallel*each) }
	b.ReportMetric(ms(full[0]), "freeradius-full-ms")
	b.ReportMetric(ms(resumed[0]), "freeradius-resumed-ms")
	b.ReportMetric(ms(full[1]), "onramp-full-ms")
	b.ReportMetric(ms(resumed[1]), "onramp-resumed-ms")
	b.ReportMetric(float64(resumed[0])/float64(full[0]), "freeradius-ratio")
	b.ReportMetric(float64(resumed[1])/float64(full[1]), "onramp-ratio")
	b.ReportMetric(float64(resumed[0]+resumed[1])/float64(full[0]+full[1]), "ratio")
	b.ReportMetric(0, "ns/op")
}
