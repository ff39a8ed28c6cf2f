package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"onramp/onboarding/connectivity"
	"onramp/onboarding/devicesim/judge"
)

// report posts the result of an authentication as FreeRADIUS does, with the AAA secret, and returns
// the status.
func (a *air) report(t testing.TB, attributes map[string]any) int {
	t.Helper()
	body, err := json.Marshal(attributes)
	must(t, err)
	secret, err := os.ReadFile(filepath.Join(a.data, "aaa.secret"))
	must(t, err)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+strings.TrimSpace(string(secret))))
	got, err := call("POST", a.aaa+"/aaa/post-auth", "", string(body), "Authorization", basic)
	must(t, err)
	return got.status
}

// attacked is a deployment with a victim of tenant 1, and an access point of tenant 2 with an
// address of its own, which an attacker controls.
type attacked struct {
	*air
	home, rival  *scene
	victim       *person
	phone        *phone // of the victim
	visit        *connection
	hostile      *controller
	certificates *certificates
}

func newAttacked(t *testing.T) *attacked {
	c := newCertificates(t)
	x := &attacked{air: newAir(t, 0), hostile: newController(t, "127.0.0.66"), certificates: c}
	x.apply(t, venue{}.yaml(1, c.root),
		venue{address: x.hostile.address.String(), secret: x.hostile.file}.yaml(2, c.root))
	x.createKeys(t, 2)
	x.configure(t, c.sound)
	x.startRadius(t)
	x.home = &scene{TB: t, air: x.air, n: 1, rival: 2, servers: c}
	x.rival = &scene{TB: t, air: x.air, n: 2, rival: 1, servers: c}
	x.victim, x.phone = x.home.ready(judge.IOS)
	x.phone.joins()
	x.visit = x.phone.start()
	return x
}

// attacker returns the attacker's access point with a station that has the victim's address and
// names the victim's access point.
func (x *attacked) attacker(t testing.TB) *phone {
	p := *x.phone
	p.t, p.source, p.secret, p.wait = t, x.hostile.address.Addr().String(), x.hostile.secret, 3*time.Second
	return &p
}

// blameless requires that the victim's verdict rests on the victim's own records, with a limited
// number of pieces of evidence.
func (x *attacked) blameless(t *testing.T, want right) {
	t.Helper()
	code, v, printed := x.why(t, x.victim.id, 0)
	if n := len(v.Evidence); n > connectivity.MaxEvidence {
		t.Errorf("the verdict has %d pieces of evidence", n)
	}
	want.check(t, code, v, printed)
	for _, e := range v.Evidence {
		if e.Source == "radius" && !strings.HasPrefix(e.Text, "Accepted") {
			t.Logf("evidence: %s", e.Text)
		}
		if strings.ContainsFunc(e.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("evidence %q", e.Text)
		}
	}
}

// TestWhyAttacks sends forged authentications and accounting records from an access point of
// another tenant.
func TestWhyAttacks(t *testing.T) {
	x := newAttacked(t)
	on := right{state: "connected", cause: "none", confidence: "certain", stations: 1}
	x.blameless(t, on)
	t.Run("the victim's MAC address and access point", func(t *testing.T) {
		p := x.attacker(t)
		p.network.Anchors = [][]byte{x.certificates.other.Raw}
		p.fails()
		x.blameless(t, on)
	})
	t.Run("the victim's user name", func(t *testing.T) {
		p := x.attacker(t)
		p.mac, p.network.Password = stationMAC(2, 1), "a-guess"
		p.fails()
		x.blameless(t, right{state: "connected", cause: "none", confidence: "certain"})
	})
	t.Run("the victim's class and name in accounting", func(t *testing.T) {
		p := x.attacker(t)
		(&connection{phone: p, session: x.visit.session, began: time.Now()}).stop("Lost-Carrier")
		x.blameless(t, right{state: "connected", cause: "none"})
	})
	t.Run("odd attributes", func(t *testing.T) {
		odd := []string{
			strings.Repeat("\xff", 240), "\x1b[31mred\x07",
			"a\"b\\c\r\nd", "%{User-Name}%{exec:/bin/true}", "'; DROP TABLE attempts; --",
			strings.Repeat("é", 120), "\x00\x00\x00", "06:fa:00:01:01:01\x00", "<script>alert(1)</script>",
		}
		for _, value := range odd {
			p := x.attacker(t)
			p.network.Username, p.network.OuterIdentity = value, value+"@"+realmOf(1)
			p.wait = time.Second
			p.nas = ""
			p.attributes = []string{"30:x:" + hex.EncodeToString([]byte(value)),
				"32:x:" + hex.EncodeToString([]byte(value)),
				"126:x:" + hex.EncodeToString([]byte(value))}
			p.join()
		}
		x.blameless(t, right{state: "connected", cause: "none"})
	})
	t.Run("odd reports", func(t *testing.T) { x.oddReports(t) })
	t.Run("a flood", func(t *testing.T) { x.flood(t) })
	t.Run("after the victim left", func(t *testing.T) {
		x.visit.stop("User-Request")
		p := x.attacker(t)
		p.network.Anchors = [][]byte{x.certificates.other.Raw}
		p.fails()
		code, v, printed := x.why(t, x.phone.mac, 0)
		right{state: "not_connected"}.check(t, code, v, printed)
		if v.Confidence == "certain" && orNone(v.Cause) != "out-of-range" {
			t.Errorf("cause %s is certain", orNone(v.Cause))
		}
		x.blameless(t, right{state: "not_connected", cause: "other-organization", confidence: "possible"})
		// The victim's own failure counts, whatever the attacker sends later.
		own := *x.phone
		own.t, own.network.Password = t, "a-guess"
		own.fails()
		p.network, p.network.Password = x.phone.network, "a-guess"
		p.fails()
		x.blameless(t, right{state: "not_connected", cause: "wrong-password"})
	})
}

// oddReports posts reports that no sound FreeRADIUS sends.
func (x *attacked) oddReports(t *testing.T) {
	for name, attributes := range map[string]map[string]any{
		"the future": {"Onramp-Outcome": "handshake", "Onramp-Received": "4102444800+0", "Onramp-Delayed": "yes"},
		"the past":   {"Onramp-Outcome": "handshake", "Onramp-Received": "0", "Onramp-Delayed": "yes"},
		"lists":      {"Onramp-Outcome": []string{"handshake", "accept"}, "Calling-Station-Id": []string{"x", "y"}},
		"long": {"Onramp-Outcome": "handshake",
			"Onramp-Cause": strings.Repeat("(TLS) Alert read:fatal:unknown CA,", 800)},
		"an outcome of no configuration": {"Onramp-Outcome": "excellent", "User-Name": x.victim.username,
			"Calling-Station-Id": "06-FA-00-01-01-77"},
		"a rejection of the victim elsewhere": {"Onramp-Outcome": "reject", "User-Name": x.victim.username,
			"Onramp-Hotspot": id(2, 2), "Calling-Station-Id": x.phone.mac},
	} {
		if status := x.report(t, attributes); status/100 == 5 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	x.blameless(t, right{state: "connected", cause: "none"})
}

// flood reports failures of one access point with many stations, while the victim is asked for.
func (x *attacked) flood(t *testing.T) {
	const workers = 4
	n := fromEnvironment("ONRAMP_TEST_FLOOD", 2000)
	var all sync.WaitGroup
	done := make(chan struct{})
	began := time.Now()
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				attributes := map[string]any{
					"Onramp-Outcome": "handshake", "Onramp-Hotspot": id(2, 2), "EAP-Type": "TTLS",
					"Onramp-Cause":       "eap_ttls: ERROR: (TLS) Alert read:fatal:unknown CA",
					"Calling-Station-Id": fmt.Sprintf("0A-%02X-%02X-%02X-00-01", i>>16&255, i>>8&255, i&255),
				}
				if i%2 == 0 {
					attributes["Onramp-Outcome"], attributes["User-Name"] = "reject", x.victim.username
				}
				if status := x.report(t, attributes); status != http.StatusNoContent {
					t.Errorf("a report: status %d", status)
					return
				}
			}
		})
	}
	go func() {
		all.Wait()
		close(done)
	}()
	asked := 0
	for running := true; running; asked++ {
		select {
		case <-done:
			running = false
		case <-time.After(200 * time.Millisecond):
		}
		x.blameless(t, right{state: "connected", cause: "none"})
	}
	t.Logf("%d reports in %v; asked %d times meanwhile", n, time.Since(began).Round(time.Millisecond), asked)
}
