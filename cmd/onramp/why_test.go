package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// TestWhy checks output, JSON and exit codes of the command.
func TestWhy(t *testing.T) {
	ctx := t.Context()
	data := filepath.Join(t.TempDir(), "data")
	here, there := testkit.Organization(1), testkit.Organization(2)
	var anna string
	work := func(do func(s *deployment.Deployment) error) {
		t.Helper()
		err := withService(ctx, &flags{data: data}, func(_ *storage, s *deployment.Deployment) error { return do(s) })
		if err != nil {
			t.Fatal(err)
		}
	}
	register := func(s *deployment.Deployment, o *onboarding.Organization, name string) string {
		t.Helper()
		email, password := "family@example.com", name+"'s password"
		in := registration.CustomerInput{
			Username: &name, Password: &password, Email: &email,
			Policies: map[string]bool{"termsOfUse": true, "privacy": true},
		}
		r, err := s.Registration.Register(ctx, testkit.Manager(o), registration.Request{Input: in})
		if err != nil {
			t.Fatal(err)
		}
		return r.Customer.ID
	}
	work(func(s *deployment.Deployment) error {
		if _, err := s.Tenant.Apply(ctx, []*onboarding.Organization{here, there}); err != nil {
			return err
		}
		anna = register(s, here, "anna")
		register(s, there, "berta")
		return nil
	})
	knock := func(accepted bool) {
		t.Helper()
		work(func(s *deployment.Deployment) error {
			return s.RADIUS.RecordLogin(context.Background(), radius.LoginOutcome{
				Username: "anna", CallingStation: "02-00-00-00-AA-01", Accepted: accepted,
				AccessPoint: radius.AccessPointIdentity{
					NASIdentifier: testkit.Hall, CalledStation: "02-00-00-00-01-01",
				},
			})
		})
	}
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := onramp(t, "", append([]string{"why", "--data", data}, args...)...)
		if code != want {
			t.Errorf("why %s: exit code %d, want %d\n%s%s", args, code, want, stdout, stderr)
		}
		return stdout, stderr
	}
	contains := func(text string, wanted ...string) {
		t.Helper()
		for _, want := range wanted {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in %s", want, text)
			}
		}
	}

	out, _ := run(1, "anna")
	contains(out, "credential    Registered.", "State:      never connected\n",
		"Cause:      No profile was ever downloaded. [never-downloaded]\n", "Confidence: certain\n",
		"Visitor:    Open the link again", "Operator:   Make a link")
	knock(false)
	out, _ = run(1, anna)
	contains(out, "Rejected at Door (Hall): the password is wrong",
		"Cause:      The device sends a wrong password. [wrong-password]\n", "Confidence: likely\n",
		"Stations:   02:00:00:00:aa:01  never connected [wrong-password]\n")
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	contains(out, time.Now().In(rome).Format("2006-01-02 "), time.Now().In(rome).Format(" MST "))
	time.Sleep(10 * time.Millisecond)
	knock(true)
	for _, who := range []string{"anna", anna, "02:00:00:00:AA:01"} {
		out, _ = run(0, who)
		contains(out, "connected since", "at Door (Hall)", "Confidence: likely")
	}
	out, _ = run(0, "anna", "--json")
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil || v["state"] != "connected" || v["cause"] != nil ||
		v["customerId"] != anna || len(v) != 16 {
		t.Errorf("JSON (%v): %s", err, out)
	}

	out, stderr := run(2, "family@example.com")
	contains(out, anna, here.ID, there.ID, "user name berta")
	contains(stderr, "several people")
	out, _ = run(2, "family@example.com", "--json")
	contains(out, `{"found":[{"customerId":"`, `"username":"berta"`)
	run(0, "family@example.com", "--organization", here.ID)
	_, stderr = run(2, "carla")
	contains(stderr, "no person")
	run(2, "anna", "--organization", there.ID)
	run(2, "anna", "--organization", "nonsense")
	run(2, " ")
	run(2)
	if _, stderr := run(2, "anna", "--database", "postgres://127.0.0.1:1/none"); stderr == "" {
		t.Error("no message about the database")
	}
}
