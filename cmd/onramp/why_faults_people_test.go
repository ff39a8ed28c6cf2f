package main

import (
	"fmt"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// attributionFaults are those in which it is uncertain who failed.
func attributionFaults() []fault {
	wrongRoot := func(phone *phone, s *scene) {
		phone.network.Anchors = [][]byte{s.servers.other.Raw}
	}
	return []fault{
		{"MAC address of two people, by MAC", "two people connected with one station; then its handshake fails",
			venue{}, func(s *scene) string {
				_, one := s.regular(judge.IOS)
				_, two := s.ready(judge.IOS)
				two.mac = one.mac
				two.joins()
				two.start().stop("User-Request")
				wrongRoot(two, s)
				two.fails()
				return one.mac
			}, right{exit: 2}},
		{"MAC address of two people, the later", "the same, asked for the one who connected last", venue{},
			func(s *scene) string {
				_, one := s.regular(judge.IOS)
				later, two := s.ready(judge.IOS)
				two.mac = one.mac
				two.joins()
				two.start().stop("User-Request")
				wrongRoot(two, s)
				two.fails()
				return later.id
			}, right{state: "not_connected", cause: notTrusted, confidence: "possible"}},
		{"MAC address of two people, the earlier", "the same, asked for the other: the failure is not theirs", venue{},
			func(s *scene) string {
				earlier, one := s.regular(judge.IOS)
				_, two := s.ready(judge.IOS)
				two.mac = one.mac
				two.joins()
				two.start().stop("User-Request")
				wrongRoot(two, s)
				two.fails()
				return earlier.id
			}, right{state: "not_connected", cause: "out-of-range"}},
		{"randomised MAC that changes", "the phone was connected; with a new address, its password is wrong", venue{},
			func(s *scene) string {
				p, phone := s.regular(judge.IOS)
				phone.mac, phone.network.Password = stationMAC(s.n, 99), "a-guess"
				phone.fails()
				return p.id
			}, right{state: "not_connected", cause: "wrong-password", stations: 2}},
		{"randomised MAC, handshake", "the same, and the new address fails in the handshake: nobody's station", venue{},
			func(s *scene) string {
				_, phone := s.regular(judge.IOS)
				phone.mac = stationMAC(s.n, 99)
				wrongRoot(phone, s)
				phone.fails()
				return phone.mac
			}, right{cause: notTrusted}},
		{"portal's MAC only", "a phone that the portal's link names fails in the handshake", venue{},
			func(s *scene) string {
				p := s.claimant()
				phone := s.phone(p.download(judge.IOS))
				wrongRoot(phone, s)
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: notTrusted, confidence: "possible"}},
		{"portal's MAC of a known station", "a stranger's portal link names a regular's phone, whose handshake fails",
			venue{}, func(s *scene) string {
				_, phone := s.regular(judge.IOS)
				s.phones-- // claim the regular's address
				stranger := s.claimant()
				stranger.download(judge.IOS)
				wrongRoot(phone, s)
				phone.fails()
				return stranger.id
			}, right{state: "never_connected", cause: "not-installed"}},
		{"stranger guesses passwords",
			"another station sends the connected person's name with wrong passwords", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.joins()
				phone.start()
				thief := s.phone(&judge.View{Networks: []judge.Network{phone.network}})
				thief.network.Password = "a-guess"
				for range 3 {
					thief.fails()
				}
				return p.id
			}, right{state: "connected", cause: "none"}},
		{"stranger elsewhere", "a station with the person's address fails at another tenant's access point", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.joins()
				phone.start()
				thief := *phone
				thief.nas = nasOf(s.rival, 1)
				wrongRoot(&thief, s)
				thief.fails()
				return p.id
			}, right{state: "connected", cause: "none"}},
	}
}

// soundCases are those in which the right answer is connected.
func soundCases() []fault {
	on := right{state: "connected", cause: "none"}
	sure := right{state: "connected", cause: "none", confidence: "certain"}
	return []fault{
		{"connected, with accounting", "nothing is wrong", venue{vlan: 20}, func(s *scene) string {
			p, phone := s.ready(judge.Android)
			phone.joins()
			phone.start().interim()
			return p.id
		}, sure},
		{"connected, without accounting", "the access point sends no accounting", venue{}, sound(judge.IOS),
			right{state: "connected", cause: "none", confidence: "likely"}},
		{"connected, asked by e-mail", "nothing is wrong", venue{}, func(s *scene) string {
			email := fmt.Sprintf("on%d@example.com", s.n)
			_, phone := s.ready(judge.Android, fmt.Sprintf(`"email":%q`, email))
			phone.joins()
			phone.start()
			return email
		}, sure},
		{"connected, asked by MAC", "nothing is wrong", venue{}, func(s *scene) string {
			_, phone := s.ready(judge.Android)
			phone.joins()
			phone.start()
			return strings.ToUpper(strings.ReplaceAll(phone.mac, ":", "-"))
		}, sure},
		{"connected after failures", "a wrong password three times, then the right one", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				right := phone.network.Password
				phone.network.Password = "a-guess"
				for range 3 {
					phone.fails()
				}
				phone.network.Password = right
				phone.joins()
				phone.start()
				return p.id
			}, sure},
		{"one of two phones", "the old phone fails, the new one is connected", venue{}, func(s *scene) string {
			p, old := s.regular(judge.IOS)
			current := s.phone(p.download(judge.Android))
			current.joins()
			current.start()
			old.network.Password = "a-guess"
			old.fails()
			return p.id
		}, right{state: "connected", cause: "none", stations: 2}},
		{"moved to another access point", "stopped at the door, started at the bar", venue{}, func(s *scene) string {
			p, phone := s.ready(judge.IOS)
			phone.joins()
			visit := phone.start()
			phone.nas = nasOf(s.n, 2)
			phone.joins()
			phone.start()
			phone.nas = nasOf(s.n, 1)
			visit.stop("User-Request")
			return p.id
		}, sure},
		{"PEAP instead of TTLS", "the phone uses PEAP, which the server accepts too", venue{}, func(s *scene) string {
			p, phone := s.ready(judge.Android)
			phone.network.EAP, phone.network.Inner = judge.EAPPEAP, judge.InnerMSCHAPv2
			phone.joins()
			return p.id
		}, on},
		{"session timeout passed",
			"connected with accounting and a Session-Timeout of 1 h; asked 2 h later, without a Stop",
			venue{timeout: "1h"}, func(s *scene) string {
				p, phone := s.ready(judge.IOS)
				phone.joins()
				phone.start()
				return p.id
			}, right{state: "not_connected", cause: "session-ended", later: 2 * time.Hour}},
		{"no accounting, 13 h later", "accepted without accounting, with a Session-Timeout of 24 h; asked 13 h later",
			venue{timeout: "24h"}, sound(judge.IOS), right{state: "not_connected", cause: "out-of-range",
				later: 13 * time.Hour}},
		{"CHAP in the tunnel", "the phone uses an inner method that the server does not have", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.Android)
				phone.network.Inner = judge.InnerCHAP
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: "eap-method"}},
		{"other EAP method", "the phone offers only EAP-PWD, which the server does not have", venue{},
			func(s *scene) string {
				p, phone := s.regular(judge.Android)
				phone.more = []string{"eap=PWD"}
				phone.fails()
				return p.id
			}, right{state: "not_connected", cause: "eap-method"}},
	}
}
