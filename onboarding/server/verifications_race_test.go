package server

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit"
)

// together sends n requests at once and returns the answers.
func together(n int, send func(i int) *answer) []*answer {
	answers := make([]*answer, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i] = send(i) })
	}
	all.Wait()
	return answers
}

// TestVerificationRaces sends concurrent requests on both engines: one code is sent, five guesses
// are compared, one customer becomes the holder of an address, and two customers that prove each
// other's addresses do not block each other.
func TestVerificationRaces(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		h := newHouseOn(t, db, nil)
		id, own := h.register("ada"), withGuid(guid("ada"))
		counts := map[int]int{}
		v := ""
		for _, a := range together(10, func(int) *answer { return h.startBy(h.app, id, viaEmail, own) }) {
			if counts[a.status]++; a.status == http.StatusAccepted {
				v = a.text("id")
			}
		}
		h.deliver()
		if n := len(h.postbox.to("ada@example.com")); counts[202] != 1 || counts[429] != 9 || n != 1 {
			t.Errorf("ten requests at once: %v, and %d mails", counts, n)
		}
		right, wrong := h.codeTo("ada@example.com"), h.wrongCode("ada@example.com")
		var compared atomic.Int32
		for _, a := range together(50, func(int) *answer { return h.checkBy(h.app, id, v, wrong, own) }) {
			switch a.status {
			case http.StatusConflict:
				compared.Add(1)
			case http.StatusGone:
			default:
				t.Errorf("a guess: %d %s", a.status, a.raw)
			}
		}
		if compared.Load() != onboarding.VerificationTries {
			t.Errorf("%d of 50 guesses at once were compared", compared.Load())
		}
		h.checkBy(h.app, id, v, right, own).blames(http.StatusGone, "")
		h.clock.advance(time.Hour)

		const people = 8
		var ids, verifications, codes [people]string
		for i := range people {
			name := fmt.Sprint("twin ", i)
			ids[i] = h.post("/v3/customers", h.app, with(person("x"), map[string]any{
				"email": "twin@example.com", "guid": guid(name),
			})).want(http.StatusCreated).text("id")
			started := h.startBy(h.app, ids[i], viaEmail, withGuid(guid(name))).want(http.StatusAccepted)
			verifications[i] = started.text("id")
			codes[i] = h.codeTo("twin@example.com")
		}
		holder := ""
		for i, a := range together(people, func(i int) *answer {
			return h.checkBy(h.app, ids[i], verifications[i], codes[i], withGuid(guid(fmt.Sprint("twin ", i))))
		}) {
			if a.want(http.StatusOK); holder == "" {
				holder = a.text("customerId")
			}
			if a.text("customerId") != holder {
				t.Errorf("customer %d proved %s, and the first one %s", i, a.text("customerId"), holder)
			}
		}
		for _, id := range ids {
			if verified, _ := h.emailOf(id); verified != (id == holder) {
				t.Errorf("of the twins, %s is verified: %t", id, verified)
			}
		}

		const email, phone = "both@example.com", "+393471234567"
		one := h.post("/v3/customers", h.manager, with(person("one"), map[string]any{"email": email})).text("id")
		two := h.post("/v3/customers", h.manager, with(person("two"), map[string]any{"phoneNumber": phone})).text("id")
		prove := func(id string, channel onboarding.VerifyChannel, to string) func() *answer {
			v := h.startBy(h.manager, id, channel).want(http.StatusAccepted).text("id")
			code := h.codeTo(to)
			return func() *answer { return h.checkBy(h.manager, id, v, code) }
		}
		prove(one, viaEmail, email)().want(http.StatusOK)
		prove(two, viaSMS, phone)().want(http.StatusOK)
		for range 3 {
			h.put("/v3/customers/"+one, h.manager, map[string]any{"phoneNumber": phone}).want(http.StatusOK)
			h.put("/v3/customers/"+two, h.manager, map[string]any{"email": email}).want(http.StatusOK)
			calls := []func() *answer{prove(one, viaSMS, phone), prove(two, viaEmail, email)}
			answers := together(2, func(i int) *answer { return calls[i]() })
			if answers[0].want(http.StatusOK).text("customerId") != two ||
				answers[1].want(http.StatusOK).text("customerId") != one {
				t.Errorf("%s\n%s", answers[0].raw, answers[1].raw)
			}
			h.clock.advance(time.Hour)
		}
	})
}
