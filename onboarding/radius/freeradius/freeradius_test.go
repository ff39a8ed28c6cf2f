package freeradius_test

import (
	"context"
	"strings"
	"testing"
)

func TestAuthentication(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	const difficult = `%{User-Name}\n"'$é` + "`"
	anna := r.register("anna", difficult)
	r.register("josé", "passwort")
	r.register("emoji", "📶 password")
	change := func(l login, f func(*login)) login { f(&l); return l }
	right := r.login("anna", difficult)
	for _, c := range []struct {
		name string
		l    login
		in   bool
	}{
		{"TTLS-MSCHAPv2", right, true},
		{"TTLS-PAP", change(right, func(l *login) { l.phase2 = "auth=PAP" }), true},
		{"TTLS-EAP-MSCHAPv2", change(right, func(l *login) { l.phase2 = "autheap=MSCHAPV2" }), true},
		{"PEAP-MSCHAPv2", change(right, func(l *login) { l.method = "PEAP" }), true},
		{"user name with realm", change(right, func(l *login) { l.username += "@" + realm }), true},
		{"user name beyond ASCII", r.login("josé", "passwort"), true},
		{"user name beyond ASCII, PAP, realm", change(r.login("josé@"+realm, "passwort"), func(l *login) {
			l.phase2 = "auth=PAP"
		}), true},
		{"emoji, PAP", change(r.login("emoji", "📶 password"), func(l *login) { l.phase2 = "auth=PAP" }), true},
		{"wrong password", change(right, func(l *login) { l.password = "wrong" }), false},
		{"wrong password, PAP", change(right, func(l *login) { l.password, l.phase2 = "wrong", "auth=PAP" }), false},
		{"wrong password, PEAP", change(right, func(l *login) { l.password, l.method = "wrong", "PEAP" }), false},
		{"unknown user", change(right, func(l *login) { l.username = "nobody" }), false},
		{"user name in another case", change(right, func(l *login) { l.username = "Anna" }), false},
		{"foreign realm", change(right, func(l *login) { l.username = "anna@rival.example" }), false},
		{"hostile user name", change(right, func(l *login) { l.username = `%{User-Password}"'\` + "\n" + `","x":"` }),
			false},
		{"wrong CA", change(right, func(l *login) { l.ca = r.pki.ProfileRoot }), false},
		{"wrong server name", change(right, func(l *login) { l.name = "radius.other.example" }), false},
		{"CHAP, which is not offered", change(right, func(l *login) { l.phase2 = "auth=CHAP" }), false},
		{"at our access point", change(right, func(l *login) { l.attributes = []string{"32:s:door.example"} }), true},
		{"at another organization's", change(right, func(l *login) { l.attributes = []string{"32:s:rival.example"} }),
			false},
	} {
		r.want(c.name, c.l, c.in)
	}
	if err := r.Registration.Lock(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	r.want("locked", right, false)
	// Unknown clients do not fill the log, and it contains no secret.
	log := r.radius.Output.String()
	for _, unwanted := range []string{"onramp:", "nobody", "passwort", "User-Password", "josé"} {
		if strings.Contains(log, unwanted) {
			t.Errorf("the log tells %q", unwanted)
		}
	}
	if err := r.Registration.Unlock(ctx, manager(), anna.ID); err != nil {
		t.Fatal(err)
	}
	r.want("unlocked", right, true)
}
