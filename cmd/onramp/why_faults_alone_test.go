package main

import (
	"syscall"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/postgres"
)

// scenes returns the scenes of n tenants on a deployment of their own, with a running FreeRADIUS.
func (a *air) scenes(t *testing.T, c *certificates, n int, certificate *serverCertificate) []*scene {
	t.Helper()
	tenants := make([]string, n)
	for i := range tenants {
		tenants[i] = venue{}.yaml(i+1, c.root)
	}
	a.apply(t, tenants...)
	a.createKeys(t, n)
	a.configure(t, certificate)
	a.startRadius(t)
	scenes := make([]*scene, n)
	for i := range scenes {
		scenes[i] = &scene{TB: t, air: a, n: i + 1, rival: n, servers: c}
	}
	return scenes
}

// certificateFaults changes the certificate of a RADIUS server whose phones were connected before.
func certificateFaults(t *testing.T, c *certificates, r *report) {
	now := time.Now()
	other := judgetest.LeafTemplate("radius.new.example")
	other.NotBefore, other.NotAfter, other.ExtKeyUsage = now.Add(-time.Hour), now.Add(time.Hour), serverUse
	otherRoot := judgetest.LeafTemplate(radiusName)
	otherRoot.NotBefore, otherRoot.NotAfter, otherRoot.ExtKeyUsage = now.Add(-time.Hour), now.Add(time.Hour), serverUse
	middle := c.authority(t, "Other Intermediate", c.other)
	cases := []struct {
		name, injected string
		certificate    *serverCertificate
		detail         string
	}{
		{"expired server certificate", "FreeRADIUS has a certificate that ended a minute ago",
			c.server(t, now.Add(-time.Hour), now.Add(-time.Minute)), "certificate-expired"},
		{"server certificate not valid yet", "FreeRADIUS has a certificate that begins tomorrow",
			c.server(t, now.Add(24*time.Hour), now.Add(48*time.Hour)), "certificate-not-yet-valid"},
		{"missing intermediate", "FreeRADIUS sends its certificate without the intermediate",
			&serverCertificate{leaf: c.sound.leaf}, "intermediate-missing"},
		{"certificate of a new root", "the server's new certificate is of another root",
			&serverCertificate{leaf: judgetest.Issue(t, otherRoot, middle), above: []*judgetest.Pair{middle}},
			"anchor"},
		{"certificate with a new name", "the server's new certificate has another name",
			&serverCertificate{leaf: judgetest.Issue(t, other, c.root)}, "name"},
	}
	a := newAir(t, 0)
	scenes := a.scenes(t, c, len(cases), c.sound)
	people, phones := make([]*person, len(cases)), make([]*phone, len(cases))
	for i, s := range scenes {
		people[i], phones[i] = s.ready([]string{judge.IOS, judge.Android}[i%2])
		phones[i].joins()
	}
	for i := range cases {
		t.Run(cases[i].name, func(t *testing.T) {
			a.stopRadius()
			a.configure(t, cases[i].certificate)
			a.startRadius(t)
			r.add(t, &fault{
				name: cases[i].name, injected: cases[i].injected,
				run: func(*scene) string {
					phones[i].fails()
					return people[i].id
				},
				want: right{state: "not_connected", cause: notTrusted, detail: cases[i].detail},
			}, scenes[i])
		})
	}
}

// clockFaults has a deployment 20 h behind the phones, for which a certificate is still valid.
func clockFaults(t *testing.T, c *certificates, r *report) {
	a := newAir(t, -20*time.Hour)
	now := time.Now()
	s := a.scenes(t, c, 1, c.server(t, now.Add(-72*time.Hour), now.Add(time.Hour)))[0]
	p, phone := s.ready(judge.IOS)
	phone.joins()
	a.stopRadius()
	a.configure(t, c.server(t, now.Add(-72*time.Hour), now.Add(-time.Hour)))
	a.startRadius(t)
	r.add(t, &fault{
		name: "phone's clock wrong", injected: "for the phone's clock, a certificate has ended that is valid",
		run: func(*scene) string {
			phone.fails()
			return p.id
		},
		want: right{state: "not_connected", cause: notTrusted, detail: "phone-clock"},
	}, s)
}

// outageFaults stops FreeRADIUS and Onramp.
func outageFaults(t *testing.T, c *certificates, r *report) {
	a := newAir(t, 0)
	scenes := a.scenes(t, c, 5, c.sound)
	unavailable := right{state: "not_connected", cause: "onramp-unavailable"}
	tried := func(s *scene, p *person, phone *phone, port int) string {
		phone.port, phone.wait = port, 4*time.Second
		phone.fails()
		return p.id
	}
	// A person and a phone each, while everything runs.
	people, phones := make([]*person, len(scenes)), make([]*phone, len(scenes))
	for i, s := range scenes {
		people[i], phones[i] = s.regular(judge.IOS)
	}
	row := func(name, injected string, i int, want right, run func() string) {
		t.Run(name, func(t *testing.T) {
			r.add(t, &fault{name: name, injected: injected, want: want,
				run: func(*scene) string { return run() }}, scenes[i])
		})
	}
	row("Onramp slow", "Onramp stops answering for a while, and is asked after it", 0, unavailable, func() string {
		must(t, a.cmd.Process.Signal(syscall.SIGSTOP))
		tried(scenes[0], people[0], phones[0], a.auth)
		must(t, a.cmd.Process.Signal(syscall.SIGCONT))
		a.awaitAttempt(t, people[0].id)
		return people[0].id
	})
	row("Onramp down, still", "Onramp is killed, and the question is asked while it is down", 1, unavailable,
		func() string {
			a.kill()
			return tried(scenes[1], people[1], phones[1], a.auth)
		})
	row("Onramp down, back", "the same, asked after it has started again", 1, unavailable, func() string {
		a.start()
		a.awaitAttempt(t, people[1].id)
		return people[1].id
	})
	row("FreeRADIUS down", "FreeRADIUS is stopped", 2, right{state: "not_connected", cause: "radius-unreachable"},
		func() string {
			a.stopRadius()
			return tried(scenes[2], people[2], phones[2], a.auth)
		})
	row("FreeRADIUS down, new phone", "the same, for a phone that reported its installation", 3,
		right{state: "never_connected", cause: "radius-unreachable"}, func() string {
			p, phone := scenes[3].ready(judge.IOS)
			return tried(scenes[3], p, phone, a.auth)
		})
}

// awaitAttempt waits until FreeRADIUS has delivered the results that it could not report at once.
func (a *air) awaitAttempt(t testing.TB, who string) {
	t.Helper()
	waitFor(t, "a delayed report", func() bool {
		_, v, _ := a.why(t, who, 0)
		return orNone(v.Cause) == "onramp-unavailable"
	})
}

// databaseFaults suspends PostgreSQL.
func databaseFaults(t *testing.T, c *certificates, r *report) {
	database := postgres.New(t, "fsync=off")
	address := database.NewDatabase(t)
	if code, _, stderr := onramp(t, "", "migrate", "--database", address); code != 0 {
		t.Fatal(stderr)
	}
	a := newAir(t, 0, "--database", address)
	s := a.scenes(t, c, 1, c.sound)[0]
	p, phone := s.regular(judge.IOS)
	r.add(t, &fault{
		name: "database down", injected: "PostgreSQL is suspended during the attempt",
		want: right{state: "not_connected", cause: "onramp-unavailable"},
		run: func(*scene) string {
			database.Freeze(t)
			phone.wait = 4 * time.Second
			phone.fails()
			database.Thaw(t)
			a.awaitAttempt(t, p.id)
			return p.id
		},
	}, s)
}
