package verification_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/verification"
)

// isWrong reports whether a code was compared and refused.
func isWrong(err error) bool {
	_, wrong := errors.AsType[*verification.WrongCodeError](err)
	return wrong
}

// TestGuessRace lets 100 guesses at one code arrive at once at two replicas: five are compared.
func TestGuessRace(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testGuessRace(t, testkit.NewVenue(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := testkit.NewPostgres(t, postgres.Require(t))
		testGuessRace(t, testkit.NewVenueOn(t, testkit.OpenPostgres(t, url)))
	})
}

func testGuessRace(t *testing.T, v *testkit.Venue) {
	r := newRigOn(t, v, onboarding.VerifyEmail)
	other := r.replica(testkit.Deploy(t, deployment.Config{Store: r.Store, Now: r.Now}).Access)
	session := r.begin(r.Here, "Ada", ada)
	var compared, gone atomic.Int32
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			at := r.Verifications
			if i%2 == 1 {
				at = other
			}
			by := &onboarding.Caller{Address: fmt.Sprintf("198.51.100.%d", i)}
			switch _, err := at.Prove(t.Context(), by, session, r.wrong(ada), nil); {
			case isWrong(err):
				compared.Add(1)
			case onboarding.KindOf(err) == onboarding.Gone:
				gone.Add(1)
			default:
				t.Errorf("guess %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if compared.Load() != 5 || gone.Load() != 95 {
		t.Errorf("%d guesses were compared and %d came too late, want 5 and 95", compared.Load(), gone.Load())
	}
	_, err := r.Prove(t.Context(), visitor, session, r.last(ada).Code, nil)
	refused(t, "the right code after five wrong ones", onboarding.Gone, err)
}

// TestGuessesOfDay guesses at one address over many sign-ups, devices and addresses: 20 guesses are
// compared in any 24 hours. A browser that has verified the address before is not locked out.
func TestGuessesOfDay(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	recipient := r.prove(r.begin(r.Here, "Ada", ada), ada).Recipient
	known := func(hash string) bool { return hash == recipient }
	compared, refusedAsks := 0, 0
	for day := range 3 {
		for hour := range 24 {
			by := &onboarding.Caller{Address: fmt.Sprintf("203.0.113.%d", hour)}
			session, err := r.Begin(t.Context(), by, r.form(r.Here, "Eve", ada, ""))
			if err != nil {
				refused(t, "a code for a stranger", onboarding.TooMany, err)
				refusedAsks++
			}
			for range 8 {
				if err == nil {
					if _, guess := r.Prove(t.Context(), by, session, r.wrong(ada), nil); isWrong(guess) {
						compared++
					}
				}
			}
			r.Advance(time.Hour)
		}
		if compared > 20*(day+1) {
			t.Errorf("%d guesses were compared in %d days", compared, day+1)
		}
	}
	if compared < 40 || refusedAsks == 0 {
		t.Errorf("%d guesses were compared, %d codes refused: the limit was not reached", compared, refusedAsks)
	}
	form := r.form(r.Here, "Ada", ada, "")
	form.Known = known
	session, err := r.Begin(t.Context(), visitor, form)
	if err != nil {
		t.Fatalf("the browser that knows the address: %v", err)
	}
	if _, err := r.Prove(t.Context(), visitor, session, r.last(ada).Code, known); err != nil {
		t.Errorf("its code: %v", err)
	}
}

// TestMillionGuesses computes how probably a guesser succeeds within the limits of a deployment,
// and shows that the limits hold while a crowd of addresses guesses as fast as it can.
func TestMillionGuesses(t *testing.T) {
	limits := access.DefaultLimits()
	rate := func(name access.LimitName) access.Rate {
		r, on := limits.Rate(name)
		if !on {
			t.Fatalf("the limit %s is off", name)
		}
		return r
	}
	day := rate(access.LimitWrongCodesRecipient).Burst
	if p := float64(day) / 1e6; p > 2e-5 {
		t.Errorf("a guesser of one address succeeds with probability %g a day", p)
	}
	if years := 1e6 / float64(day) / 365; years < 100 {
		t.Errorf("a million guesses at one address take %.0f years", years)
	}
	site := rate(access.LimitWrongCodesLocation)
	ofDay := float64(site.Burst) + float64(site.Count)*float64(24*time.Hour/site.Per)
	if p := 1 - math.Exp(-ofDay/1e6); p > 0.06 {
		t.Errorf("a guesser of any address at one location succeeds with probability %g a day", p)
	}

	r := newRig(t, onboarding.VerifyEmail)
	session := r.begin(r.Here, "Ada", ada)
	const guesses = 3000
	var compared atomic.Int64
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker; i < guesses; i += 16 {
				by := &onboarding.Caller{Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250)}
				code := fmt.Sprintf("%06d", i)
				if code == r.last(ada).Code {
					continue
				}
				if _, err := r.Prove(t.Context(), by, session, code, nil); isWrong(err) {
					compared.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := compared.Load(); n != 5 {
		t.Errorf("%d of %d guesses were compared, want 5", n, guesses)
	}
}

// TestSwappedSessions checks that a code proves its own sign-up only, and a link its own tenant.
func TestSwappedSessions(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	victim := r.begin(r.Here, "Ada", ada)
	mine := r.last(ada)
	attacker := r.begin(r.Here, "Eve", ada) // the attacker types the victim's address
	if mine.Code != r.last(ada).Code {
		if _, err := r.Prove(t.Context(), visitor, attacker, mine.Code, nil); !isWrong(err) {
			t.Errorf("the code of the victim's sign-up at the attacker's: %v", err)
		}
		if _, err := r.Prove(t.Context(), visitor, victim, r.last(ada).Code, nil); !isWrong(err) {
			t.Errorf("the code of the attacker's sign-up at the victim's: %v", err)
		}
	}
	// The victim confirms the attacker's link without care: the attacker's page gets nothing.
	proof, err := r.ConfirmLink(t.Context(), visitor, r.linkTo(ada), "victim's form", false)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Of(t.Context(), visitor, attacker)
	if err != nil || page.Profile != "" {
		t.Errorf("the attacker's page: %+v, %v", page, err)
	}
	if _, err := r.Prove(t.Context(), visitor, attacker, "", nil); err == nil {
		t.Error("the attacker's page continued without the code")
	}
	if c := r.customerOf(proof.Profile); c.OrganizationID != r.Here.ID {
		t.Error("another tenant's customer")
	}
	for _, token := range []string{"", "x", victim + "x", r.linkTo(ada)} {
		_, err := r.Of(t.Context(), visitor, token)
		refused(t, "an unknown page", onboarding.NotFound, err)
	}
}

// TestRaceOfOneAddress lets many visitors prove one address at once: one customer is made, and all
// get its profile.
func TestRaceOfOneAddress(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testRaceOfOneAddress(t, testkit.NewVenue(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := testkit.NewPostgres(t, postgres.Require(t))
		testRaceOfOneAddress(t, testkit.NewVenueOn(t, testkit.OpenPostgres(t, url)))
	})
}

func testRaceOfOneAddress(t *testing.T, v *testkit.Venue) {
	r := newRigOn(t, v, onboarding.VerifyEmail)
	before := r.customers(r.Here)
	const visitors = 8
	var sessions, codes [visitors]string
	for i := range sessions {
		sessions[i] = r.begin(r.Here, fmt.Sprint("Ada ", i), ada)
		codes[i] = r.last(ada).Code
	}
	var profiles [visitors]string
	var all sync.WaitGroup
	for i := range sessions {
		all.Go(func() {
			proof, err := r.Prove(t.Context(), visitor, sessions[i], codes[i], nil)
			if err != nil {
				t.Errorf("visitor %d: %v", i, err)
				return
			}
			profiles[i] = proof.Profile
		})
	}
	all.Wait()
	if n := r.customers(r.Here) - before; n != 1 {
		t.Errorf("%d customers were made, want 1", n)
	}
	for i := range profiles {
		if t.Failed() {
			break
		}
		if r.customerOf(profiles[i]).ID != r.customerOf(profiles[0]).ID || i > 0 && profiles[i] == profiles[0] {
			t.Errorf("visitor %d has link %q", i, profiles[i])
		}
	}
}

// TestFormLimit checks that one form begins a limited number of sign-ups.
func TestFormLimit(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	form := r.form(r.Here, "Ada", ada, "")
	for i := range 5 {
		form.Input.Email = ptr(fmt.Sprintf("a%d@example.com", i))
		if _, err := r.Begin(t.Context(), visitor, form); err != nil {
			t.Fatal(err)
		}
	}
	form.Input.Email = ptr("a5@example.com")
	_, err := r.Begin(t.Context(), visitor, form)
	if e, ok := errors.AsType[*onboarding.Error](err); !ok || e.Kind != onboarding.TooMany || e.Field != "form" {
		t.Errorf("the sixth sign-up of a form: %v", err)
	}
}

// TestFlood checks that a stranger cannot send one address more than a few messages.
func TestFlood(t *testing.T) {
	r := newRig(t, onboarding.VerifyEmail)
	for i := range 100 {
		by := &onboarding.Caller{Address: fmt.Sprintf("198.51.100.%d", i)}
		_, err := r.Begin(t.Context(), by, r.form(r.Here, fmt.Sprint(i), ada, ""))
		if err != nil && onboarding.KindOf(err) != onboarding.TooMany {
			t.Fatal(err)
		}
	}
	if n := r.messages(ada); n < 5 || n > 12 {
		t.Errorf("%d messages to one address", n)
	}
}

// TestStoredAsHashes searches the files of the database for values that a copy must not hold:
// codes, links, pages, and the content of a sign-up.
func TestStoredAsHashes(t *testing.T) {
	path := testkit.NewSQLite(t)
	db, err := store.OpenSQLite(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := newRigOn(t, testkit.NewVenueOn(t, db), onboarding.VerifyEmail)
	const address = "adaline@example.com"
	session := r.begin(r.Here, "Adaline", address)
	written := func() (all []byte) {
		for _, file := range []string{path, path + "-wal"} {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, raw...)
		}
		return all
	}
	for _, secret := range []string{session, r.linkTo(address), "daline", r.last(address).Code} {
		if bytes.Contains(written(), []byte(secret)) {
			t.Errorf("the database holds %q in clear", secret)
		}
	}
	r.prove(session, address)
	if !bytes.Contains(written(), []byte("Adaline")) {
		t.Error("the customer was not found: the search finds nothing")
	}
}
