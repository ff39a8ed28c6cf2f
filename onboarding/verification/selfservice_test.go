package verification_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/messages"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/verification"
)

// ask requests a link to the self-service page.
func (r *rig) ask(o *onboarding.Organization, address string) error {
	return r.SendSelfLink(r.Context(), visitor, verification.SelfRequest{
		Organization: o, Form: onboarding.RandomID(), Language: "en", Address: address,
	})
}

// selfLink returns the token of the last link to the self-service page to an address.
func (r *rig) selfLink(address string) string {
	r.Helper()
	token, found := strings.CutPrefix(r.last(address).Link, "https://wifi.example/return/")
	if !found {
		r.Fatalf("no link in the message to %s", address)
	}
	return token
}

// TestSelfLinkRace asks for one address in parallel, and uses the link by several forms in
// parallel: one message, and one form.
func TestSelfLinkRace(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testSelfLinkRace(t, testkit.NewVenue(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := testkit.NewPostgres(t, postgres.Require(t))
		testSelfLinkRace(t, testkit.NewVenueOn(t, testkit.OpenPostgres(t, url)))
	})
}

func testSelfLinkRace(t *testing.T, v *testkit.Venue) {
	r := newRigOn(t, v, onboarding.VerifyEmail)
	customer := r.customerOf(r.prove(r.begin(r.Here, "Ada", ada), ada).Profile)
	for round := range 3 {
		before := r.messages(ada)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := r.ask(r.Here, ada); err != nil && onboarding.KindOf(err) != onboarding.TooMany {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		// PostgreSQL may roll back a transaction after the test's outbox has noted its message.
		if n := r.messages(ada) - before; n < 1 || round > 0 && n != 1 {
			t.Fatalf("round %d: %d messages", round, n)
		}
		r.Advance(2 * time.Hour)
	}
	if err := r.ask(r.Here, ada); err != nil {
		t.Fatal(err)
	}
	token := r.selfLink(ada)
	var mu sync.Mutex
	used := map[string]int{}
	var all sync.WaitGroup
	for i := range 12 {
		form := fmt.Sprint("form ", i%4)
		all.Go(func() {
			l, err := r.UseSelfLink(t.Context(), visitor, token, form)
			if err != nil {
				refused(t, "another form", onboarding.Gone, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if l.CustomerID != customer.ID || l.Organization.ID != r.Here.ID {
				t.Errorf("%+v", l)
			}
			used[form]++
		})
	}
	all.Wait()
	if len(used) != 1 {
		t.Errorf("%d forms used the link", len(used))
	}
}

// TestSelfLinkOfOthers checks that a link is of one purpose and one organization, that a newer one
// ends it, and that it follows the address to its present holder or to nobody.
func TestSelfLinkOfOthers(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	customer := r.customerOf(r.prove(r.begin(r.Here, "Ada", ada), ada).Profile)
	if err := r.ask(r.Here, ada); err != nil {
		t.Fatal(err)
	}
	first := r.selfLink(ada)
	_, err := r.OfLink(t.Context(), visitor, first)
	refused(t, "as a link of a sign-up", onboarding.NotFound, err)
	_, err = r.ConfirmLink(t.Context(), visitor, first, "form", true)
	refused(t, "as a link of a sign-up", onboarding.NotFound, err)
	_, err = r.Of(t.Context(), visitor, first)
	refused(t, "as the page of a sign-up", onboarding.NotFound, err)
	session := r.begin(r.Here, "Eve", "eve@example.com")
	for _, token := range []string{session, r.linkTo("eve@example.com"), "", strings.Repeat("x", 5000)} {
		_, err = r.UseSelfLink(t.Context(), visitor, token, "form")
		refused(t, "another token", onboarding.NotFound, err)
	}
	r.Advance(2 * time.Minute)
	if err := r.ask(r.Here, "ADA@example.com"); err != nil {
		t.Fatal(err)
	}
	second := r.selfLink("ADA@example.com")
	_, err = r.UseSelfLink(t.Context(), visitor, first, "form")
	refused(t, "the former link", onboarding.NotFound, err)
	// Asked for in another organization, whoever gets it.
	if err := r.ask(r.There, ada); err != nil {
		t.Fatal(err)
	}
	_, err = r.UseSelfLink(t.Context(), visitor, r.selfLink(ada), "form")
	refused(t, "the address in another organization", onboarding.Gone, err)
	// The customer's address changes before the link is used.
	changed := *customer
	changed.Email = "elsewhere@example.com"
	if err := r.Store.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.UpdateCustomer(t.Context(), &changed)
	}); err != nil {
		t.Fatal(err)
	}
	_, err = r.UseSelfLink(t.Context(), visitor, second, "form")
	refused(t, "a former address", onboarding.Gone, err)
	r.Here.Portal.Verify = onboarding.VerifyNone
	refused(t, "without portal.verify", onboarding.NotFound, r.ask(r.Here, ada))
}

// TestSelfLinkSMS asks by a number as a visitor writes it.
func TestSelfLinkSMS(t *testing.T) {
	r := newRig(t, onboarding.VerifySMS)
	r.Here.Portal.PhoneCountry = "IT"
	if err := r.ask(r.Here, "347 123 4567"); err != nil {
		t.Fatal(err)
	}
	r.selfLink("+393471234567")
	refused(t, "an e-mail address", onboarding.Invalid, r.ask(r.Here, ada))
}

// work notes the calls of a store that a request for a link may make.
type work struct {
	onboarding.Store
	mu    sync.Mutex
	calls []string
}

func (w *work) note(call string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call)
}

func (w *work) Customer(ctx context.Context, o, id string) (*onboarding.Customer, error) {
	w.note("Customer")
	return w.Store.Customer(ctx, o, id)
}

func (w *work) VerifiedAddress(ctx context.Context, recipient string) (*onboarding.VerifiedAddress, error) {
	w.note("VerifiedAddress")
	return w.Store.VerifiedAddress(ctx, recipient)
}

func (w *work) RecipientRefused(ctx context.Context, recipient string, since time.Time) (bool, error) {
	w.note("RecipientRefused")
	return w.Store.RecipientRefused(ctx, recipient, since)
}

func (w *work) Organization(ctx context.Context, id string) (*onboarding.Organization, error) {
	w.note("Organization")
	return w.Store.Organization(ctx, id)
}

func (w *work) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	w.note("Write")
	return w.Store.Write(ctx, func(tx onboarding.Tx) error { return fn(workTx{tx, w}) })
}

type workTx struct {
	onboarding.Tx
	w *work
}

func (w workTx) Customer(ctx context.Context, o, id string) (*onboarding.Customer, error) {
	w.w.note("tx.Customer")
	return w.Tx.Customer(ctx, o, id)
}

func (w workTx) VerifiedAddress(ctx context.Context, recipient string) (*onboarding.VerifiedAddress, error) {
	w.w.note("tx.VerifiedAddress")
	return w.Tx.VerifiedAddress(ctx, recipient)
}

func (w workTx) VerificationOfSession(ctx context.Context, session string) (*onboarding.Verification, error) {
	w.w.note("tx.VerificationOfSession")
	return w.Tx.VerificationOfSession(ctx, session)
}

func (w workTx) CountMessagesTo(ctx context.Context, to string, since time.Time, most int) (int, error) {
	w.w.note("tx.CountMessagesTo")
	return w.Tx.CountMessagesTo(ctx, to, since, most)
}

func (w workTx) InsertMessage(ctx context.Context, m *onboarding.Message) (bool, error) {
	w.w.note(fmt.Sprintf("tx.InsertMessage of %d bytes", len(m.Content.Box)))
	return w.Tx.InsertMessage(ctx, m)
}

func (w workTx) InsertVerification(ctx context.Context, row *onboarding.Verification) error {
	w.w.note("tx.InsertVerification")
	return w.Tx.InsertVerification(ctx, row)
}

func (w workTx) UpdateVerification(ctx context.Context, row *onboarding.Verification) error {
	w.w.note("tx.UpdateVerification")
	return w.Tx.UpdateVerification(ctx, row)
}

func (w workTx) AppendAudit(ctx context.Context, rows ...onboarding.AuditRow) error {
	w.w.note("tx.AppendAudit")
	return w.Tx.AppendAudit(ctx, rows...)
}

// silent is a mail server that accepts every mail.
type silent struct{}

func (silent) SendMail(context.Context, messages.Mail) error { return nil }

// refuse stores a message to an address that its server has refused.
func refuse(
	t *testing.T, db onboarding.Store, d *deployment.Deployment, o *onboarding.Organization, address string,
	now time.Time,
) {
	t.Helper()
	p, err := d.Messages.Prepare(t.Context(), messages.Draft{
		OrganizationID: o.ID, Channel: onboarding.MessageEmail, Kind: onboarding.MessageVerification,
		Recipient: address, Code: "123456", Expires: now.Add(time.Hour), NotAfter: now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx onboarding.Tx) error {
		if _, err := d.Messages.Queue(t.Context(), tx, p); err != nil {
			return err
		}
		_, err := tx.FinishMessage(t.Context(), p.ID(), onboarding.MessageRefused, now)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestSelfLinkWork counts the work of a request: it is the same, call by call and byte by byte, for
// the address of a customer, of a locked one, and for an unknown one of the same length.
func TestSelfLinkWork(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	const known, locked = "ada1@example.com", "ada2@example.com"
	const unknown, bounced = "ada3@example.com", "ada4@example.com"
	for _, address := range []string{known, locked} {
		c := *r.customerOf(r.prove(r.begin(r.Here, "Ada", address), address).Profile)
		c.Locked = address == locked
		if err := r.Store.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.UpdateCustomer(t.Context(), &c)
		}); err != nil {
			t.Fatal(err)
		}
	}
	db := &work{Store: r.Store}
	d := testkit.Deploy(t, deployment.Config{
		Store: db, Now: r.Now, Mail: silent{}, PublicURL: "https://wifi.example",
	})
	refuse(t, db, d, r.Here, bounced, r.Now())
	ask := func(address string) []string {
		t.Helper()
		db.calls = nil
		if err := d.Verification.SendSelfLink(t.Context(), visitor, verification.SelfRequest{
			Organization: r.Here, Form: onboarding.RandomID(), Language: "en", Address: address,
		}); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(db.calls)
	}
	ask("warm@example.com") // keys and budgets
	want := ask(known)
	if !slices.Contains(want, "tx.InsertVerification") || slices.Contains(want, "VerifiedAddress") {
		t.Fatalf("%v", want)
	}
	for _, address := range []string{locked, unknown} {
		if got := ask(address); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	// A refused address queues nothing; that it was refused tells nothing of customers.
	queued := func(call string) bool { return strings.Contains(call, "Message") }
	if got := ask(bounced); !slices.Equal(got, slices.DeleteFunc(slices.Clone(want), queued)) {
		t.Errorf("%s: %v, want %v", bounced, got, want)
	}
	pause := ask(known)
	if got := ask(unknown); !slices.Equal(got, pause) || slices.Contains(got, "tx.UpdateVerification") {
		t.Errorf("within the pause: %v and %v", pause, got)
	}
	r.Advance(2 * time.Minute)
	want = ask(known)
	if got := ask(unknown); !slices.Equal(got, want) || !slices.Contains(got, "tx.UpdateVerification") {
		t.Errorf("after the pause: %v and %v", want, got)
	}
}
