package main

import (
	"net/http"

	"onramp/onboarding/devicesim/judge"
)

func profileFaults(c *certificates) []fault {
	never := func(cause string) right { return right{state: "never_connected", cause: cause} }
	return []fault{
		{"never downloaded", "the visitor closes the install page", venue{}, func(s *scene) string {
			p := s.person()
			s.air.request(s, http.StatusOK, "GET", p.link, "", "")
			return p.id
		}, never("never-downloaded")},
		{"downloaded, never installed", "the profile is downloaded, and nothing more", venue{}, func(s *scene) string {
			p := s.person()
			p.download(judge.IOS)
			return p.id
		}, right{state: "never_connected", cause: "not-installed", detail: "none"}},
		{"installed, never tried", "the visitor reports the installation; no station ever tries (also: a MAC filter)",
			venue{}, func(s *scene) string {
				p, _ := s.ready(judge.IOS)
				return p.id
			}, right{state: "never_connected", cause: "not-installed", detail: "reported"}},
		{"profile removed", "the app reports that the profile was removed", venue{}, func(s *scene) string {
			p, _ := s.regular(judge.IOS)
			list := s.api(http.StatusOK, "GET", "/v3/customers/"+p.id+"/installations", "").
				body["installations"].([]any)
			for _, one := range list {
				s.api(http.StatusOK, "DELETE", "/v3/customers/"+p.id+"/installations/"+
					one.(map[string]any)["id"].(string), "")
			}
			return p.id
		}, right{state: "not_connected", cause: "not-installed", detail: "removed"}},
		{"installed on another device", "only a laptop's profile is fetched and connects; asked for the portal's phone",
			venue{}, func(s *scene) string {
				p := s.claimant()
				s.phones++ // the phone at the portal
				asked := stationMAC(s.n, s.phones)
				phone := s.phone(p.download(judge.MacOS))
				phone.joins()
				phone.start().stop("User-Request")
				return asked
			}, right{state: "never_connected", cause: "other-device", confidence: "possible"}},
		{"older settings", "the anchor was right and the profile replaced; the phone has the first profile",
			venue{anchor: c.other},
			func(s *scene) string {
				p := s.person()
				old := p.download(judge.Android)
				s.air.apply(s, venue{}.yaml(s.n, c.root))
				phone := s.phone(p.download(judge.Android))
				phone.joins()
				phone.start().stop("User-Request")
				phone.network = old.Networks[0]
				phone.fails()
				return p.id
				// The alert is certain, the older profile only likely: it is the detail.
			}, right{state: "not_connected", cause: notTrusted, detail: "older-settings"}},
		{"platform cannot express it", "ChromeOS asks a tenant that has Passpoint alone", venue{noSSID: true},
			func(s *scene) string {
				p := s.person()
				got, err := call("GET", s.air.url+p.link+"/chromeos", "", "")
				if err != nil || got.status == http.StatusOK {
					s.Fatalf("the ChromeOS profile: %v, %v", got, err)
				}
				return p.id
			}, never("platform-cannot")},
		{"policy withdrawn", "the visitor withdraws the consent to personal data; the phone sends a wrong password",
			venue{}, func(s *scene) string {
				p, phone := s.regular(judge.IOS)
				s.api(http.StatusOK, "PUT", "/v3/customers/"+p.id, `{"ppd":false}`)
				phone.network.Password = "a-guess"
				phone.fails()
				return p.id
			}, right{cause: "policy-withdrawn"}},
		{"minimised from the start", "the visitor never agrees to personal data; the phone sends a wrong password",
			venue{}, func(s *scene) string {
				p, phone := s.ready(judge.IOS, `"ppd":false`)
				phone.network.Password = "a-guess"
				phone.fails()
				return p.id
			}, right{cause: "policy-withdrawn"}},
	}
}
