package verification_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/verification"
)

const ada = "ada@example.com"

// TestSignUp checks that a form becomes a customer with the code, and nothing before.
func TestSignUp(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	before := r.customers(r.Here)
	form := r.form(r.Here, "Ada", "Ada@Example.com", "")
	session, err := r.Begin(t.Context(), visitor, form)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Begin(t.Context(), visitor, form); err != nil || again != session {
		t.Errorf("the same form again: %q, %v, want %q", again, err, session)
	}
	if n := r.messages("Ada@Example.com"); n != 1 {
		t.Errorf("%d messages for one form", n)
	}
	page, err := r.Of(t.Context(), visitor, session)
	if err != nil || page.Masked != "A•••@Example.com" || page.Profile != "" || page.Tries != 5 {
		t.Errorf("the page: %+v, %v", page, err)
	}
	if n := r.customers(r.Here); n != before {
		t.Errorf("%d customers before the proof, want %d", n, before)
	}
	proof := r.prove(session, "Ada@Example.com")
	c := r.customerOf(proof.Profile)
	if c.FirstName != "Ada" || !c.EmailVerified || c.SignupMethod != onboarding.ChannelPortal {
		t.Errorf("the customer: %+v", c)
	}
	consents, err := r.Store.Consents(t.Context(), c.ID)
	if err != nil || len(consents) != 2 || consents[0].Address != visitor.Address {
		t.Errorf("the consents: %+v, %v", consents, err)
	}
	if page, err := r.Of(t.Context(), visitor, session); err != nil || page.Profile != proof.Profile {
		t.Errorf("the page after the proof: %+v, %v", page, err)
	}
	if again := r.prove(session, "Ada@Example.com"); again.Profile != proof.Profile {
		t.Error("the same code again gave another link")
	}
	row, err := r.Store.VerifiedAddresses(t.Context(), c.ID)
	if err != nil || len(row) != 1 || row[0].Recipient != proof.Recipient {
		t.Errorf("the verified addresses: %+v, %v", row, err)
	}
}

// TestReturningVisitor checks that only an address that Onramp has verified leads to its customer.
func TestReturningVisitor(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	claimed := r.AddCustomer(r.Here, "claimed", "password", func(in *registration.CustomerInput) {
		in.Email, in.EmailVerified = ptr(ada), ptr(true) // an operator's word
	})
	first := r.customerOf(r.prove(r.begin(r.Here, "Ada", ada), ada).Profile)
	if first.ID == claimed.ID {
		t.Fatal("an operator's claim counts as a proof")
	}
	again := r.customerOf(r.prove(r.begin(r.Here, "Augusta", "ADA@example.com"), "ADA@example.com").Profile)
	if again.ID != first.ID || again.FirstName != "Augusta" || !again.EmailVerified {
		t.Errorf("the returning visitor: %+v", again)
	}
	if there := r.customerOf(r.prove(r.begin(r.There, "Ada", ada), ada).Profile); there.ID == first.ID {
		t.Error("another organization found the customer")
	}

	t.Run("changed", func(t *testing.T) { // the customer has another address since
		if _, err := r.Registration.Update(t.Context(), testkit.Manager(r.Here), first.ID,
			registration.CustomerInput{Email: ptr("new@example.com")}); err != nil {
			t.Fatal(err)
		}
		if c := r.customerOf(r.prove(r.begin(r.Here, "Eve", ada), ada).Profile); c.ID == first.ID {
			t.Error("the former address leads to the customer")
		}
	})
	t.Run("withdrawn", func(t *testing.T) { // an operator marks it as not verified
		const bob = "bob@example.com"
		c := r.customerOf(r.prove(r.begin(r.Here, "Bob", bob), bob).Profile)
		for _, value := range []bool{false, true} {
			if _, err := r.Registration.Update(t.Context(), testkit.Manager(r.Here), c.ID,
				registration.CustomerInput{EmailVerified: &value}); err != nil {
				t.Fatal(err)
			}
		}
		if again := r.customerOf(r.prove(r.begin(r.Here, "Bob", bob), bob).Profile); again.ID == c.ID {
			t.Error("an operator's word counts as a proof")
		}
	})
	t.Run("locked", func(t *testing.T) {
		const eve = "eve@example.com"
		c := r.customerOf(r.prove(r.begin(r.Here, "Eve", eve), eve).Profile)
		if err := r.Registration.Lock(t.Context(), testkit.Manager(r.Here), c.ID); err != nil {
			t.Fatal(err)
		}
		before := r.customers(r.Here)
		session := r.begin(r.Here, "Not Eve", eve)
		if page, err := r.Of(t.Context(), visitor, session); err != nil || page.Locked {
			t.Errorf("before the proof: %+v, %v", page, err)
		}
		if proof := r.prove(session, eve); proof.Profile != "" {
			t.Error("a locked customer got a link")
		}
		if page, err := r.Of(t.Context(), visitor, session); err != nil || !page.Locked {
			t.Errorf("after the proof: %+v, %v", page, err)
		}
		if now, err := r.Store.Customer(t.Context(), r.Here.ID, c.ID); err != nil || now.FirstName != "Eve" {
			t.Errorf("the locked customer changed: %+v, %v", now, err)
		}
		if n := r.customers(r.Here); n != before {
			t.Error("a locked customer got around the lock as another one")
		}
	})
	t.Run("deleted", func(t *testing.T) {
		const gone = "gone@example.com"
		c := r.customerOf(r.prove(r.begin(r.Here, "Gone", gone), gone).Profile)
		if err := r.Registration.Delete(t.Context(), testkit.Manager(r.Here), c.ID); err != nil {
			t.Fatal(err)
		}
		if again := r.customerOf(r.prove(r.begin(r.Here, "Back", gone), gone).Profile); again.ID == c.ID {
			t.Error("a deleted customer came back")
		}
	})
}

// TestSMS checks the proof of a phone number, and that another field is no proof.
func TestSMS(t *testing.T) {
	r := newRig(t, onboarding.VerifySMS)
	form := r.form(r.Here, "Ada", ada, "+39 347 1234567")
	session, err := r.Begin(t.Context(), visitor, form)
	if err != nil {
		t.Fatal(err)
	}
	c := r.customerOf(r.prove(session, "+393471234567").Profile)
	if !c.PhoneVerified || c.EmailVerified {
		t.Errorf("verified: phone %t, e-mail %t", c.PhoneVerified, c.EmailVerified)
	}
	_, err = r.Begin(t.Context(), visitor, r.form(r.Here, "Ada", ada, ""))
	if e, ok := errors.AsType[*onboarding.Error](err); !ok || e.Field != "phoneNumber" {
		t.Errorf("a form without the address: %v", err)
	}
}

// TestBadForms checks that a form with faults or hostile addresses sends nothing.
func TestBadForms(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	for _, address := range []string{
		"", "ada", "ada@example.com\r\nBcc: all@example.com", "ada@example.com\nBcc:x@y.example", "a@b@c",
		"<ada@example.com>",
		"Ada <ada@example.com>", "ada@example.com, eve@example.com", "ada@exa\u202emple.com",
		strings.Repeat("a", 300) + "@b.example",
		"ada@example.com\x00", "\"a b\"@example.com",
	} {
		if _, err := r.Begin(t.Context(), visitor, r.form(r.Here, "Ada", address, "")); err == nil {
			t.Errorf("%q was accepted", address)
		}
	}
	form := r.form(r.Here, "Ada", ada, "")
	form.Input.Policies = map[string]bool{"termsOfUse": true}
	if _, err := r.Begin(t.Context(), visitor, form); onboarding.KindOf(err) != onboarding.Invalid {
		t.Errorf("without privacy: %v", err)
	}
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	if len(r.outbox.sent) != 0 {
		t.Errorf("messages: %v", r.outbox.sent)
	}
}

// TestSmuggledFields checks that a form sets neither credentials nor verifications.
func TestSmuggledFields(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	form := r.form(r.Here, "Ada", ada, "+393471234567")
	in := &form.Input
	in.Username, in.Password, in.Lock, in.Guid = ptr("root"), ptr("secret"), ptr(true), ptr("guid-guid-guid-guid")
	in.EmailVerified, in.PhoneVerified = ptr(true), ptr(true)
	session, err := r.Begin(t.Context(), visitor, form)
	if err != nil {
		t.Fatal(err)
	}
	c := r.customerOf(r.prove(session, ada).Profile)
	if c.Username == "root" || c.Locked || c.PhoneVerified || c.PhoneClaimed != nil {
		t.Errorf("the customer: %+v", c)
	}
	_, err = r.Registration.RegisterFromPortal(t.Context(), visitor, r.Here.ID, form.Form, form.Input)
	if err == nil {
		t.Error("a form was registered without the proof")
	}
}

// TestPoliciesChanged checks that a sign-up does not accept policies that its form did not show.
func TestPoliciesChanged(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	session := r.begin(r.Here, "Ada", ada)
	r.Here.Policies[0].Version = "2.00"
	r.apply()
	before := r.customers(r.Here)
	_, err := r.Prove(t.Context(), visitor, session, r.last(ada).Code, nil)
	if !errors.Is(err, registration.ErrPolicyChanged) {
		t.Errorf("the sign-up: %v", err)
	}
	if r.customers(r.Here) != before {
		t.Error("a customer was made")
	}
}

// TestResend checks the pause between codes, their number, and that a code ends the former one.
func TestResend(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	session := r.begin(r.Here, "Ada", ada)
	first := r.last(ada)
	err := r.Resend(t.Context(), visitor, session, nil)
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok || e.Kind != onboarding.TooMany || e.RetryAfter != time.Minute {
		t.Errorf("at once: %v", err)
	}
	firstLink := r.linkTo(ada)
	r.Advance(time.Minute)
	if err := r.Resend(t.Context(), visitor, session, nil); err != nil {
		t.Fatal(err)
	}
	if first.Code != r.last(ada).Code {
		_, err = r.Prove(t.Context(), visitor, session, first.Code, nil)
		if wrong, is := errors.AsType[*verification.WrongCodeError](err); !is || wrong.Left != 4 {
			t.Errorf("the former code: %v", err)
		}
	}
	_, err = r.ConfirmLink(t.Context(), visitor, firstLink, "form", false)
	refused(t, "the former link", onboarding.NotFound, err)
	for _, pause := range []time.Duration{2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
		r.Advance(pause - time.Second)
		refused(t, "before the pause", onboarding.TooMany, r.Resend(t.Context(), visitor, session, nil))
		r.Advance(time.Second)
		if err := r.Resend(t.Context(), visitor, session, nil); err != nil {
			t.Fatalf("after %v: %v", pause, err)
		}
	}
	r.Advance(time.Hour / 2)
	refused(t, "the sixth", onboarding.TooMany, r.Resend(t.Context(), visitor, session, nil))
	refused(t, "the code after its end", onboarding.Gone, func() error {
		_, err := r.Prove(t.Context(), visitor, session, r.last(ada).Code, nil)
		return err
	}())
	r.Advance(time.Hour)
	_, err = r.Of(t.Context(), visitor, session)
	refused(t, "the page after its end", onboarding.Gone, err)
}

// TestChangeAddress checks that a code proves the address to which it was sent, and no other.
func TestChangeAddress(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	session := r.begin(r.Here, "Ada", "wrong@example.com")
	former, link := r.last("wrong@example.com"), r.linkTo("wrong@example.com")
	refused(t, "no address", onboarding.Invalid, r.ChangeAddress(t.Context(), visitor, session, "x", nil))
	if err := r.ChangeAddress(t.Context(), visitor, session, ada, nil); err != nil {
		t.Fatal(err)
	}
	if former.Code != r.last(ada).Code {
		if _, err := r.Prove(t.Context(), visitor, session, former.Code, nil); err == nil {
			t.Error("the code of the former address was accepted")
		}
	}
	_, err := r.ConfirmLink(t.Context(), visitor, link, "form", true)
	refused(t, "the link of the former address", onboarding.NotFound, err)
	if c := r.customerOf(r.prove(session, ada).Profile); c.Email != ada || !c.EmailVerified {
		t.Errorf("the customer: %q, verified %t", c.Email, c.EmailVerified)
	}
	refused(t, "after the proof", onboarding.Conflict,
		r.ChangeAddress(t.Context(), visitor, session, "victim@example.com", nil))
}

// TestLink checks that the link gives the profile to the browser that confirms, once, and to the
// waiting page only if the visitor wants it.
func TestLink(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	session := r.begin(r.Here, "Ada", ada)
	link := r.linkTo(ada)
	for range 3 { // previews
		if page, err := r.OfLink(t.Context(), visitor, link); err != nil || page.Profile != "" {
			t.Fatalf("the link's page: %+v, %v", page, err)
		}
	}
	proof, err := r.ConfirmLink(t.Context(), visitor, link, "form-1", false)
	if err != nil {
		t.Fatal(err)
	}
	c := r.customerOf(proof.Profile)
	if again, err := r.ConfirmLink(t.Context(), visitor, link, "form-1", false); err != nil ||
		again.Profile != proof.Profile {
		t.Errorf("the same form again: %+v, %v", again, err)
	}
	_, err = r.ConfirmLink(t.Context(), visitor, link, "form-2", true)
	refused(t, "a replayed link", onboarding.Gone, err)
	_, err = r.OfLink(t.Context(), visitor, link)
	refused(t, "its page", onboarding.Gone, err)
	page, err := r.Of(t.Context(), visitor, session)
	if err != nil || page.Profile != "" || !page.Elsewhere {
		t.Errorf("the waiting page: %+v, %v", page, err)
	}
	// the code still continues on the waiting page
	if p := r.prove(session, ada); p.Profile == proof.Profile || r.customerOf(p.Profile).ID != c.ID {
		t.Error("the waiting page did not get a link of its own to the same customer")
	}

	const bob = "bob@example.com"
	session = r.begin(r.Here, "Bob", bob)
	if proof, err = r.ConfirmLink(t.Context(), visitor, r.linkTo(bob), "form-3", true); err != nil {
		t.Fatal(err)
	}
	page, err = r.Of(t.Context(), visitor, session)
	if err != nil || page.Profile == "" || page.Profile == proof.Profile ||
		r.customerOf(page.Profile).ID != r.customerOf(proof.Profile).ID {
		t.Errorf("the waiting page that was confirmed: %+v, %v", page, err)
	}
	r.begin(r.Here, "Eve", "eve@example.com")
	r.Advance(onboarding.VerificationCodeFor)
	_, err = r.ConfirmLink(t.Context(), visitor, r.linkTo("eve@example.com"), "form-4", true)
	refused(t, "a link after its end", onboarding.Gone, err)
}
