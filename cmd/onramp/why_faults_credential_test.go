package main

import (
	"net/http"
	"time"

	"onramp/onboarding/devicesim/judge"
)

func credentialFaults() []fault {
	not := func(cause string) right { return right{state: "not_connected", cause: cause} }
	return []fault{
		{"locked", "the manager locks the customer", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.IOS)
			s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/lock", "")
			phone.fails()
			return p.id
		}, right{state: "not_connected", cause: "locked", confidence: "certain"}},
		{"locked, no attempt since", "the manager locks the customer before the first connection", venue{},
			func(s *scene) string {
				p, _ := s.ready(judge.IOS)
				s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/lock", "")
				return p.username
			}, right{state: "never_connected", cause: "locked", confidence: "certain"}},
		{"expired", "the credential ends after 4 s", venue{lifetime: "4s"}, func(s *scene) string {
			p, phone := s.ready(judge.Linux)
			created := time.Now() // or earlier
			phone.joins()
			time.Sleep(time.Until(created.Add(4 * time.Second)))
			phone.fails()
			return p.id
		}, right{state: "not_connected", cause: "expired", confidence: "certain"}},
		{"rotated", "the password is rotated; no newer profile is fetched", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.IOS)
			s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/rotate", "")
			phone.fails()
			return p.id
		}, not("rotated")},
		{"older profile in the way", "the password is rotated and a newer profile fetched; the phone uses the old one",
			venue{}, func(s *scene) string {
				p, phone := s.regular(judge.IOS)
				p.link = p.path(s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/rotate", "").
					body["activationUrl"].(string))
				p.download(judge.IOS)
				phone.fails()
				return p.id
			}, not("older-profile")},
		{"deleted", "the customer is deleted; the phone tries again", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.IOS)
			s.api(http.StatusOK, "DELETE", "/v1/customers/"+p.id, "")
			phone.fails()
			return p.id
			// A deletion leaves no ID.
		}, right{exit: 2}},
		{"deleted, asked by MAC", "the same, asked by the phone's address", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.IOS)
			s.api(http.StatusOK, "DELETE", "/v1/customers/"+p.id, "")
			phone.fails()
			return phone.mac
		}, right{state: "not_connected", cause: "deleted"}},
		{"wrong password", "the phone sends another password", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.Android)
			phone.network.Password = "a-guess"
			phone.fails()
			return p.id
		}, not("wrong-password")},
		{"wrong password, PAP", "the same with PAP in the tunnel", venue{inner: "pap"}, func(s *scene) string {
			p, phone := s.ready(judge.Android)
			phone.network.Password = "a-guess"
			phone.fails()
			return p.username
		}, right{state: "never_connected", cause: "wrong-password"}},
		{"rotated, then typed wrong", "a newer profile connected once; then the phone sends another password", venue{},
			func(s *scene) string {
				p, phone := s.regular(judge.IOS)
				p.link = p.path(s.api(http.StatusOK, "POST", "/v3/customers/"+p.id+"/rotate", "").
					body["activationUrl"].(string))
				phone.network = p.download(judge.IOS).Networks[0]
				phone.joins()
				phone.network.Password = "a-guess"
				phone.fails()
				return p.id
			}, not("wrong-password")},
		{"expired link", "the link ends before any download", venue{}, func(s *scene) string {
			p := s.person()
			token := s.api(http.StatusOK, "POST", "/v2/customers/"+p.id+"/token", `{"expiresIn":1,"maxHits":1}`)
			time.Sleep(1100 * time.Millisecond)
			s.air.request(s, http.StatusGone, "GET", s.path(token.body["url"].(string))+"/ios", "", "")
			return p.id
		}, right{state: "never_connected", cause: "never-downloaded"}},
	}
}

func realmFaults() []fault {
	return []fault{
		{"wrong user name", "a known phone sends a user name that nobody has", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.Android)
			phone.network.Username = "nobody-" + p.username
			phone.fails()
			return p.id
		}, right{state: "not_connected", cause: "unknown-user"}},
		{"wrong user name, by MAC", "a new phone sends a user name that nobody has", venue{}, func(s *scene) string {
			p, phone := s.ready(judge.Android)
			phone.network.Username = "nobody-" + p.username
			phone.fails()
			return phone.mac
		}, right{state: "never_connected", cause: "unknown-user"}},
		{"wrong realm", "a known phone appends a realm of no tenant", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.Android)
			phone.network.Username = p.username + "@nowhere.example"
			phone.fails()
			return p.id
		}, right{state: "not_connected", cause: "wrong-realm"}},
		{"another tenant's realm", "a known phone appends the realm of another tenant", venue{}, func(s *scene) string {
			p, phone := s.regular(judge.Android)
			phone.network.Username = p.username + "@" + realmOf(s.rival)
			phone.fails()
			return p.id
		}, right{state: "not_connected", cause: "wrong-realm"}},
		{"other tenant's access point", "the phone authenticates at another tenant's access point", venue{},
			func(s *scene) string {
				p, phone := s.ready(judge.Android)
				phone.nas = nasOf(s.rival, 1)
				phone.fails()
				return p.id
			}, right{state: "never_connected", cause: "other-organization", confidence: "possible"}},
	}
}
