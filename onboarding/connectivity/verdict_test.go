package connectivity_test

import (
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// A case is a history of anna and the verdict on it.
type verdictCase struct {
	name       string
	history    func(s *scene)
	state      connectivity.State
	cause      connectivity.Cause
	detail     connectivity.Detail
	confidence connectivity.Confidence
}

const (
	on    = connectivity.Connected
	off   = connectivity.NotConnected
	never = connectivity.NeverConnected

	certain  = connectivity.Certain
	likely   = connectivity.Likely
	possible = connectivity.Possible
)

func TestVerdicts(t *testing.T) {
	for _, cases := range [][]verdictCase{
		connectedCases, credentialCases, passwordCases, profileCases, trustCases, networkCases, serverCases, claimCases,
	} {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t)
				s.Advance(time.Hour)
				c.history(s)
				v := s.verdict()
				if v.State != c.state || v.Cause != c.cause || v.Detail != c.detail || v.Confidence != c.confidence {
					t.Errorf("got %s %q %q %s, want %s %q %q %s", v.State, v.Cause, v.Detail, v.Confidence,
						c.state, c.cause, c.detail, c.confidence)
					for _, e := range v.Evidence {
						t.Log(e.At.Format(time.TimeOnly), e.Source, e.Text)
					}
				}
				if v.Operator == "" || v.Visitor.Text() == "" {
					t.Errorf("no steps: %q %q", v.Operator, v.Visitor)
				}
			})
		}
	}
}

var connectedCases = []verdictCase{
	{"accepted, accounting runs", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
	}, on, "", "", certain},
	{"accepted without accounting", func(s *scene) {
		s.accept(phone)
		s.Advance(11 * time.Hour)
		s.Here.RADIUS.SessionTimeout = 0
	}, off, connectivity.CauseSessionEnded, "", likely}, // the venue's Session-Timeout is 8 h
	{"accepted an hour ago without accounting", func(s *scene) {
		s.accept(phone)
		s.Advance(time.Hour)
	}, on, "", "", likely},
	{"accounting of an earlier version without attempts", func(s *scene) {
		s.account(radius.AccountingStart, "u1")
	}, on, "", "", certain},
	{"moved to another access point: its accept comes before the first one's Stop", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Minute)
		s.accept(phone, func(a *onboarding.Attempt) {
			a.LocationID, a.HotspotID = testkit.ID("garden", 1), testkit.ID("garden", 2)
			a.AccessPoint = "nas " + testkit.Garden
		})
		s.Advance(time.Second)
		s.account(radius.AccountingStop, "u1", lasted(time.Minute, "User-Request"))
	}, on, "", "", likely},
	{"two connections began in the same second, and the first by name ended", together("u1"), on, "", "", certain},
	{"two connections began in the same second, and the last by name ended", together("u2"), on, "", "", certain},
	{"reconnected after a failure", func(s *scene) {
		s.attempt(phone, onboarding.ReasonWrongPassword)
		s.Advance(time.Minute)
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
	}, on, "", "", certain},
	{"one of two stations is on", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Minute)
		s.attempt(laptop, onboarding.ReasonWrongPassword)
	}, on, "", "", certain},
	{"a MAC address that changed: the older one's accept has no accounting", func(s *scene) {
		s.accept(phone)
		s.Advance(time.Minute)
		s.attempt("06:00:00:00:aa:02", onboarding.ReasonWrongPassword)
	}, on, "", "", possible},
	{"locked, and the access point has no address for the disconnect", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Minute)
		s.lock(true)
	}, on, "", connectivity.DetailUnanswered, certain},
}

// together begins two connections in the same second and ends one.
func together(ended string) func(*scene) {
	return func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.account(radius.AccountingStart, "u2")
		s.Advance(time.Second)
		s.account(radius.AccountingStop, ended, lasted(time.Second, "User-Request"))
	}
}

var credentialCases = []verdictCase{
	{"locked", func(s *scene) {
		s.download("ios")
		s.lock(true)
		s.attempt(phone, onboarding.ReasonLocked)
	}, never, connectivity.CauseLocked, "", certain},
	{"unlocked since the refusal", func(s *scene) {
		s.lock(true)
		s.attempt(phone, onboarding.ReasonLocked)
		s.Advance(time.Minute)
		s.lock(false)
	}, never, connectivity.CauseLocked, connectivity.DetailSince, certain},
	{"expired", func(s *scene) {
		s.accept(phone)
		s.Advance(366 * 24 * time.Hour)
	}, off, connectivity.CauseExpired, "", certain},
	{"expired without a mandatory policy", func(s *scene) {
		s.accept(phone)
		s.Advance(13 * time.Hour)
		s.withdraw("privacy")
	}, off, connectivity.CausePolicyWithdrawn, connectivity.DetailConsent, certain},
	{"other organization", func(s *scene) {
		s.attempt(phone, onboarding.ReasonElsewhere, func(a *onboarding.Attempt) {
			a.HostID, a.LocationID, a.HotspotID = s.There.ID, testkit.ID("location", 2), testkit.ID("hotspot", 2)
		})
	}, never, connectivity.CauseOtherOrganization, "", possible},
	{"unknown user from a known station", func(s *scene) {
		s.accept(phone)
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonUnknownUser, unnamed)
	}, off, connectivity.CauseUnknownUser, "", likely},
	{"wrong realm from a known station", func(s *scene) {
		s.accept(phone)
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonWrongRealm, unnamed)
	}, off, connectivity.CauseWrongRealm, "", likely},
	{"the processing of personal data is refused", func(s *scene) {
		s.anna = s.AddCustomer(s.Here, "berta", "berta's password", testkit.Refusing)
	}, never, connectivity.CausePolicyWithdrawn, "", possible},
}

var passwordCases = []verdictCase{
	{"wrong password", func(s *scene) {
		s.download("ios")
		s.attempt(phone, onboarding.ReasonWrongPassword)
	}, never, connectivity.CauseWrongPassword, "", likely},
	{"wrong password of a station that was accepted", func(s *scene) {
		s.download("ios")
		s.accept(phone)
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonWrongPassword)
	}, off, connectivity.CauseWrongPassword, "", certain},
	{"rotated", func(s *scene) {
		s.download("ios")
		s.accept(phone)
		s.Advance(time.Minute)
		s.rotate()
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonWrongPassword)
	}, off, connectivity.CauseRotated, "", certain},
	{"rotated, and the phone has not tried since", func(s *scene) {
		s.download("ios")
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Hour)
		s.account(radius.AccountingStop, "u1", lasted(time.Hour, "User-Request"))
		s.Advance(time.Minute)
		s.rotate()
	}, off, connectivity.CauseRotated, "", likely},
	{"older profile", func(s *scene) {
		s.download("ios")
		s.accept(phone)
		s.Advance(time.Minute)
		s.rotate()
		s.Advance(time.Minute)
		s.download("ios")
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonWrongPassword)
	}, off, connectivity.CauseOlderProfile, "", likely},
	{"wrong password after a rotation, by a new station with a newer profile", func(s *scene) {
		s.download("ios")
		s.rotate()
		s.Advance(time.Minute)
		s.download("ios")
		s.attempt(laptop, onboarding.ReasonWrongPassword)
	}, never, connectivity.CauseWrongPassword, "", likely},
	{"rotated, and the newer profile is not installed", func(s *scene) {
		s.download("ios")
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Minute)
		s.account(radius.AccountingStop, "u1", lasted(time.Minute, "User-Request"))
		s.Advance(time.Minute)
		s.rotate()
		s.Advance(time.Minute)
		s.download("ios")
	}, off, connectivity.CauseNotInstalled, "", likely},
}

var profileCases = []verdictCase{
	{"never downloaded", func(*scene) {}, never, connectivity.CauseNeverDownloaded, "", certain},
	{"not installed", func(s *scene) { s.download("ios") }, never, connectivity.CauseNotInstalled, "", likely},
	{"reported, not seen", func(s *scene) {
		s.download("ios")
		s.Advance(time.Minute)
		s.install(false)
	}, never, connectivity.CauseNotInstalled, connectivity.DetailReported, possible},
	{"removed", func(s *scene) {
		s.download("ios")
		s.install(true)
	}, never, connectivity.CauseNotInstalled, connectivity.DetailRemoved, likely},
	{"platform cannot", func(s *scene) { s.refuse("windows") }, never, connectivity.CausePlatformCannot, "", certain},
	{"refused for one platform, downloaded for another", func(s *scene) {
		s.refuse("windows")
		s.download("ios")
	}, never, connectivity.CauseNotInstalled, "", likely},
	{"rotated before the first connection", func(s *scene) {
		s.download("ios")
		s.Advance(time.Minute)
		s.rotate()
	}, never, connectivity.CauseRotated, "", likely},
	{"the profile expired, the credential not", func(s *scene) {
		s.download("ios")
		s.accept(phone)
		s.Advance(364 * 24 * time.Hour)
		s.write(extend(s))
		s.Advance(10 * 24 * time.Hour)
	}, off, connectivity.CauseExpired, connectivity.DetailProfile, likely},
}

var networkCases = []verdictCase{
	{"left", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Hour)
		s.account(radius.AccountingStop, "u1", lasted(time.Hour, "Lost-Carrier"))
	}, off, connectivity.CauseOutOfRange, "", certain},
	{"session timeout reported", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(8 * time.Hour)
		s.account(radius.AccountingStop, "u1", lasted(8*time.Hour, "Session-Timeout"))
	}, off, connectivity.CauseSessionEnded, "", certain},
	{"session timeout without a Stop", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(9 * time.Hour)
	}, off, connectivity.CauseSessionEnded, "", likely},
	{"access point restarted", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Hour)
		s.account(radius.AccountingStop, "u1", lasted(time.Hour, "NAS-Reboot"))
	}, off, connectivity.CauseOutOfRange, connectivity.DetailRestart, certain},
	{"reset by the access point's operator", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Hour)
		s.account(radius.AccountingStop, "u1", lasted(time.Hour, "Admin-Reset"))
	}, off, connectivity.CauseDisconnected, "", certain},
	{"disconnected without a Stop", func(s *scene) {
		s.accept(phone)
		s.account(radius.AccountingStart, "u1")
		s.Advance(time.Hour)
		s.write(disconnected(s, "u1"))
	}, off, connectivity.CauseDisconnected, "", certain},
	{"accepted with a VLAN, and no connection begins", func(s *scene) {
		other := s.AddCustomer(s.Here, "olga", "olga's password")
		s.accept(laptop, of(other))
		start := s.Phone("olga", "o1")
		start.CallingStation = laptop
		s.AccountRecord(start)
		for range 4 {
			s.Advance(2 * time.Minute)
			s.accept(phone, withVLAN)
		}
	}, off, connectivity.CauseVLAN, "", likely},
	{"accepted again and again, and no connection begins", func(s *scene) {
		other := s.AddCustomer(s.Here, "olga", "olga's password")
		s.accept(laptop, of(other))
		start := s.Phone("olga", "o1")
		start.CallingStation = laptop
		s.AccountRecord(start)
		for range 4 {
			s.Advance(2 * time.Minute)
			s.accept(phone)
		}
	}, off, connectivity.CauseUnknown, connectivity.DetailNoAccounting, likely},
	{"accepted with a VLAN by an access point without accounting", func(s *scene) {
		for range 4 {
			s.Advance(2 * time.Minute)
			s.accept(phone, withVLAN)
		}
	}, on, "", "", likely},
	{"another person uses the MAC address since", func(s *scene) {
		other := s.AddCustomer(s.Here, "olga", "olga's password")
		s.accept(phone)
		s.Advance(time.Minute)
		s.accept(phone, of(other))
	}, off, connectivity.CauseOtherDevice, "", possible},
}

var serverCases = []verdictCase{
	{"onramp unavailable", func(s *scene) {
		s.attempt(phone, onboarding.ReasonUnavailable)
	}, never, connectivity.CauseUnavailable, "", certain},
	{"TLS version", func(s *scene) {
		s.accept(phone)
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonTLSVersion, byStation)
	}, off, connectivity.CauseTLSVersion, "", likely}, // the MAC address is randomised
	{"handshake stopped", func(s *scene) {
		s.accept(laptop)
		s.Advance(time.Minute)
		s.attempt(laptop, onboarding.ReasonStopped, byStation)
	}, off, connectivity.CauseStopped, "", likely},
	{"handshake failed", func(s *scene) {
		s.accept(laptop)
		s.Advance(time.Minute)
		s.attempt(laptop, onboarding.ReasonHandshake, byStation)
	}, off, connectivity.CauseUnknown, connectivity.DetailHandshake, likely},
	{"RADIUS server silent", func(s *scene) {
		s.download("ios")
		s.probed(connectivity.Health{Address: "127.0.0.1:1812"})
	}, never, connectivity.CauseRADIUSUnreachable, "", likely},
	{"RADIUS server silent, but never downloaded", func(s *scene) {
		s.probed(connectivity.Health{Address: "127.0.0.1:1812"})
	}, never, connectivity.CauseNeverDownloaded, "", certain},
	{"wrong RADIUS secret", func(s *scene) {
		s.download("ios")
		s.probed(connectivity.Health{Answers: true, Dropped: []connectivity.Dropped{{
			Reason: connectivity.DroppedSecret, HotspotID: testkit.ID("own", 1), Count: 3, Last: s.Now(),
		}}})
	}, never, connectivity.CauseRADIUSSecret, "", possible},
	{"wrong RADIUS secret of another organization's hotspot", func(s *scene) {
		s.download("ios")
		s.probed(connectivity.Health{Answers: true, Dropped: []connectivity.Dropped{{
			Reason: connectivity.DroppedSecret, HotspotID: testkit.ID("hotspot", 2), Count: 3, Last: s.Now(),
		}}})
	}, never, connectivity.CauseNotInstalled, "", likely},
	{"undeclared sender, and silence of a hotspot's address", func(s *scene) {
		s.download("ios")
		s.probed(connectivity.Health{Answers: true, Dropped: []connectivity.Dropped{{
			Reason: connectivity.DroppedClient, HotspotID: testkit.ID("own", 1), Count: 3, Last: s.Now(),
		}}})
	}, never, connectivity.CauseAccessPointUnknown, "", possible},
	{"undeclared sender", func(s *scene) {
		s.download("ios")
		s.install(false)
		s.probed(connectivity.Health{Answers: true, Dropped: []connectivity.Dropped{{
			Reason: connectivity.DroppedClient, Count: 3, Last: s.Now(),
		}}})
	}, never, connectivity.CauseNotInstalled, connectivity.DetailReported, possible},
	{"undeclared sender, but the organization's access points are heard", func(s *scene) {
		s.download("ios")
		s.install(false)
		s.accept(laptop, of(s.AddCustomer(s.Here, "olga", "olga's password")))
		s.probed(connectivity.Health{Answers: true, Dropped: []connectivity.Dropped{{
			Reason: connectivity.DroppedClient, Count: 3, Last: s.Now(),
		}}})
	}, never, connectivity.CauseNotInstalled, connectivity.DetailReported, possible},
	{"Onramp accepts no connections", func(s *scene) {
		s.download("ios")
		s.probed(connectivity.Health{Answers: true, Unavailable: true})
	}, never, connectivity.CauseUnavailable, "", likely},
	{"last seen at an undeclared access point", func(s *scene) {
		s.Here.RADIUS.SessionTimeout = 0
		s.apply()
		s.accept(phone, undeclared)
		s.Advance(13 * time.Hour)
	}, off, connectivity.CauseAccessPointUnknown, "", likely},
}

var claimCases = []verdictCase{
	{"claimed station fails", func(s *scene) {
		s.download("ios")
		s.claim(phone)
		s.attempt(phone, onboarding.ReasonNotTrusted, unnamed)
	}, never, connectivity.CauseNotTrusted, "", possible},
	{"claimed station of another person", func(s *scene) {
		s.download("ios")
		s.accept(phone, of(s.AddCustomer(s.Here, "olga", "olga's password")))
		s.claim(phone)
		s.attempt(phone, onboarding.ReasonNotTrusted, unnamed)
	}, never, connectivity.CauseNotInstalled, "", likely},
	{"claim older than a day", func(s *scene) {
		s.download("ios")
		s.claim(phone)
		s.Advance(25 * time.Hour)
		s.attempt(phone, onboarding.ReasonNotTrusted, unnamed)
	}, never, connectivity.CauseNotInstalled, "", likely},
	{"claimed station fails at another organization's access point", func(s *scene) {
		s.download("ios")
		s.claim(phone)
		s.attempt(phone, onboarding.ReasonNotTrusted, unnamed, func(a *onboarding.Attempt) {
			a.HostID, a.OrganizationID, a.HotspotID = s.There.ID, s.There.ID, testkit.ID("hotspot", 2)
		})
	}, never, connectivity.CauseNotInstalled, "", likely},
	{"claimed station has no profile, another device has", func(s *scene) {
		s.download("ios")
		s.accept(laptop)
		s.account(radius.AccountingStart, "u1", ofLaptop)
		s.Advance(time.Minute)
		s.account(radius.AccountingStop, "u1", lasted(time.Minute, "User-Request"),
			ofLaptop)
		s.Advance(time.Hour)
		s.claim(phone)
	}, off, connectivity.CauseOtherDevice, "", possible},
}
