package connectivity_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// TestProperties gives anna random histories, some of them with people of both organizations on the
// same MAC addresses, and checks the rules for every verdict.
func TestProperties(t *testing.T) {
	base := newScene(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := "person" + time.Duration(n).String()
		s := &scene{base.Venue, base.AddCustomer(base.Here, name, "a password")}
		stranger := s.AddCustomer(s.There, "stranger"+name, "a password")
		neighbour := s.AddCustomer(s.Here, "neighbour"+name, "a password")
		macs := []string{phone, laptop, ""}
		reasons := []onboarding.Reason{
			"", onboarding.ReasonUnknownUser, onboarding.ReasonWrongRealm, onboarding.ReasonLocked,
			onboarding.ReasonExpired, onboarding.ReasonElsewhere, onboarding.ReasonWrongPassword,
			onboarding.ReasonHandshake, onboarding.ReasonNotTrusted, onboarding.ReasonTLSVersion,
			onboarding.ReasonStopped, onboarding.ReasonUnavailable, "odd",
		}
		records := 0
		for range rapid.IntRange(0, 12).Draw(rt, "steps") {
			s.Advance(time.Duration(rapid.IntRange(0, 5*3600).Draw(rt, "pause")) * time.Second)
			mac := rapid.SampledFrom(macs).Draw(rt, "mac")
			switch rapid.IntRange(0, 9).Draw(rt, "kind") {
			case 0, 1:
				reason := rapid.SampledFrom(reasons).Draw(rt, "reason")
				s.attempt(mac, reason, rapid.SampledFrom([]func(*onboarding.Attempt){
					withVLAN, byStation, undeclared, alert("unknown CA"), of(neighbour),
				}).Draw(rt, "change"))
			case 2:
				s.accept(mac)
			case 3:
				reason := rapid.SampledFrom(reasons[1:]).Draw(rt, "reason")
				s.attempt(mac, reason, unnamed, rapid.SampledFrom([]func(*onboarding.Attempt){
					withVLAN, undeclared, func(a *onboarding.Attempt) {
						a.HostID, a.OrganizationID, a.HotspotID = s.There.ID, s.There.ID, testkit.ID("hotspot", 2)
					},
				}).Draw(rt, "change"))
			case 4:
				s.accept(mac, of(stranger), func(a *onboarding.Attempt) {
					a.HostID, a.HotspotID = s.There.ID, testkit.ID("hotspot", 2)
				})
			case 5:
				s.download(rapid.SampledFrom([]string{"ios", "android", "linux"}).Draw(rt, "platform"))
			case 6:
				if mac != "" {
					s.claim(mac)
				}
			case 7:
				s.rotate()
			case 8:
				s.lock(rapid.Bool().Draw(rt, "locked"))
			case 9:
				if c, err := s.Store.Customer(t.Context(), s.Here.ID, s.anna.ID); err != nil || c.Locked {
					continue
				}
				records++
				unique := name + time.Duration(records/2).String()
				r := s.Phone(name, unique)
				now := s.Now()
				r.Event, r.Type = &now, rapid.SampledFrom([]radius.AccountingType{
					radius.AccountingStart, radius.AccountingInterim, radius.AccountingStop,
				}).Draw(rt, "type")
				r.Duration = int64(rapid.IntRange(0, 7200).Draw(rt, "duration"))
				r.Cause = rapid.SampledFrom([]string{"", "User-Request", "Session-Timeout"}).Draw(rt, "cause")
				s.AccountRecord(r)
			}
		}
		s.Advance(time.Duration(rapid.IntRange(0, 40*3600).Draw(rt, "until")) * time.Second)
		s.checkVerdict(rt, stranger, neighbour)
	})
}

// checkVerdict checks the rules of every verdict, of an operator and of the customer's own app.
func (s *scene) checkVerdict(t *rapid.T, others ...*onboarding.Customer) {
	operator := s.verdict()
	own, err := s.Connectivity.OfCustomer(s.Context(), s.Here.ID, s.anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []*connectivity.Verdict{operator, own} {
		if (v.State == on) != (v.Cause == "") {
			t.Fatalf("%s has the cause %q", v.State, v.Cause)
		}
		if v.Confidence == "" || v.Visitor.Text() == "" || v.Operator == "" || v.CustomerID != s.anna.ID {
			t.Fatalf("incomplete: %+v", v)
		}
		if v.State == never && v.Since != nil || v.State == on && v.Since == nil {
			t.Fatalf("%s since %v", v.State, v.Since)
		}
		if len(v.Evidence) > connectivity.MaxEvidence {
			t.Fatalf("%d pieces of evidence", len(v.Evidence))
		}
		connected := false
		for _, st := range v.Stations {
			connected = connected || st.State == on
			if (st.State == on) != (st.Cause == "") || st.Confidence == "" {
				t.Fatalf("station: %+v", st)
			}
		}
		if connected && v.State != on {
			t.Fatal("a station is on, the person is not")
		}
		for i := 1; i < len(v.Evidence); i++ {
			if v.Evidence[i].At.Before(v.Evidence[i-1].At) {
				t.Fatal("the evidence is not in order")
			}
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range others {
			if strings.Contains(string(text), other.ID) || strings.Contains(string(text), other.Username) {
				t.Fatalf("names another person: %s", text)
			}
		}
		if strings.Contains(string(text), testkit.ID("hotspot", 2)) || strings.Contains(string(text), s.There.Name) {
			t.Fatalf("names a place of another organization: %s", text)
		}
	}
	for _, st := range own.Stations {
		if st.Claimed {
			t.Fatal("a claim in the customer's own view")
		}
	}
}
