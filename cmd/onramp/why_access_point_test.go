package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	wire "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
)

var sessions atomic.Int64

// connection is a phone's connection as the access point accounts for it.
type connection struct {
	phone   *phone
	session string
	began   time.Time
}

// start sends the Start record of the phone's connection.
func (p *phone) start() *connection {
	p.t.Helper()
	c := &connection{phone: p, session: fmt.Sprintf("session-%d", sessions.Add(1)), began: time.Now()}
	c.send(rfc2866.AcctStatusType_Value_Start, "")
	return c
}

// stop sends the Stop record with an Acct-Terminate-Cause.
func (c *connection) stop(cause string) {
	c.phone.t.Helper()
	c.send(rfc2866.AcctStatusType_Value_Stop, cause)
}

func (c *connection) interim() {
	c.phone.t.Helper()
	c.send(rfc2866.AcctStatusType_Value_InterimUpdate, "")
}

// terminateCauses are the numbers of Acct-Terminate-Cause (RFC 2866 section 5.10).
var terminateCauses = map[string]rfc2866.AcctTerminateCause{
	"User-Request": 1, "Lost-Carrier": 2, "Idle-Timeout": 4, "Session-Timeout": 5, "Admin-Reset": 6, "NAS-Reboot": 11,
}

func (c *connection) send(status rfc2866.AcctStatusType, cause string) {
	p := c.phone
	p.t.Helper()
	packet := wire.New(wire.CodeAccountingRequest, []byte(p.secret))
	must(p.t, rfc2866.AcctStatusType_Set(packet, status))
	must(p.t, rfc2866.AcctSessionID_SetString(packet, c.session))
	must(p.t, rfc2865.CallingStationID_SetString(packet, strings.ToUpper(strings.ReplaceAll(p.mac, ":", "-"))))
	if p.nas != "" {
		must(p.t, rfc2865.NASIdentifier_SetString(packet, p.nas))
	}
	if p.name != "" {
		must(p.t, rfc2865.UserName_SetString(packet, p.name))
	}
	if p.class != nil {
		must(p.t, rfc2865.Class_Add(packet, p.class))
	}
	if cause != "" {
		number, known := terminateCauses[cause]
		if !known {
			p.t.Fatalf("%s is no cause", cause)
		}
		must(p.t, rfc2866.AcctTerminateCause_Set(packet, number))
		must(p.t, rfc2866.AcctSessionTime_Set(packet, rfc2866.AcctSessionTime(time.Since(c.began)/time.Second)))
	}
	must(p.t, rfc2869.EventTimestamp_Set(packet, time.Now()))
	p.air.account(p.t, packet, p.source)
}

// restarts sends the record with which an access point reports its start (Accounting-On).
func (p *phone) restarts() {
	p.t.Helper()
	packet := wire.New(wire.CodeAccountingRequest, []byte(p.secret))
	must(p.t, rfc2866.AcctStatusType_Set(packet, rfc2866.AcctStatusType_Value_AccountingOn))
	must(p.t, rfc2866.AcctSessionID_SetString(packet, "0"))
	must(p.t, rfc2865.NASIdentifier_SetString(packet, p.nas))
	must(p.t, rfc2869.EventTimestamp_Set(packet, time.Now()))
	p.air.account(p.t, packet, p.source)
}

// account sends a record and waits for the answer.
func (a *air) account(t testing.TB, packet *wire.Packet, source string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	client := wire.Client{Retry: 2 * time.Second}
	if source != "" {
		client.Dialer.LocalAddr = &net.UDPAddr{IP: net.ParseIP(source)}
	}
	if _, err := client.Exchange(ctx, packet, fmt.Sprintf("127.0.0.1:%d", a.acct)); err != nil {
		t.Fatalf("accounting: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// controller is an access point's port for disconnects (RFC 5176). It answers nothing, or
// acknowledges each request.
type controller struct {
	address netip.AddrPort
	secret  string
	file    string // with the secret
	conn    *net.UDPConn
	asked   atomic.Int32
	answers atomic.Bool
}

func newController(t testing.TB, ip string) *controller {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
	must(t, err)
	c := &controller{
		address: conn.LocalAddr().(*net.UDPAddr).AddrPort(), secret: "a secret of the access point " + ip, conn: conn,
		file: filepath.Join(t.TempDir(), "secret"),
	}
	must(t, os.WriteFile(c.file, []byte(c.secret), 0o600))
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.serve()
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return c
}

func (c *controller) serve() {
	buffer := make([]byte, 4096)
	for {
		n, from, err := c.conn.ReadFromUDP(buffer)
		if err != nil {
			return
		}
		request, err := wire.Parse(buffer[:n], []byte(c.secret))
		if err != nil || request.Code != wire.CodeDisconnectRequest {
			continue
		}
		c.asked.Add(1)
		if !c.answers.Load() {
			continue
		}
		answer, err := request.Response(wire.CodeDisconnectACK).Encode()
		if err == nil {
			_, _ = c.conn.WriteToUDP(answer, from)
		}
	}
}
