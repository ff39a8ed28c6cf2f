package freeradius_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/radius/freeradius"
)

// raw returns an attribute with any octets in the format of radclient.
func raw(name, octets string) string {
	if name == "Class" || name == "Chargeable-User-Identity" {
		return name + " = 0x" + hex.EncodeToString([]byte(octets))
	}
	var b strings.Builder
	for i := range len(octets) {
		fmt.Fprintf(&b, "\\%03o", octets[i])
	}
	return name + ` = "` + b.String() + `"`
}

// eventually waits for a connection of the customer with that station.
func (r *rig) eventually(c *onboarding.Customer, mac string) *contacts.Connection {
	r.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline) &&
		!r.Failed(); time.Sleep(50 * time.Millisecond) {
		for _, one := range r.connections(c) {
			if one.MAC == mac {
				return &one
			}
		}
	}
	r.Errorf("no connection of %s", mac)
	return &contacts.Connection{}
}

// TestFoundB2 sends records that rlm_rest's encoder truncates or cannot encode, directly and from
// the backlog. All of them, and the records behind them, arrive complete.
func TestFoundB2(t *testing.T) {
	r := newRig(t)
	anna := r.register("anna", "passwort")
	in, out := r.eapol(r.login("anna", "passwort"))
	if !in {
		t.Fatal(out)
	}
	class := "Class = 0x" + attribute(out, 25)[0]
	record := func(i int, lines ...string) string {
		lines = append(lines, fmt.Sprintf(`Calling-Station-Id = "02-00-00-00-CC-%02X"`, i))
		text := strings.Join(lines, "\n")
		for _, line := range []string{class, `User-Name = "anonymous@demo.example"`,
			fmt.Sprintf(`Acct-Session-Id = "%08d"`, i), `NAS-Identifier = "door.example"`} {
			if name, _, _ := strings.Cut(line, " "); !strings.Contains(text, name+" =") {
				lines = append(lines, line)
			}
		}
		return packet(append([]string{"Acct-Status-Type = Start"}, lines...)...)
	}
	var vendor, classes []string
	for range 14 {
		vendor = append(vendor, `Cisco-AVPair = "`+strings.Repeat("x", 245)+`"`)
		classes = append(classes, raw("Class", strings.Repeat("\xff", 253)))
	}
	long := strings.Repeat("é", 126)
	hostile := "\"'\\%{User-Name}%{exec:id}$%%{x}`\x01\x7f\n\t},\"x\":\""
	records := []string{
		record(0, vendor...),
		record(1, raw("User-Name", long), raw("Acct-Session-Id", long), raw("NAS-Identifier", long),
			raw("Called-Station-Id", long)),
		record(2, append(classes[:12], class)...),
		record(3, raw("User-Name", hostile), raw("Acct-Session-Id", hostile), raw("NAS-Identifier", hostile)),
		record(4, raw("User-Name", "\x00a\x00"), raw("Acct-Session-Id", "a\x00b\x00"),
			raw("NAS-Identifier", "door.example\x00"), raw("Called-Station-Id", "02-00-00-00-01-01:Demo\x00")),
		record(5, raw("User-Name", strings.Repeat("\xff", 253)), raw("Acct-Session-Id", strings.Repeat("\xff", 253)),
			raw("NAS-Identifier", strings.Repeat("\x01", 253)), raw("Called-Station-Id", strings.Repeat(`"`, 253))),
		record(6, raw("User-Name", strings.Repeat(`\`, 253)), raw("Acct-Session-Id", strings.Repeat("%", 253)),
			raw("NAS-Identifier", strings.Repeat(`\`, 252)+`"`)),
		record(7, `Called-Station-Id = "02-00-00-00-01-01:Café 📶 \"x\" \\ %{x}"`),
		record(8),
	}
	for i, text := range records {
		if r.radclient("acct", r.secret, text) != 1 {
			t.Errorf("record %d is not answered", i)
		}
	}
	check := func(when string, base int) {
		t.Helper()
		for i := range records {
			c := r.eventually(anna, fmt.Sprintf("02:00:00:00:cc:%02x", base+i))
			if (i == 0 || i == 2 || i == 4 || i >= 7) && (c.Hotspot == nil || c.Hotspot.ID != hotspotID) {
				t.Errorf("%s: record %d is at %+v, %q", when, i, c.Hotspot, c.AccessPoint)
			}
		}
	}
	check("at once", 0)
	if s := r.connections(anna); len(s) != len(records) {
		t.Errorf("%d connections of %d", len(s), len(records))
	}

	// The same while Onramp is unavailable, behind a record that it will refuse permanently.
	r.onramp.stop()
	refused := packet("Acct-Status-Type = Start", class, `Acct-Session-Id = "x"`, `NAS-Identifier = "door.example"`)
	r.radclient("acct", r.secret, refused)
	for i, text := range records {
		if r.radclient("acct", r.secret, strings.Replace(text, fmt.Sprintf("CC-%02X", i),
			fmt.Sprintf("CC-%02X", 0x40+i), 1)) != 1 {
			t.Errorf("record %d is not answered while Onramp is away", i)
		}
	}
	r.startOnramp()
	check("from the backlog", 0x40)
}

// TestFoundB2Refused sends records that Onramp refuses permanently: they are set aside, and those
// behind them are delivered.
func TestFoundB2Refused(t *testing.T) {
	r := newRig(t)
	anna := r.register("anna", "passwort")
	issued := r.issued("anna")
	// FreeRADIUS makes the Acct-Unique-Session-Id; an operator's own configuration may not.
	file := filepath.Join(r.dir, "servers.conf")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "&Acct-Unique-Session-Id := ", "&Connect-Info := ", 1)
	changed = strings.Replace(changed, "\t\tonramp_session\n", "\t\tonramp_session\n\t\tif (&Acct-Session-Id != "+
		"'bad') {\n\t\t\tupdate request {\n\t\t\t\t&Acct-Unique-Session-Id := \"%{Acct-Session-Id}\"\n\t\t\t}\n\t\t}\n",
		1)
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = r.radius.Process.Kill()
	time.Sleep(100 * time.Millisecond)
	r.startRadius()
	bad := packet("Acct-Status-Type = Start", issued, `Acct-Session-Id = "bad"`,
		`Calling-Station-Id = "02-00-00-00-DD-00"`)
	good := func(i int) string {
		return packet("Acct-Status-Type = Start", issued, fmt.Sprintf(`Acct-Session-Id = "good %d"`, i),
			fmt.Sprintf(`Calling-Station-Id = "02-00-00-00-DD-%02X"`, i))
	}
	if r.radclient("acct", r.secret, bad, good(1)) != 2 {
		t.Error("not answered")
	}
	r.onramp.stop()
	if r.radclient("acct", r.secret, bad, good(2)) != 2 {
		t.Error("not answered while Onramp is away")
	}
	r.startOnramp()
	r.eventually(anna, "02:00:00:00:dd:01")
	r.eventually(anna, "02:00:00:00:dd:02")
	aside, err := os.ReadFile(filepath.Join(r.dir, "accounting", "refused"))
	if err != nil || strings.Count(string(aside), "02-00-00-00-DD-00") != 2 {
		t.Errorf("set aside: %v\n%s", err, aside)
	}
	if b, err := freeradius.ReadBacklog(r.dir); err != nil || b.Refused != 2 || b.Waiting != 0 {
		t.Errorf("counted: %+v, %v", b, err)
	}
}

// TestFoundB8 authenticates at access points that request a Chargeable-User-Identity.
func TestFoundB8(t *testing.T) {
	r := newRig(t)
	anna := r.register("anna", "passwort")
	r.register("bert", "passwort")
	ask := func(username string, attributes ...string) (cui, name string) {
		t.Helper()
		l := r.login(username, "passwort")
		l.attributes = attributes
		in, out := r.eapol(l)
		if !in {
			t.Fatal(tail(out, 1000))
		}
		if got := attribute(out, 89); len(got) > 0 {
			cui = got[0]
		}
		return cui, strings.Join(attribute(out, 1), " ")
	}
	const wants = "89:x:00"
	first, name := ask("anna", wants, "126:s:1one.example")
	if again, _ := ask("anna", wants, "126:s:1one.example"); first == "" || again != first {
		t.Errorf("asked twice: %q, %q", first, again)
	}
	if got, _ := ask("anna", "126:s:1one.example"); got != "" {
		t.Errorf("not asked for: %q", got)
	}
	other, otherName := ask("anna", wants, "126:s:1two.example")
	if other == "" || other == first || otherName == name {
		t.Errorf("another operator: %q %q, the first %q %q", other, otherName, first, name)
	}
	if bert, bertName := ask("bert", wants, "126:s:1one.example"); bert == first || bertName == name {
		t.Error("two customers have one pseudonym")
	}
	if strings.Contains(first, "anna") || len(first) > 253 {
		t.Errorf("the pseudonym is %q", first)
	}
	// It identifies the customer in accounting, where the access point sends no Class.
	r.radclient("acct", r.secret, packet("Acct-Status-Type = Start", raw("Chargeable-User-Identity", first),
		`Acct-Session-Id = "1"`,
		`User-Name = "anonymous@demo.example"`, `Calling-Station-Id = "02-00-00-00-EE-01"`))
	r.eventually(anna, "02:00:00:00:ee:01")
}

// TestFoundF9 accounts at an access point that sends no Class: connections are attributed by the
// User-Name of the Access-Accept, or by the station's last Access-Accept there, and never by an
// outer identity.
func TestFoundF9(t *testing.T) {
	r := newRig(t)
	anna, bert := r.register("anna", "passwort"), r.register("bert", "passwort")
	l := r.login("anna", "passwort")
	l.anonymous = "bert" // the attacker's choice
	l.attributes = []string{"32:s:door.example"}
	in, out := r.eapol(l)
	if !in {
		t.Fatal(out)
	}
	name := attribute(out, 1)
	if len(name) != 1 || strings.Contains(name[0], "bert") || strings.Contains(name[0], "anna") {
		t.Errorf("the access point is told the user name %q", name)
	}
	if again := func() []string { _, out := r.eapol(l); return attribute(out, 1) }(); len(again) != 1 ||
		again[0] != name[0] {
		t.Errorf("the User-Name is %q and then %q", name, again)
	}
	const door = `NAS-Identifier = "door.example"`
	for i, c := range []struct {
		what    string
		lines   []string
		mac     string
		isAnnas bool
	}{
		{"the User-Name that was given", []string{fmt.Sprintf("User-Name = %q", name[0]),
			`Calling-Station-Id = "02-00-00-00-F9-01"`, door}, "02:00:00:00:f9:01", true},
		{"the station's last Access-Accept there",
			[]string{`User-Name = "bert"`, `Calling-Station-Id = "02-00-00-00-AA-01"`, door}, "02:00:00:00:aa:01",
			true},
		{"that station elsewhere", []string{`User-Name = "bert"`, `Calling-Station-Id = "02-00-00-00-AA-01"`,
			`NAS-Identifier = "other.example"`}, "", false},
		{"another station, by a victim's name",
			[]string{`User-Name = "bert"`, `Calling-Station-Id = "02-00-00-00-F9-02"`, door}, "", false},
	} {
		before := len(r.connections(anna))
		r.radclient("acct", r.secret,
			packet(append(c.lines, "Acct-Status-Type = Start", fmt.Sprintf(`Acct-Session-Id = "f9-%d"`, i))...))
		if c.isAnnas {
			r.eventually(anna, c.mac)
		} else if n := len(r.connections(anna)); n != before {
			t.Errorf("%s: anna has %d connections more", c.what, n-before)
		}
		if n := len(r.connections(bert)); n != 0 {
			t.Errorf("%s: bert has %d connections", c.what, n)
		}
	}
	if stations, err := r.Contacts.Stations(context.Background(), manager(), bert.ID); err != nil ||
		len(stations) != 0 {
		t.Errorf("bert's devices: %+v, %v", stations, err)
	}
}
