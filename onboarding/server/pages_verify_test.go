package server

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestVerifiedSignUp goes from the form to the profile by the code, and by it again.
func TestVerifiedSignUp(t *testing.T) {
	v := newVerifier(t)
	session := v.begin("ada@example.com")
	if v.customers("ada@example.com") != 0 {
		t.Error("an unproven sign-up is a customer")
	}
	p := v.browse(http.MethodGet, session, nil).want(http.StatusOK).says("Enter your code", "a•••@example.com")
	if n := p.named("code"); n == nil || attribute(n, "autocomplete") != "one-time-code" ||
		attribute(n, "inputmode") != "numeric" || attribute(n, "type") != "text" {
		t.Error("the field for the code does not fit a phone")
	}
	p.saysNot("ada@example.com")
	mail := v.letter()
	if !strings.Contains(mail.to, "ada@example.com") || mail.code == "" || mail.link == "" {
		t.Fatalf("the mail: %+v", mail)
	}
	wrong := "000000"
	if mail.code == wrong {
		wrong = "000001"
	}
	v.enterCode(session, "12").want(http.StatusConflict).says("A code has six digits.")
	v.enterCode(session, wrong).want(http.StatusConflict).says("Tries left: 4.")
	typed := mail.code[:3] + " " + mail.code[3:]
	answer := v.enterCode(session, typed).want(http.StatusSeeOther)
	cookie := answer.header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "onramp-known=") || !strings.Contains(cookie, "HttpOnly") ||
		!strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the cookie: %q", cookie)
	}
	install := v.browse(http.MethodGet, answer.header.Get("Location"), nil).want(http.StatusOK).says("“Guests”")
	if c := install.stored(); !c.EmailVerified || c.Email != "ada@example.com" || c.LocationID != demoLocation {
		t.Errorf("%+v", c)
	}
	again := v.browse(http.MethodGet, session, nil).want(http.StatusSeeOther)
	if to := again.header.Get("Location"); tokenIn(to) != tokenIn(answer.header.Get("Location")) {
		t.Errorf("the page leads to another link: %s", to)
	}
	other := v.begin("ADA@example.com")
	code := v.letter().code
	back := v.browse(http.MethodGet, v.enterCode(other, code).want(http.StatusSeeOther).header.Get("Location"),
		nil).want(http.StatusOK)
	if back.customer() != install.customer() {
		t.Error("a returning visitor became another customer")
	}
}

// TestVerificationTries checks the end of a code, the pause before the next one, and another
// address.
func TestVerificationTries(t *testing.T) {
	v := newVerifier(t)
	session := v.begin("ada@example.com")
	code := v.letter().code
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
	for range 4 {
		v.enterCode(session, wrong).want(http.StatusConflict)
	}
	v.enterCode(session, wrong).want(http.StatusGone).says("no longer valid")
	v.enterCode(session, code).want(http.StatusGone).says("no longer valid")
	early := v.browse(http.MethodPost, session+"/resend", url.Values{}).want(http.StatusTooManyRequests)
	if early.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	v.clock.advance(time.Minute)
	v.browse(http.MethodGet, session, nil).want(http.StatusOK).says("Send a new code")
	v.browse(http.MethodPost, session+"/resend", url.Values{}).want(http.StatusSeeOther)
	v.browse(http.MethodGet, session+"?sent=yes", nil).want(http.StatusOK).says("A new code is on its way.")
	if next := v.letter(); next.code == code {
		t.Log("the same code again, by chance")
	}
	to := func(address string) *webpage {
		return v.browse(http.MethodPost, session+"/address", url.Values{"address": {address}})
	}
	to("nobody").want(http.StatusConflict).says("does not look like an e-mail address")
	to("gönner@example.com").want(http.StatusConflict).says("No message can be delivered to this address.")
	to(" eve@example.com ").want(http.StatusSeeOther)
	mail := v.letter()
	if !strings.Contains(mail.to, "eve@example.com") {
		t.Fatalf("the code went to %s", mail.to)
	}
	p := v.browse(http.MethodGet, v.enterCode(session, mail.code).want(http.StatusSeeOther).header.Get("Location"),
		nil).want(http.StatusOK)
	if c := p.stored(); c.Email != "eve@example.com" || !c.EmailVerified {
		t.Errorf("%+v", c)
	}
	if v.customers("ada@example.com") != 0 {
		t.Error("the mistyped address belongs to a customer")
	}
}

// TestAddressLink opens the link of a mail in another browser, and goes on there or in the window
// of the sign-up.
func TestAddressLink(t *testing.T) {
	v := newVerifier(t)
	confirm := func(link, where string) *webpage {
		form := v.browse(http.MethodGet, link, nil, agent(macAgent)).want(http.StatusOK).form()
		form.Set("where", where)
		return v.browse(http.MethodPost, link, form, agent(macAgent))
	}
	session := v.begin("ada@example.com")
	link := v.letter().link
	v.browse(http.MethodGet, link, nil).want(http.StatusOK).
		says("Confirm your address", "a•••@example.com", "iPhone or iPad").saysNot("ada@example.com")
	v.browse(http.MethodGet, session, nil).want(http.StatusOK) // opening the link proves nothing
	answer := confirm(link, "here").want(http.StatusSeeOther)
	here := v.browse(http.MethodGet, answer.header.Get("Location"), nil).want(http.StatusOK)
	v.browse(http.MethodGet, session, nil).want(http.StatusOK).says("You confirmed the address in another browser")
	v.browse(http.MethodGet, link, nil).want(http.StatusGone).says("This link is no longer valid")

	session = v.begin("ada@example.com")
	link = v.letter().link
	watch := v.browse(http.MethodGet, session+"?watch=yes", nil).want(http.StatusOK).
		says("Waiting for your confirmation")
	if !strings.Contains(watch.raw, `http-equiv="refresh" content="5; url=`+session+`?watch=yes"`) {
		t.Error("the page does not look again")
	}
	confirm(link, "there").want(http.StatusOK).says("Address confirmed")
	there := v.browse(http.MethodGet, session+"?watch=yes", nil).want(http.StatusSeeOther).header.Get("Location")
	if v.customerOf(tokenIn(there)) != here.customer() {
		t.Error("the window of the sign-up gets another customer")
	}
	v.browse(http.MethodGet, there, nil).want(http.StatusOK)

	v.begin("bob@example.com")
	link = v.letter().link
	v.clock.advance(onboarding.VerificationCodeFor)
	v.browse(http.MethodGet, link, nil).want(http.StatusGone).says("This link is no longer valid")
	v.browse(http.MethodGet, "/confirm/unknown", nil).want(http.StatusNotFound)
}

// TestVerificationEnds checks a sign-up that has ended, changed policies, a locked customer, and
// other sites.
func TestVerificationEnds(t *testing.T) {
	v := newVerifier(t)
	session := v.begin("ada@example.com")
	code := v.letter().code
	for _, path := range []string{session, session + "/resend", session + "/address"} {
		v.browse(http.MethodPost, path, url.Values{"code": {code}}, header("Sec-Fetch-Site", "cross-site")).
			want(http.StatusForbidden)
	}
	v.raise("2.00", onboarding.ReconsentGrace)
	v.enterCode(session, code).want(http.StatusGone).says("Our terms have changed")
	if v.customers("ada@example.com") != 0 {
		t.Error("a customer accepted terms that the form did not show")
	}
	v.browse(http.MethodGet, "/verify/unknown", nil).want(http.StatusNotFound)

	session = v.begin("ada@example.com")
	token := tokenIn(v.enterCode(session, v.letter().code).want(http.StatusSeeOther).header.Get("Location"))
	customer := v.customerOf(token)
	v.post("/v3/customers/"+customer+"/lock", v.manager, nil).want(http.StatusOK)
	v.browse(http.MethodGet, session, nil).want(http.StatusConflict).says("Your access is suspended")
	other := v.begin("ada@example.com")
	v.enterCode(other, v.letter().code).want(http.StatusConflict).says("Your access is suspended")

	last := v.begin("eve@example.com")
	code = v.letter().code
	v.clock.advance(onboarding.VerificationFor + time.Second)
	for _, p := range []*webpage{
		v.browse(http.MethodGet, last, nil), v.enterCode(last, code),
		v.browse(http.MethodPost, last+"/resend", url.Values{}),
	} {
		p.want(http.StatusGone).says("This sign-up has ended")
	}
}

// TestUnreachableAddress checks a form whose address cannot receive messages: the problem is beside
// the field, and the entries stay.
func TestUnreachableAddress(t *testing.T) {
	v := newVerifier(t)
	action, form := v.form("/portal/" + demoID)
	form.Set("email", "gönner@example.com")
	p := v.browse(http.MethodPost, action, form).want(http.StatusConflict).
		says("No message can be delivered to this address.")
	if attribute(p.named("firstName"), "value") != "Ada" || attribute(p.named("email"), "aria-invalid") != "true" {
		t.Error("the form lost its entries, or does not mark the field")
	}
	v.begin("gone@example.com") // the server refuses it later
	v.awaitRefusal("gone@example.com")
}

// TestKnownBrowser checks that strangers who use up the tries of an address do not shut out the
// browser that has verified it, and that its cookie proves nothing else.
func TestKnownBrowser(t *testing.T) {
	v := newVerifier(t)
	const email = "ada@example.com"
	answer := v.enterCode(v.begin(email), v.letter().code).want(http.StatusSeeOther)
	cookie, _, _ := strings.Cut(answer.header.Get("Set-Cookie"), ";")
	for range 4 {
		session := v.begin(email)
		code := v.letter().code
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
		for range onboarding.VerificationTries {
			v.enterCode(session, wrong)
		}
		v.clock.advance(time.Minute)
	}
	action, form := v.form("/portal/" + demoID)
	form.Set("email", email)
	v.browse(http.MethodPost, action, form).want(http.StatusTooManyRequests).says("Too many codes")
	forged := cookie[:len(cookie)-4] + "AAAA"
	v.browse(http.MethodPost, action, form, header("Cookie", forged)).want(http.StatusTooManyRequests)
	session := v.begin(email, header("Cookie", cookie))
	v.enterCode(session, v.letter().code, header("Cookie", cookie)).want(http.StatusSeeOther)
	action, form = v.form("/portal/" + demoID)
	form.Set("email", "bob@example.com")
	bob := v.browse(http.MethodPost, action, form, header("Cookie", cookie)).want(http.StatusSeeOther)
	if !strings.HasPrefix(bob.header.Get("Location"), "/verify/") {
		t.Error("the cookie of one address stands for another")
	}
}

// TestVerificationDown checks that a sign-up outlasts a mail server that is down, and that without
// one the form says that it does not work now.
func TestVerificationDown(t *testing.T) {
	v := newVerifier(t)
	v.smtp.Down()
	session := v.begin("ada@example.com")
	v.smtp.Up()
	v.clock.advance(time.Minute) // the pause of the sender
	v.enterCode(session, v.letter().code).want(http.StatusSeeOther)
	none := newVenue(t, func(o *onboarding.Organization) { o.Portal.Verify = onboarding.VerifyEmail })
	action, form := none.form("/portal/" + demoID)
	none.browse(http.MethodPost, action, form).want(http.StatusServiceUnavailable)
	if found, err := none.store.MatchAny(context.Background(), demoID,
		onboarding.Match{Email: form.Get("email")}, 1); err != nil || len(found) != 0 {
		t.Errorf("a sign-up without a mail server left %v %v", found, err)
	}
}
