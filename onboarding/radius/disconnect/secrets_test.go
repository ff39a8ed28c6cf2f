package disconnect_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	wire "layeh.com/radius"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/radius"
	"onramp/onboarding/radius/disconnect"
)

// TestCommonSecrets disconnects at an access point that has the former, the new, or another secret
// during a change of the common secret.
func TestCommonSecrets(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var held atomic.Value // of []byte
	held.Store([]byte("no secret yet"))
	point := wire.PacketServer{
		SecretSource: secretSource(func() []byte { return held.Load().([]byte) }),
		Handler: wire.HandlerFunc(func(w wire.ResponseWriter, r *wire.Request) {
			if err := w.Write(r.Response(wire.CodeDisconnectACK)); err != nil {
				t.Error(err)
			}
		}),
	}
	served := make(chan error, 1)
	go func() { served <- point.Serve(conn) }()
	t.Cleanup(func() {
		_ = conn.Close()
		<-served
	})

	v := newVenue(t, conn.LocalAddr().(*net.UDPAddr).AddrPort())
	v.here.Locations[0].Hotspots[0].Secret = nil
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.here}); err != nil {
		t.Fatal(err)
	}
	common := func(want int) []radius.CommonSecret {
		t.Helper()
		secrets, err := v.RADIUS.CommonSecrets(t.Context())
		if err != nil || len(secrets) != want {
			t.Fatalf("%d secrets, %v; want %d", len(secrets), err, want)
		}
		return secrets
	}
	common(1)
	if made, err := v.Access.Rekey(t.Context(), access.SecretRADIUS); err != nil || !made {
		t.Fatal(made, err)
	}
	secrets := common(2)
	if !secrets[0].Second || secrets[1].Second || secrets[0].Secret == secrets[1].Secret ||
		len(secrets[0].Secret) != 32 {
		t.Error("the new secret is not the first, at the second pair of ports")
	}
	for _, c := range []struct {
		session, secret string
		want            onboarding.DisconnectOutcome
	}{
		{"01", secrets[1].Secret, onboarding.DisconnectAcknowledged},
		{"02", secrets[0].Secret, onboarding.DisconnectAcknowledged},
		{"03", "the secret of another", onboarding.DisconnectUnanswered},
	} {
		held.Store([]byte(c.secret))
		customer := v.customer(t, "customer "+c.session)
		v.account(t, radius.AccountingStart, "customer "+c.session, c.session, withAddress, "")
		if err := v.Registration.Lock(t.Context(), manager(), customer.ID); err != nil {
			t.Fatal(err)
		}
		sender := &disconnect.Sender{Wait: 300 * time.Millisecond, Again: 50 * time.Millisecond}
		if n, err := v.RADIUS.SendDisconnects(t.Context(), sender); n != 1 || err != nil {
			t.Errorf("%d sent, %v", n, err)
		}
		if got := v.outcomes(t)["unique "+c.session].Outcome; got != c.want {
			t.Errorf("session %s: %q, want %q", c.session, got, c.want)
		}
	}
}

// secretSource returns the secret that the access point holds.
type secretSource func() []byte

func (s secretSource) RADIUSSecret(context.Context, net.Addr) ([]byte, error) { return s(), nil }
