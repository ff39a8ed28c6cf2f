package server

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/links"
)

// venueOnBothEngines runs a test on a venue on SQLite and on one on PostgreSQL.
func venueOnBothEngines(t *testing.T, test func(t *testing.T, v *venue)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newVenue(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newVenueOn(t, openPostgres(t))) })
}

// TestFoundF3Form sends one form with ever other names, at once and again: it is good for five
// registrations, and the page that refuses the sixth brings a form that is good again.
func TestFoundF3Form(t *testing.T) {
	venueOnBothEngines(t, func(t *testing.T, v *venue) {
		action, form := v.form("/portal/" + demoID)
		var made atomic.Int64
		var wait sync.WaitGroup
		for i := range 24 {
			r := formRequest(t, v.api.URL+action, formWith(form, "firstName", fmt.Sprint("crowd ", i)))
			wait.Go(func() {
				a, err := v.api.Client().Transport.RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				defer a.Body.Close()
				switch {
				case a.StatusCode == http.StatusSeeOther:
					made.Add(1)
				case a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "":
					t.Errorf("%s, Retry-After %q", a.Status, a.Header.Get("Retry-After"))
				}
			})
		}
		wait.Wait()
		if made.Load() != 5 {
			t.Fatalf("one form made %d customers", made.Load())
		}
		form.Set("firstName", "one more")
		refused := v.browse(http.MethodPost, action, form).want(http.StatusTooManyRequests)
		if got := refused.form().Get("firstName"); got != "one more" {
			t.Errorf("the form holds %q", got)
		}
		v.browse(http.MethodPost, action, refused.form()).want(http.StatusSeeOther)
	})
}

// TestFoundF7Codes floods /go with wrong codes from everywhere: a right one passes before,
// meanwhile and after. From one address alone wrong ones are refused in the end.
func TestFoundF7Codes(t *testing.T) {
	venueOnBothEngines(t, func(t *testing.T, v *venue) {
		form := v.browse(http.MethodGet, "/go", nil).form()
		codes := make(chan string, 3)
		for range 3 {
			token, _ := v.link(2)
			codes <- v.code(token)
		}
		const attempts = 6100 // more than one replica took from everybody in a minute
		var next, wrong atomic.Int64
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				for i := next.Add(1); i <= attempts; i = next.Add(1) {
					if i == attempts/2 {
						v.enter(<-codes, from("192.0.2.1")).want(http.StatusSeeOther)
					}
					by := &onboarding.Caller{Address: fmt.Sprintf("10.%d.%d.%d", i>>12, i>>6&63, i>>3&7)}
					if _, err := v.service.Links.Resume(t.Context(), by, "form",
						"CDFG-HJKM-NPRT"); onboarding.KindOf(err) == onboarding.NotFound {
						wrong.Add(1)
					}
				}
			})
		}
		wait.Wait()
		if wrong.Load() != attempts {
			t.Errorf("%d of %d wrong codes were looked at", wrong.Load(), attempts)
		}
		v.enter(<-codes, from("192.0.2.1")).want(http.StatusSeeOther)
		for range 120 {
			form.Set("code", "CDFG-HJKM-NPRT")
			v.browse(http.MethodPost, "/go", form, from("192.0.2.2")).want(http.StatusNotFound)
		}
		last := <-codes
		v.enter(last, from("192.0.2.2")).want(http.StatusTooManyRequests)
		v.enter(last, from("192.0.2.3")).want(http.StatusSeeOther)
	})
}

// TestFoundF7Entropy: a code that anyone may guess has 52 bits, so that guessing does not replace
// the code.
func TestFoundF7Entropy(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(2)
	code, ok := links.ParseResumeCode(v.code(token))
	if !ok || len(code) != 12 {
		t.Errorf("%q", code)
	}
}
