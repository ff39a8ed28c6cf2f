package mail

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages"
	"onramp/onboarding/testkit/exim"
)

// trusting returns the settings of a client that trusts the server.
func trusting(s *exim.Server) *Server {
	return &Server{Host: "localhost", Port: s.Port, User: exim.User, Password: exim.Password, Security: StartTLS,
		From: "wifi@example.com", TLS: s.TLS()}
}

func sample(to string) messages.Mail {
	return messages.Mail{ID: onboarding.NewID(), To: to, FromName: "Café “Zur Post”, <&> קפה", Language: "he",
		Subject: "314159 הוא הקוד שלך עבור Café, a subject that is too long for one line of a header",
		Text:    "הקוד\n\n314159\n.\nFrom here on", HTML: "<p dir=\"rtl\">הקוד &amp; 314159</p>"}
}

// awaitMail waits until the server has delivered a mail.
func awaitMail(t *testing.T, s *exim.Server, id string) *netmail.Message {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got := s.Delivered()[id]; len(got) == 1 {
			return got[0]
		}
	}
	t.Fatalf("mail %s is not delivered", id)
	return nil
}

// failureOf returns the failure of an attempt, and requires that it does not show the address.
func failureOf(t *testing.T, err error) *messages.SendError {
	t.Helper()
	f, ok := errors.AsType[*messages.SendError](err)
	if !ok {
		t.Fatalf("%#v", err)
	}
	if strings.Contains(f.Error(), "ada") || strings.Contains(f.Error(), exim.Password) {
		t.Errorf("the error shows an address or a password: %v", f)
	}
	return f
}

// TestDelivery checks a mail as a real server delivers it: headers, both texts, and the sender.
func TestDelivery(t *testing.T) {
	s := exim.Start(t, exim.Options{})
	client := trusting(s)
	if err := client.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := sample("Ada+x@exämple.com")
	if err := client.SendMail(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := awaitMail(t, s, m.ID)
	decoder := mime.WordDecoder{}
	subject, err := decoder.DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	from, err := netmail.ParseAddress(got.Header.Get("From"))
	if err != nil || from.Name != m.FromName || from.Address != client.From {
		t.Errorf("from %v, %v", from, err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<" + m.ID + "@example.com>", "Auto-Submitted": "auto-generated",
		"Content-Language": "he", "Envelope-To": "Ada+x@xn--exmple-cua.com",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got.Header.Get("Date") == "" || got.Header.Get("X-Mailer") != "" || got.Header.Get("User-Agent") != "" {
		t.Errorf("%v", got.Header)
	}
	kind, parameters, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%q %v", kind, err)
	}
	parts := multipart.NewReader(got.Body, parameters["boundary"])
	for _, want := range []struct{ kind, text string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		if err != nil || strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) != want.text ||
			!strings.HasPrefix(part.Header.Get("Content-Type"), want.kind+"; charset=UTF-8") {
			t.Errorf("%v %v\n%s", part.Header, err, text)
		}
	}
}

// TestRefusals checks that permanent and temporary answers are told apart.
func TestRefusals(t *testing.T) {
	s := exim.Start(t, exim.Options{})
	client := trusting(s)
	if f := failureOf(t, client.SendMail(t.Context(), sample("gone.ada@example.com"))); f.Down ||
		f.Outcome != onboarding.MessageRefused || !strings.Contains(f.Reason, "550") {
		t.Errorf("%+v", f)
	}
	later := sample("later.ada@example.com")
	if f := failureOf(t, client.SendMail(t.Context(), later)); f.Outcome != "" || f.Down ||
		!strings.Contains(f.Reason, "451") {
		t.Errorf("%+v", f)
	}
	s.Open()
	if err := client.SendMail(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	awaitMail(t, s, later.ID)

	anonymous := *client
	anonymous.User, anonymous.Password = "", ""
	if f := failureOf(t, anonymous.SendMail(t.Context(), sample("ada@example.com"))); f.Outcome !=
		onboarding.MessageRejected {
		t.Errorf("a refused relay says nothing about the address: %+v", f)
	}
	wrong := *client
	wrong.Password = "wrong"
	for _, err := range []error{wrong.Check(t.Context()), wrong.SendMail(t.Context(), sample("ada@example.com"))} {
		if f := failureOf(t, err); !f.Down || f.Outcome != "" || !strings.Contains(f.Reason, "password") {
			t.Errorf("%+v", f)
		}
	}
	for _, to := range []string{"ada@example.com\r\nBcc: eve@example.com",
		"ada@example.com>\r\nRCPT TO:<eve@example.com", "ada"} {
		if f := failureOf(t, client.SendMail(t.Context(), sample(to))); f.Outcome != onboarding.MessageRejected {
			t.Errorf("%q: %+v", to, f)
		}
	}
	injected := sample("ada@example.com")
	injected.Subject, injected.FromName = "a\r\nBcc: eve@example.com", "b\r\nX-Injected: yes"
	if err := client.SendMail(t.Context(), injected); err == nil {
		if h := awaitMail(t, s, injected.ID).Header; h.Get("Bcc") != "" || h.Get("X-Injected") != "" {
			t.Errorf("%v", h)
		}
	}
	if n := len(s.Delivered()); n > 2 {
		t.Errorf("%d mails", n)
	}
}

// TestTLS checks that nothing is sent to a server that is not trusted, has another name, or offers
// no encryption.
func TestTLS(t *testing.T) {
	s, plain := exim.Start(t, exim.Options{}), exim.Start(t, exim.Options{WithoutTLS: true})
	untrusted, named, downgraded := trusting(s), trusting(s), trusting(plain)
	untrusted.TLS = nil
	named.Host = "127.0.0.1"
	for name, tt := range map[string]struct {
		client *Server
		want   string
	}{
		"untrusted": {untrusted, "certificate"}, "another name": {named, "certificate"},
		"downgraded": {downgraded, "STARTTLS"},
	} {
		f := failureOf(t, tt.client.SendMail(t.Context(), sample("ada@example.com")))
		if !f.Down || f.Outcome != "" || !strings.Contains(f.Reason, tt.want) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if len(s.Delivered())+len(plain.Delivered()) != 0 {
		t.Error("a mail was delivered")
	}
	local := &Server{Host: "127.0.0.1", Port: plain.Port, Security: None, From: "wifi@example.com"}
	m := sample("ada@example.com")
	if err := local.SendMail(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	awaitMail(t, plain, m.ID)
	s.Down()
	if f := failureOf(t, trusting(s).SendMail(t.Context(), m)); !f.Down {
		t.Errorf("%+v", f)
	}
}

// TestSenderNames checks that a mail with any name of an organization is sent, from the configured
// address only.
func TestSenderNames(t *testing.T) {
	s := exim.Start(t, exim.Options{})
	client := trusting(s)
	for _, name := range []string{
		"", `Bar "Roma"`, `a\b\`, `x" <eve@example.com>, "y`, "eve@example.com", "<eve@example.com>", "=?utf-8?q?x?=",
		"Ada, Bob; Co: (x)", strings.Repeat("ש", 127), strings.Repeat("W", 255), "\u2068קפה\u2069 \U0001f600",
	} {
		m := sample("ada@example.com")
		m.FromName, m.Subject = name, "314159 "+name
		if err := client.SendMail(t.Context(), m); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		header := awaitMail(t, s, m.ID).Header
		from, err := header.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Address != client.From || from[0].Name != name {
			t.Errorf("%q: From is %q, %v", name, header.Get("From"), err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || !strings.HasPrefix(subject, "314159") {
			t.Errorf("%q: Subject is %q, %v", name, subject, err)
		}
	}
}
