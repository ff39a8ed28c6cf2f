package freeradius_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius/disconnect"
	"onramp/onboarding/testkit/process"
)

// coaServer starts a second FreeRADIUS as the access point of RFC 5176, with one connection and a
// secret.
func (r *rig) coaServer(address string, port int, secret, session string) *process.Buffer {
	r.Helper()
	dir := r.TempDir()
	config := fmt.Sprintf(`
logdir = %[1]s
run_dir = %[1]s
pidfile = %[1]s/radiusd.pid
log {
	destination = files
	file = %[1]s/radius.log
}
security {
	allow_vulnerable_openssl = no
}
client onramp {
	ipaddr = 127.0.0.1
	secret = %[4]s
	require_message_authenticator = yes
}
modules {
	always ok {
		rcode = ok
	}
	always reject {
		rcode = reject
	}
}
server access-point {
	listen {
		type = coa
		ipaddr = %[2]s
		port = %[3]d
	}
	recv-coa {
		if ((&Acct-Session-Id == "%[5]s") && (&Calling-Station-Id == "02-00-00-00-aa-01")) {
			ok
		}
		else {
			reject
		}
	}
}
`, dir, address, port, secret, session)
	if err := os.WriteFile(filepath.Join(dir, "radiusd.conf"), []byte(config), 0o600); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "dictionary"), nil, 0o600); err != nil {
		r.Fatal(err)
	}
	return process.StartFreeRADIUS(r, exec.Command("freeradius", "-X", "-d", dir)).Output
}

// TestLockDisconnects authenticates a customer at an access point with its own secret, accounts the
// connection and locks the customer: the access point receives a Disconnect-Request, and the next
// authentication is rejected.
func TestLockDisconnects(t *testing.T) {
	const own = "the-access-points-own-secret"
	port := process.FreePort(t)
	r := newRig(t, onboarding.Hotspot{
		ID:             ownHotspotID,
		Name:           "Own",
		Address:        "127.0.0.2",
		DisconnectPort: port,
		Secret:         &onboarding.Sealed{Box: []byte(own)},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.RADIUS.RunDisconnects(ctx, &disconnect.Sender{})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	accessPoint := r.coaServer("127.0.0.2", port, own, "00000007")
	anna := r.register("anna", "passwort")
	l := r.login("anna", "passwort")
	l.address, l.secret = "127.0.0.2", own
	in, out := r.eapol(l)
	if !in {
		t.Fatal(tail(out, 1000))
	}
	record := func(status string) string {
		return packet("Packet-Src-IP-Address = 127.0.0.2", "Acct-Status-Type = "+status, "Class = 0x"+
			attribute(out, 25)[0],
			`User-Name = "anonymous@demo.example"`, "Acct-Session-Id = 00000007",
			"Calling-Station-Id = 02-00-00-00-aa-01")
	}
	if r.radclient("acct", own, record("Start")) != 1 {
		t.Fatal("accounting is not answered")
	}
	if got := r.connections(anna); len(got) != 1 || got[0].Hotspot == nil || got[0].Hotspot.ID != ownHotspotID {
		t.Fatalf("connections: %+v", got)
	}
	if err := r.Registration.Lock(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	var orders []*onboarding.Disconnect
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if orders, err = r.Contacts.Disconnects(ctx, manager(), organizationID, 10); err != nil {
			t.Fatal(err)
		}
		if len(orders) == 1 && orders[0].Finished != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("orders: %+v\n%s", orders, tail(accessPoint.String(), 2000))
		}
	}
	if orders[0].Outcome != onboarding.DisconnectAcknowledged {
		t.Errorf("the order came to %+v\n%s", orders[0], tail(accessPoint.String(), 2000))
	}
	r.want("locked", l, false)
	r.radclient("acct", own, record("Stop"))
	if got := r.connections(anna); len(got) != 1 || got[0].Stop == nil {
		t.Errorf("afterwards: %+v", got)
	}
	if err := r.Registration.Unlock(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	r.want("unlocked", l, true)
	if _, err := r.Registration.Rotate(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	r.want("the old password after a rotation", l, false)
}

// TestExpiredAndDeleted verifies that a credential works until its end, again after an extension,
// and not after the deletion of its customer.
func TestExpiredAndDeleted(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	anna := r.register("anna", "passwort")
	l := r.login("anna", "passwort")
	r.want("before", l, true)
	credential, err := r.store.Credential(ctx, anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	ended := *credential
	ended.Expires = time.Now().Add(-time.Second)
	if err := r.store.Write(ctx, func(tx onboarding.Tx) error { return tx.UpdateCredential(ctx, &ended) }); err != nil {
		t.Fatal(err)
	}
	r.want("expired", l, false)
	ended.Expires = time.Now().Add(time.Hour)
	if err := r.store.Write(ctx, func(tx onboarding.Tx) error { return tx.UpdateCredential(ctx, &ended) }); err != nil {
		t.Fatal(err)
	}
	r.want("renewed", l, true)
	if err := r.Registration.Delete(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	r.want("deleted", l, false)
}
