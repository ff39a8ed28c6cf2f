package eap_test

import (
	"crypto/x509"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/radius/eap"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
)

// world is the certificates and servers of the table.
type world struct {
	root, other, intermediate *testkit.Pair
	good, expired, missing    *radiusServer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	now, names := time.Now(), []string{serverName}
	w := &world{root: testkit.IssueRoot(t, "Root", now), other: testkit.IssueRoot(t, "Other Root", now)}
	w.intermediate = testkit.IssueIntermediate(t, w.root, "Intermediate", now, manyNames)
	server := testkit.IssueServer(t, w.intermediate, now, names)
	w.good = startRADIUS(t, settings{chain: []*testkit.Pair{server, w.intermediate}, kind: "md5", fragment: 400})
	w.missing = startRADIUS(t, settings{chain: []*testkit.Pair{server}, kind: "peap"})
	w.expired = startRADIUS(t, settings{
		chain: []*testkit.Pair{testkit.IssueServer(t, w.root, now, names, expired)},
	})
	return w
}

// trial is one row of the table: the settings, and the result expected.
type trial struct {
	name      string
	method    eap.Method
	inner     eap.Inner
	server    *radiusServer
	address   string // instead of the server's
	secret    string // empty: the right one
	anchor    *testkit.Pair
	trusted   string
	edit      func(*eap.Login)
	outcome   eap.Outcome
	step      eap.Step
	silence   eap.Silence
	untrusted eap.TrustCause
}

func (w *world) trials(t *testing.T) []trial {
	var all []trial
	add := func(r trial) {
		if r.server == nil {
			r.server = w.good
		}
		if r.anchor == nil {
			r.anchor = w.root
		}
		if r.trusted == "" {
			r.trusted = serverName
		}
		all = append(all, r)
	}
	for _, m := range []struct {
		name   string
		method eap.Method
		inner  eap.Inner
	}{
		{"TTLS-PAP", eap.TTLS, eap.PAP}, {"TTLS-MSCHAPv2", eap.TTLS, eap.MSCHAPv2},
		{"TTLS-EAP-MSCHAPv2", eap.TTLS, eap.EAPMSCHAPv2}, {"PEAP-MSCHAPv2", eap.PEAP, eap.EAPMSCHAPv2},
	} {
		base := func(name string) trial {
			return trial{name: m.name + ", " + name, method: m.method, inner: m.inner}
		}
		r := base("right")
		r.outcome, r.step = eap.Accepted, eap.StepEnd
		add(r)
		r = base("wrong password")
		r.edit = func(l *eap.Login) { l.Password = "wrong" }
		r.outcome, r.step = eap.Rejected, eap.StepPassword
		add(r)
		r = base("rejected user")
		r.edit = func(l *eap.Login) { l.Username = "rejected" }
		r.outcome, r.step = eap.Rejected, eap.StepPassword
		add(r)
		r = base("wrong name")
		r.trusted = "radius.elsewhere.test"
		r.outcome, r.step, r.untrusted = eap.Untrusted, eap.StepTLS, eap.TrustName
		add(r)
		r = base("wrong anchor")
		r.anchor = w.other
		r.outcome, r.step, r.untrusted = eap.Untrusted, eap.StepTLS, eap.TrustAnchor
		add(r)
		r = base("expired certificate")
		r.server = w.expired
		r.outcome, r.step, r.untrusted = eap.Untrusted, eap.StepTLS, eap.TrustExpired
		add(r)
		r = base("missing intermediate")
		r.server = w.missing
		r.outcome, r.step, r.untrusted = eap.Untrusted, eap.StepTLS, eap.TrustMissing
		add(r)
	}
	closed := net.JoinHostPort("127.0.0.1", strconv.Itoa(process.FreePort(t)))
	add(trial{
		name: "wrong port", method: eap.TTLS, inner: eap.PAP, address: closed,
		outcome: eap.NoAnswer, step: eap.StepIdentity, silence: eap.SilenceRefused,
	})
	add(trial{
		name: "wrong secret", method: eap.PEAP, inner: eap.EAPMSCHAPv2, secret: "another secret",
		outcome: eap.NoAnswer, step: eap.StepIdentity, silence: eap.SilenceDropped,
	})
	return all
}

// TestTable authenticates by this client and by eapol_test with the same settings: both have the
// same outcome, and this client's result names the cause.
func TestTable(t *testing.T) {
	process.Require(t, "freeradius", "eapol_test")
	w := newWorld(t)
	dir := t.TempDir()
	for _, r := range w.trials(t) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			l := login(r.method, r.inner)
			if r.edit != nil {
				r.edit(&l)
			}
			trust := eap.Trust{
				Roots: eap.Roots(r.anchor.Certificate), RootName: eap.Subject(r.anchor.Certificate),
				Names: []string{r.trusted}, Known: []*x509.Certificate{w.intermediate.Certificate},
			}
			l.Verify = trust.Verify
			address, shared := r.server.address, secret
			if r.address != "" {
				address = r.address
			}
			if r.secret != "" {
				shared = r.secret
			}
			got := eap.Authenticate(t.Context(), eap.Server{Address: address, Secret: []byte(shared)}, l)
			t.Logf("%s at %s: %v; %d answers, %d resent, %v, %s", got.Outcome, got.Step, got.Err, got.Answers,
				got.Resent, got.Elapsed.Round(time.Millisecond), got.TLS())
			if got.Outcome != r.outcome || got.Step != r.step || got.Silence != r.silence {
				t.Errorf("%s at %s, silence %q; want %s at %s, silence %q: %v", got.Outcome, got.Step, got.Silence,
					r.outcome, r.step, r.silence, got.Err)
			}
			switch {
			case r.untrusted == "" && got.Untrusted != nil:
				t.Errorf("untrusted: %v", got.Untrusted)
			case r.untrusted != "" && (got.Untrusted == nil || got.Untrusted.Cause != r.untrusted):
				t.Errorf("untrusted: %v, want %s", got.Untrusted, r.untrusted)
			}
			if reached := r.step != eap.StepIdentity; reached != (len(got.Chain) > 0) {
				t.Errorf("%d certificates", len(got.Chain))
			}
			anchor := writeFile(t, dir, strings.ReplaceAll(t.Name(), "/", "_")+".pem", testkit.PEM(r.anchor))
			accepted, out := supplicant(t, address, shared, anchor, r.trusted, l)
			if accepted != (got.Outcome == eap.Accepted) {
				t.Errorf("eapol_test: accepted is %v\n%s", accepted, out[max(0, len(out)-3000):])
			}
		})
	}
}

// TestUntilCertificate ends conversations after the handshake, with every trust.
func TestUntilCertificate(t *testing.T) {
	w := newWorld(t)
	for _, method := range []eap.Method{eap.TTLS, eap.PEAP} {
		l := eap.Login{Method: method, OuterIdentity: "anonymous@example.test", UntilCertificate: true}
		got := eap.Authenticate(t.Context(), eap.Server{Address: w.good.address, Secret: []byte(secret)}, l)
		if got.Outcome != eap.CertificateReached || len(got.Chain) != 2 || got.Chain[0].DNSNames[0] != serverName ||
			got.TLS() == "" || got.Err != nil {
			t.Errorf("%s: %+v", method, got)
		}
	}
}

// TestSmallFragments sends the client's messages in many fragments as well. FreeRADIUS accepts
// fragments of PEAP's handshake, but not of the packets within: its inner conversation has the
// identifiers of the outer one.
func TestSmallFragments(t *testing.T) {
	server := startRADIUS(t, settings{chain: []*testkit.Pair{newCertificate(t)}, fragment: 150})
	for size, l := range map[int]eap.Login{
		50: login(eap.TTLS, eap.MSCHAPv2), 120: login(eap.PEAP, eap.EAPMSCHAPv2),
	} {
		restore := eap.SetFragmentSize(size)
		got := eap.Authenticate(t.Context(), eap.Server{Address: server.address, Secret: []byte(secret)}, l)
		if restore(); got.Outcome != eap.Accepted {
			t.Errorf("%s: %s at %s: %v", l.Method, got.Outcome, got.Step, got.Err)
		}
	}
}

// TestRejectWithoutEAP asks for another method at a server that authenticates no such response.
func TestRejectWithoutEAP(t *testing.T) {
	server := startRADIUS(t, settings{
		chain: []*testkit.Pair{newCertificate(t)}, edit: map[string]string{"UPDATED": ""},
	})
	got := eap.Authenticate(t.Context(), eap.Server{Address: server.address, Secret: []byte(secret)},
		login(eap.PEAP, eap.EAPMSCHAPv2))
	if got.Outcome != eap.Rejected || got.Step != eap.StepMethod || got.Offered != 21 {
		t.Errorf("%s at %s, offered %d: %v", got.Outcome, got.Step, got.Offered, got.Err)
	}
}

// TestNoCommonCipher has no cipher suite in common with the server. FreeRADIUS rejects then,
// without sending its alert.
func TestNoCommonCipher(t *testing.T) {
	server := startRADIUS(t, settings{
		chain: []*testkit.Pair{newCertificate(t)},
		edit:  map[string]string{"CIPHERS": "AES128-SHA"},
	})
	got := eap.Authenticate(t.Context(), eap.Server{Address: server.address, Secret: []byte(secret)},
		login(eap.TTLS, eap.PAP))
	if got.Outcome != eap.Rejected || got.Step != eap.StepTLS {
		t.Errorf("%s at %s: %v", got.Outcome, got.Step, got.Err)
	}
}

// TestFailureMessage receives the failure packet of EAP-MSCHAPv2.
func TestFailureMessage(t *testing.T) {
	server := startRADIUS(t, settings{
		chain: []*testkit.Pair{newCertificate(t)}, edit: map[string]string{"SENDERROR": "yes"},
	})
	for _, inner := range []eap.Login{login(eap.PEAP, eap.EAPMSCHAPv2), login(eap.TTLS, eap.EAPMSCHAPv2)} {
		inner.Password = "wrong"
		got := eap.Authenticate(t.Context(), eap.Server{Address: server.address, Secret: []byte(secret)}, inner)
		if got.Outcome != eap.Rejected || got.Step != eap.StepPassword || !strings.Contains(got.Message, "E=691") {
			t.Errorf("%s: %s at %s, %q: %v", inner.Method, got.Outcome, got.Step, got.Message, got.Err)
		}
	}
}

// TestStatus sends Status-Server requests with the right and with a wrong secret.
func TestStatus(t *testing.T) {
	server := startRADIUS(t, settings{chain: []*testkit.Pair{newCertificate(t)}})
	waits := eap.Waits{Answer: 2 * time.Second, Again: time.Second}
	h := eap.Status(t.Context(), eap.Server{Address: server.address, Secret: []byte(secret)}, 5, waits)
	if !h.Reachable() || h.Sent != 5 || h.Answered != 5 || h.Err != nil || h.Silence != "" || h.Mean < h.Fastest ||
		h.Slowest < h.Mean || h.Fastest <= 0 {
		t.Errorf("%+v", h)
	}
	h = eap.Status(t.Context(), eap.Server{Address: server.address, Secret: []byte("wrong")}, 5, waits)
	if h.Reachable() || h.Sent != 1 || h.Silence != eap.SilenceDropped || h.Err == nil {
		t.Errorf("wrong secret: %+v", h)
	}
	closed := net.JoinHostPort("127.0.0.1", strconv.Itoa(process.FreePort(t)))
	h = eap.Status(t.Context(), eap.Server{Address: closed, Secret: []byte(secret)}, 5, waits)
	if h.Reachable() || h.Silence != eap.SilenceRefused {
		t.Errorf("closed port: %+v", h)
	}
}
