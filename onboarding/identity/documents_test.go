package identity_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

var passport = onboarding.Document{
	MemberID: "M-77", Number: "N-88", PersonalID: "P-99", PassportNumber: "YA1234567", Type: "passport",
}

// with is a change for AddCustomer: the customer has the document.
func with(d onboarding.Document) func(*registration.CustomerInput) {
	return func(in *registration.CustomerInput) {
		in.Document = &registration.IdentityDocumentInput{
			MemberID: &d.MemberID, Number: &d.Number, PersonalID: &d.PersonalID, PassportNumber: &d.PassportNumber,
			Type: &d.Type,
		}
	}
}

// setForm sets the setting, as a database of the version before has it with the empty text.
func setForm(v *testkit.Venue, form string) {
	v.Helper()
	if err := v.Store.Write(context.Background(), func(tx onboarding.Tx) error {
		return tx.PutSetting(context.Background(), onboarding.SettingDocuments, form)
	}); err != nil {
		v.Fatal(err)
	}
}

// before makes the venue's deployment one that was upgraded and has not finished.
func before(v *testkit.Venue) {
	v.Helper()
	setForm(v, "")
	v.Deployment = testkit.Deploy(v, deployment.Config{Store: v.Store, Now: v.Now})
}

func stored(v *testkit.Venue, id string) *onboarding.Customer {
	v.Helper()
	return testkit.Must(v.Store.Customer(context.Background(), v.Here.ID, id))(v)
}

// shown is the document in the contact export.
func shown(v *testkit.Venue, id string) onboarding.Document {
	v.Helper()
	return testkit.Must(v.Contacts.Export(context.Background(), testkit.Manager(v.Here), id))(v).Document
}

func same(v *testkit.Venue, what string, got, want onboarding.Document) {
	v.Helper()
	if got != want {
		v.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// TestDocuments registers, changes, minimises and swaps documents in a finished deployment and in
// one that the version before still uses.
func TestDocuments(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		venue := testkit.NewVenueOn(t, db)
		for _, form := range []string{"", onboarding.DocumentsSealing, onboarding.DocumentsSealed} {
			t.Run("form "+form, func(t *testing.T) {
				v := *venue
				v.TB = t
				before(&v)
				setForm(&v, form)
				checkForm := func(id string) {
					t.Helper()
					s := stored(&v, id).Document
					sealed, clear := s.Sealed.KeyID != "", s.Clear != onboarding.Document{}
					if sealed != (form != "") || sealed == clear {
						t.Errorf("stored as %+v", s)
					}
					if strings.Contains(string(s.Sealed.Box), passport.PassportNumber) {
						t.Error("the sealed document holds the number")
					}
				}
				c := v.AddCustomer(v.Here, "anna"+form, "secret", with(passport))
				checkForm(c.ID)
				same(&v, "registered", shown(&v, c.ID), passport)

				update := func(in registration.CustomerInput) {
					t.Helper()
					if _, err := v.Registration.Update(t.Context(), testkit.Manager(v.Here), c.ID, in); err != nil {
						t.Fatal(err)
					}
				}
				kept := stored(&v, c.ID).Document.Sealed
				update(registration.CustomerInput{LastName: new("Rossi")})
				if got := stored(&v, c.ID).Document.Sealed; string(got.Box) != string(kept.Box) {
					t.Error("the document was sealed again although it did not change")
				}
				update(registration.CustomerInput{Document: &registration.IdentityDocumentInput{Number: new("N-2")}})
				want := passport
				want.Number = "N-2"
				checkForm(c.ID)
				same(&v, "with another number", shown(&v, c.ID), want)

				update(registration.CustomerInput{Document: &registration.IdentityDocumentInput{
					MemberID: new(""), Number: new(""), PersonalID: new(""), PassportNumber: new(""), Type: new("")}})
				if got := stored(&v, c.ID); !got.Document.IsZero() {
					t.Errorf("emptied: %+v", got.Document)
				}
				update(registration.CustomerInput{Document: &registration.IdentityDocumentInput{Number: new("N-3")}})
				update(registration.CustomerInput{PPD: new(false)})
				if got := stored(&v, c.ID); !got.Document.IsZero() {
					t.Errorf("minimised: %+v", got.Document)
				}
				refusing := v.AddCustomer(v.Here, "bea"+form, "secret", with(passport), testkit.Refusing)
				if got := stored(&v, refusing.ID); !got.Document.IsZero() {
					t.Errorf("registered without consent: %+v", got.Document)
				}
			})
		}
	})
}

// TestSwapped checks that a sealed document copied to another customer's row does not open.
func TestSwapped(t *testing.T) {
	v := testkit.NewVenue(t)
	a, b := v.AddCustomer(v.Here, "anna", "secret", with(passport)), v.AddCustomer(v.Here, "berta", "secret")
	thief := *stored(v, b.ID)
	thief.Document = stored(v, a.ID).Document
	if _, err := v.Documents.Of(&thief); err == nil || strings.Contains(err.Error(), passport.Number) {
		t.Errorf("another customer's document opens: %v", err)
	}
	if got := testkit.Must(v.Documents.Of(stored(v, a.ID)))(t); got != passport {
		t.Errorf("%+v", got)
	}
}

// TestFinish finishes while others register and change documents, and is interrupted on the way:
// afterwards every document is sealed and unchanged.
func TestFinish(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		before(v)
		const older = 250
		var mu sync.Mutex
		want := map[string]onboarding.Document{}
		add := func(name string) string {
			d := passport
			d.Number = name
			c := v.AddCustomer(v.Here, name, "secret", with(d))
			mu.Lock()
			defer mu.Unlock()
			want[c.ID] = d
			return c.ID
		}
		var ids []string
		var without []registration.Enrolment
		for i := range older {
			if i%10 != 0 {
				without = append(without, registration.Enrolment{At: testkit.Monday, Input: registration.CustomerInput{
					Policies: map[string]bool{"termsOfUse": true, "privacy": true}}})
				continue
			}
			ids = append(ids, add(fmt.Sprint("older ", i)))
		}
		if err := v.Registration.RegisterMany(t.Context(), v.Here.ID, without); err != nil {
			t.Fatal(err)
		}
		// The replicas know nothing of the finish but the setting.
		replica := testkit.Deploy(v, deployment.Config{Store: v.Store, Now: v.Now})
		var stop atomic.Bool
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					add(fmt.Sprint("newer ", n, " ", i))
					id := ids[(n+4*i)%len(ids)]
					title := fmt.Sprint("T", i)
					in := registration.CustomerInput{Title: &title}
					_, err := replica.Registration.Update(context.Background(), testkit.Manager(v.Here), id, in)
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		first, err := v.Documents.Finish(ctx)
		cancel()
		if err == nil {
			t.Log("the first run was not interrupted")
		}
		second, err := v.Documents.Finish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stop.Store(true)
		wg.Wait()
		if first+second < len(ids) {
			t.Errorf("%d and %d sealed of at least %d", first, second, len(ids))
		}
		for id, d := range want {
			c := stored(v, id)
			if c.Document.Clear != (onboarding.Document{}) {
				t.Errorf("%s is stored in clear", d.Number)
			}
			same(v, d.Number, testkit.Must(v.Documents.Of(c))(t), d)
		}
		if form := testkit.Must(v.Store.Setting(t.Context(), onboarding.SettingDocuments))(t); form !=
			onboarding.DocumentsSealed {
			t.Errorf("setting %q", form)
		}
		if again, err := v.Documents.Finish(t.Context()); again != 0 || err != nil {
			t.Errorf("another run: %d %v", again, err)
		}
		rows := testkit.Must(v.Store.UnchainedAudit(t.Context(), 100_000))(t)
		changes := 0
		for _, row := range rows {
			if row.Action == onboarding.AuditSettingsChanged && len(row.Fields) == 1 &&
				row.Fields[0] == onboarding.SettingDocuments {
				changes++
			}
		}
		if changes != 2 {
			t.Errorf("%d audit rows of the setting, want that of the begin and that of the end", changes)
		}
	})
}
