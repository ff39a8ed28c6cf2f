package freeradius_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/process"
)

// resumedLine is the supplicant's line about a handshake that resumes a session.
const resumedLine = "Handshake finished - resumed=1"

// sessionEnds is FreeRADIUS's line about a session that it removes.
const sessionEnds = "onramp_sessions: Forcing expiry of entry"

// rounds authenticates as often as the login says, and returns the result of each time, and whether
// it resumed a session.
func (r *rig) rounds(l login) (in, resumed []bool, out string) {
	r.Helper()
	_, out = r.eapol(l)
	again := false
	for line := range strings.Lines(out) {
		switch {
		case strings.Contains(line, "Handshake finished - resumed="):
			again = strings.Contains(line, resumedLine)
		case strings.Contains(line, "CTRL-EVENT-EAP-SUCCESS"), strings.Contains(line, "CTRL-EVENT-EAP-FAILURE"):
			in = append(in, strings.Contains(line, "SUCCESS"))
			resumed, again = append(resumed, again), false
		}
	}
	return in, resumed, out
}

// wantRounds verifies the results of a login and its returns.
func (r *rig) wantRounds(what string, l login, in, resumed []bool) string {
	r.Helper()
	gotIn, gotResumed, out := r.rounds(l)
	if !slices.Equal(gotIn, in) || !slices.Equal(gotResumed, resumed) {
		r.Errorf("%s: accepted %v, resumed %v; want %v, %v\n%s", what, gotIn, gotResumed, in, resumed, tail(out, 1500))
	}
	return out
}

// configure replaces the settings, and starts FreeRADIUS again.
func (r *rig) configure(settings string) {
	r.Helper()
	r.radius.Stop()
	file := filepath.Join(r.dir, "settings.conf")
	if err := os.WriteFile(file, []byte("reject_delay = 0\n"+settings), 0o600); err != nil {
		r.Fatal(err)
	}
	r.write()
	r.startRadius()
}

// TestResume verifies that a device that returns resumes its session with each EAP method, that the
// answer and the records are those of a full authentication, and that each has a Class of its own.
func TestResume(t *testing.T) {
	r := newRig(t)
	for i, c := range []struct{ method, phase2, name string }{
		{"TTLS", "auth=PAP", "TTLS/PAP"}, {"TTLS", "auth=MSCHAPV2", "TTLS/MSCHAPv2"},
		{"TTLS", "autheap=MSCHAPV2", "TTLS/EAP-MSCHAPv2"}, {"PEAP", "auth=MSCHAPV2", "PEAP/MSCHAPv2"},
	} {
		username := fmt.Sprintf("josé %d\\", i)
		customer := r.register(username, "passwort")
		l := r.login(username, "passwort")
		l.method, l.phase2, l.returns, l.mac = c.method, c.phase2, 2, fmt.Sprintf("02:00:00:00:bb:%02x", i)
		l.attributes = []string{"32:s:door.example", "89:x:00"}
		out := r.wantRounds(c.name, l, []bool{true, true, true}, []bool{false, true, true})
		classes := map[string]bool{}
		accepts := strings.Split(out, "(Access-Accept)")[1:]
		if len(accepts) != 3 {
			t.Fatalf("%s: %d Access-Accepts", c.name, len(accepts))
		}
		for j := range accepts {
			accepts[j], _, _ = strings.Cut("(Access-Accept)"+accepts[j], "STA ")
			accept := accepts[j]
			class := attribute(accept, 25)
			if len(class) != 1 || classes[class[0]] {
				t.Errorf("%s: Class %q", c.name, class)
			} else {
				classes[class[0]] = true
			}
			for _, number := range []int{1, 27, 64, 65, 81, 89} {
				want := attribute(accepts[0], number)
				if got := attribute(accept, number); len(got) != 1 || !slices.Equal(got, want) {
					t.Errorf("%s: attribute %d is %q the time %d, and %q at first", c.name, number, got, j, want)
				}
			}
		}
		// By this length, a device that stopped answering has seen the certificate or not.
		for j, part := range strings.Split(out, "CTRL-EVENT-EAP-SUCCESS")[:3] {
			if n := longestEAP(t, part); (n < 300) != (j > 0) {
				t.Errorf("%s: the server sent up to %d bytes the time %d", c.name, n, j)
			}
		}
		var count int64
		for _, a := range r.attempts(onboarding.AttemptQuery{Station: l.mac}) {
			if count += a.Count; a.Reason != "" || a.Method != c.name || a.TLSVersion != "1.2" || a.VLAN != 20 ||
				a.CustomerID != customer.ID || a.HotspotID != hotspotID {
				t.Errorf("%s: the attempt is %+v", c.name, a)
			}
		}
		kept, err := r.Registration.CustomerInfo(t.Context(), manager(), customer.ID)
		if err != nil || kept.Logins != 3 || count != 3 {
			t.Errorf("%s: %d attempts, customer %+v, %v", c.name, count, kept, err)
		}
	}
	if log := r.radius.Output.String(); strings.Contains(log, "ERROR") || strings.Contains(log, "passwort") {
		t.Error(log)
	}
}

// longestEAP returns the length of the longest EAP packet of the challenges that the supplicant
// prints.
func longestEAP(t *testing.T, out string) int {
	t.Helper()
	longest := 0
	for _, challenge := range strings.Split(out, "(Access-Challenge)")[1:] {
		challenge, _, _ = strings.Cut(challenge, "STA ")
		length := 0
		for _, found := range regexp.MustCompile(`\(EAP-Message\) length=(\d+)`).FindAllStringSubmatch(challenge, -1) {
			n, err := strconv.Atoi(found[1])
			if err != nil {
				t.Fatal(err)
			}
			length += n - 2 // without the attribute's header
		}
		longest = max(longest, length)
	}
	return longest
}

// onResume calls a function once, before Onramp decides about the next resumed session.
func (r *rig) onResume(do func()) {
	var once sync.Once
	r.onRequest(func(path string) bool {
		if path == "/aaa/resume" {
			once.Do(do)
		}
		return true
	})
}

// TestResumeRefused changes what a customer may do while the session is cached: the next return is
// refused for the reason of a full authentication, and the session ends.
func TestResumeRefused(t *testing.T) {
	r := newRig(t)
	r.radius.Stop()
	r.startRadius("-X") // prints what it does
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	change := func(id string, f func(*onboarding.Credential)) {
		credential, err := r.store.Credential(ctx, id)
		must(err)
		changed := *credential
		f(&changed)
		must(r.store.Write(ctx, func(tx onboarding.Tx) error { return tx.UpdateCredential(ctx, &changed) }))
	}
	for i, c := range []struct {
		name   string
		do     func(customerID string)
		reason onboarding.Reason
	}{
		{"locked", func(id string) { must(r.Registration.Lock(ctx, manager(), id)) }, onboarding.ReasonLocked},
		{"expired", func(id string) {
			change(id, func(k *onboarding.Credential) { k.Expires = time.Now().Add(-time.Second) })
		}, onboarding.ReasonExpired},
		{"rotated", func(id string) {
			_, err := r.Registration.Rotate(ctx, manager(), id)
			must(err)
		}, onboarding.ReasonWrongPassword},
		{"deleted", func(id string) { must(r.Registration.Delete(ctx, manager(), id)) },
			onboarding.ReasonUnknownUser},
		{"the access point moves to another organization", func(string) {
			// Until the session was resumed, it was nowhere declared.
			_, err := r.Tenant.Apply(ctx, []*onboarding.Organization{organization(rivalID, "rival.example",
				onboarding.Hotspot{ID: rivalID[:31] + "3", Name: "Rival", NASIdentifier: "moves.example"})})
			must(err)
		}, onboarding.ReasonElsewhere},
	} {
		username := fmt.Sprintf("user%d", i)
		customer := r.register(username, "passwort")
		l := r.login(username, "passwort")
		l.phase2, l.returns, l.mac = "auth=PAP", 1, fmt.Sprintf("02:00:00:00:cc:%02x", i)
		l.attributes = []string{"32:s:moves.example"}
		r.onResume(func() { c.do(customer.ID) })
		out := r.wantRounds(c.name, l, []bool{true, false}, []bool{false, true})
		_, reject, found := strings.Cut(out, "(Access-Reject)")
		if reject, _, _ = strings.Cut(reject, "STA "); !found {
			t.Errorf("%s: no Access-Reject\n%s", c.name, out)
		}
		for _, number := range []int{1, 25, 26, 27, 81} {
			if strings.Contains(reject, fmt.Sprintf("Attribute %d (", number)) {
				t.Errorf("%s: the rejection contains attribute %d:\n%s", c.name, number, reject)
			}
		}
		log := r.radius.Output.String()
		if n := strings.Count(log, "Committed entry, TTL 86400 seconds"); n != i+1 {
			t.Errorf("%s: %d sessions of a day were kept, want %d", c.name, n, i+1)
		}
		if n := strings.Count(log, sessionEnds); n != i+1 {
			t.Errorf("%s: %d sessions ended, want %d", c.name, n, i+1)
		}
		counts := map[onboarding.Reason]int64{}
		for _, a := range r.attempts(onboarding.AttemptQuery{Station: l.mac}) {
			counts[a.Reason] += a.Count
		}
		if c.name != "deleted" && counts[""] != 1 || counts[c.reason] != 1 { // accepted ones are erased with the person
			t.Errorf("%s: the attempts are %v, want 1 %s", c.name, counts, c.reason)
		}
	}
}

// TestResumeLocked locks 100 customers while their sessions are cached: each is refused at the next
// return, and accepted after the end of the lock.
func TestResumeLocked(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	const people = 100
	var ids sync.Map
	locked, refused := 0, 0
	for i := range people {
		username := fmt.Sprintf("user%d", i)
		ids.Store(username, r.register(username, "passwort").ID)
	}
	for i := range people {
		username := fmt.Sprintf("user%d", i)
		id, _ := ids.Load(username)
		r.onResume(func() {
			if err := r.Registration.Lock(ctx, manager(), id.(string)); err != nil {
				t.Error(err)
			}
			locked++
		})
		l := r.login(username, "passwort")
		l.phase2, l.returns = "auth=PAP", 1
		in, resumed, out := r.rounds(l)
		if slices.Equal(in, []bool{true, false}) && slices.Equal(resumed, []bool{false, true}) {
			refused++
		} else {
			t.Errorf("%s: accepted %v, resumed %v\n%s", username, in, resumed, tail(out, 1000))
		}
	}
	if locked != people || refused != people {
		t.Errorf("of %d locked customers, %d were refused", locked, refused)
	}
}

// TestResumeWithoutAnswer stops Onramp while a session is cached: the return is refused, its reason
// is that Onramp was unavailable, and the session remains.
func TestResumeWithoutAnswer(t *testing.T) {
	r := newRig(t)
	r.radius.Stop()
	r.startRadius("-X")
	anna := r.register("anna", "passwort")
	l := r.login("anna", "passwort")
	l.mac, l.phase2, l.returns, l.seconds = "02:00:00:00:dd:01", "auth=PAP", 1, 30
	var down atomic.Bool
	down.Store(true)
	r.onRequest(func(path string) bool { return path != "/aaa/resume" || !down.Load() })
	r.wantRounds("without an answer", l, []bool{true, false}, []bool{false, true})
	counts := map[onboarding.Reason]int64{}
	for _, a := range r.attempts(onboarding.AttemptQuery{Station: l.mac}) {
		counts[a.Reason] += a.Count
	}
	for deadline := time.Now().Add(20 * time.Second); counts[onboarding.ReasonUnavailable] == 0; {
		if time.Now().After(deadline) {
			t.Fatalf("the attempts are %v", counts)
		}
		time.Sleep(50 * time.Millisecond)
		for _, a := range r.attempts(onboarding.AttemptQuery{Station: l.mac}) {
			counts[a.Reason] = a.Count
		}
	}
	if counts[""] != 1 || counts[onboarding.ReasonUnavailable] != 1 {
		t.Errorf("the attempts of %s are %v", anna.ID, counts)
	}
	if strings.Contains(r.radius.Output.String(), sessionEnds) {
		t.Error("the session ended")
	}
}

// TestResumptionSettings verifies which TLS versions FreeRADIUS offers by its settings, which of
// their sessions it resumes, and that settings turn resumption off and bound the sessions.
func TestResumptionSettings(t *testing.T) {
	r := newRig(t)
	r.register("anna", "passwort")
	only := map[string]string{"1.2": "tls_disable_tlsv1_3=1", "1.3": "tls_disable_tlsv1_0=1 tls_disable_tlsv1_1=1 " +
		"tls_disable_tlsv1_2=1 tls_disable_tlsv1_3=0",
		"both": "tls_disable_tlsv1_3=0"}
	for _, c := range []struct {
		least, most string
		settings    string
		versions    map[string]string // by those of the device; none: refused
		resumes     bool
	}{
		{"1.2", "1.2", "", map[string]string{"1.2": "TLSv1.2", "1.3": "", "both": "TLSv1.2"}, true},
		{"1.2", "1.3", "", map[string]string{"1.2": "TLSv1.2", "1.3": "TLSv1.3", "both": "TLSv1.3"}, true},
		{"1.3", "1.3", "", map[string]string{"1.2": "", "1.3": "TLSv1.3", "both": "TLSv1.3"}, true},
		{"1.2", "1.2", "resumption = no\n", map[string]string{"1.2": "TLSv1.2"}, false},
	} {
		r.configure(fmt.Sprintf("tls_min_version = %s\ntls_max_version = %s\n%s", c.least, c.most, c.settings))
		for device, version := range c.versions {
			for _, method := range []string{"TTLS", "PEAP"} {
				what := fmt.Sprintf("%s to %s%s, a device of TLS %s, %s", c.least, c.most, c.settings, device, method)
				l := r.login("anna", "passwort")
				l.method, l.phase1, l.returns = method, only[device], 1
				if version == "" {
					in, _, out := r.rounds(l)
					if slices.Contains(in, true) {
						t.Errorf("%s: %v\n%s", what, in, tail(out, 1000))
					}
					continue
				}
				out := r.wantRounds(what, l, []bool{true, true}, []bool{false, c.resumes && version == "TLSv1.2"})
				if !strings.Contains(out, "Using TLS version "+version) {
					t.Errorf("%s: not %s", what, version)
				}
			}
		}
	}
	r.configure("resumption_sessions = 1\n")
	l := r.login("anna", "passwort")
	l.returns = 1
	for i := range 3 { // FreeRADIUS keeps one more than the setting
		r.wantRounds(fmt.Sprintf("session %d of 1", i), l, []bool{true, true}, []bool{false, i < 2})
	}
}

// alternate relays authentications to several FreeRADIUS processes in turns, as a balancer does,
// and returns its port. A turn ends with an Access-Accept.
func alternate(t *testing.T, ports ...int) int {
	t.Helper()
	front, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var servers []*net.UDPConn
	for _, port := range ports {
		server, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, server)
	}
	t.Cleanup(func() {
		_ = front.Close()
		for _, server := range servers {
			_ = server.Close()
		}
	})
	go func() {
		packet := make([]byte, 4096)
		for turn := 0; ; {
			n, from, err := front.ReadFromUDP(packet)
			if err != nil {
				return
			}
			server := servers[turn%len(servers)]
			if _, err := server.Write(packet[:n]); err != nil {
				return
			}
			if n, err = server.Read(packet); err != nil {
				return
			}
			const accept = 2 // RFC 2865, section 3
			if packet[0] == accept {
				turn++
			}
			if _, err := front.WriteToUDP(packet[:n], from); err != nil {
				return
			}
		}
	}()
	return front.LocalAddr().(*net.UDPAddr).Port
}

// TestResumeAtReplica verifies that FreeRADIUS processes share no sessions: a device that returns
// to another one is accepted by a full authentication.
func TestResumeAtReplica(t *testing.T) {
	r := newRig(t)
	r.register("anna", "passwort")
	other := *r
	other.dir, other.auth, other.acct = t.TempDir(), process.FreePort(t), process.FreePort(t)
	if err := os.WriteFile(filepath.Join(other.dir, "settings.conf"), []byte("reject_delay = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other.write()
	other.startRadius()
	balanced := *r
	balanced.auth = alternate(t, r.auth, other.auth)
	l := r.login("anna", "passwort")
	l.phase2, l.returns = "auth=PAP", 3
	balanced.wantRounds("at two in turns", l, []bool{true, true, true, true}, []bool{false, false, false, false})
	balanced.auth = alternate(t, other.auth)
	balanced.wantRounds("at one", l, []bool{true, true, true, true}, []bool{false, true, true, true})
}
