package sms

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages"
)

const minimal = "url: https://sms.example/send\nbody: {to: '{to}', text: '{text}'}\ncountries: [IT]\n"

// TestParseRefuses checks that each invalid file is refused with the name of the field.
func TestParseRefuses(t *testing.T) {
	if _, err := parse([]byte(minimal)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SMS_TEST_EMPTY", "")
	for _, tt := range []struct{ file, field string }{
		{strings.Replace(minimal, "https", "http", 1), "url"},
		{strings.Replace(minimal, "sms.example", "user:word@sms.example", 1), "url"},
		{strings.Replace(minimal, "send", "send?to={to}", 1), "url"},
		{minimal + "method: GET\n", "method"},
		{minimal + "headers: {'a b': c}\n", "headers"},
		{minimal + "headers: {A: \"b\\nc\"}\n", "headers"},
		{minimal + "headers: {content-type: text/plain}\n", "headers"},
		{minimal + "headers: {A: '{to}'}\n", "headers.A"},
		{minimal + "headers: {A: '{secret}'}\n", "secret"},
		{minimal + "encoding: xml\n", "encoding"},
		{minimal + "success: [302]\n", "success"},
		{minimal + "refused: [99]\n", "refused"},
		{minimal + "perDay: 0\n", "perDay"},
		{minimal + "secretEnv: SMS_TEST_EMPTY\n", "secretEnv"},
		{minimal + "secretFile: /none/of/it\n", "secretFile"},
		{minimal + "secretFile: a\nsecretEnv: B\n", "secretFile"},
		{minimal + "typo: 1\n", "typo"},
		{strings.Replace(minimal, "[IT]", "[]", 1), "countries"},
		{strings.Replace(minimal, "[IT]", "[XX]", 1), "countries"},
		{strings.Replace(minimal, "'{text}'", "hello", 1), "body"},
		{strings.Replace(minimal, "'{to}'", "'{phone}'", 1), "body"},
		{"url: https://sms.example\ncountries: [IT]\n", "body"},
		{strings.Replace(minimal, "'{to}'", "['{to}']", 1) + "encoding: form\n", "body"},
	} {
		_, err := parse([]byte(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.field) || strings.Contains(err.Error(), "word") {
			t.Errorf("%s\nwant an error of %s, got %v", tt.file, tt.field, err)
		}
	}
}

// TestAllows checks that only mobile numbers of the named countries are allowed.
func TestAllows(t *testing.T) {
	g, err := parse([]byte(strings.Replace(minimal, "[IT]", "[IT, GB, US]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for number, allowed := range map[string]bool{
		"+393471234567":  true,
		"+447400123456":  true,
		"+12125550123":   true,
		"+390612345678":  false, // a fixed line
		"+39899123456":   false, // premium rate
		"+449098790000":  false, // premium rate
		"+41791234567":   false, // another country
		"+18765550123":   false, // another country with the same prefix
		"+447624123456":  false, // the Isle of Man
		"+88213300000":   false, // a satellite
		"+39 3471234567": false,
		"3471234567":     false,
		"":               false,
	} {
		err := g.Allows(number)
		if (err == nil) != allowed || err != nil && onboarding.KindOf(err) != onboarding.Invalid {
			t.Errorf("%q: %v", number, err)
		}
		if err != nil && number != "" && strings.Contains(err.Error(), number) {
			t.Errorf("%q is echoed: %v", number, err)
		}
	}
}

// gateway starts a gateway and returns a client for it.
func gateway(t *testing.T, extra string, answer http.HandlerFunc) *Gateway {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cr\"t&=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := parse([]byte("url: " + server.URL + "/send?a=1\ncountries: [IT]\nsecretFile: " + secret + "\n" + extra))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var hostile = messages.SMS{ID: "0123", To: "+393471234567", Text: "1\" , \"to\": \"+1\\ & text=2 {to} {secret}\n@a #1"}

// TestRequests checks that values keep the structure of a request, in both encodings.
func TestRequests(t *testing.T) {
	var got *http.Request
	var body []byte
	take := func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}
	g := gateway(t, "headers: {Authorization: 'Bearer {secret}', Idempotency-Key: '{id}'}\n"+
		"body: {messages: [{to: '{to}', short: '{number}', text: '{text}', flash: false, n: 1}], key: '{secret}'}\n",
		take)
	if err := g.SendSMS(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Messages []struct {
			To, Short, Text string
			Flash           bool
			N               int
		}
		Key string
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	if len(sent.Messages) != 1 || sent.Messages[0].Text != hostile.Text || sent.Messages[0].To != hostile.To ||
		sent.Messages[0].Short != "393471234567" || sent.Messages[0].N != 1 || sent.Key != `s3cr"t&=` {
		t.Errorf("%s", body)
	}
	if got.Method != http.MethodPost || got.Header.Get("Authorization") != `Bearer s3cr"t&=` ||
		got.Header.Get("Idempotency-Key") != "0123" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", got.Method, got.Header)
	}

	g = gateway(t, "encoding: form\nmethod: PUT\nbody: {to: '{to}', text: '{text}', key: '{secret}'}\n", take)
	if err := g.SendSMS(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) != 3 || form.Get("text") != hostile.Text || form.Get("key") != `s3cr"t&=` {
		t.Errorf("%s: %v", body, err)
	}
}

// TestAnswers checks the meaning of each answer, and that no error holds number, text or secret.
func TestAnswers(t *testing.T) {
	body := "body: {to: '{to}', text: '{text}'}\n"
	for _, tt := range []struct {
		name, extra string
		answer      http.HandlerFunc
		want        *messages.SendError // nil: accepted
	}{
		{"accepted", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, nil},
		{"garbage", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x00\xff<html>")) }, nil},
		{"garbage with an expected text", "expect: '\"ok\"'\n",
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x00\xff<html>")) },
			&messages.SendError{}},
		{"expected text", "expect: '\"ok\"'\n",
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"ok"}`)) }, nil},
		{"endless answer", "expect: end\n", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				_, _ = w.Write(make([]byte, 10_000))
			}
			_, _ = w.Write([]byte("end"))
		}, &messages.SendError{}},
		{"another success", "success: [200]\n", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
		},
			&messages.SendError{}},
		{"redirect", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
		}, &messages.SendError{Down: true}},
		{"refused number", "refused: [422]\n", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
		},
			&messages.SendError{Outcome: onboarding.MessageRefused}},
		{"bad request", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
			&messages.SendError{Outcome: onboarding.MessageRejected}},
		{"wrong secret", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
			&messages.SendError{Down: true}},
		{"too many", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "90000")
			w.WriteHeader(http.StatusTooManyRequests)
		}, &messages.SendError{Down: true, After: time.Hour}},
		{"fault", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
			&messages.SendError{Down: true}},
		{"broken connection", "", func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			c.Close()
		}, &messages.SendError{Down: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int32
			g := gateway(t, body+tt.extra, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				tt.answer(w, r)
			})
			err := g.SendSMS(t.Context(), hostile)
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			f, ok := errors.AsType[*messages.SendError](err)
			if !ok || f.Outcome != tt.want.Outcome || f.Down != tt.want.Down || f.After != tt.want.After {
				t.Errorf("%#v", err)
			}
			for _, private := range []string{"393471234567", "s3cr", "127.0.0.1:1/", "send"} {
				if strings.Contains(err.Error(), private) {
					t.Errorf("the error shows %q: %v", private, err)
				}
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestSlow checks that an attempt ends with its context.
func TestSlow(t *testing.T) {
	release := make(chan struct{})
	g := gateway(t, "body: {to: '{to}', text: '{text}'}\n", func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the gateway waits for its requests
	g.client.Timeout = 200 * time.Millisecond
	f, ok := errors.AsType[*messages.SendError](g.SendSMS(t.Context(), hostile))
	if !ok || !f.Down || f.Outcome != "" {
		t.Errorf("%#v", f)
	}
}
