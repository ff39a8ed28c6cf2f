package server

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/messages"
)

var returnLink = regexp.MustCompile(`https?://[^\s"]+/return/[A-Za-z0-9_-]+`)

// returnLink returns the path of the link to the self-service page in a mail.
func (v *verifier) returnLink(mail letter) string {
	v.Helper()
	path := strings.TrimPrefix(returnLink.FindString(mail.text), v.api.URL)
	if !strings.HasPrefix(path, "/return/") {
		v.Fatalf("no link in %q", mail.text)
	}
	return path
}

// askReturn sends the form that asks for a link to the self-service page.
func (v *verifier) askReturn(address string, options ...option) *webpage {
	v.Helper()
	page := "/portal/" + demoID + "/return"
	form := v.browse(http.MethodGet, page, nil).want(http.StatusOK).form()
	form.Set("address", address)
	return v.browse(http.MethodPost, page, form, options...)
}

// settle waits until no message waits.
func (v *verifier) settle() {
	v.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if waiting, err := v.store.MessageBacklogs(v.Context()); err == nil && len(waiting) == 0 {
			return
		}
	}
	v.Fatal("messages wait")
}

// registered signs a visitor up who proves the address, and returns the customer's ID.
func (v *verifier) registered(email string) string {
	v.Helper()
	to := v.enterCode(v.begin(email), v.letter().code).want(http.StatusSeeOther).header.Get("Location")
	return v.customerOf(tokenIn(to))
}

// TestReturn goes from the sign-up page to the self-service page by a mail. Programs that open the
// link use nothing up; the form works twice, because its answer may be lost, and no other one does.
func TestReturn(t *testing.T) {
	v := newVerifier(t)
	customer := v.registered("ada@example.com")
	signUp := v.browse(http.MethodGet, "/portal/"+demoID+"?location="+demoLocation+"&lang=en", nil)
	ask := ""
	for _, to := range signUp.hrefs() {
		if strings.HasPrefix(to, "/portal/"+demoID+"/return") {
			ask = to
		}
	}
	if !strings.Contains(ask, demoLocation) || !strings.Contains(ask, "lang=en") {
		t.Fatalf("the sign-up page leads to %q", ask)
	}
	p := v.browse(http.MethodGet, ask, nil).want(http.StatusOK).says("Get a link to your data")
	form := p.form()
	form.Set("address", " ADA@example.com ")
	to := v.browse(http.MethodPost, ask, form).want(http.StatusSeeOther).header.Get("Location")
	v.browse(http.MethodGet, to, nil).want(http.StatusOK).says("is on its way").saysNot("ada@example.com", "ADA")
	mail := v.letter()
	if !strings.Contains(strings.ToLower(mail.to), "ada@example.com") || mail.subject != "Your data at Demo" ||
		strings.Contains(mail.text, "Rossi") || strings.Contains(mail.text, "/me/") {
		t.Errorf("the mail: %+v", mail)
	}
	path := v.returnLink(mail)
	for range 3 {
		v.browse(http.MethodHead, path, nil)
		v.browse(http.MethodGet, path, nil, header("Purpose", "prefetch")).want(http.StatusOK)
	}
	open := v.browse(http.MethodGet, path, nil).want(http.StatusOK).saysNot("Ada", "Rossi", "ada@", customer)
	if got := open.header.Get("Cache-Control"); !strings.Contains(got, "no-store") ||
		!strings.Contains(open.raw, `name="referrer" content="same-origin"`) {
		t.Errorf("the address may leave the browser: %q", got)
	}
	mine, other := open.form(), v.browse(http.MethodGet, path, nil).form()
	v.browse(http.MethodPost, path, mine, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, path, url.Values{}).want(http.StatusConflict)
	v.browse(http.MethodPost, path, form).want(http.StatusConflict) // the ticket of another page
	v.browse(http.MethodGet, path, nil).want(http.StatusOK)
	for range 2 {
		p := v.browse(http.MethodPost, path, mine).want(http.StatusSeeOther)
		if cookie := p.header.Get("Set-Cookie"); !strings.Contains(cookie, "onramp-known=") {
			t.Errorf("the browser has proven the address and gets %q", cookie)
		}
		data := v.browse(http.MethodGet, p.header.Get("Location"), nil).want(http.StatusOK).
			says("Your access and your data")
		file := v.browse(http.MethodPost, strings.Split(p.header.Get("Location"), "?")[0]+"/data", data.form())
		if !strings.Contains(file.want(http.StatusOK).raw, customer) {
			t.Error("the page is another customer's")
		}
	}
	v.browse(http.MethodPost, path, other).want(http.StatusGone).says("This link has ended", "Get another link")
	v.browse(http.MethodGet, path, nil).want(http.StatusGone)

	// A lock ends the profile, not the right to one's data.
	manager := v.token(demoID, auth.OrganizationManager)
	v.post("/v3/customers/"+customer+"/lock", manager, nil).want(http.StatusOK)
	v.clock.advance(time.Hour)
	v.askReturn("ada@example.com").want(http.StatusSeeOther)
	path = v.returnLink(v.letter())
	to = v.browse(http.MethodPost, path, v.browse(http.MethodGet, path, nil).form()).
		want(http.StatusSeeOther).header.Get("Location")
	v.browse(http.MethodGet, to, nil).want(http.StatusOK)

	// The link ends with an hour, and with the customer.
	v.clock.advance(time.Hour)
	v.askReturn("ada@example.com").want(http.StatusSeeOther)
	path = v.returnLink(v.letter())
	late := v.browse(http.MethodGet, path, nil).form()
	v.clock.advance(time.Hour)
	v.browse(http.MethodGet, path, nil).want(http.StatusGone)
	v.browse(http.MethodPost, path, late).want(http.StatusGone)
	v.askReturn("ada@example.com").want(http.StatusSeeOther)
	path = v.returnLink(v.letter())
	late = v.browse(http.MethodGet, path, nil).form()
	v.call(http.MethodDelete, "/v1/customers/"+customer, manager, nil).want(http.StatusOK)
	v.browse(http.MethodPost, path, late).want(http.StatusGone)
	v.clock.advance(time.Hour)
	v.askReturn("ada@example.com").want(http.StatusSeeOther)
	v.settle()
	if n := len(v.smtp.Delivered()); n != len(v.read) {
		t.Errorf("%d mails, %d were read: a deleted customer got one", n, len(v.read))
	}
	if strings.Contains(v.log.String(), strings.TrimPrefix(path, "/return/")) ||
		strings.Contains(v.log.String(), "ada@example.com") {
		t.Error("the log shows a token or an address")
	}
}

// TestReturnStrangers asks for links to addresses of others: nobody whom Onramp has not verified
// here gets a mail, and no answer differs.
func TestReturnStrangers(t *testing.T) {
	v := newVerifier(t)
	v.registered("ada@example.com")
	manager := v.token(demoID, auth.OrganizationManager)
	// An operator's claim, and a customer of another organization.
	v.post("/v3/customers", manager, map[string]any{
		"firstName": "Bob", "email": "claimed@example.com", "emailVerified": true,
		"policies": map[string]bool{"termsOfUse": true, "privacy": true},
	}).want(http.StatusCreated)
	v.post("/v3/customers", v.token(rivalID, auth.OrganizationManager), map[string]any{
		"firstName": "Eve", "email": "rival@example.com", "emailVerified": true,
		"policies": map[string]bool{"termsOfUse": true, "privacy": true},
	}).want(http.StatusCreated)
	v.begin("pending@example.com") // not proven
	v.letter()
	known := v.askReturn("ada@example.com").want(http.StatusSeeOther)
	answer := v.browse(http.MethodGet, known.header.Get("Location"), nil).want(http.StatusOK)
	v.returnLink(v.letter())
	before := len(v.smtp.Delivered())
	for _, email := range []string{
		"unknown@example.com", "claimed@example.com", "rival@example.com", "pending@example.com",
		"gone@example.com", "ada+x@example.com",
	} {
		p := v.askReturn(email).want(http.StatusSeeOther)
		if p.header.Get("Location") != known.header.Get("Location") || p.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: leads to %s", email, p.header.Get("Location"))
		}
		if got := v.browse(http.MethodGet, p.header.Get("Location"), nil); got.text() != answer.text() {
			t.Errorf("%s: another page", email)
		}
	}
	v.askReturn("ada@example.com").want(http.StatusSeeOther) // within the pause
	for _, bad := range []string{
		"", "ada", "ada@example.com\r\nBcc: eve@example.com", "ada@example.com,eve@example.com",
		"Ada <ada@example.com>", "ada@example.com\n", "root@localhost", "a%b@example.com", strings.Repeat("a", 300),
		"\u202eada@example.com",
	} {
		p := v.askReturn(bad)
		if p.status == http.StatusConflict {
			continue
		}
		if strings.TrimSpace(bad) != "ada@example.com" && !strings.HasPrefix(bad, "\u202e") {
			t.Errorf("%q: %d", bad, p.status)
		}
	}
	v.settle()
	for id, mails := range v.smtp.Delivered() {
		if !v.read[id] {
			t.Errorf("a mail to %s", mails[0].Header.Get("To"))
		}
	}
	if n := len(v.smtp.Delivered()); n != before {
		t.Errorf("%d mails, want %d", n, before)
	}
	last, err := v.store.LastMessages(t.Context(), demoID, 100)
	if err != nil {
		t.Fatal(err)
	}
	erased := 0
	for _, m := range last {
		if m.Outcome == onboarding.MessageErased {
			erased++
		}
		if len(m.Content.Box) > 0 {
			t.Errorf("message %s keeps its content", m.ID)
		}
	}
	if erased != 6 {
		t.Errorf("%d messages were dropped, want 6", erased)
	}
}

// TestReturnFlood asks for one address again and again: the mailbox gets few mails.
func TestReturnFlood(t *testing.T) {
	v := newVerifier(t)
	v.registered("ada@example.com")
	before := len(v.smtp.Delivered())
	refused := 0
	for i := range 200 {
		switch p := v.askReturn("ada@example.com"); p.status {
		case http.StatusSeeOther:
		case http.StatusTooManyRequests:
			refused++
		default:
			t.Fatalf("%d: %s", p.status, p.text())
		}
		if i%2 == 1 {
			v.clock.advance(2 * time.Minute)
		}
	}
	v.settle()
	if n := len(v.smtp.Delivered()) - before; n < 1 || n > messages.PerRecipient || refused == 0 {
		t.Errorf("%d mails, %d refused", n, refused)
	}
}
