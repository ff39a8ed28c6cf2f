package storetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var verificationParts = []part{
	{"Verifications", testVerifications},
	{"VerificationTries", testVerificationTries},
	{"WrongCodes", testWrongCodes},
	{"VerifiedAddresses", testVerifiedAddresses},
	{"VerifiedAddressRace", testVerifiedAddressRace},
	{"VerificationsEnd", testVerificationsEnd},
}

// newVerification returns a verification of a sign-up with every field set except the customer's.
func newVerification() *onboarding.Verification {
	id := onboarding.NewID()
	return &onboarding.Verification{
		ID: id, OrganizationID: onboarding.NewID(), Session: "session " + id, Form: "form " + id,
		Channel: onboarding.VerifyEmail, Recipient: "recipient " + id, Code: "code " + id, Link: "link " + id,
		LinkForm: "used " + id, Tries: 5, Sent: 1,
		Content: onboarding.Sealed{KeyID: "k1", Box: []byte("\x00content\xff")}, Created: noon,
		Resend: noon.Add(time.Minute), CodeEnds: noon.Add(10 * time.Minute), Expires: noon.Add(time.Hour),
		Proven: ptr(noon.Add(time.Second)),
	}
}

func putVerification(t *testing.T, s onboarding.Store, v *onboarding.Verification) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertVerification(ctx, v) })
}

// testVerifications checks that a verification is found by its ID, page, link and customer, and
// which fields an update replaces.
func testVerifications(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	v := newVerification()
	putVerification(t, s, v)
	equal(t, "by ID", must(s.Verification(ctx, v.OrganizationID, v.ID))(t), v)
	equal(t, "by page", must(s.VerificationOfSession(ctx, v.Session))(t), v)
	equal(t, "by link", must(s.VerificationOfLink(ctx, v.Link))(t), v)
	_, err := s.Verification(ctx, onboarding.NewID(), v.ID)
	notFound(t, "another organization's", err)
	_, err = s.VerificationOfLink(ctx, v.Session)
	notFound(t, "an unknown link", err)
	again := newVerification()
	again.Session = v.Session
	conflict(t, "a second one of the page", "session", tryWrite(t, s,
		func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertVerification(ctx, again) }))

	c := storedCustomer(t, s)
	changed := *v
	changed.CustomerID, changed.Channel, changed.Recipient = c.ID, onboarding.VerifySMS, "other"
	changed.Link, changed.LinkForm, changed.Sent, changed.Content = "", "", 2, onboarding.Sealed{}
	changed.Resend, changed.CodeEnds, changed.Expires = noon.Add(2), noon.Add(time.Hour), noon.Add(2*time.Hour)
	changed.Resend = noon.Add(time.Hour)
	changed.Proven, changed.Tries = nil, 3
	update := func(u *onboarding.Verification) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateVerification(ctx, u) })
	}
	update(&changed)
	want := changed
	want.Tries = 5 // the code is the same
	equal(t, "updated", must(s.VerificationOfSession(ctx, v.Session))(t), &want)
	changed.Code = "another"
	update(&changed)
	equal(t, "with another code", must(s.Verification(ctx, v.OrganizationID, v.ID))(t), &changed)
	_, err = s.VerificationOfLink(ctx, v.Link)
	notFound(t, "the former link", err)
	notFound(t, "an update of none", tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		none := *v
		none.ID = onboarding.NewID()
		return tx.UpdateVerification(ctx, &none)
	}))

	_, err = s.VerificationOfCustomer(ctx, c.ID, onboarding.VerifySMS)
	notFound(t, "a sign-up is no verification by the API", err)
	api := newVerification()
	api.Session, api.Form, api.Link, api.CustomerID, api.Channel = "", "", "", c.ID, onboarding.VerifySMS
	putVerification(t, s, api)
	equal(t, "by customer", must(s.VerificationOfCustomer(ctx, c.ID, onboarding.VerifySMS))(t), api)
	second := *api
	second.ID = onboarding.NewID()
	conflict(t, "a second one of the customer", "channel", tryWrite(t, s,
		func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertVerification(ctx, &second) }))
	second.Channel = onboarding.VerifyEmail
	putVerification(t, s, &second)

	form := newVerification()
	form.Form, form.Link = v.Form, ""
	putVerification(t, s, form)
	for most, n := range map[int]int{1: 1, 2: 2, 9: 2} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			equal(t, "sign-ups of a form", must(tx.CountVerificationsOfForm(ctx, v.Form, most))(t), n)
			return nil
		})
	}
}

// testVerificationTries checks that of many concurrent tries as many succeed as the code has, and
// none for another code or after its end.
func testVerificationTries(t *testing.T, s onboarding.Store) {
	take := func(v *onboarding.Verification, code string, now time.Time) (taken bool) {
		err := s.Write(t.Context(), func(tx onboarding.Tx) (err error) {
			taken, err = tx.TakeVerificationTry(t.Context(), v.ID, code, now)
			return err
		})
		if err != nil {
			t.Errorf("Write: %v", err)
		}
		return taken
	}
	v := newVerification()
	putVerification(t, s, v)
	if take(v, v.Code, v.CodeEnds) || take(v, "former code", noon) {
		t.Error("a try was taken after the end, or of another code")
	}
	for range rounds {
		v := newVerification()
		putVerification(t, s, v)
		var taken atomic.Int32
		race(100, func(int) {
			if take(v, v.Code, noon) {
				taken.Add(1)
			}
		})
		if n := taken.Load(); n != 5 {
			t.Errorf("%d of 100 concurrent tries, want 5", n)
		}
		equal(t, "tries left", must(s.Verification(t.Context(), v.OrganizationID, v.ID))(t).Tries, 0)
	}
}

// testWrongCodes checks that wrong codes are counted by address and time, and that concurrent
// transactions do not exceed a count.
func testWrongCodes(t *testing.T, s onboarding.Store) {
	add := func(recipient string, at time.Time) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.AddWrongCode(ctx, recipient, at) })
	}
	count := func(recipient string, since time.Time, most int) (n int) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			n, err = tx.CountWrongCodes(ctx, recipient, since, most)
			return err
		})
		return n
	}
	add("a", noon)
	add("a", noon)
	add("a", noon.Add(time.Hour))
	add("b", noon)
	equal(t, "all", count("a", noon.Add(-time.Second), 20), 3)
	equal(t, "since", count("a", noon, 20), 1)
	equal(t, "up to", count("a", noon.Add(-time.Second), 2), 2)
	equal(t, "of none", count("c", noon.Add(-time.Second), 2), 0)
	for range rounds {
		address := onboarding.NewID()
		race(50, func(int) {
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				n, err := tx.CountWrongCodes(t.Context(), address, noon.Add(-time.Second), 20)
				if err != nil || n >= 20 {
					return err
				}
				return tx.AddWrongCode(t.Context(), address, noon)
			}); err != nil {
				t.Errorf("Write: %v", err)
			}
		})
		equal(t, "after a race", count(address, noon.Add(-time.Second), 100), 20)
	}
}

// testVerifiedAddresses checks that an address has one holder, and a customer one of each channel.
func testVerifiedAddresses(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, other := storedCustomer(t, s), storedCustomer(t, s)
	put := func(a onboarding.VerifiedAddress) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutVerifiedAddress(ctx, a) })
	}
	of := func(c *onboarding.Customer, recipient string, channel onboarding.VerifyChannel) onboarding.VerifiedAddress {
		return onboarding.VerifiedAddress{Recipient: recipient, OrganizationID: c.OrganizationID, CustomerID: c.ID,
			Channel: channel, At: noon}
	}
	email, phone := of(c, "e", onboarding.VerifyEmail), of(c, "p", onboarding.VerifySMS)
	put(email)
	put(phone)
	equal(t, "the holder", must(s.VerifiedAddress(ctx, "e"))(t), &email)
	equal(t, "a customer's", must(s.VerifiedAddresses(ctx, c.ID))(t), []onboarding.VerifiedAddress{email, phone})
	later := of(c, "e2", onboarding.VerifyEmail)
	later.At = noon.Add(time.Hour)
	put(later)
	_, err := s.VerifiedAddress(ctx, "e")
	notFound(t, "the customer's former address", err)
	moved := of(other, "e2", onboarding.VerifyEmail)
	put(moved)
	equal(t, "the new holder", must(s.VerifiedAddress(ctx, "e2"))(t), &moved)
	equal(t, "the former holder's", must(s.VerifiedAddresses(ctx, c.ID))(t), []onboarding.VerifiedAddress{phone})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.ForgetVerifiedAddress(ctx, c.ID, onboarding.VerifyEmail); err != nil { // there is none
			return err
		}
		return tx.ForgetVerifiedAddress(ctx, c.ID, onboarding.VerifySMS)
	})
	equal(t, "forgotten", len(must(s.VerifiedAddresses(ctx, c.ID))(t)), 0)
}

// testVerifiedAddressRace checks that of many customers who prove one address at once, all but the
// first find it taken.
func testVerifiedAddressRace(t *testing.T, s onboarding.Store) {
	for range rounds {
		address := onboarding.NewID()
		var first atomic.Int32
		race(16, func(int) {
			c := newCustomer("o1")
			won := false
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				ctx := t.Context()
				won = false
				_, err := tx.VerifiedAddress(ctx, address)
				if onboarding.KindOf(err) != onboarding.NotFound {
					return err
				}
				won = true
				if err := tx.InsertCustomer(ctx, c); err != nil {
					return err
				}
				return tx.PutVerifiedAddress(ctx, onboarding.VerifiedAddress{Recipient: address, OrganizationID: "o1",
					CustomerID: c.ID, Channel: onboarding.VerifyEmail, At: noon})
			}); err != nil {
				t.Errorf("Write: %v", err)
			}
			if won {
				first.Add(1)
			}
		})
		if n := first.Load(); n != 1 {
			t.Errorf("%d were the first, want 1", n)
		}
	}
}

// testVerificationsEnd checks that a deletion, each of its portions, and a minimisation end the
// customer's verifications and addresses.
func testVerificationsEnd(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	ends := map[string]func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer) error{
		"deletion": func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer) error {
			return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, "alias")
		},
		"retirement": func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer) error {
			if err := tx.RetireCustomer(ctx, c.OrganizationID, c.ID, "alias"); err != nil {
				return err
			}
			_, err := tx.DeletePortion(ctx, onboarding.RetiredCustomer{ID: c.ID, Alias: "alias"}, 100)
			return err
		},
		"minimisation": func(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer) error {
			return tx.MinimiseCustomer(ctx, c.ID)
		},
	}
	for name, end := range ends {
		c, kept := storedCustomer(t, s), newVerification()
		api := newVerification()
		api.Session, api.Link, api.CustomerID = "", "", c.ID
		putVerification(t, s, api)
		putVerification(t, s, kept)
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if err := tx.PutVerifiedAddress(ctx, onboarding.VerifiedAddress{Recipient: "r " + c.ID,
				OrganizationID: c.OrganizationID, CustomerID: c.ID, Channel: onboarding.VerifyEmail, At: noon,
			}); err != nil {
				return err
			}
			return end(ctx, tx, c)
		})
		_, err := s.Verification(ctx, api.OrganizationID, api.ID)
		notFound(t, "the verification after a "+name, err)
		_, err = s.VerifiedAddress(ctx, "r "+c.ID)
		notFound(t, "the address after a "+name, err)
		equal(t, "another sign-up", must(s.Verification(ctx, kept.OrganizationID, kept.ID))(t), kept)
	}
}
