package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages"
)

// TestProvenPlace checks that the network, the address to go on to and the grant are those of the
// form, however often the code or the link is sent, and in the window that waits for the link.
func TestProvenPlace(t *testing.T) {
	v := newVerifier(t, granting(merakiGrant), func(o *onboarding.Organization) {
		o.Portal.RedirectHosts = []string{"go.example"}
	})
	begin := func(email string) (session string) {
		action, form := v.form("/portal/" + demoID + "?ssid=Guests&redirect_url=https://go.example/x&" + merakiQuery)
		form.Set("email", email)
		p := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther)
		session, _, _ = strings.Cut(p.header.Get("Location"), "?")
		return session
	}
	complete := func(what string, p *webpage, grant bool) {
		t.Helper()
		to, err := url.Parse(p.want(http.StatusSeeOther).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := to.Query()
		if q.Get("ssid") != "Guests" || q.Get("redirect_url") != "https://go.example/x" || q.Has("grant") != grant {
			t.Errorf("%s leads to %s", what, to)
		}
	}
	session := begin("ada@example.com")
	code := v.letter().code
	complete("the code", v.enterCode(session, code), true)
	complete("the code again", v.enterCode(session, code), true)
	complete("its page", v.browse(http.MethodGet, session, nil), true)

	confirm := func(where string) *webpage {
		link := v.letter().link
		form := v.browse(http.MethodGet, link, nil).want(http.StatusOK).form()
		form.Set("where", where)
		v.browse(http.MethodPost, link, form)
		return v.browse(http.MethodPost, link, form)
	}
	session = begin("bob@example.com")
	confirm("there").want(http.StatusOK)
	complete("the window that waits", v.browse(http.MethodGet, session+"?watch=yes", nil), true)

	session = begin("cyd@example.com")
	complete("the browser of the link", confirm("here"), false) // the grant is of the other window
	v.browse(http.MethodGet, session, nil).want(http.StatusOK).says("c•••@example.com", "in another browser")
}

// TestOddMailboxes checks that a visitor cannot make the mail server deliver to itself, to a host
// of its network, or through another server.
func TestOddMailboxes(t *testing.T) {
	v := newVerifier(t)
	for _, email := range []string{
		"root@localhost", "root@mail", "a@127.0.0.1", "a@[127.0.0.1]", "a@10.0.0.1", "a@2130706433",
		"a%b.example@example.com", "b.example!a@example.com", "|id@example.com", "/dev/null@example.com",
		"-oQ@example.com", "a@-x.example", "a@x_y.example", "a@example.com%00",
	} {
		action, form := v.form("/portal/" + demoID)
		form.Set("email", email)
		v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("No message can be delivered")
	}
	v.begin("ada+wifi@bücher.example") // exim gets A-labels
	if to := v.letter().to; !strings.Contains(to, "ada+wifi@xn--bcher-kva.example") {
		t.Errorf("the mail went to %s", to)
	}
}

// TestKnownBrowserFlooded checks that strangers who use up the messages to an address do not shut
// out the browser that has verified it, and that its messages are limited too.
func TestKnownBrowserFlooded(t *testing.T) {
	v := newVerifier(t)
	const email = "ada@example.com"
	answer := v.enterCode(v.begin(email), v.letter().code).want(http.StatusSeeOther)
	cookie, _, _ := strings.Cut(answer.header.Get("Set-Cookie"), ";")
	send := func(options ...option) int {
		action, form := v.form("/portal/" + demoID)
		form.Set("email", email)
		return v.browse(http.MethodPost, action, form, options...).status
	}
	sent, refused := 1, 0
	for range 20 * messages.PerRecipient {
		switch send() {
		case http.StatusSeeOther:
			sent++
		default:
			refused++
			v.clock.advance(30 * time.Minute)
		}
		if sent == messages.PerRecipient {
			break
		}
	}
	if sent != messages.PerRecipient || refused == 0 || send() != http.StatusTooManyRequests {
		t.Fatalf("strangers sent %d messages, %d were refused", sent, refused)
	}
	known := 0
	for range messages.PerRecipient {
		if send(header("Cookie", cookie)) == http.StatusSeeOther {
			known++
		}
	}
	if known == 0 || known > messages.PerRecipient {
		t.Errorf("the browser that knows the address sent %d messages", known)
	}
}

// TestLargeGrant checks that parameters that do not fit in an address are not kept.
func TestLargeGrant(t *testing.T) {
	v := newVenue(t, granting(onboarding.Grant{
		Kind: "form", URL: "https://gw.example/auth", Hosts: []string{"gw.example"},
		Fields: map[string]string{"a": "{a}", "b": "{b}"},
	}))
	for _, c := range []struct {
		value string
		kept  bool
	}{{"x", true}, {"<", false}} {
		long := strings.Repeat(c.value, 1024)
		action, form := v.form("/portal/" + demoID + "?" + url.Values{"a": {long}, "b": {long}}.Encode())
		to := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther).header.Get("Location")
		if strings.Contains(to, "grant=") != c.kept || len(to) > 5<<10 {
			t.Errorf("%q: an address of %d bytes", c.value, len(to))
		}
	}
}

// TestSizeOfSignUp checks that a stranger's sign-up takes a bounded part of the database.
func TestSizeOfSignUp(t *testing.T) {
	v := newVerifier(t, granting(onboarding.Grant{
		Kind: "form", URL: "https://gw.example/auth", Hosts: []string{"gw.example"},
		Fields: map[string]string{"a": "{a}", "b": "{b}"},
	}), func(o *onboarding.Organization) { o.Portal.RedirectHosts = []string{"go.example"} })
	long := func(n int) string { return strings.Repeat("x", n) }
	query := url.Values{
		"a": {long(1024)}, "b": {long(1024)}, "ssid": {long(32)}, "redirect_url": {"https://go.example/" + long(2000)},
	}
	large := []option{agent(long(7000)), header("Accept-Language", "en-"+long(4000))}
	action, form := v.form("/portal/"+demoID+"?"+query.Encode(), large...)
	form.Set("firstName", strings.Repeat("\u00e9", 127))
	form.Set("lastName", strings.Repeat("\"", 255))
	v.browse(http.MethodPost, action, form, large...).want(http.StatusSeeOther)
	stored, err := v.store.SealedValues(t.Context(), "verifications", nil, 2)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d sign-ups are stored, %v", len(stored), err)
	}
	if n := len(stored[0].Sealed.Box); n < 3<<10 || n > 8<<10 {
		t.Errorf("a sign-up takes %d bytes", n)
	}
}

// TestTooManyTried checks that the page names the link when no code is compared any more, and that
// the link works.
func TestTooManyTried(t *testing.T) {
	v := newVerifier(t)
	const email = "ada@example.com"
	session := v.begin(email)
	mine := v.letter()
	for range 4 {
		stranger := v.begin(email)
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, v.letter().code)
		for range onboarding.VerificationTries {
			v.enterCode(stranger, wrong)
		}
	}
	v.enterCode(session, mine.code).want(http.StatusTooManyRequests).says("Too many codes were tried", "open the link")
	form := v.browse(http.MethodGet, mine.link, nil).want(http.StatusOK).says("can read your data").form()
	form.Set("where", "there")
	v.browse(http.MethodPost, mine.link, form).want(http.StatusOK)
	v.browse(http.MethodGet, session, nil).want(http.StatusSeeOther)
}

// TestKnownCookieOverTLS checks that the cookie over https is one that no other host of the domain
// can set, that one of an earlier version still counts, and that it is then replaced.
func TestKnownCookieOverTLS(t *testing.T) {
	v := newVerifier(t)
	const email = "ada@example.com"
	over, err := New(t.Context(), Config{
		UseCases: UseCasesOf(v.service), Log: slog.New(slog.DiscardHandler), PublicURL: "https://wifi.example.com",
		Now: v.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(path string, form url.Values, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "https://wifi.example.com"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		over.API().ServeHTTP(w, r)
		return w
	}
	begin := func(cookies ...*http.Cookie) int {
		t.Helper()
		action, form := v.form("/portal/" + demoID)
		form.Set("email", email)
		return send(action, form, cookies...).Code
	}
	former, err := http.ParseSetCookie(v.enterCode(v.begin(email), v.letter().code).header.Get("Set-Cookie"))
	if err != nil || former.Name != "onramp-known" {
		t.Fatalf("%+v %v", former, err)
	}
	session := v.begin("bob@example.com")
	answer := send(session, url.Values{"code": {v.letter().code}}, former)
	set := map[string]*http.Cookie{}
	for _, line := range answer.Header()["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatal(err)
		}
		set[c.Name] = c
	}
	strict, gone := set["__Host-onramp-known"], set["onramp-known"]
	if len(set) != 2 || strict == nil || !strict.Secure || !strict.HttpOnly || strict.Path != "/" ||
		strict.Domain != "" || strict.MaxAge <= 0 || gone == nil || gone.MaxAge >= 0 || gone.Value != "" {
		t.Fatalf("the cookies: %v", answer.Header()["Set-Cookie"])
	}
	for range 4 { // strangers use up the tries
		session := v.begin(email)
		code := v.letter().code
		for range onboarding.VerificationTries {
			v.enterCode(session, strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code))
		}
	}
	forged := &http.Cookie{Name: "__Host-onramp-known", Value: "AAAA"}
	for what, got := range map[string]struct {
		status  int
		cookies []*http.Cookie
	}{
		"no cookie":            {http.StatusTooManyRequests, nil},
		"a forged one":         {http.StatusTooManyRequests, []*http.Cookie{forged}},
		"the former one":       {http.StatusSeeOther, []*http.Cookie{former}},
		"the new one":          {http.StatusSeeOther, []*http.Cookie{strict}},
		"forged and former":    {http.StatusSeeOther, []*http.Cookie{forged, former}},
		"the new one, renamed": {http.StatusSeeOther, []*http.Cookie{{Name: former.Name, Value: strict.Value}}},
	} {
		if status := begin(got.cookies...); status != got.status {
			t.Errorf("%s: %d, want %d", what, status, got.status)
		}
	}
}
