package disconnect_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/metrics"
	"onramp/onboarding/radius"
	"onramp/onboarding/radius/disconnect"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

const secret = "the access point's secret"

// accessPoint receives Disconnect-Requests and parses them by the RFCs, without code of the sender.
type accessPoint struct {
	t       testing.TB
	conn    *net.UDPConn
	address netip.AddrPort
	heard   chan map[byte][]byte // the attributes of each valid request
	packets atomic.Int32         // all that came
}

// newAccessPoint returns an access point that answers valid requests with the code and attributes
// of reply, and with nothing if the code is 0.
func newAccessPoint(t testing.TB, reply func(n int32) (code byte, attributes []byte)) *accessPoint {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := &accessPoint{t: t, conn: conn, address: conn.LocalAddr().(*net.UDPAddr).AddrPort(),
		heard: make(chan map[byte][]byte, 100)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			count := a.packets.Add(1)
			request := bytes.Clone(buffer[:n])
			attributes := a.read(request)
			if attributes == nil {
				continue
			}
			a.heard <- attributes
			if code, more := reply(count); code != 0 {
				_, _ = conn.WriteToUDPAddrPort(answer(request, code, more, secret), from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return a
}

// read checks a request and returns its attributes.
func (a *accessPoint) read(packet []byte) map[byte][]byte {
	if len(packet) < 20 || packet[0] != 40 || int(binary.BigEndian.Uint16(packet[2:])) != len(packet) {
		a.t.Errorf("not a Disconnect-Request: %x", packet)
		return nil
	}
	zeroed := bytes.Clone(packet)
	clear(zeroed[4:20])
	sum := md5.Sum(append(bytes.Clone(zeroed), secret...))
	if !bytes.Equal(sum[:], packet[4:20]) {
		a.t.Errorf("the Request Authenticator is wrong")
		return nil
	}
	attributes := map[byte][]byte{}
	for rest := packet[20:]; len(rest) > 0; {
		if len(rest) < 2 || int(rest[1]) < 2 || int(rest[1]) > len(rest) {
			a.t.Errorf("broken attributes: %x", rest)
			return nil
		}
		if _, twice := attributes[rest[0]]; twice {
			a.t.Errorf("attribute %d comes twice", rest[0])
		}
		attributes[rest[0]] = bytes.Clone(rest[2:rest[1]])
		if rest[0] == 80 {
			clear(zeroed[len(packet)-len(rest)+2:][:16])
		}
		rest = rest[rest[1]:]
	}
	mac := hmac.New(md5.New, []byte(secret))
	mac.Write(zeroed)
	if !hmac.Equal(mac.Sum(nil), attributes[80]) {
		a.t.Errorf("the Message-Authenticator is wrong")
		return nil
	}
	return attributes
}

// answer returns a response packet.
func answer(request []byte, code byte, attributes []byte, secret string) []byte {
	p := append([]byte{code, request[1], 0, byte(20 + len(attributes))}, request[4:20]...)
	p = append(p, attributes...)
	sum := md5.Sum(append(bytes.Clone(p), secret...))
	copy(p[4:20], sum[:])
	return p
}

func acknowledge(int32) (byte, []byte) { return 41, nil }

func request(a *accessPoint) radius.DisconnectRequest {
	return radius.DisconnectRequest{
		Address:        a.address,
		Secret:         []byte(secret),
		SessionID:      "00000001",
		CallingStation: "02-00-00-00-AA-01",
		NASIdentifier:  "door.example",
	}
}

func TestRequest(t *testing.T) {
	a := newAccessPoint(t, acknowledge)
	sender := &disconnect.Sender{}
	got, err := sender.Disconnect(t.Context(), request(a))
	if err != nil || !got.Acknowledged {
		t.Fatalf("%+v, %v", got, err)
	}
	attributes := <-a.heard
	for number, want := range map[byte]string{44: "00000001", 31: "02-00-00-00-AA-01", 32: "door.example"} {
		if string(attributes[number]) != want {
			t.Errorf("attribute %d is %q, want %q", number, attributes[number], want)
		}
	}
	if stamp := time.Unix(int64(binary.BigEndian.Uint32(attributes[55])), 0); time.Since(stamp) > 10*time.Second {
		t.Errorf("Event-Timestamp is %v", stamp)
	}
	if len(attributes) != 5 {
		t.Errorf("attributes: %v", attributes)
	}
}

func TestAnswers(t *testing.T) {
	cause := func(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{101, 6}, n) }
	for _, c := range []struct {
		name  string
		reply func(int32) (byte, []byte)
		want  radius.DisconnectAnswer
		fails bool
	}{
		{"ACK", acknowledge, radius.DisconnectAnswer{Acknowledged: true}, false},
		{"NAK with a cause", func(int32) (byte, []byte) { return 42, cause(503) },
			radius.DisconnectAnswer{ErrorCause: 503}, false},
		{"NAK without a cause", func(int32) (byte, []byte) { return 42, nil }, radius.DisconnectAnswer{}, false},
		{"silence, then ACK", func(n int32) (byte, []byte) {
			if n < 3 {
				return 0, nil
			}
			return 41, nil
		}, radius.DisconnectAnswer{Acknowledged: true}, false},
		{"silence", func(int32) (byte, []byte) { return 0, nil }, radius.DisconnectAnswer{}, true},
		{"an answer to something else", func(int32) (byte, []byte) { return 44, nil }, radius.DisconnectAnswer{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccessPoint(t, c.reply)
			sender := &disconnect.Sender{Wait: 400 * time.Millisecond, Again: 50 * time.Millisecond}
			got, err := sender.Disconnect(t.Context(), request(a))
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestForgedAnswers verifies that answers without the secret are ignored.
func TestForgedAnswers(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			for _, forged := range [][]byte{answer(buffer[:n], 41, nil, "another secret"), {41}, buffer[:n],
				bytes.Repeat([]byte{41}, 4096)} {
				_, _ = conn.WriteToUDPAddrPort(forged, from)
			}
		}
	}()
	sender := &disconnect.Sender{Wait: 300 * time.Millisecond, Again: 100 * time.Millisecond}
	got, err := sender.Disconnect(t.Context(), radius.DisconnectRequest{
		Address: conn.LocalAddr().(*net.UDPAddr).AddrPort(), Secret: []byte(secret), SessionID: "1",
	})
	if err == nil || got.Acknowledged {
		t.Errorf("a forged answer is taken: %+v", got)
	}
}

// venue is a deployment with one hotspot that accepts disconnects, and its own clock.
type venue struct {
	*deployment.Deployment
	store onboarding.Store
	clock atomic.Int64
	here  *onboarding.Organization

	metrics *prometheus.Registry
}

// counted checks how many orders the metrics counted with the outcome.
func (v *venue) counted(t *testing.T, outcome onboarding.DisconnectOutcome, want float64) {
	t.Helper()
	families, err := v.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() != "onramp_disconnects_total" || m.Label[0].GetValue() != string(outcome) {
				continue
			}
			if got := m.Counter.GetValue(); got != want {
				t.Errorf("%v orders counted as %s, want %v", got, outcome, want)
			}
			return
		}
	}
	t.Errorf("no series for %s", outcome)
}

func (v *venue) now() time.Time { return time.UnixMicro(v.clock.Load()).UTC() }

const (
	organizationID = "0c0c0000000000000000000000000001"
	locationID     = "0c0c0000000000000000000000000002"
	withAddress    = "0c0c0000000000000000000000000003"
	withoutAddress = "0c0c0000000000000000000000000004"
)

func newVenue(t *testing.T, address netip.AddrPort) *venue {
	t.Helper()
	ctx := t.Context()
	v := &venue{store: testkit.OpenStore(t)}
	v.clock.Store(time.Now().UnixMicro())
	v.metrics = prometheus.NewRegistry()
	observer, err := metrics.New(v.metrics)
	if err != nil {
		t.Fatal(err)
	}
	v.Deployment = testkit.Deploy(t, deployment.Config{Store: v.store, Now: v.now, Observer: observer})
	own, err := v.Tenant.SealHotspotSecret(withAddress, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	v.here = &onboarding.Organization{
		ID: organizationID, Name: "Demo", DefaultLocation: locationID, Languages: []string{"en"},
		Policies: []onboarding.Policy{
			{Key: "termsOfUse", Version: "1", Title: map[string]string{"en": "Terms"},
				URL: "https://example.com/terms"},
			{Key: "privacy", Version: "1", Title: map[string]string{"en": "Privacy"},
				URL: "https://example.com/privacy"},
		},
		WiFi: onboarding.WiFi{
			Method:             "ttls",
			Inner:              "mschapv2",
			OuterIdentity:      "anonymous@demo.example",
			TrustedServerNames: []string{"radius.demo.example"},
			ProfileLifetime:    24 * time.Hour, WPA2: &onboarding.WPA2{SSID: "demo"},
		},
		VisitGap: onboarding.DefaultVisitGap,
		Locations: []onboarding.Location{{ID: locationID, Name: "Hall", Timezone: "UTC", Hotspots: []onboarding.Hotspot{
			{ID: withAddress, Name: "Door", Address: address.Addr().String(), DisconnectPort: int(address.Port()),
				Secret: &own},
			{ID: withoutAddress, Name: "Hall", NASIdentifier: "hall.example"},
		}}},
	}
	if _, err := v.Tenant.Apply(ctx, []*onboarding.Organization{v.here}); err != nil {
		t.Fatal(err)
	}
	return v
}

func manager() *onboarding.Caller {
	return &onboarding.Caller{Principal: &auth.Principal{
		OrganizationID: organizationID,
		Role:           auth.OrganizationManager,
		Scopes:         auth.RoleScopes(auth.OrganizationManager),
	}}
}

func (v *venue) customer(t *testing.T, username string) *onboarding.Customer {
	t.Helper()
	done, err := v.Registration.Register(t.Context(), manager(), registration.Request{Input: registration.CustomerInput{
		Username: &username, Policies: map[string]bool{"termsOfUse": true, "privacy": true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return done.Customer
}

func (v *venue) account(t *testing.T, kind radius.AccountingType, username, session, client, nas string) {
	t.Helper()
	access, err := v.RADIUS.Authorize(t.Context(), radius.AccessRequest{Username: username})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.RADIUS.Account(t.Context(), &radius.AccountingRecord{
		Type:           kind,
		UniqueID:       "unique " + session,
		SessionID:      session,
		Username:       access.Name,
		CallingStation: "02-00-00-00-AA-" + session,
		AccessPoint:    radius.AccessPointIdentity{Client: client, NASIdentifier: nas},
	}); err != nil {
		t.Fatal(err)
	}
}

// outcomes returns the outcomes of the orders by connection.
func (v *venue) outcomes(t *testing.T) map[string]onboarding.Disconnect {
	t.Helper()
	all, err := v.Contacts.Disconnects(t.Context(), manager(), organizationID, 100)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]onboarding.Disconnect{}
	for _, d := range all {
		by[d.UniqueID] = *d
	}
	return by
}

// TestLock ends all connections of a customer, and no others.
func TestLock(t *testing.T) {
	a := newAccessPoint(t, acknowledge)
	v := newVenue(t, a.address)
	anna := v.customer(t, "anna")
	v.customer(t, "bert")
	v.account(t, radius.AccountingStart, "anna", "01", withAddress, "")
	v.account(t, radius.AccountingStart, "anna", "02", withAddress, "door")
	v.account(t, radius.AccountingStart, "anna", "03", withAddress, "")
	v.account(t, radius.AccountingStop, "anna", "03", withAddress, "")
	v.account(t, radius.AccountingStart, "anna", "04", "", "hall.example")
	v.account(t, radius.AccountingStart, "anna", "05", "", "nobody knows")
	v.account(t, radius.AccountingStart, "bert", "06", withAddress, "")

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.RADIUS.RunDisconnects(ctx, &disconnect.Sender{})
	}()
	defer func() {
		cancel()
		<-done
	}()
	asked := time.Now()
	if err := v.Registration.Lock(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	heard := map[string]string{}
	for range 2 {
		select {
		case attributes := <-a.heard:
			heard[string(attributes[44])] = string(attributes[31]) + " " + string(attributes[32])
		case <-time.After(5 * time.Second):
			t.Fatalf("heard only %v", heard)
		}
	}
	t.Logf("heard after %v", time.Since(asked))
	if heard["01"] != "02-00-00-00-AA-01 " || heard["02"] != "02-00-00-00-AA-02 door" {
		t.Errorf("heard %v", heard)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		by := v.outcomes(t)
		if by["unique 01"].Finished != nil && by["unique 02"].Finished != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not finished: %+v", by)
		}
	}
	by := v.outcomes(t)
	for session, want := range map[string]onboarding.DisconnectOutcome{
		"01": onboarding.DisconnectAcknowledged, "02": onboarding.DisconnectAcknowledged,
		"04": onboarding.DisconnectNoAddress, "05": onboarding.DisconnectNoAddress,
	} {
		if d := by["unique "+session]; d.Outcome != want || d.Reason != "locked" || d.SessionID != "" {
			t.Errorf("session %s: %+v, want %s", session, d, want)
		}
	}
	if len(by) != 4 {
		t.Errorf("orders: %+v", by)
	}
	// A repetition changes nothing.
	if err := v.Registration.Lock(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if n := a.packets.Load(); n != 2 {
		t.Errorf("%d packets", n)
	}
}

// TestRetries repeats one order until it is answered, and another until the last attempt.
func TestRetries(t *testing.T) {
	var silent atomic.Bool
	silent.Store(true)
	a := newAccessPoint(t, func(int32) (byte, []byte) {
		if silent.Load() {
			return 0, nil
		}
		return 42, binary.BigEndian.AppendUint32([]byte{101, 6}, 503)
	})
	v := newVenue(t, a.address)
	anna := v.customer(t, "anna")
	v.account(t, radius.AccountingStart, "anna", "01", withAddress, "")
	sender := &disconnect.Sender{Wait: 50 * time.Millisecond}
	send := func(want int) {
		t.Helper()
		n, err := v.RADIUS.SendDisconnects(t.Context(), sender)
		if err != nil || n != want {
			t.Errorf("%d orders were due, %v; want %d", n, err, want)
		}
	}
	if _, err := v.Registration.Rotate(t.Context(), manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	send(1)
	send(0) // not yet again
	if d := v.outcomes(t)["unique 01"]; d.Outcome != onboarding.DisconnectUnanswered || d.Attempts != 1 ||
		d.Finished != nil || d.Reason != "rotated" {
		t.Errorf("after the first attempt: %+v", d)
	}
	v.clock.Add((2*time.Second + time.Millisecond).Microseconds())
	silent.Store(false)
	send(1)
	if d := v.outcomes(t)["unique 01"]; d.Outcome != onboarding.DisconnectRefused || d.ErrorCause != 503 ||
		d.Finished == nil {
		t.Errorf("after the answer: %+v", d)
	}

	silent.Store(true)
	v.account(t, radius.AccountingStart, "anna", "02", withAddress, "")
	if err := v.Registration.Lock(t.Context(), manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	// Two concurrent processes make one attempt.
	results := make(chan error, 2)
	before := a.packets.Load()
	for range 2 {
		go func() {
			_, err := v.RADIUS.SendDisconnects(t.Context(), sender)
			results <- err
		}()
	}
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n := a.packets.Load() - before; n != 2 { // connection 01 is open as well
		t.Errorf("%d packets for two orders", n)
	}
	for range 20 {
		v.clock.Add((3 * time.Minute).Microseconds())
		if _, err := v.RADIUS.SendDisconnects(t.Context(), sender); err != nil {
			t.Fatal(err)
		}
	}
	if d := v.outcomes(t)["unique 02"]; d.Outcome != onboarding.DisconnectUnanswered || d.Finished == nil ||
		d.Attempts != 8 {
		t.Errorf("in the end: %+v", d)
	}
	v.counted(t, onboarding.DisconnectRefused, 1)
	v.counted(t, onboarding.DisconnectUnanswered, 2)
}

// TestEnded verifies that no request is sent for a connection that has ended, or to an access point
// without an address.
func TestEnded(t *testing.T) {
	a := newAccessPoint(t, acknowledge)
	v := newVenue(t, a.address)
	anna := v.customer(t, "anna")
	v.account(t, radius.AccountingStart, "anna", "01", withAddress, "")
	v.account(t, radius.AccountingStart, "anna", "02", withAddress, "")
	if err := v.Registration.Lock(t.Context(), manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	v.account(t, radius.AccountingStop, "anna", "01", withAddress, "")
	changed := *v.here
	changed.Locations = []onboarding.Location{v.here.Locations[0]}
	changed.Locations[0].Hotspots = []onboarding.Hotspot{{ID: withAddress, Name: "Door", NASIdentifier: "door.example"}}
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{&changed}); err != nil {
		t.Fatal(err)
	}
	if _, err := v.RADIUS.SendDisconnects(t.Context(), &disconnect.Sender{Wait: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	by := v.outcomes(t)
	if by["unique 01"].Outcome != onboarding.DisconnectEnded ||
		by["unique 02"].Outcome != onboarding.DisconnectNoAddress {
		t.Errorf("%+v", by)
	}
	if n := a.packets.Load(); n != 0 {
		t.Errorf("%d packets", n)
	}
	v.counted(t, onboarding.DisconnectEnded, 1)
	v.counted(t, onboarding.DisconnectNoAddress, 1)
}

// TestExpiry ends connections after the end of their credential.
func TestExpiry(t *testing.T) {
	a := newAccessPoint(t, acknowledge)
	v := newVenue(t, a.address)
	v.customer(t, "anna")
	v.account(t, radius.AccountingStart, "anna", "01", withAddress, "")
	end := func(want int) {
		t.Helper()
		n, err := v.RADIUS.EndExpired(t.Context())
		if err != nil || n != want {
			t.Errorf("%d connections have expired, %v; want %d", n, err, want)
		}
	}
	v.clock.Add((24*time.Hour - time.Minute).Microseconds())
	end(0)
	v.clock.Add((2 * time.Minute).Microseconds())
	end(1)
	end(0)
	if n, err := v.RADIUS.SendDisconnects(t.Context(), &disconnect.Sender{}); n != 1 || err != nil {
		t.Errorf("%d sent, %v", n, err)
	}
	if d := v.outcomes(t)["unique 01"]; d.Outcome != onboarding.DisconnectAcknowledged || d.Reason != "expired" {
		t.Errorf("%+v", d)
	}
	v.counted(t, onboarding.DisconnectAcknowledged, 1)
}

// TestDelete ends the connections of a deleted customer, of which only anonymous rows remain.
func TestDelete(t *testing.T) {
	a := newAccessPoint(t, acknowledge)
	v := newVenue(t, a.address)
	anna := v.customer(t, "anna")
	v.account(t, radius.AccountingStart, "anna", "01", withAddress, "")
	if err := v.Registration.Delete(t.Context(), manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := v.RADIUS.SendDisconnects(t.Context(), &disconnect.Sender{}); n != 1 || err != nil {
		t.Errorf("%d sent, %v", n, err)
	}
	if attributes := <-a.heard; string(attributes[44]) != "01" || string(attributes[31]) != "02-00-00-00-AA-01" {
		t.Errorf("heard %v", attributes)
	}
	if d := v.outcomes(t)["unique 01"]; d.Outcome != onboarding.DisconnectAcknowledged || d.Reason != "deleted" ||
		d.CustomerID != "" || d.CallingStation != "" {
		t.Errorf("%+v", d)
	}
	v.account(t, radius.AccountingStop, "anna", "01", withAddress, "")
	s, err := v.store.Connection(t.Context(), "unique 01")
	if err != nil || s.Stop() == nil || s.CustomerID != "" || s.MAC != "" || s.CallingStation != "" ||
		s.SessionID != "" {
		t.Errorf("the session is %+v, %v", s, err)
	}
}
