package main

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit/exim"
)

// verifying makes the demo organization verify e-mail addresses on the sign-up page.
func (s *serving) verifying() { s.t.Helper(); s.setPortal("verify: email") }

// setPortal adds a line to the portal of the demo organization.
func (s *serving) setPortal(line string) {
	s.t.Helper()
	code, file, stderr := onramp(s.t, "", "export", "--data", s.data)
	if code != 0 {
		s.t.Fatal(stderr)
	}
	const portal = "\n    portal:\n"
	if strings.Count(file, portal) != 1 {
		s.t.Fatalf("no portal in\n%s", file)
	}
	file = strings.Replace(file, portal, portal+"      "+line+"\n", 1)
	if code, _, stderr := onramp(s.t, file, "apply", "-", "--data", s.data); code != 0 {
		s.t.Fatal(stderr)
	}
}

// TestVerifyWithoutServer: doctor and serve name an organization that verifies addresses while the
// server for its codes is missing, and no longer when it is there.
func TestVerifyWithoutServer(t *testing.T) {
	smtp := exim.Start(t, exim.Options{})
	s := newServing(t, filepath.Join(t.TempDir(), "data"))
	s.start()
	t.Cleanup(s.kill)
	doctor := func(more ...string) string {
		cmd := trusting(smtp)(command(append([]string{"doctor", "--data", s.data}, more...)...))
		text, _ := cmd.CombinedOutput() // other checks may fail: RADIUS does not run
		return string(text)
	}
	organization := s.demo().OrganizationID
	expect := func(what, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", what, want, got)
		}
	}
	expect("without portal.verify", doctor(), "ok    codes: no organization has portal.verify")
	s.verifying()
	s.setPortal("renewalDays: 14")
	s.stop()
	if strings.Contains(s.output.String(), "portal.verify") {
		t.Errorf("serve warns without portal.verify:\n%s", s.output)
	}
	expect("without --smtp", doctor(), "warn  codes: organization "+organization+": portal.verify: email needs --smtp")
	expect("notices without --smtp", doctor(), "warn  codes: organization "+organization+
		": portal.renewalDays needs --smtp: without it in serve, no notice is sent")
	expect("with --smtp", doctor(mailFlags(t, smtp)...), "ok    codes: every portal.verify has its server, and every "+
		"portal.renewalDays")
	s.start()
	s.stop()
	expect("serve without --smtp", s.output.String(), `"msg":"portal.verify lacks a setting: nobody can sign up on `+
		`the page of this organization","organization":"`+organization+`","verify":"email","setting":"--smtp"`)
	expect("serve without --smtp", s.output.String(), `"msg":"portal.renewalDays lacks a setting: no notice is sent",`+
		`"organization":"`+organization+`","renewalDays":14,"setting":"--smtp"`)
	s.args, s.wrap = append(s.args, mailFlags(t, smtp)...), trusting(smtp)
	s.start()
	s.stop()
	if strings.Contains(s.output.String(), "portal.verify") {
		t.Errorf("serve warns with --smtp:\n%s", s.output)
	}
}

// TestVerificationByServe runs a server with an SMTP server: an app verifies an address, and the
// metrics count each step.
func TestVerificationByServe(t *testing.T) {
	smtp := exim.Start(t, exim.Options{})
	s := newServing(t, filepath.Join(t.TempDir(), "data"))
	s.args, s.wrap = append(s.args, mailFlags(t, smtp)...), trusting(smtp)
	s.start()
	t.Cleanup(s.kill)
	app := s.login(s.demo().AppKey)
	id := s.must(201, "POST", "/v3/customers", app, `{"email":"ada@example.com","phoneNumber":"+393471234567",`+
		consented+`}`).body["id"].(string)
	path := "/v3/customers/" + id + "/verifications"
	v := s.must(202, "POST", path, app, `{"channel":"email"}`).body["id"].(string)
	s.must(503, "POST", path, app, `{"channel":"sms"}`)
	awaitMails(t, smtp, 1, time.Minute)
	code := codesIn(t, smtp)["ada@example.com"]
	wrong := "123456"
	if code == wrong {
		wrong = "654321"
	}
	s.must(409, "POST", path+"/"+v, app, `{"code":"`+wrong+`"}`)
	if got := s.must(200, "POST", path+"/"+v, app, `{"code":"`+code+`"}`).body["customerId"]; got != id {
		t.Errorf("customerId is %v, want %s", got, id)
	}
	_, values := s.scrape()
	for series, want := range map[string]float64{
		`{channel="email",result="sent"}`: 1, `{channel="email",result="wrong"}`: 1,
		`{channel="email",result="proven"}`: 1, `{channel="email",result="ended"}`: 0,
		`{channel="sms",result="sent"}`: 0, `{channel="sms",result="proven"}`: 0,
	} {
		if got, there := values["onramp_verifications_total"+series]; !there || got != want {
			t.Errorf("onramp_verifications_total%s is %v (present %t), want %v", series, got, there, want)
		}
	}
	if log := s.output.String(); strings.Contains(log, code) || strings.Contains(log, "ada@") {
		t.Errorf("the log shows a code or an address:\n%s", log)
	}
}

// codesIn returns the code in the mail to each address.
func codesIn(t *testing.T, smtp *exim.Server) map[string]string {
	t.Helper()
	codes := map[string]string{}
	for _, mails := range smtp.Delivered() {
		to, err := mails[0].Header.AddressList("To")
		if err != nil {
			t.Fatal(err)
		}
		_, parameters, err := mime.ParseMediaType(mails[0].Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		part, err := multipart.NewReader(mails[0].Body, parameters["boundary"]).NextPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if code := regexp.MustCompile(`\b[0-9]{6}\b`).FindString(string(text)); code != "" {
			codes[to[0].Address] = code
		}
	}
	return codes
}

// TestNoticesSurviveKills kills a server again and again while it queues notices that an access
// ends. Each customer gets one.
func TestNoticesSurviveKills(t *testing.T) {
	const people, kills = 30, 5
	smtp := exim.Start(t, exim.Options{})
	s := newServing(t, filepath.Join(t.TempDir(), "data"))
	s.args = append(s.args, mailFlags(t, smtp)...)
	ahead := "0s"
	s.wrap = func(cmd *exec.Cmd) *exec.Cmd {
		cmd = trusting(smtp)(cmd)
		cmd.Env = append(cmd.Env, "ONRAMP_TEST_CLOCK="+ahead)
		return cmd
	}
	s.start()
	t.Cleanup(s.kill)
	manager := s.login(s.demo().ManagerKey)
	proofs := map[string]string{} // paths by address
	for i := range people {
		address := fmt.Sprintf("p%d@example.com", i)
		id := s.must(201, "POST", "/v3/customers", manager, `{"email":"`+address+`",`+consented+`}`).body["id"].(string)
		path := "/v3/customers/" + id + "/verifications"
		proofs[address] = path + "/" + s.must(202, "POST", path, manager, `{"channel":"email"}`).body["id"].(string)
	}
	awaitMails(t, smtp, people, time.Minute)
	for address, code := range codesIn(t, smtp) {
		s.must(200, "POST", proofs[address], manager, `{"code":"`+code+`"}`)
	}
	s.setPortal("renewalDays: 14")
	s.stop()
	ahead = (360 * 24 * time.Hour).String() // of a year
	notices := func() int {
		t.Helper()
		code, list, stderr := onramp(t, "", "messages", "--limit", "1000", "--data", s.data)
		if code != 0 {
			t.Fatal(stderr)
		}
		return strings.Count(list, " renewal ")
	}
	early := 0
	for i := range kills {
		s.start()
		time.Sleep(time.Duration(i) * 7 * time.Millisecond)
		s.kill()
		if n := notices(); n < people {
			early++
		}
	}
	t.Logf("%d of %d kills before the last notice", early, kills)
	s.start()
	for deadline := time.Now().Add(time.Minute); notices() < people && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(2 * time.Second)
	// Those that were being sent at a kill wait for the end of their lease.
	if n, mails := notices(), len(smtp.Delivered()); n != people || mails <= people || mails > 2*people {
		t.Errorf("%d notices of %d people, %d mails", n, people, mails)
	}
}
