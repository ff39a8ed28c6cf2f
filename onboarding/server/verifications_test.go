package server

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/messages/sms"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/exim"
)

const viaEmail, viaSMS = onboarding.VerifyEmail, onboarding.VerifySMS

// millis returns a time as the API writes it.
func millis(at time.Time) string { return at.Format("2006-01-02T15:04:05.000Z") }

// emailOf returns a contact's address, and whether it is verified and claimed.
func (h *house) emailOf(id string) (verified bool, claimed *bool) {
	h.Helper()
	verified = h.get("/v2/customers/"+id, h.manager).want(http.StatusOK).
		json["customer"].(map[string]any)["emailVerified"].(bool)
	c, err := h.service.Registration.CustomerInfo(h.Context(), h.caller(h.manager), id)
	if err != nil {
		h.Fatal(err)
	}
	if c.EmailVerified != verified {
		h.Errorf("the contact of %s shows emailVerified %t", id, verified)
	}
	return verified, c.EmailClaimed
}

// waits checks an answer 429, and that Retry-After is the time until at.
func (h *house) waits(a *answer, at string) {
	h.Helper()
	a.blames(http.StatusTooManyRequests, "")
	until, err := time.Parse(time.RFC3339, at)
	if err != nil {
		h.Fatal(err)
	}
	if want := strconv.Itoa(int(until.Sub(h.clock.now()).Seconds())); a.header.Get("Retry-After") != want {
		h.Errorf("Retry-After is %s, want %s", a.header.Get("Retry-After"), want)
	}
}

// TestVerification is an app's verification of an e-mail address, on both engines.
func TestVerification(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) { testVerification(newHouseOn(t, db, nil)) })
}

func testVerification(h *house) {
	ada, own := "ada@example.com", withGuid(guid("ada"))
	id := h.post("/v3/customers", h.app, with(person("ada"), map[string]any{"emailVerified": true})).
		want(http.StatusCreated).text("id")
	h.deliver()
	if n := len(h.postbox.to(ada)); n != 0 {
		h.Fatalf("%d messages after the registration", n)
	}
	if verified, claimed := h.emailOf(id); verified || claimed == nil {
		h.Fatalf("before: verified %t, claimed %v", verified, claimed)
	}
	began := h.clock.now()
	started := h.startBy(h.app, id, viaEmail, own).want(http.StatusAccepted).is(map[string]any{
		"status": "OK", "generated": true, "id": anything, "channel": "email",
		"expires": millis(began.Add(10 * time.Minute)), "resendAfter": millis(began.Add(time.Minute)),
	})
	v := started.text("id")
	right := h.codeTo(ada)
	h.clock.advance(20 * time.Second)
	h.waits(h.startBy(h.app, id, viaEmail, own), started.text("resendAfter"))

	for range onboarding.VerificationTries {
		h.checkBy(h.app, id, v, h.wrongCode(ada), own).blames(http.StatusConflict, "code")
	}
	h.checkBy(h.app, id, v, h.wrongCode(ada), own).blames(http.StatusGone, "")
	h.checkBy(h.app, id, v, right, own).blames(http.StatusGone, "")
	h.clock.advance(40 * time.Second)
	again := h.startBy(h.app, id, viaEmail, own).want(http.StatusAccepted)
	if again.text("id") != v || again.text("resendAfter") != millis(began.Add(3*time.Minute)) {
		h.Errorf("the second code: %s", again.raw)
	}
	if former := right; former != h.codeTo(ada) {
		h.checkBy(h.app, id, v, former, own).blames(http.StatusConflict, "code")
	}
	right = h.codeTo(ada)
	h.clock.advance(10 * time.Minute)
	h.checkBy(h.app, id, v, right, own).blames(http.StatusGone, "")
	h.startBy(h.app, id, viaEmail, own).want(http.StatusAccepted)
	right = h.codeTo(ada)
	typed := " " + right[:3] + " - " + right[3:] + " "
	for range 2 { // the second one stands for a lost answer
		h.checkBy(h.app, id, v, typed, own).want(http.StatusOK).
			is(map[string]any{"status": "OK", "generated": true, "customerId": id})
	}
	if verified, claimed := h.emailOf(id); !verified || claimed != nil {
		h.Errorf("after: verified %t, claimed %v", verified, claimed)
	}
	found := h.get(searchPath+"?emailVerified=true", h.manager).want(http.StatusOK)
	if !strings.Contains(string(found.raw), id) {
		h.Errorf("the search for verified addresses: %s", found.raw)
	}
	h.startBy(h.app, id, viaEmail, own).blames(http.StatusConflict, "channel")
	h.startBy(h.app, id, viaSMS, own).blames(http.StatusConflict, "channel")
	if log := h.log.String(); strings.Contains(log, right) || strings.Contains(log, ada) {
		h.Error("the log holds a code or an address")
	}
}

// TestVerificationOfHolder: a second customer with the address of a first one proves the first,
// after the code only, and as little as any other proof when the first is locked.
func TestVerificationOfHolder(t *testing.T) {
	h := newHouse(t)
	first := h.register("ada")
	h.checkBy(h.app, first, h.startBy(h.app, first, viaEmail, withGuid(guid("ada"))).text("id"),
		h.codeTo("ada@example.com"), withGuid(guid("ada"))).want(http.StatusOK)

	other, own := h.token(demoID, auth.PublicApp), withGuid(guid("new phone"))
	second := h.post("/v3/customers", other, with(person("eve"), map[string]any{
		"email": "ADA@Example.COM", "guid": guid("new phone"),
	})).want(http.StatusCreated).text("id")
	h.get("/v3/customers/"+first, other, own).want(http.StatusForbidden)
	started := h.startBy(other, second, viaEmail, own).want(http.StatusAccepted)
	right := h.codeTo("ada@example.com")
	h.get("/v3/customers/"+first, other, own).want(http.StatusForbidden)

	h.post("/v3/customers/"+first+"/lock", h.manager, nil).want(http.StatusOK)
	h.checkBy(other, second, started.text("id"), right, own).blames(http.StatusConflict, "")
	h.post("/v3/customers/"+first+"/unlock", h.manager, nil).want(http.StatusOK)
	h.get("/v3/customers/"+first, other, own).want(http.StatusForbidden)

	h.checkBy(other, second, started.text("id"), right, own).want(http.StatusOK).
		is(map[string]any{"status": "OK", "generated": true, "customerId": first})
	h.get("/v3/customers/"+first, other, own).want(http.StatusOK)
	h.get("/v3/customers/"+first, h.token(demoID, auth.PublicApp), own).want(http.StatusOK) // the guid alone
	if verified, _ := h.emailOf(second); verified {
		h.Error("two customers have one verified address")
	}
	// A rotation ends that proof as it ends others.
	h.post("/v3/customers/"+first+"/rotate", h.manager, nil).want(http.StatusOK)
	h.get("/v3/customers/"+first, other, own).want(http.StatusForbidden)
}

// TestVerificationStrangers sends codes to verifications that are not the caller's.
func TestVerificationStrangers(t *testing.T) {
	h := newHouse(t)
	ada, eve := h.register("ada"), h.register("eve")
	asAda, asEve := withGuid(guid("ada")), withGuid(guid("eve"))
	v := h.startBy(h.app, ada, viaEmail, asAda).want(http.StatusAccepted).text("id")
	h.startBy(h.app, eve, viaEmail, asEve).want(http.StatusAccepted)
	right := h.codeTo("ada@example.com")

	h.checkBy(h.app, ada, nobodyID, right, asAda).blames(http.StatusNotFound, "")
	for _, odd := range []string{"x", "%00", "%FF", "..%2F" + v, strings.ToUpper(v)} {
		h.checkBy(h.app, ada, odd, right, asAda).blames(http.StatusNotFound, "")
	}
	h.checkBy(h.app, eve, v, right, asEve).blames(http.StatusNotFound, "")
	h.checkBy(h.manager, eve, v, right).blames(http.StatusNotFound, "")
	stranger := h.token(demoID, auth.PublicApp)
	h.checkBy(stranger, ada, v, right, asEve).blames(http.StatusForbidden, "")
	h.checkBy(stranger, ada, v, right).blames(http.StatusForbidden, "")
	h.startBy(stranger, ada, viaEmail, asEve).blames(http.StatusForbidden, "")
	h.startBy(stranger, nobodyID, viaEmail, asEve).blames(http.StatusForbidden, "")
	h.checkBy(h.rival, ada, v, right).blames(http.StatusNotFound, "")
	h.startBy(h.rival, ada, viaEmail).blames(http.StatusNotFound, "")
	h.checkBy(h.token(rivalID, auth.PublicApp), ada, v, right, asAda).blames(http.StatusForbidden, "")
	narrow := h.token(demoID, auth.PublicApp, auth.CustomerRead)
	h.startBy(narrow, ada, viaEmail, asAda).blames(http.StatusForbidden, "")
	h.checkBy(narrow, ada, v, right, asAda).blames(http.StatusForbidden, "")
	// None of these used a try.
	for range onboarding.VerificationTries - 1 {
		h.checkBy(h.app, ada, v, h.wrongCode("ada@example.com"), asAda).blames(http.StatusConflict, "code")
	}
	h.checkBy(h.app, ada, v, right, asAda).want(http.StatusOK)
}

// TestVerificationOfChanged changes the customer between the code and its check.
func TestVerificationOfChanged(t *testing.T) {
	h := newHouse(t)
	id, own := h.register("ada"), withGuid(guid("ada"))
	path := "/v3/customers/" + id
	v := h.startBy(h.app, id, viaEmail, own).want(http.StatusAccepted).text("id")
	right := h.codeTo("ada@example.com")
	h.put(path, h.app, map[string]any{"email": "victim@example.com"}, own).want(http.StatusOK)
	h.checkBy(h.app, id, v, right, own).blames(http.StatusGone, "")
	if verified, _ := h.emailOf(id); verified {
		t.Error("the code for one address has verified another one")
	}
	// The new address gets a code of its own at once, and the former code is not one of it.
	h.startBy(h.app, id, viaEmail, own).want(http.StatusAccepted)
	if h.codeTo("victim@example.com") != right {
		h.checkBy(h.app, id, v, right, own).blames(http.StatusConflict, "code")
	}
	h.put(path, h.app, map[string]any{"email": "Victim@example.com"}, own).want(http.StatusOK)
	h.checkBy(h.app, id, v, h.codeTo("victim@example.com"), own).want(http.StatusOK)
	if verified, _ := h.emailOf(id); !verified {
		t.Error("another case of an address is another address")
	}
	h.put(path, h.app, map[string]any{"email": ""}, own).want(http.StatusOK)
	h.startBy(h.app, id, viaEmail, own).blames(http.StatusConflict, "channel")
	// The address has no holder any more: its proof leads nowhere else.
	eve := h.post("/v3/customers", h.app, with(person("eve"), map[string]any{"email": "victim@example.com"})).
		text("id")
	h.clock.advance(time.Hour)
	e := h.startBy(h.app, eve, viaEmail, withGuid(guid("eve"))).want(http.StatusAccepted).text("id")
	a := h.checkBy(h.app, eve, e, h.codeTo("victim@example.com"), withGuid(guid("eve"))).want(http.StatusOK)
	if a.text("customerId") != eve {
		t.Errorf("the proof of an address without a holder: %s", a.raw)
	}

	bob, asBob := h.register("bob"), withGuid(guid("bob"))
	b := h.startBy(h.app, bob, viaEmail, asBob).want(http.StatusAccepted).text("id")
	right = h.codeTo("bob@example.com")
	h.post("/v3/customers/"+bob+"/lock", h.manager, nil).want(http.StatusOK)
	h.startBy(h.app, bob, viaEmail, asBob).blames(http.StatusConflict, "")
	h.checkBy(h.app, bob, b, right, asBob).blames(http.StatusConflict, "")
	h.call(http.MethodDelete, "/v1/customers/"+bob, h.manager, nil).want(http.StatusOK)
	h.checkBy(h.app, bob, b, right, asBob).blames(http.StatusForbidden, "")
	h.checkBy(h.manager, bob, b, right).blames(http.StatusNotFound, "")
	h.startBy(h.manager, bob, viaEmail).blames(http.StatusNotFound, "")
}

// TestVerificationGuesses guesses at the code for one address with many customers, guids and
// writings of the address: 20 guesses are compared in 24 hours.
func TestVerificationGuesses(t *testing.T) {
	h := newHouse(t)
	compared := 0
	for i := range 12 {
		name := fmt.Sprintf("eve-%d", i)
		address := []string{"victim@example.com", "Victim@example.com", "VICTIM@Example.COM"}[i%3]
		own := withGuid(guid(name))
		id := h.post("/v3/customers", h.app, with(person(name), map[string]any{"email": address})).text("id")
		started := h.startBy(h.app, id, viaEmail, own)
		if started.status == http.StatusTooManyRequests {
			continue
		}
		started.want(http.StatusAccepted)
		code := h.wrongCode("victim@example.com")
		for range onboarding.VerificationTries {
			if a := h.checkBy(h.app, id, started.text("id"), code, own); a.status == http.StatusConflict {
				compared++
			} else if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
				t.Fatalf("%d: %s", a.status, a.raw)
			}
		}
		h.clock.advance(30 * time.Minute)
	}
	if compared != 20 {
		t.Errorf("%d guesses were compared in a day, want 20", compared)
	}
	// Another address is free, and so is this one a day later.
	id := h.register("ada")
	h.startBy(h.app, id, viaEmail, withGuid(guid("ada"))).want(http.StatusAccepted)
	h.clock.advance(24 * time.Hour)
	h.app = h.token(demoID, auth.PublicApp)
	late := h.post("/v3/customers", h.app, with(person("late"), map[string]any{"email": "victim@example.com"})).
		text("id")
	h.startBy(h.app, late, viaEmail, withGuid(guid("late"))).want(http.StatusAccepted)
}

// TestVerificationFlood asks for codes with a new guid each time, and with the address changed to
// and fro, which both would escape a limit by device or by verification.
func TestVerificationFlood(t *testing.T) {
	h := newHouse(t)
	id := h.register("eve")
	sent := 0
	for i := range 60 {
		h.put("/v3/customers/"+id, h.app, map[string]any{"email": fmt.Sprintf("victim-%d@example.com", i%30)},
			withGuid(guid("eve"))).want(http.StatusOK)
		a := h.startBy(h.app, id, viaEmail, withGuid(guid(fmt.Sprint("any ", i))))
		if a.status == http.StatusAccepted {
			sent++
			continue
		}
		a.want(http.StatusTooManyRequests)
	}
	if sent != 10 {
		t.Errorf("%d codes were sent for one customer at once, want 10", sent)
	}
}

// TestVerificationBySMS sends codes by a gateway.
func TestVerificationBySMS(t *testing.T) {
	texts := make(chan map[string]string, 10)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		texts <- m
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(provider.Close)
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(file, []byte("url: "+provider.URL+"\ncountries: [IT]\nbody: {to: '{to}', text: '{text}'}\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	gateway, err := sms.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	h := newHouseOf(t, deployment.Config{Store: openSQLite(t), SMS: gateway})
	own := withGuid(guid("ada"))
	id := h.post("/v3/customers", h.app, with(person("ada"), map[string]any{"phoneNumber": "+39 347 123 4567"})).
		want(http.StatusCreated).text("id")
	v := h.startBy(h.app, id, viaSMS, own).want(http.StatusAccepted)
	h.deliver()
	got := <-texts
	if got["to"] != "+393471234567" || v.text("channel") != "sms" {
		t.Errorf("%v: %s", got, v.raw)
	}
	h.checkBy(h.app, id, v.text("id"), codePattern.FindString(got["text"]), own).want(http.StatusOK)
	contact := h.get("/v2/customers/"+id, h.manager).json["customer"].(map[string]any)
	if contact["phoneVerified"] != true || contact["emailVerified"] != false {
		t.Errorf("%v", contact)
	}
	// A number of another country gets nothing.
	h.put("/v3/customers/"+id, h.app, map[string]any{"phoneNumber": "+447400123456"}, own).want(http.StatusOK)
	h.startBy(h.app, id, viaSMS, own).blames(http.StatusConflict, "phoneNumber")
}

// TestVerificationNotOffered asks a deployment without servers.
func TestVerificationNotOffered(t *testing.T) {
	h := newHouse(t)
	h.service.Messages.Mail, h.service.Messages.SMS = nil, nil
	id := h.post("/v3/customers", h.app, with(person("ada"), map[string]any{"phoneNumber": "+393471234567"})).text("id")
	for range 20 { // a refused one uses no budget
		for _, channel := range onboarding.VerifyChannels() {
			a := h.startBy(h.app, id, channel, withGuid(guid("ada"))).blames(http.StatusServiceUnavailable, "")
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
}

// TestVerificationBySMTP sends a code by an SMTP server and reads it from the delivered mail.
func TestVerificationBySMTP(t *testing.T) {
	server := exim.Start(t, exim.Options{})
	h := newHouseOf(t, deployment.Config{Store: openSQLite(t), Mail: testkit.MailServer(server)})
	id, own := h.register("ada"), withGuid(guid("ada"))
	v := h.startBy(h.app, id, viaEmail, own).want(http.StatusAccepted).text("id")
	h.deliver()
	for deadline := time.Now().Add(time.Minute); len(server.Delivered()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no mail was delivered")
		}
	}
	var text string
	for _, all := range server.Delivered() {
		for _, m := range all {
			_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
			if err != nil {
				t.Fatal(err)
			}
			part, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart()
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(part)
			if err != nil {
				t.Fatal(err)
			}
			if to := m.Header.Get("To"); !strings.Contains(to, "ada@example.com") {
				t.Errorf("a mail to %s", to)
			}
			text += string(body)
		}
	}
	if strings.Contains(text, "http") {
		t.Errorf("a code for an app has a link:\n%s", text)
	}
	h.checkBy(h.app, id, v, codePattern.FindString(text), own).want(http.StatusOK)
}
