package freeradius_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	wire "layeh.com/radius"
	"layeh.com/radius/rfc2865"

	"onramp/onboarding"
	"onramp/onboarding/radius/freeradius"
	"onramp/onboarding/testkit/process"
)

// send sends a packet to the authentication port from an address of this machine.
func (r *rig) send(from string, packet *wire.Packet) {
	r.Helper()
	encoded, err := packet.Encode()
	if err != nil {
		r.Fatal(err)
	}
	c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)},
		&net.UDPAddr{IP: net.ParseIP("127.0.0.1"), Port: r.auth})
	if err != nil {
		r.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(encoded); err != nil {
		r.Fatal(err)
	}
}

// TestStatistics sends requests without Message-Authenticator, with a wrong secret and from an
// undeclared address, which FreeRADIUS drops.
func TestStatistics(t *testing.T) {
	const own = "the access point's secret"
	r := newRig(t, onboarding.Hotspot{
		ID: ownHotspotID, Name: "Own", Address: "127.0.0.5", DisconnectPort: 3799,
		Secret: &onboarding.Sealed{Box: []byte(own)},
	})
	port := process.FreePort(t)
	if err := os.WriteFile(filepath.Join(r.dir, "settings.conf"),
		fmt.Appendf(nil, "reject_delay = 0\nstatus_port = %d\n", port), 0o600); err != nil {
		t.Fatal(err)
	}
	r.write()
	_ = r.radius.Process.Kill()
	time.Sleep(100 * time.Millisecond)
	r.startRadius()
	if got, err := freeradius.StatusPort(r.dir); err != nil || got != port {
		t.Errorf("StatusPort is %d (%v), want %d", got, err, port)
	}
	read := func() *freeradius.Statistics {
		t.Helper()
		s, err := freeradius.ReadStatistics(context.Background(),
			netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", port)), []byte(r.secret), r.auth)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	of := func(s *freeradius.Statistics) freeradius.ClientStatistics {
		t.Helper()
		i := slices.IndexFunc(s.Clients, func(c freeradius.ClientStatistics) bool {
			return c.Address == netip.MustParseAddr("127.0.0.5")
		})
		if i < 0 {
			t.Fatalf("the access point is missing: %+v", s)
		}
		return s.Clients[i]
	}

	r.want("a login at another access point", r.login("nobody", "x"), false)
	l := r.login("nobody", "x")
	l.address, l.secret = "127.0.0.5", own
	r.want("a login at the access point", l, false)
	before := read()
	if c := of(before); before.Unknown != 0 || len(before.Clients) != 2 || c.Requests == 0 || c.Invalid != 0 {
		t.Errorf("before: %+v", before)
	}
	unsigned := wire.New(wire.CodeAccessRequest, []byte(own))
	if err := rfc2865.UserName_SetString(unsigned, "nobody"); err != nil {
		t.Fatal(err)
	}
	r.send("127.0.0.5", unsigned)
	for deadline := time.Now().Add(20 * time.Second); of(read()).Malformed == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("a request without Message-Authenticator is not counted: %+v", read())
		}
	}
	if c := of(read()); c.Malformed != 1 || c.Invalid != 0 {
		t.Errorf("after a request without Message-Authenticator: %+v", c)
	}
	l.secret, l.seconds = "a typing error", 1
	r.want("a wrong secret", l, false)
	if after := read(); of(after).Invalid == 0 || after.Unknown != 0 {
		t.Errorf("after a wrong secret: %+v", after)
	}
	l.address = "127.0.0.6"
	r.want("an undeclared sender", l, false)
	if after := read(); after.Unknown == 0 {
		t.Errorf("after an undeclared sender: %+v", after)
	}
	if _, err := freeradius.ReadStatistics(context.Background(),
		netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", port)), []byte("another"), r.auth); err == nil {
		t.Error("statistics for another secret")
	}
}
