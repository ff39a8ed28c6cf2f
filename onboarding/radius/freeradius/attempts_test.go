package freeradius_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/radius/eap"
	"onramp/onboarding/radius/freeradius"
)

// trace holds the values of an attempt that a test compares.
type trace struct {
	Customer    string
	Attribution onboarding.Attribution
	Reason      onboarding.Reason
	Detail      string
	Method      string
	TLSVersion  string
	VLAN        int
	Count       int64
}

// attempts returns the attempts of a query, the last first.
func (r *rig) attempts(q onboarding.AttemptQuery) []*onboarding.Attempt {
	r.Helper()
	q.Limit = 100
	found, err := r.store.Attempts(context.Background(), q)
	if err != nil {
		r.Fatal(err)
	}
	return found
}

// traceOf waits for an attempt of a station and returns the last one.
func (r *rig) traceOf(mac string, within time.Duration) *onboarding.Attempt {
	r.Helper()
	return r.await(onboarding.AttemptQuery{Station: mac}, within)
}

// await waits for an attempt and returns the last one of the query.
func (r *rig) await(q onboarding.AttemptQuery, within time.Duration) *onboarding.Attempt {
	r.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		if found := r.attempts(q); len(found) > 0 {
			return found[0]
		}
		if time.Now().After(deadline) {
			r.Errorf("no attempt of %s within %v", q.Station, within)
			return &onboarding.Attempt{}
		}
	}
}

func traced(a *onboarding.Attempt) trace {
	return trace{a.CustomerID, a.Attribution, a.Reason, a.Detail, a.Method, a.TLSVersion, a.VLAN, a.Count}
}

// TestAttempts authenticates with each outcome, each from a station of its own, and checks the
// recorded attempts.
func TestAttempts(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	anna := r.register("anna", "passwort")
	locked := r.register("locked", "passwort")
	if err := r.Registration.Lock(ctx, manager(), locked.ID); err != nil {
		t.Fatal(err)
	}
	right := r.login("anna", "passwort")
	door := []string{"32:s:door.example"}
	change := func(f func(*login)) login { l := right; l.attributes = door; f(&l); return l }
	name, station := onboarding.AttributedByName, onboarding.AttributedByStation
	for i, c := range []struct {
		name string
		l    login
		want trace
	}{
		{"PAP", change(func(l *login) { l.phase2 = "auth=PAP" }),
			trace{anna.ID, name, "", "", "TTLS/PAP", "1.2", 20, 1}},
		{"MSCHAPv2", change(func(*login) {}), trace{anna.ID, name, "", "", "TTLS/MSCHAPv2", "1.2", 20, 1}},
		{"PEAP", change(func(l *login) { l.method = "PEAP" }),
			trace{anna.ID, name, "", "", "PEAP/MSCHAPv2", "1.2", 20, 1}},
		{"wrong password", change(func(l *login) { l.password = "wrong" }),
			trace{anna.ID, name, onboarding.ReasonWrongPassword, "", "TTLS/MSCHAPv2", "1.2", 0, 1}},
		{"wrong password, PEAP", change(func(l *login) { l.password, l.method = "wrong", "PEAP" }),
			trace{anna.ID, name, onboarding.ReasonWrongPassword, "", "PEAP/MSCHAPv2", "1.2", 0, 1}},
		{"locked", change(func(l *login) { l.username = "locked" }),
			trace{locked.ID, name, onboarding.ReasonLocked, "", "TTLS/MSCHAPv2", "1.2", 0, 1}},
		{"unknown user", change(func(l *login) { l.username = "nobody" }),
			trace{"", "", onboarding.ReasonUnknownUser, "", "TTLS/MSCHAPv2", "1.2", 0, 1}},
		{"wrong realm", change(func(l *login) { l.username = "anna@elsewhere.example" }),
			trace{anna.ID, name, onboarding.ReasonWrongRealm, "", "TTLS/MSCHAPv2", "1.2", 0, 1}},
		{"other organization", change(func(l *login) { l.attributes = []string{"32:s:rival.example"} }),
			trace{"", "", onboarding.ReasonElsewhere, "", "TTLS/MSCHAPv2", "1.2", 0, 1}},
		{"wrong CA", change(func(l *login) { l.ca = r.pki.ProfileRoot }),
			trace{"", "", onboarding.ReasonNotTrusted, "alert unknown CA", "TTLS", "", 0, 1}},
		{"wrong name", change(func(l *login) { l.name = "radius.other.example" }),
			trace{"", "", onboarding.ReasonNotTrusted, "alert internal error", "TTLS", "", 0, 1}},
		{"TLS 1.1", change(func(l *login) {
			l.phase1 = "tls_disable_tlsv1_2=1 tls_disable_tlsv1_1=0 tls_disable_tlsv1_0=0"
		}), trace{"", "", onboarding.ReasonTLSVersion, "no common TLS version", "TTLS", "", 0, 1}},
		{"cipher", change(func(l *login) { l.ciphers = "AES128-SHA" }),
			trace{"", "", onboarding.ReasonTLSVersion, "no common cipher suite", "TTLS", "", 0, 1}},
		{"EAP method", change(func(l *login) { l.method = "PWD" }),
			trace{"", "", onboarding.ReasonHandshake, "no common EAP method", "NAK", "", 0, 1}},
		{"inner method", change(func(l *login) { l.phase2 = "auth=CHAP" }),
			trace{anna.ID, name, onboarding.ReasonHandshake, "no common inner method", "TTLS", "1.2", 0, 1}},
	} {
		c.l.mac = fmt.Sprintf("02:00:00:00:b0:%02x", i)
		r.eapol(c.l)
		a := r.traceOf(c.l.mac, 5*time.Second)
		if d := cmp.Diff(c.want, traced(a)); d != "" {
			t.Errorf("%s: -want +got\n%s", c.name, d)
		}
		if c.name != "other organization" && a.HotspotID != hotspotID {
			t.Errorf("%s is at hotspot %q", c.name, a.HotspotID)
		}
	}
	elsewhere := onboarding.AttemptQuery{CustomerID: anna.ID, Failed: true}
	found := false
	for _, a := range r.attempts(elsewhere) {
		found = found || a.Reason == onboarding.ReasonElsewhere && a.Station == "" && a.HostID == rivalID
	}
	if !found {
		t.Errorf("the attempt at the other organization's access point is not recorded for its customer")
	}

	t.Run("by station", func(t *testing.T) {
		l := change(func(l *login) { l.ca, l.mac = r.pki.ProfileRoot, "02:00:00:00:b0:00" })
		r.eapol(l)
		want := trace{anna.ID, station, onboarding.ReasonNotTrusted, "alert unknown CA", "TTLS", "", 0, 1}
		if d := cmp.Diff(want, traced(r.traceOf(l.mac, 5*time.Second))); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		l.attributes = []string{"32:s:rival.example"} // another organization's access point
		r.eapol(l)
		want.Customer, want.Attribution = "", ""
		if d := cmp.Diff(want, traced(r.traceOf(l.mac, 5*time.Second))); d != "" {
			t.Errorf("elsewhere: -want +got\n%s", d)
		}
	})
	t.Run("expired certificate", func(t *testing.T) {
		root := r.replaceCertificate(time.Now().Add(-time.Hour))
		l := change(func(l *login) { l.ca, l.mac = root, "02:00:00:00:b1:01" })
		r.eapol(l)
		want := trace{"", "", onboarding.ReasonNotTrusted, "alert certificate expired", "TTLS", "", 0, 1}
		if d := cmp.Diff(want, traced(r.traceOf(l.mac, 5*time.Second))); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// silence begins to authenticate through a proxy that forwards a number of packets to FreeRADIUS
// and then none.
func (r *rig) silence(l login, packets int) {
	r.Helper()
	proxy, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		r.Fatal(err)
	}
	upstream, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: r.auth})
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = upstream.Close() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for range packets {
			n, from, err := proxy.ReadFromUDP(buffer)
			if err != nil {
				return
			}
			_, _ = upstream.Write(buffer[:n])
			_ = upstream.SetReadDeadline(time.Now().Add(5 * time.Second))
			if n, err = upstream.Read(buffer); err != nil {
				return
			}
			_, _ = proxy.WriteToUDP(buffer[:n], from)
		}
		_, _, _ = proxy.ReadFromUDP(buffer) // the packet that gets lost
	}()
	port := r.auth
	r.auth = proxy.LocalAddr().(*net.UDPAddr).Port
	cmd := r.eapolCommand(l)
	r.auth = port
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		r.Errorf("the device sends fewer than %d packets", packets)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	_ = proxy.Close()
}

// TestSilentDevice stops devices at several points of the handshake. FreeRADIUS, otherwise idle,
// reports them with the next challenge after 20 s.
func TestSilentDevice(t *testing.T) {
	r := newRig(t)
	anna := r.register("anna", "passwort")
	right := r.login("anna", "passwort")
	right.attributes = []string{"32:s:door.example"}
	change := func(f func(*login)) login { l := right; f(&l); return l }
	peap := change(func(l *login) { l.method = "PEAP" })
	known := change(func(l *login) { l.mac = "02:00:00:00:b3:01" })
	r.want("the owner of a station", known, true)
	name, stopped := onboarding.AttributedByName, onboarding.ReasonStopped
	cases := []struct {
		l       login
		packets int
		want    trace
	}{
		{right, 1, trace{"", "", stopped, "no answer to the start of TLS", "TTLS", "", 0, 1}},
		{right, 2, trace{"", "", stopped, "no answer during the server's certificate", "TTLS", "", 0, 1}},
		{right, 3, trace{"", "", stopped, "no answer after the server's certificate", "TTLS", "", 0, 1}},
		{peap, 5, trace{"", "", stopped, "no answer after the TLS handshake", "PEAP", "1.2", 0, 1}},
		{change(func(l *login) { l.phase2 = "autheap=MSCHAPV2" }), 6,
			trace{anna.ID, name, stopped, "no answer after the TLS handshake", "TTLS/EAP-MSCHAPv2", "1.2", 0, 1}},
		{change(func(l *login) { l.method, l.password = "PEAP", "wrong" }), 8,
			trace{anna.ID, name, onboarding.ReasonWrongPassword, "", "PEAP/MSCHAPv2", "1.2", 0, 1}},
		{known, 3, trace{anna.ID, onboarding.AttributedByStation, stopped,
			"no answer after the server's certificate", "TTLS", "", 0, 1}},
	}
	for i := range cases {
		c := &cases[i]
		if c.l.mac == "" {
			c.l.mac = fmt.Sprintf("02:00:00:00:b2:%02x", i)
		}
		r.silence(c.l, c.packets)
	}
	server := eap.Server{Address: fmt.Sprintf("127.0.0.1:%d", r.auth), Secret: []byte(r.secret)}
	if err := r.Access.PutSetting(t.Context(), onboarding.SettingRADIUSAddress, server.Address); err != nil {
		t.Fatal(err)
	}
	// FreeRADIUS counts the 20 s in whole seconds of its clock, so it is woken before and after
	// them, not at the moment itself.
	time.Sleep(15 * time.Second)
	if err := eap.Wake(t.Context(), server, eap.Waits{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if found := r.attempts(onboarding.AttemptQuery{Station: c.l.mac, Failed: true}); len(found) > 0 {
			t.Errorf("after %d packets: reported too early: %+v", c.packets, found[0])
		}
	}
	time.Sleep(5 * time.Second)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	waker := &freeradius.Waker{AAA: r.RADIUS, Settings: r.Access, Log: slog.New(slog.DiscardHandler),
		Every: time.Second}
	go waker.Run(ctx)
	for _, c := range cases {
		// The known station was accepted before.
		a := r.await(onboarding.AttemptQuery{Station: c.l.mac, Failed: true}, 40*time.Second)
		if d := cmp.Diff(c.want, traced(a)); d != "" {
			t.Errorf("%s after %d packets: -want +got\n%s", c.l.method, c.packets, d)
		}
		if age := time.Since(a.First); age < 20*time.Second || age > time.Minute || a.HotspotID != hotspotID {
			t.Errorf("after %d packets: %v ago at %q", c.packets, age, a.HotspotID)
		}
	}
	stop()
	// The request that wakes FreeRADIUS leaves no attempt itself.
	time.Sleep(21 * time.Second)
	if err := eap.Wake(t.Context(), server, eap.Waits{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if found := r.attempts(onboarding.AttemptQuery{AccessPoint: "address 127.0.0.1"}); len(found) > 0 {
		t.Errorf("waking FreeRADIUS leaves %+v", found[0])
	}
	if points, err := r.store.AccessPoints(t.Context(), 10); err != nil || len(points) > 0 {
		t.Errorf("waking FreeRADIUS leaves access points: %+v, %v", points, err)
	}
}

// TestAttemptsWhileDown authenticates while Onramp does not answer, and while only its reports
// fail. All arrive afterwards, with their own time, and count once if they arrive twice.
func TestAttemptsWhileDown(t *testing.T) {
	r := newRig(t)
	anna := r.register("anna", "passwort")
	l := r.login("anna", "passwort")
	l.attributes = []string{"32:s:door.example"}
	r.onramp.stop()
	l.mac = "02:00:00:00:b3:00"
	r.want("while Onramp is down", l, false)
	untrusting := l
	untrusting.ca, untrusting.mac = r.pki.ProfileRoot, "02:00:00:00:b3:01"
	r.want("the handshake fails too", untrusting, false)
	down := time.Now()
	time.Sleep(time.Second)
	r.startOnramp()
	a := r.traceOf(l.mac, 15*time.Second)
	if d := cmp.Diff(trace{anna.ID, onboarding.AttributedByName, onboarding.ReasonUnavailable, "", "TTLS/MSCHAPv2",
		"1.2", 0, 1}, traced(a)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if a.Last.After(down) || a.Last.Before(down.Add(-20*time.Second)) {
		t.Errorf("it was at %v, before %v", a.Last, down)
	}
	if a := r.traceOf(untrusting.mac, 5*time.Second); a.Reason != onboarding.ReasonNotTrusted || a.Last.After(down) {
		t.Errorf("the handshake: %+v", a)
	}
}

// replaceCertificate restarts FreeRADIUS with a certificate that is valid until an instant, and
// returns the file of its root.
func (r *rig) replaceCertificate(until time.Time) string {
	r.Helper()
	issue := func(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (
		*x509.Certificate, *ecdsa.PrivateKey,
	) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			r.Fatal(err)
		}
		if parent == nil {
			parent, parentKey = template, key
		}
		template.SerialNumber, template.NotBefore = big.NewInt(1), time.Now().Add(-48*time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
		if err != nil {
			r.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			r.Fatal(err)
		}
		return made, key
	}
	root, rootKey := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Test root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour),
	}, nil, nil)
	leaf, key := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: serverName}, DNSNames: []string{serverName}, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, root, rootKey)
	encoded, err := certs.EncodeKey(key)
	if err != nil {
		r.Fatal(err)
	}
	rootFile := filepath.Join(r.TempDir(), "root.pem")
	for name, content := range map[string][]byte{
		filepath.Join(r.dir, "certs", "server.pem"): certs.EncodeCertificates(leaf),
		filepath.Join(r.dir, "certs", "server.key"): encoded,
		rootFile: certs.EncodeCertificates(root),
	} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			r.Fatal(err)
		}
	}
	_ = r.radius.Process.Kill()
	time.Sleep(100 * time.Millisecond)
	r.startRadius()
	return rootFile
}
