package connectivity_test

import (
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/testkit"
)

const serverName = "radius.venue1.example"

// mistrusted lets anna's laptop be accepted and then refuse the server's certificate with an alert.
func mistrusted(s *scene, text string) {
	s.Helper()
	s.accept(laptop)
	s.Advance(time.Minute)
	s.attempt(laptop, onboarding.ReasonNotTrusted, alert(text))
}

// issued returns a root and a server certificate of it.
func issued(t testing.TB, names ...string) (root, leaf *testkit.Pair) {
	t.Helper()
	root = testkit.IssueRoot(t, "Root", testkit.Monday)
	return root, testkit.IssueServer(t, root, testkit.Monday, names)
}

var trustCases = []verdictCase{
	{"another root than the profile's", func(s *scene) {
		_, leaf := issued(s, serverName)
		other, _ := issued(s, serverName)
		s.certificate(leaf)
		s.download("android", s.trusting(other, serverName))
		mistrusted(s, "unknown CA")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailAnchor, certain},
	{"another name than the profile's", func(s *scene) {
		root, leaf := issued(s, "radius.elsewhere.example")
		s.certificate(leaf)
		s.download("linux", s.trusting(root, serverName))
		mistrusted(s, "internal error")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailName, certain},
	{"intermediate not sent", func(s *scene) {
		root := testkit.IssueRoot(s, "Root", testkit.Monday)
		middle := testkit.IssueIntermediate(s, root, "Middle", testkit.Monday)
		s.certificate(testkit.IssueServer(s, middle, testkit.Monday, []string{serverName}))
		s.download("linux", s.trusting(root, serverName))
		mistrusted(s, "unknown CA")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailIntermediateMissing, certain},
	{"certificate expired", func(s *scene) {
		root := testkit.IssueRoot(s, "Root", testkit.Monday)
		s.certificate(testkit.IssueServer(s, root, testkit.Monday.AddDate(-3, 0, 0), []string{serverName}))
		s.download("linux", s.trusting(root, serverName))
		mistrusted(s, "certificate expired")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailCertificateExpired, certain},
	{"the phone's clock", func(s *scene) {
		root, leaf := issued(s, serverName)
		s.certificate(leaf)
		s.download("linux", s.trusting(root, serverName))
		mistrusted(s, "certificate expired")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailPhoneClock, likely},
	{"an earlier profile trusts another root", func(s *scene) {
		root, leaf := issued(s, serverName)
		other, _ := issued(s, serverName)
		s.certificate(leaf)
		s.download("linux", s.trusting(other, serverName))
		s.Advance(time.Minute)
		s.download("linux", s.trusting(root, serverName))
		mistrusted(s, "unknown CA")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailOlderSettings, likely},
	{"no recorded certificate", func(s *scene) {
		s.download("linux")
		mistrusted(s, "unknown CA")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailAnchor, likely},
	{"randomised MAC address", func(s *scene) {
		root, leaf := issued(s, "radius.elsewhere.example")
		s.certificate(leaf)
		s.download("linux", s.trusting(root, serverName))
		s.accept(phone)
		s.Advance(time.Minute)
		s.attempt(phone, onboarding.ReasonNotTrusted, alert("bad certificate"))
	}, off, connectivity.CauseNotTrusted, connectivity.DetailName, likely},
	{"a MAC address of two people", func(s *scene) {
		s.accept(laptop, of(s.AddCustomer(s.Here, "olga", "olga's password")))
		s.Advance(time.Minute)
		mistrusted(s, "unknown CA")
	}, off, connectivity.CauseNotTrusted, connectivity.DetailAnchor, possible},
}
