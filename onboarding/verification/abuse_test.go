package verification_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/verification"
)

// between is a store that calls then after the next sign-up was read by its page.
type between struct {
	onboarding.Store
	then func()
}

func (b *between) VerificationOfSession(ctx context.Context, session string) (*onboarding.Verification, error) {
	row, err := b.Store.VerificationOfSession(ctx, session)
	if then := b.then; then != nil {
		b.then = nil
		then()
	}
	return row, err
}

// TestAddressChangedMeanwhile changes the address between the reading of a sign-up and the
// comparison of a code, which is then not compared within the limits of the former address.
func TestAddressChangedMeanwhile(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	db := &between{Store: r.Store}
	racing := verification.New(verification.Config{
		Store: db, Sealer: testkit.Sealer(r), Access: r.Access, Registration: r.Registration, Messages: r.outbox,
		PublicURL: "https://wifi.example", Clock: r.Now,
	})
	const victim = "victim@example.com"
	session := r.begin(r.Here, "Eve", "eve@example.com")
	db.then = func() {
		if err := r.ChangeAddress(t.Context(), visitor, session, victim, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, err := racing.Prove(t.Context(), visitor, session, "000000", nil)
	refused(t, "a code after the change", onboarding.Gone, err)
	page, err := r.Of(t.Context(), visitor, session)
	if err != nil || page.Tries != onboarding.VerificationTries {
		t.Errorf("%d tries are left, %v", page.Tries, err)
	}
	r.prove(session, victim)
}

// TestMailbox checks that the spellings of one mailbox share the number of messages.
func TestMailbox(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	sent := 0
	for i := range 40 {
		address := fmt.Sprintf("a.da+%d@example.com", i)
		if i%2 == 0 {
			address = fmt.Sprintf("ada+%d@Example.com", i)
		}
		_, err := r.Begin(t.Context(), visitor, r.form(r.Here, "Eve", address, ""))
		switch {
		case err == nil:
			sent++
		case onboarding.KindOf(err) != onboarding.TooMany:
			t.Fatal(err)
		}
	}
	if sent < 10 || sent > 12 {
		t.Errorf("%d messages went to one mailbox", sent)
	}
	if _, err := r.Begin(t.Context(), visitor, r.form(r.Here, "Bob", "bob+1@example.com", "")); err != nil {
		t.Errorf("another mailbox: %v", err)
	}
}

// TestKnownAtLocation checks that strangers who use up the wrong codes of a location do not shut
// out a browser that has verified its address.
func TestKnownAtLocation(t *testing.T) {
	limits, err := access.ParseLimits([]string{"wrong-codes-location=16+1/d"})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, onboarding.VerifyEmail)
	r.Verifications = r.replica(testkit.Deploy(t, deployment.Config{
		Store: r.Store, Now: r.Now, Limits: limits,
	}).Access)
	recipient := r.prove(r.begin(r.Here, "Ada", ada), ada).Recipient
	full := false
	for i := range 8 {
		stranger := fmt.Sprintf("stranger%d@example.com", i)
		session := r.begin(r.Here, "Eve", stranger)
		for range onboarding.VerificationTries {
			_, err := r.Prove(t.Context(), visitor, session, r.wrong(stranger), nil)
			full = full || onboarding.KindOf(err) == onboarding.TooMany
		}
	}
	session := r.begin(r.Here, "Ada", ada)
	if _, err := r.Prove(t.Context(), visitor, session, r.last(ada).Code, nil); !full ||
		onboarding.KindOf(err) != onboarding.TooMany {
		t.Fatalf("the limit was not reached: %v", err)
	}
	known := func(hash string) bool { return hash == recipient }
	if _, err := r.Prove(t.Context(), visitor, session, r.last(ada).Code, known); err != nil {
		t.Errorf("the browser that knows the address: %v", err)
	}
	// the link does not depend on codes
	bob := r.begin(r.Here, "Bob", "bob@example.com")
	if _, err := r.ConfirmLink(t.Context(), visitor, r.linkTo("bob@example.com"), "form", true); err != nil {
		t.Errorf("the link: %v", err)
	}
	if page, err := r.Of(t.Context(), visitor, bob); err != nil || page.Profile == "" {
		t.Errorf("the page that waits for the link: %+v, %v", page, err)
	}
}

// TestProvenPage checks that the page of a proven sign-up keeps its place and the masked address.
func TestProvenPage(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	place := verification.Place{SSID: "Guests", Redirect: "https://go.example", System: "ios", Grant: "sealed"}
	begin := func(email string) string {
		form := r.form(r.Here, "Ada", email, "")
		form.Place = place
		session, err := r.Begin(t.Context(), visitor, form)
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	session := begin(ada)
	before, err := r.Of(t.Context(), visitor, session)
	if err != nil {
		t.Fatal(err)
	}
	first := r.prove(session, ada)
	if again := r.prove(session, ada); first.Place != place || again.Place != place || again.Profile != first.Profile {
		t.Errorf("the code again: %+v, first %+v", again, first)
	}
	page, err := r.Of(t.Context(), visitor, session)
	if err != nil || page.Place != place || page.Masked != before.Masked || page.LocationID != before.LocationID {
		t.Errorf("the page: %+v, before %+v, %v", page, before, err)
	}
	const bob = "bob@example.com"
	session = begin(bob)
	for range 2 {
		proof, err := r.ConfirmLink(t.Context(), visitor, r.linkTo(bob), "form", false)
		if err != nil || proof.Place != place {
			t.Errorf("the link: %+v, %v", proof, err)
		}
	}
	r.Advance(time.Minute)
	if proof := r.prove(session, bob); proof.Place != place {
		t.Errorf("the code after the link: %+v", proof)
	}
}

// TestLimitAfterLink checks that the limits of an address hold for its code after the link.
func TestLimitAfterLink(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	session := r.begin(r.Here, "Ada", ada)
	code := r.last(ada).Code
	if _, err := r.ConfirmLink(t.Context(), visitor, r.linkTo(ada), "form", false); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		stranger := r.begin(r.Here, "Eve", ada)
		for range onboarding.VerificationTries {
			if _, err := r.Prove(t.Context(), visitor, stranger, r.wrong(ada), nil); !isWrong(err) {
				t.Fatal(err)
			}
		}
	}
	_, err := r.Prove(t.Context(), visitor, session, code, nil)
	refused(t, "the code after 20 wrong ones", onboarding.TooMany, err)
}

// TestEverythingAtOnce sends codes, both answers of the link's page, requests for other codes and
// another address for one sign-up at once: whatever comes first, every success leads to one
// customer, who has the address that was proven.
func TestEverythingAtOnce(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testEverythingAtOnce(t, testkit.NewVenue(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := testkit.NewPostgres(t, postgres.Require(t))
		testEverythingAtOnce(t, testkit.NewVenueOn(t, testkit.OpenPostgres(t, url)))
	})
}

func testEverythingAtOnce(t *testing.T, v *testkit.Venue) {
	r := newRigOn(t, v, onboarding.VerifyEmail)
	for round := range 10 {
		first, second := fmt.Sprintf("a%d@example.com", round), fmt.Sprintf("b%d@example.com", round)
		before := r.customers(r.Here)
		session := r.begin(r.Here, "Ada", first)
		code, link := r.last(first).Code, r.linkTo(first)
		r.Advance(time.Minute)
		var mu sync.Mutex
		var profiles []string
		prove := func(proof *verification.Proof, err error) error {
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				profiles = append(profiles, proof.Profile)
			}
			return err
		}
		calls := []func() error{
			func() error { return r.Resend(t.Context(), visitor, session, nil) },
			func() error { return r.ChangeAddress(t.Context(), visitor, session, second, nil) },
			func() error { return prove(r.Prove(t.Context(), visitor, session, code, nil)) },
			func() error { return prove(r.Prove(t.Context(), visitor, session, code, nil)) },
			func() error { return prove(r.ConfirmLink(t.Context(), visitor, link, "form-1", false)) },
			func() error { return prove(r.ConfirmLink(t.Context(), visitor, link, "form-2", true)) },
		}
		var all sync.WaitGroup
		for i := range calls {
			all.Go(func() {
				err := calls[(i+round)%len(calls)]()
				switch onboarding.KindOf(err) {
				case onboarding.Gone, onboarding.Conflict, onboarding.NotFound, onboarding.TooMany:
				default:
					if err != nil && !isWrong(err) {
						t.Errorf("round %d: %v", round, err)
					}
				}
			})
		}
		all.Wait()
		made := r.customers(r.Here) - before
		if made > 1 || made == 1 != (len(profiles) > 0) {
			t.Errorf("round %d: %d customers, %d successes", round, made, len(profiles))
		}
		for _, profile := range profiles {
			if c := r.customerOf(profile); c.Email != first || !c.EmailVerified {
				t.Errorf("round %d: a link to the customer of %q", round, c.Email)
			}
		}
	}
}

// TestLockedElsewhere checks that a stranger who signs up with the address of a locked customer
// does not learn of the lock when the customer confirms the link in another browser.
func TestLockedElsewhere(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	locked := *r.customerOf(r.prove(r.begin(r.Here, "Ada", ada), ada).Profile)
	locked.Locked = true
	if err := r.Store.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.UpdateCustomer(t.Context(), &locked)
	}); err != nil {
		t.Fatal(err)
	}
	for _, waiting := range []bool{false, true} {
		session := r.begin(r.Here, "Eve", ada)
		proof, err := r.ConfirmLink(t.Context(), visitor, r.linkTo(ada), "form", waiting)
		if err != nil || proof.Profile != "" {
			t.Errorf("the link of a locked customer: %+v, %v", proof, err)
		}
		page, err := r.Of(t.Context(), visitor, session)
		if err != nil || page.Locked != waiting || page.Elsewhere == waiting || page.Profile != "" {
			t.Errorf("confirmed for the waiting page: %t; the page: %+v, %v", waiting, page, err)
		}
	}
}
