package freeradius_test

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
)

// attribute returns the values in an Access-Accept, as eapol_test prints them.
func attribute(out string, number int) []string {
	if i := strings.LastIndex(out, "(Access-Accept)"); i >= 0 {
		out = out[i:]
	}
	found := regexp.MustCompile(fmt.Sprintf(`(?m)^ *Attribute %d \([^)]*\) length=\d+\n *Value: (.*)$`,
		number)).FindAllStringSubmatch(out, -1)
	var values []string
	for _, f := range found {
		values = append(values, strings.Trim(f[1], "'"))
	}
	return values
}

// TestAccept verifies the attributes of an Access-Accept for each EAP method.
func TestAccept(t *testing.T) {
	r := newRig(t)
	r.register("anna", "passwort")
	for _, c := range []struct{ method, phase2 string }{
		{"TTLS", "auth=MSCHAPV2"}, {"TTLS", "auth=PAP"}, {"TTLS", "autheap=MSCHAPV2"}, {"PEAP", "auth=MSCHAPV2"},
	} {
		l := r.login("anna", "passwort")
		l.method, l.phase2 = c.method, c.phase2
		in, out := r.eapol(l)
		if !in {
			t.Fatalf("%s/%s: %s", c.method, c.phase2, tail(out, 1000))
		}
		class := attribute(out, 25)
		if len(class) != 1 || !strings.HasPrefix(class[0], "6f312e") { // o1.
			t.Errorf("%s/%s: Class %q", c.method, c.phase2, class)
		}
		for number, want := range map[int]string{27: "3600", 64: "0000000d", 65: "00000006", 81: "3230"} {
			if got := attribute(out, number); len(got) != 1 || got[0] != want {
				t.Errorf("%s/%s: attribute %d is %q, want %s", c.method, c.phase2, number, got, want)
			}
		}
		name := attribute(out, 1)
		if len(name) != 1 || strings.Contains(name[0], "anna") || strings.Contains(name[0], "anonymous") ||
			!strings.HasSuffix(name[0], "@"+realm) {
			t.Errorf("%s/%s: the access point is told the user name %q", c.method, c.phase2, name)
		}
	}
}

// TestLoginsAndFailures verifies the stored logins and failures.
func TestLoginsAndFailures(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	started := time.Now()
	anna, locked := r.register("anna", "passwort"), r.register("locked", "passwort")
	if err := r.Registration.Lock(ctx, manager(), locked.ID); err != nil {
		t.Fatal(err)
	}
	at := func(l login) login { l.attributes = []string{"32:s:door.example"}; return l }
	peap, wrong, wrongPEAP, otherCA := r.login("anna", "passwort"), r.login("anna", "wrong"), r.login("anna", "wrong"),
		r.login("anna", "passwort")
	peap.method, wrongPEAP.method, otherCA.ca = "PEAP", "PEAP", r.pki.ProfileRoot
	r.want("right", at(r.login("anna", "passwort")), true)
	r.want("right by PEAP", at(peap), true)
	r.want("wrong", at(wrong), false)
	r.want("wrong by PEAP", at(wrongPEAP), false)
	r.want("nobody", at(r.login("nobody", "passwort")), false)
	r.want("locked", at(r.login("locked", "passwort")), false)
	r.want("an untrusted certificate", at(otherCA), false)

	kept, err := r.Registration.CustomerInfo(ctx, manager(), anna.ID)
	if err != nil || kept.Logins != 2 || kept.LastLogin == nil || kept.LastLogin.Before(started) {
		t.Errorf("logins: %+v, %v", kept, err)
	}
	failures, _, err := r.Connectivity.Refusals(ctx, manager(), organizationID, &started, nil)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[connectivity.Cause]int64{}
	for _, f := range failures {
		counts[f.Cause] += f.Count
		if f.HotspotID != hotspotID {
			t.Errorf("%s is counted at %q", f.Cause, f.HotspotID)
		}
	}
	for reason, want := range map[connectivity.Cause]int64{
		connectivity.CauseWrongPassword: 2,
		connectivity.CauseUnknownUser:   1,
		connectivity.CauseLocked:        1,
		connectivity.CauseNotTrusted:    1,
	} {
		if counts[reason] != want {
			t.Errorf("%d failures by %s, want %d; all: %v", counts[reason], reason, want, counts)
		}
	}
}

// TestOnlyEAP verifies that every password outside a tunnel is rejected, and that a packet without
// a valid Message-Authenticator is not answered.
func TestOnlyEAP(t *testing.T) {
	r := newRig(t)
	r.register("anna", "passwort")
	port := fmt.Sprintf("127.0.0.1:%d", r.auth)
	out, _ := exec.Command("sh", "-c",
		fmt.Sprintf("echo 'User-Name=anna,User-Password=passwort,Message-Authenticator=0x00' | radclient -r 1 -t "+
			"5 %s auth %s", port, r.secret)).CombinedOutput()
	if !strings.Contains(string(out), "Received Access-Reject") {
		t.Errorf("PAP outside: %s", out)
	}
	out, _ = exec.Command("sh", "-c",
		fmt.Sprintf("echo 'User-Name=anna,User-Password=passwort' | radclient -r 1 -t 2 %s auth %s", port,
			r.secret)).CombinedOutput()
	if strings.Contains(string(out), "Received") {
		t.Errorf("without Message-Authenticator: %s", out)
	}
	out, _ = exec.Command("sh", "-c",
		fmt.Sprintf("echo 'User-Name=anna,Message-Authenticator=0x00' | radclient -r 1 -t 2 %s auth another",
			port)).CombinedOutput()
	if strings.Contains(string(out), "Received") {
		t.Errorf("with another secret: %s", out)
	}
}

// TestOwnSecret authenticates at an access point with its own client entry.
func TestOwnSecret(t *testing.T) {
	const own = `own's "secret" ${confdir}\x %{User-Name} # }`
	r := newRig(t, onboarding.Hotspot{
		ID:            ownHotspotID,
		Name:          "Own } secret = x",
		NASIdentifier: "own.example",
		Address:       "127.0.0.2",
		Secret:        &onboarding.Sealed{Box: []byte(own)},
	})
	r.register("anna", "passwort")
	theirs := r.login("anna", "passwort")
	theirs.address, theirs.secret = "127.0.0.2", own
	r.want("with its secret", theirs, true)
	theirs.attributes = []string{"32:s:rival.example"} // ignored
	r.want("claiming to be another organization's", theirs, true)
	theirs.secret = r.secret
	r.want("with the common secret", theirs, false)
	r.want("the loopback client", r.login("anna", "passwort"), true)
}
