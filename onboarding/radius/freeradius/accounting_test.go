package freeradius_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/radius"
)

func (r *rig) connections(c *onboarding.Customer) []contacts.Connection {
	r.Helper()
	page, err := r.Contacts.Connections(context.Background(), manager(), c.ID, 1000, "")
	if err != nil {
		r.Fatal(err)
	}
	return page.Connections
}

// issued returns the User-Name of an Access-Accept, as a line of a packet.
func (r *rig) issued(username string) string {
	r.Helper()
	access, err := r.RADIUS.Authorize(context.Background(), radius.AccessRequest{Username: username})
	if err != nil {
		r.Fatal(err)
	}
	return fmt.Sprintf("User-Name = %q", access.Name)
}

// packet returns an accounting request in the format of radclient.
func packet(lines ...string) string { return strings.Join(lines, "\n") }

func TestAccounting(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	anna := r.register("anna", "passwort")
	in, out := r.eapol(r.login("anna", "passwort"))
	if !in {
		t.Fatal(out)
	}
	class := "Class = 0x" + attribute(out, 25)[0]
	now := time.Now().Truncate(time.Second).UTC()
	stamp := func(after int) string { return fmt.Sprintf("Event-Timestamp = %d", now.Unix()-1200+int64(after)) }
	common := packet(class, `User-Name = "anonymous@demo.example"`, `Acct-Session-Id = "00000001"`,
		`NAS-Identifier = "door.example"`,
		`Called-Station-Id = "02-00-00-00-01-01:Demo: \"Café\""`, `Calling-Station-Id = "02-00-00-00-AA-01"`,
		"Framed-IP-Address = 192.0.2.7")
	start := packet("Acct-Status-Type = Start", common, stamp(0))
	interim := packet("Acct-Status-Type = Interim-Update", common, stamp(600), "Acct-Session-Time = 600",
		"Acct-Input-Octets = 1000", "Acct-Output-Octets = 2000")
	stop := packet("Acct-Status-Type = Stop", common, stamp(1200), "Acct-Session-Time = 1200",
		"Acct-Input-Octets = 3000", "Acct-Input-Gigawords = 2",
		"Acct-Output-Octets = 4000", "Acct-Terminate-Cause = User-Request")
	if n := r.radclient("acct", r.secret, start, interim, stop); n != 3 {
		t.Fatalf("%d of 3 records are answered", n)
	}
	check := func(when string) {
		t.Helper()
		got := r.connections(anna)
		if len(got) != 1 {
			t.Fatalf("%s: %d connections: %+v", when, len(got), got)
		}
		c := got[0]
		if !c.Start.Equal(now.Add(-1200*time.Second)) || c.Stop == nil || !c.Stop.Equal(now) || c.Duration != 1200 ||
			c.Traffic != 2<<32+7000 ||
			c.MAC != "02:00:00:00:aa:01" || c.Address != "192.0.2.7" || c.TerminateCause != "User-Request" ||
			c.Location == nil || c.Location.ID != locationID || c.Hotspot == nil || c.Hotspot.ID != hotspotID {
			t.Errorf("%s: %+v", when, c)
		}
		stations, err := r.Contacts.Stations(ctx, manager(), anna.ID)
		if err != nil || len(stations) != 1 || stations[0].Connections != 1 || !stations[0].Randomised {
			t.Errorf("%s: stations %+v, %v", when, stations, err)
		}
	}
	check("in order")
	all := []string{start, interim, stop, start, interim, stop}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	r.radclient("acct", r.secret, all...)
	check("replayed and shuffled")

	// The same Acct-Session-Id of another station is another connection, and an access point
	// without a name works.
	r.radclient("acct", r.secret, packet("Acct-Status-Type = Start", class, `Acct-Session-Id = "00000001"`,
		`Calling-Station-Id = "020000aa02"`))
	if got := r.connections(anna); len(got) != 2 || got[0].Stop != nil || got[0].Hotspot != nil {
		t.Errorf("an unknown access point: %+v", got)
	}
	unknown, err := r.Contacts.UnknownAccessPoints(ctx, 10)
	if err != nil || len(unknown) == 0 {
		t.Errorf("unknown access points: %+v, %v", unknown, err)
	}
	// It restarts: the open connections are closed with that cause.
	r.radclient("acct", r.secret, "Acct-Status-Type = Accounting-On")
	if got := r.connections(anna); len(got) != 2 || got[0].Stop == nil ||
		got[0].TerminateCause != onboarding.CauseRestart {
		t.Errorf("after a restart: %+v", got)
	}
}

// TestOnrampAway stops Onramp in the middle of a hundred records. All must be stored afterwards,
// with their own times, without an operator's help.
func TestOnrampAway(t *testing.T) {
	away := 6 * time.Second
	if os.Getenv("ONRAMP_TEST_LONG") != "" {
		away = 30 * time.Second
	}
	r := newRig(t)
	anna := r.register("anna", "passwort")
	issued := r.issued("anna")
	record := func(i int) string {
		return packet("Acct-Status-Type = Start", issued, fmt.Sprintf(`Acct-Session-Id = "%08d"`, i),
			`NAS-Identifier = "door.example"`,
			fmt.Sprintf(`Calling-Station-Id = "02-00-00-00-BB-%02X"`, i),
			`Called-Station-Id = "02-00-00-00-01-01:Demo %{x}"`)
	}
	const n = 100
	began := time.Now()
	stopped, startedAgain := false, false
	var back time.Time
	for i := range n {
		elapsed := time.Since(began)
		if !stopped && i >= n/10 {
			r.onramp.stop()
			stopped = true
		}
		if answered := r.radclient("acct", r.secret, record(i)); answered != 1 {
			t.Errorf("record %d is not answered %v after the beginning", i, elapsed)
		}
		if stopped && !startedAgain && i >= n-5 {
			// Authentications are answered, too.
			if in, out := r.eapol(r.login("anna", "passwort")); in || !strings.Contains(out, "Access-Reject") {
				t.Errorf("without Onramp: let in is %v\n%s", in, tail(out, 500))
			}
			// FreeRADIUS is killed, too, while it holds undelivered records.
			if err := r.radius.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			r.startRadius()
			time.Sleep(away - min(away, time.Since(began)))
			back = time.Now()
			r.startOnramp()
			startedAgain = true
		}
		if startedAgain { // more records arrive while the backlog is sent
			time.Sleep(50 * time.Millisecond)
		}
	}
	deadline := time.Now().Add(30 * time.Second)
	for len(r.connections(anna)) < n && time.Now().Before(deadline) {
		time.Sleep(200 * time.Millisecond)
	}
	got := r.connections(anna)
	if len(got) != n {
		t.Fatalf("%d of %d connections", len(got), n)
	}
	seen := map[string]bool{}
	for _, c := range got {
		seen[c.MAC] = true
		late := c.MAC > fmt.Sprintf("02:00:00:00:bb:%02x", n-5) // those sent after Onramp returned
		if c.Start.Before(began.Add(-time.Second)) || !late && c.Start.After(back) {
			t.Errorf("a connection of %s began at %v: Onramp was away from %v to %v", c.MAC, c.Start, began, back)
		}
		if c.Hotspot == nil || c.Hotspot.ID != hotspotID {
			t.Errorf("a connection at %+v", c.Hotspot)
		}
	}
	if len(seen) != n {
		t.Errorf("%d devices of %d", len(seen), n)
	}
	r.want("with Onramp again", r.login("anna", "passwort"), true)
	if left, err := os.ReadDir(filepath.Join(r.dir, "accounting")); err != nil || len(left) > 1 {
		t.Logf("left in the folder: %v, %v", left, err)
	}
}

// TestOnrampHangs runs FreeRADIUS with an Onramp that accepts connections and never answers. All
// requests are answered within the timeout of an access point.
func TestOnrampHangs(t *testing.T) {
	r := newRig(t)
	anna := r.register("anna", "passwort")
	issued := r.issued("anna")
	r.onramp.stop()
	hung, err := net.Listen("tcp", r.aaa)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if in, out := r.eapol(r.login("anna", "passwort")); in || !strings.Contains(out, "Access-Reject") {
				t.Errorf("let in is %v\n%s", in, tail(out, 500))
			}
		})
	}
	if r.radclient("acct", r.secret, packet("Acct-Status-Type = Start", issued, "Acct-Session-Id = 1")) != 1 {
		t.Error("accounting is not answered")
	}
	wg.Wait()
	if err := hung.Close(); err != nil {
		t.Fatal(err)
	}
	r.startOnramp()
	for deadline := time.Now().Add(20 * time.Second); len(r.connections(anna)) == 0; time.Sleep(
		100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the record is lost")
		}
	}
	r.want("when Onramp answers again", r.login("anna", "passwort"), true)
}
