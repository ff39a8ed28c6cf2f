package server

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/exim"
)

// verifier is a venue whose visitors prove their e-mail address, and its SMTP server.
type verifier struct {
	*venue
	smtp *exim.Server
	read map[string]bool // IDs of the mails that were read
}

// newVerifier starts a venue with a real SMTP server.
func newVerifier(t testing.TB, change ...func(*onboarding.Organization)) *verifier {
	t.Helper()
	smtp := exim.Start(t, exim.Options{})
	verifies := func(o *onboarding.Organization) { o.Portal.Verify = onboarding.VerifyEmail }
	v := &verifier{smtp: smtp, read: map[string]bool{}}
	v.venue = newVenueWith(t, deployment.Config{Store: openSQLite(t), Mail: testkit.MailServer(smtp)},
		[]*onboarding.Organization{organization(rivalID, "Rival", "rival.example")},
		append([]func(*onboarding.Organization){verifies}, change...)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); v.service.Messages.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return v
}

// letter is a delivered mail.
type letter struct{ to, subject, text, code, link string }

var (
	codeInSubject = regexp.MustCompile(`\b[0-9]{6}\b`)
	confirmLink   = regexp.MustCompile(`https?://[^\s"]+/confirm/[A-Za-z0-9_-]+`)
)

// letter waits for the next mail and returns it.
func (v *verifier) letter() letter {
	v.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		for id, mails := range v.smtp.Delivered() {
			if v.read[id] {
				continue
			}
			v.read[id] = true
			return v.open(mails[0])
		}
	}
	v.Fatal("no mail was delivered")
	return letter{}
}

func (v *verifier) open(m *netmail.Message) letter {
	v.Helper()
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		v.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		v.Fatal(err)
	}
	body := m.Body
	if strings.HasPrefix(kind, "multipart/") {
		part, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart() // decodes
		if err != nil {
			v.Fatal(err)
		}
		body = part
	} else if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(m.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		v.Fatal(err)
	}
	l := letter{to: m.Header.Get("To"), subject: subject, text: string(text)}
	l.code = codeInSubject.FindString(subject)
	l.link = strings.TrimPrefix(confirmLink.FindString(l.text), v.api.URL)
	return l
}

// provesAddress reports whether a request is one of those after which a browser may remember that
// it has verified an address.
func provesAddress(r *http.Request) bool {
	return r.Method == http.MethodPost &&
		(strings.HasPrefix(r.URL.Path, "/verify/") || strings.HasPrefix(r.URL.Path, "/confirm/") ||
			strings.HasPrefix(r.URL.Path, "/return/"))
}

// begin sends the form of a visitor with that address, and returns the address of the page that
// waits for the proof.
func (v *verifier) begin(email string, options ...option) (session string) {
	v.Helper()
	action, form := v.form("/portal/"+demoID+"?ssid=Guests&location="+demoLocation, options...)
	form.Set("email", email)
	p := v.browse(http.MethodPost, action, form, options...).want(http.StatusSeeOther)
	session, _, _ = strings.Cut(p.header.Get("Location"), "?")
	if !strings.HasPrefix(session, "/verify/") {
		v.Fatalf("the form leads to %s", session)
	}
	return session
}

// awaitRefusal waits until the form refuses an address because the mail server did.
func (v *verifier) awaitRefusal(email string) {
	v.Helper()
	refused := func() bool {
		action, form := v.form("/portal/" + demoID)
		form.Set("email", email)
		return strings.Contains(v.browse(http.MethodPost, action, form).text(), "No message can be delivered")
	}
	for deadline := time.Now().Add(20 * time.Second); !refused(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(deadline) {
			v.Fatal("an address that the server refused is asked again and again")
		}
	}
}

// enterCode sends a code.
func (v *verifier) enterCode(session, code string, options ...option) *webpage {
	v.Helper()
	return v.browse(http.MethodPost, session, url.Values{"code": {code}}, options...)
}
