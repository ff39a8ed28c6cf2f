package main

import (
	"net/http"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// waitFor waits until a condition is true.
func waitFor(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 15 s", what)
		}
	}
}

func accessPointFaults(t testing.TB) []fault {
	wrongSecret, foreign := newController(t, "127.0.0.21"), newController(t, "127.0.0.22")
	return []fault{
		{"undeclared access point", "the access point's name is not in the tenant file: it still works", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.nas = "unheard-of.example"
				phone.joins()
				return p.id
			}, right{state: "connected", cause: "none"}},
		{"wrong password at an undeclared access point", "the same, with a wrong password", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.nas, phone.network.Password = "unheard-of.example", "a-guess"
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: "wrong-password"}},
		{"wrong RADIUS secret", "the access point has another secret than the tenant file",
			venue{address: wrongSecret.address.String(), secret: wrongSecret.file}, func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.source, phone.secret, phone.wait = "127.0.0.21", "a typing error", silence
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: "radius-secret"}},
		{"address is no client", "the access point sends from an address that is not in the tenant file",
			venue{address: foreign.address.String(), secret: foreign.file}, func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.source, phone.secret, phone.wait = "127.0.0.99", foreign.secret, silence
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: "access-point-unknown"}},
	}
}

func connectionFaults(t testing.TB) []fault {
	acks, silentOne := newController(t, "127.0.0.31"), newController(t, "127.0.0.32")
	acks.answers.Store(true)
	ended := func(cause string) func(*scene) string {
		return func(s *scene) string {
			p, phone := s.ready(judge.IOS)
			phone.joins()
			phone.start().stop(cause)
			return p.id
		}
	}
	// locked locks the person during a connection at an access point with an address of its own.
	locked := func(c *controller) func(*scene) string {
		return func(s *scene) string {
			p, phone := s.ready(judge.IOS)
			phone.source, phone.secret = c.address.Addr().String(), c.secret
			phone.joins()
			phone.start()
			s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/lock", "")
			waitFor(s, "a disconnect request", func() bool { return c.asked.Load() > 0 })
			if !c.answers.Load() {
				time.Sleep(5500 * time.Millisecond) // until the request timed out
				return p.id
			}
			time.Sleep(200 * time.Millisecond) // until the answer is stored
			s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/unlock", "")
			return p.id
		}
	}
	return []fault{
		{"VLAN missing at the venue", "accepted four times with a VLAN, and no connection begins", venue{vlan: 666},
			func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				_, another := s.ready(judge.IOS)
				another.joins()
				another.start() // shows that the access point sends accounting
				for range 4 {
					phone.joins()
				}
				return p.id
			}, right{state: "not_connected", cause: "vlan", confidence: "likely"}},
		// Repeated accepts without any accounting are also those of a phone that roams.
		{"accepted often, no accounting at all",
			"accepted four times with a VLAN; the access point never sends accounting",
			venue{vlan: 666}, func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				for range 4 {
					phone.joins()
				}
				return p.id
			}, right{state: "connected", cause: "none", confidence: "likely"}},
		{"session timeout", "the access point stops the connection with Session-Timeout", venue{},
			ended("Session-Timeout"), right{state: "not_connected", cause: "session-ended"}},
		{"user left", "Stop with User-Request", venue{}, ended("User-Request"),
			right{state: "not_connected", cause: "out-of-range"}},
		{"radio lost", "Stop with Lost-Carrier", venue{}, ended("Lost-Carrier"),
			right{state: "not_connected", cause: "out-of-range"}},
		{"idle", "Stop with Idle-Timeout", venue{}, ended("Idle-Timeout"),
			right{state: "not_connected", cause: "out-of-range"}}, // the phone was quiet: it left or sleeps
		{"cut off by the operator", "Stop with Admin-Reset", venue{}, ended("Admin-Reset"),
			right{state: "not_connected", cause: "disconnected"}},
		{"access point restarted", "Accounting-On during the connection", venue{}, func(s *scene) string {
			p, phone := s.ready(judge.IOS)
			phone.joins()
			phone.start()
			time.Sleep(1100 * time.Millisecond)
			phone.restarts()
			return p.id
		}, right{state: "not_connected", cause: "out-of-range", detail: "access-point-restarted"}},
		{"disconnect acknowledged", "locked during the connection, then unlocked; the access point acknowledged",
			venue{address: acks.address.String(), secret: acks.file}, locked(acks),
			right{state: "not_connected", cause: "disconnected"}},
		{"disconnect not answered", "locked during the connection; the access point ignores the request",
			venue{address: silentOne.address.String(), secret: silentOne.file}, locked(silentOne),
			right{state: "connected", cause: "none", detail: "disconnect-unanswered"}},
	}
}
