package messages_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/messages"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/exim"
)

// outage is the time for which the mail server is down under load.
func outage(t *testing.T) time.Duration {
	text := os.Getenv("ONRAMP_TEST_OUTAGE")
	if text == "" {
		return 5 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// replica is a deployment on a database, and the organization whose messages it sends.
type replica struct {
	*deployment.Deployment
	db onboarding.Store
	o  *onboarding.Organization
}

func deploy(t *testing.T, db onboarding.Store, c deployment.Config) *replica {
	t.Helper()
	c.Store, c.PublicURL = db, "https://wifi.example.com"
	r := &replica{Deployment: testkit.Deploy(t, c), db: db, o: testkit.Organization(1)}
	if _, err := r.Tenant.Apply(t.Context(), []*onboarding.Organization{r.o}); err != nil {
		t.Fatal(err)
	}
	return r
}

// run sends messages until the end of the test, or until stop is called.
func (r *replica) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { r.Messages.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	t.Cleanup(stop)
	return stop
}

func (r *replica) draft(to string) messages.Draft {
	now := time.Now().UTC()
	return messages.Draft{OrganizationID: r.o.ID, Channel: onboarding.MessageEmail,
		Kind: onboarding.MessageVerification, Language: "it", Recipient: to, Code: "314159",
		Link: "https://wifi.example.com/verify/t", Expires: now.Add(time.Hour), NotAfter: now.Add(time.Hour)}
}

// queue queues a message and returns its ID.
func (r *replica) queue(ctx context.Context, d messages.Draft) (string, error) {
	p, err := r.Messages.Prepare(ctx, d)
	if err != nil {
		return "", err
	}
	if err := r.db.Write(ctx, func(tx onboarding.Tx) error {
		_, err := r.Messages.Queue(ctx, tx, p)
		return err
	}); err != nil {
		return "", err
	}
	r.Messages.Wake()
	return p.ID(), nil
}

func (r *replica) mustQueue(t *testing.T, d messages.Draft) string {
	t.Helper()
	id, err := r.queue(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// await waits until a condition holds.
func await(t *testing.T, what string, most time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(most); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, most)
		}
	}
}

// outcome returns the outcome of a message.
func (r *replica) outcome(t *testing.T, id string) onboarding.MessageOutcome {
	t.Helper()
	m, err := r.db.Message(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Outcome
}

// TestOutage queues messages by two replicas while the mail server is down, and requires that each
// is delivered once, and that nothing of their content stays.
func TestOutage(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		const each = 100
		s := exim.New(t, exim.Options{})
		replicas := []*replica{
			deploy(t, db, deployment.Config{Mail: testkit.MailServer(s)}),
			deploy(t, db, deployment.Config{Mail: testkit.MailServer(s)}),
		}
		var mu sync.Mutex
		var ids []string
		var all sync.WaitGroup
		for i, r := range replicas {
			r.run(t)
			all.Go(func() {
				for n := range each {
					id, err := r.queue(t.Context(), r.draft(fmt.Sprintf("ada-%d-%d@example.com", i, n)))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					ids = append(ids, id)
					mu.Unlock()
				}
			})
		}
		time.Sleep(outage(t))
		all.Wait()
		if n := len(s.Delivered()); n != 0 {
			t.Fatalf("%d mails passed a server that is down", n)
		}
		s.Up()
		await(t, "delivery", 2*time.Minute, func() bool { return len(s.Delivered()) == 2*each })
		await(t, "end of all messages", 30*time.Second, func() bool {
			return !slices.ContainsFunc(ids, func(id string) bool {
				return replicas[0].outcome(t, id) != onboarding.MessageDelivered
			})
		})
		delivered := s.Delivered()
		for _, id := range ids {
			if n := len(delivered[id]); n != 1 {
				t.Errorf("message %s was delivered %d times", id, n)
			}
			m, err := db.Message(t.Context(), id)
			if err != nil || len(m.Content.Box) > 0 || m.Content.KeyID != "" {
				t.Errorf("a delivered message has a content: %v", err)
			}
		}
	})
}

// TestAnswersOfServer checks that a refused address is tried once and not again, and that a delayed
// message is repeated.
func TestAnswersOfServer(t *testing.T) {
	s := exim.Start(t, exim.Options{})
	r := deploy(t, testkit.OpenStore(t), deployment.Config{Mail: testkit.MailServer(s)})
	r.run(t)
	gone, later := r.mustQueue(t, r.draft("gone@example.com")), r.mustQueue(t, r.draft("later@example.com"))
	await(t, "refusal", 20*time.Second, func() bool { return r.outcome(t, gone) == onboarding.MessageRefused })
	m, err := r.db.Message(t.Context(), gone)
	if err != nil || m.Attempts != 1 || m.Content.KeyID != "" {
		t.Errorf("%+v %v", m, err)
	}
	for _, address := range []string{"gone@example.com", "GONE@Example.COM"} {
		if _, err := r.queue(t.Context(), r.draft(address)); onboarding.KindOf(err) != onboarding.Conflict ||
			strings.Contains(strings.ToLower(err.Error()), "gone") {
			t.Errorf("to a refused address: %v", err)
		}
	}
	await(t, "an attempt", 20*time.Second, func() bool {
		m, err := r.db.Message(t.Context(), later)
		return err == nil && m.Attempts > 0
	})
	if r.outcome(t, later) != "" {
		t.Error("a delayed message ended")
	}
	s.Open()
	await(t, "delivery", 60*time.Second, func() bool { return len(s.Delivered()[later]) == 1 })
}

// scripted is a server whose answers a test sets.
type scripted struct {
	mu     sync.Mutex
	answer error
	sent   []messages.Mail
	texts  []messages.SMS
	cap    int
}

func (s *scripted) SendMail(_ context.Context, m messages.Mail) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, m)
	return s.answer
}

func (s *scripted) SendSMS(_ context.Context, m messages.SMS) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, m)
	return s.answer
}

func (s *scripted) Allows(number string) error {
	if !strings.HasPrefix(number, "+39") {
		return onboarding.InvalidField("phoneNumber", "not allowed")
	}
	return nil
}

func (s *scripted) DailyCap() int { return s.cap }

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent) + len(s.texts)
}

// TestDrafts checks the refusals of Prepare and Queue.
func TestDrafts(t *testing.T) {
	db := testkit.OpenStore(t)
	server := &scripted{cap: 3}
	r := deploy(t, db, deployment.Config{Mail: server, SMS: server})
	none := deploy(t, db, deployment.Config{})
	ctx := t.Context()
	kind := func(what string, want onboarding.Kind, err error) {
		t.Helper()
		if err == nil || onboarding.KindOf(err) != want {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	if none.Messages.Offers(onboarding.MessageEmail) || !r.Messages.Offers(onboarding.MessageSMS) {
		t.Error("the offered channels are wrong")
	}
	_, err := none.queue(ctx, none.draft("ada@example.com"))
	kind("no mail server", onboarding.Unavailable, err)
	for _, address := range []string{"", "ada", "ada@example.com\r\nBcc: eve@example.com", "ädä@example.com",
		"Ada <ada@example.com>", "ada@example.com,eve@example.com"} {
		_, err := r.queue(ctx, r.draft(address))
		kind(address, onboarding.Invalid, err)
	}
	for what, change := range map[string]func(d *messages.Draft){
		"no code":       func(d *messages.Draft) { d.Code = "" },
		"no link":       func(d *messages.Draft) { d.Kind, d.Link = onboarding.MessageReturn, "" },
		"relative link": func(d *messages.Draft) { d.Link = "/verify" },
		"script":        func(d *messages.Draft) { d.Link = "javascript:alert(1)" },
		"past":          func(d *messages.Draft) { d.NotAfter = time.Now().Add(-time.Second) },
		"no channel":    func(d *messages.Draft) { d.Channel = "fax" },
	} {
		d := r.draft("ada@example.com")
		change(&d)
		_, err := r.queue(ctx, d)
		kind(what, "", err)
	}

	d := r.draft("ada@example.com")
	d.ID = onboarding.NewID()
	r.mustQueue(t, d)
	p, err := r.Messages.Prepare(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(ctx, func(tx onboarding.Tx) error {
		queued, err := r.Messages.Queue(ctx, tx, p)
		if queued {
			t.Error("a message was queued twice")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for range messages.PerRecipient - 1 {
		r.mustQueue(t, r.draft("ADA@example.com"))
	}
	_, err = r.queue(ctx, r.draft("ada@example.com"))
	kind("too many to one address", onboarding.TooMany, err)

	sms := func(number string) error {
		d := r.draft(number)
		d.Channel = onboarding.MessageSMS
		_, err := r.queue(ctx, d)
		return err
	}
	kind("foreign number", onboarding.Invalid, sms("+18765550123"))
	for i := range server.cap {
		if err := sms(fmt.Sprintf("+3934712345%02d", i)); err != nil {
			t.Fatal(err)
		}
	}
	kind("beyond the cap", onboarding.TooMany, sms("+393471234599"))
}

// TestEnds checks that an expired message is not sent, that one of a deleted customer is not sent,
// and that a message waits while its channel has no server.
func TestEnds(t *testing.T) {
	db := testkit.OpenStore(t)
	server := &scripted{}
	r := deploy(t, db, deployment.Config{Mail: server})
	v := testkit.Manager(r.o)
	registered := testkit.Must(r.Registration.Register(t.Context(), v, registrationOf("ada")))(t)
	d := r.draft("ada@example.com")
	d.CustomerID = registered.Customer.ID
	erased := r.mustQueue(t, d)
	if err := db.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.DeleteCustomer(t.Context(), r.o.ID, d.CustomerID, onboarding.NewID())
	}); err != nil {
		t.Fatal(err)
	}
	short := r.draft("bob@example.com")
	short.NotAfter = time.Now().Add(50 * time.Millisecond)
	expired := r.mustQueue(t, short)
	time.Sleep(60 * time.Millisecond)
	none := deploy(t, db, deployment.Config{})
	stop := none.run(t) // finishes expired messages also without a server
	waiting := r.mustQueue(t, r.draft("eve@example.com"))
	await(t, "expiry", 20*time.Second, func() bool { return r.outcome(t, expired) == onboarding.MessageExpired })
	stop()
	if got := r.outcome(t, erased); got != onboarding.MessageErased {
		t.Errorf("the message of a deleted customer: %q", got)
	}
	if r.outcome(t, waiting) != "" || server.count() != 0 {
		t.Error("a message ended without a server")
	}
}

// TestDown checks that a server that is down is tried by one message at a time, and that all are
// sent afterwards.
func TestDown(t *testing.T) {
	server := &scripted{answer: &messages.SendError{Down: true, Reason: "down"}}
	r := deploy(t, testkit.OpenStore(t), deployment.Config{Mail: server})
	for n := range 50 {
		r.mustQueue(t, r.draft(fmt.Sprintf("ada%d@example.com", n)))
	}
	r.run(t)
	time.Sleep(3 * time.Second)
	if n := server.count(); n == 0 || n > 16 {
		t.Errorf("%d attempts at a server that is down", n)
	}
	server.mu.Lock()
	server.answer, server.sent = nil, nil
	server.mu.Unlock()
	await(t, "delivery", 60*time.Second, func() bool { return server.count() == 50 })
}

// TestUnreadable checks that a message with a foreign content is not sent and does not hold up
// others.
func TestUnreadable(t *testing.T) {
	server := &scripted{}
	r := deploy(t, testkit.OpenStore(t), deployment.Config{Mail: server})
	now := time.Now().UTC()
	if err := r.db.Write(t.Context(), func(tx onboarding.Tx) error {
		_, err := tx.InsertMessage(t.Context(), &onboarding.Message{ID: onboarding.NewID(), OrganizationID: r.o.ID,
			Channel: onboarding.MessageEmail, Kind: onboarding.MessageReturn, Language: "en", Recipient: "r",
			Content: testkit.Sealer(t).Seal([]byte("{}"), "another row"), Created: now, Due: now,
			NotAfter: now.Add(time.Hour)})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.mustQueue(t, r.draft("ada@example.com"))
	await(t, "delivery", 20*time.Second, func() bool { return server.count() == 1 })
}

// TestRolledBack checks that a message of a transaction that fails is not sent.
func TestRolledBack(t *testing.T) {
	server := &scripted{}
	r := deploy(t, testkit.OpenStore(t), deployment.Config{Mail: server})
	r.run(t)
	p, err := r.Messages.Prepare(t.Context(), r.draft("ada@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("the sign-up failed")
	if err := r.db.Write(t.Context(), func(tx onboarding.Tx) error {
		if _, err := r.Messages.Queue(t.Context(), tx, p); err != nil {
			return err
		}
		return failed
	}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	r.mustQueue(t, r.draft("bob@example.com"))
	await(t, "delivery", 20*time.Second, func() bool { return server.count() == 1 })
	if server.sent[0].To != "bob@example.com" {
		t.Error("a message of a failed transaction was sent")
	}
}

func registrationOf(username string) registration.Request {
	password := "correct horse battery"
	return registration.Request{Input: registration.CustomerInput{
		Username: &username, Password: &password, Policies: map[string]bool{"termsOfUse": true, "privacy": true},
	}}
}
