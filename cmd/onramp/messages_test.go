package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/messages"
	"onramp/onboarding/messages/mail"
	"onramp/onboarding/testkit/exim"
	"onramp/onboarding/testkit/postgres"
)

// mailFlags returns the flags of serve and doctor for a server.
func mailFlags(t *testing.T, s *exim.Server) []string {
	t.Helper()
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(exim.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--smtp", fmt.Sprintf("smtp://%s@localhost:%d", exim.User, s.Port),
		"--smtp-password-file", password, "--mail-from", "wifi@example.com"}
}

// trusting makes a process trust the certificate of a server.
func trusting(s *exim.Server) func(*exec.Cmd) *exec.Cmd {
	return func(cmd *exec.Cmd) *exec.Cmd {
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+s.Roots)
		return cmd
	}
}

// queueMails queues verification mails as a server would, and returns their IDs.
func queueMails(t *testing.T, f *flags, organizationID string, n int) (ids []string) {
	t.Helper()
	if err := withService(t.Context(), f, func(d *storage, s *deployment.Deployment) error {
		outbox := messages.New(messages.Config{
			Store: d.store, Sealer: d.sealer, Access: s.Access, Mail: &mail.Server{},
		})
		for i := range n {
			end := time.Now().Add(time.Hour)
			p, err := outbox.Prepare(t.Context(), messages.Draft{
				OrganizationID: organizationID, Channel: onboarding.MessageEmail, Kind: onboarding.MessageVerification,
				Language: "en", Recipient: fmt.Sprintf("trace-recipient-%d@example.com", i), Code: "271828",
				Link: "https://wifi.example.com/verify/trace-link", Expires: end, NotAfter: end,
			})
			if err != nil {
				return err
			}
			if err := d.store.Write(t.Context(), func(tx onboarding.Tx) error {
				_, err := outbox.Queue(t.Context(), tx, p)
				return err
			}); err != nil {
				return err
			}
			ids = append(ids, p.ID())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

// endLeases ends the leases of messages whose sender was killed, as two minutes would.
func endLeases(t *testing.T, f *flags, ids []string) (leased int) {
	t.Helper()
	if err := withService(t.Context(), f, func(d *storage, _ *deployment.Deployment) error {
		for _, id := range ids {
			m, err := d.store.Message(t.Context(), id)
			if err != nil {
				return err
			}
			if m.Finished != nil || m.Attempts == 0 {
				continue
			}
			leased++
			if err := d.store.Write(t.Context(), func(tx onboarding.Tx) error {
				_, err := tx.PostponeMessage(t.Context(), id, m.Attempts, time.Now())
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return leased
}

func awaitMails(t *testing.T, s *exim.Server, n int, most time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(most); len(s.Delivered()) < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d mails were delivered", len(s.Delivered()), n)
		}
	}
}

// TestMailsSurviveKills kills a server while it sends. Each message is delivered; only those that
// were being sent at a kill may be delivered twice, with one Message-ID.
func TestMailsSurviveKills(t *testing.T) {
	const kills, each, atOnce = 3, 60, 8
	smtp := exim.Start(t, exim.Options{})
	s := newServing(t, filepath.Join(t.TempDir(), "data"))
	s.args, s.wrap = append(s.args, mailFlags(t, smtp)...), trusting(smtp)
	s.start()
	t.Cleanup(s.kill)
	organization := s.demo().OrganizationID
	s.stop()
	f := &flags{data: s.data}
	var ids []string
	leased := 0
	for kill := range kills {
		ids = append(ids, queueMails(t, f, organization, each)...)
		s.start()
		awaitMails(t, smtp, kill*each+each/4, time.Minute)
		s.kill()
		leased += endLeases(t, f, ids)
	}
	s.start()
	awaitMails(t, smtp, len(ids), 2*time.Minute)
	if code := s.stop(); code != 0 {
		t.Errorf("serve ended with %d:\n%s", code, s.output)
	}
	code, list, stderr := onramp(t, "", "messages", "--data", s.data, "--limit", "10")
	if code != 0 || strings.Count(list, "email    verification") != 10 || strings.Contains(list, "trace") {
		t.Errorf("onramp messages: %d %s\n%s", code, stderr, list)
	}
	twice := 0
	delivered := smtp.Delivered()
	for _, id := range ids {
		n := len(delivered[id])
		twice += max(0, n-1)
		if n == 0 {
			t.Errorf("message %s was not delivered", id)
		}
	}
	t.Logf("%d messages, %d kills: %d had no result at a kill, %d were delivered twice", len(ids), kills, leased, twice)
	if twice > leased || leased > kills*atOnce {
		t.Errorf("%d messages were delivered twice, %d had no result at a kill", twice, leased)
	}
	for _, private := range []string{"trace-recipient", "trace-link", "271828", exim.Password} {
		if strings.Contains(s.output.String(), private) {
			t.Errorf("the log shows %s:\n%s", private, s.output)
		}
	}
}

// TestMailsOfReplicas runs two servers on one PostgreSQL. Each message is delivered once.
func TestMailsOfReplicas(t *testing.T) {
	database := postgres.Require(t).NewDatabase(t)
	if code, _, stderr := onramp(t, "", "migrate", "--database", database); code != 0 {
		t.Fatal(stderr)
	}
	smtp := exim.New(t, exim.Options{})
	data, more := filepath.Join(t.TempDir(), "data"), append(mailFlags(t, smtp), "--database", database)
	var replicas []*serving
	for range 2 {
		s := newServing(t, data)
		s.args, s.wrap = append(s.args, more...), trusting(smtp)
		s.start()
		t.Cleanup(s.kill)
		replicas = append(replicas, s)
	}
	ids := queueMails(t, &flags{data: data, database: database}, replicas[0].demo().OrganizationID, 150)
	smtp.Up()
	awaitMails(t, smtp, len(ids), 2*time.Minute)
	for _, s := range replicas {
		s.stop()
	}
	for id, mails := range smtp.Delivered() {
		if len(mails) != 1 || !slices.Contains(ids, id) {
			t.Errorf("message %s was delivered %d times", id, len(mails))
		}
	}
}

// TestDoctorOfMessages checks that doctor distinguishes a right SMTP server and gateway from wrong
// ones.
func TestDoctorOfMessages(t *testing.T) {
	smtp := exim.Start(t, exim.Options{})
	data := filepath.Join(t.TempDir(), "data")
	gateway := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(gateway, []byte("url: https://sms.example/send\nbody: {to: '{to}', text: '{text}'}\n"+
		"countries: [IT]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(roots string, more ...string) string {
		cmd := command(append([]string{"doctor", "--data", data}, more...)...)
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+roots)
		text, _ := cmd.CombinedOutput() // other checks may fail: RADIUS does not run
		return string(text)
	}
	flags := append(mailFlags(t, smtp), "--sms-gateway", gateway)
	for name, tt := range map[string]struct {
		roots string
		flags []string
		want  []string
	}{
		"right": {smtp.Roots, flags,
			[]string{"ok    smtp: localhost", "ok    sms gateway: POST https://sms.example"}},
		"untrusted":     {"/dev/null", flags, []string{"fail  smtp: the SMTP server's certificate is not valid"}},
		"wrong gateway": {smtp.Roots, []string{"--sms-gateway", data}, []string{"fail  messages: --sms-gateway"}},
		"no sender":     {smtp.Roots, flags[:4], []string{"fail  messages: --mail-from"}},
	} {
		got := run(tt.roots, tt.flags...)
		for _, want := range tt.want {
			if !strings.Contains(got, want) || strings.Contains(got, exim.Password) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
	}
	for want, more := range map[string][]string{
		"need --smtp":   {"--mail-from", "a@example.com"},
		"--mail-from":   {"--smtp", "smtp://mail.example.com"},
		"--sms-gateway": {"--sms-gateway", filepath.Join(data, "none")},
	} {
		code, _, stderr := onramp(t, "", append([]string{"serve", "--data", filepath.Join(t.TempDir(), "d"), "--listen",
			"127.0.0.1:0", "--aaa-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}, more...)...)
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: %d %s", more, code, stderr)
		}
	}
}
