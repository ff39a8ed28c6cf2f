package server

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages"
)

// postbox is the mail server and the gateway of a house. It keeps the texts in memory.
type postbox struct {
	t     testing.TB
	begin sync.Once
	mu    sync.Mutex
	texts map[string][]string // by the key of the address
}

func newPostbox(t testing.TB) *postbox { return &postbox{t: t, texts: map[string][]string{}} }

func (p *postbox) SendMail(_ context.Context, m messages.Mail) error {
	p.keep(m.To, m.Text)
	return nil
}

func (p *postbox) SendSMS(_ context.Context, m messages.SMS) error {
	p.keep(m.To, m.Text)
	return nil
}

func (*postbox) Allows(string) error { return nil }
func (*postbox) DailyCap() int       { return 1000 }

func (p *postbox) keep(to, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := onboarding.EmailKey(to)
	p.texts[key] = append(p.texts[key], text)
}

// to returns the texts to an address.
func (p *postbox) to(address string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.texts[onboarding.EmailKey(address)]...)
}

// deliver sends all queued messages of the organizations. The first call starts the sender.
func (h *house) deliver() {
	h.Helper()
	h.postbox.begin.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		var done sync.WaitGroup
		done.Go(func() { h.service.Messages.Run(ctx) })
		h.postbox.t.Cleanup(func() { cancel(); done.Wait() })
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		waiting, err := h.db.MessageBacklogs(context.Background())
		if err != nil {
			h.Fatal(err)
		}
		if len(waiting) == 0 {
			return
		}
		if time.Now().After(deadline) {
			h.Fatalf("the messages are not sent: %+v\n%s", waiting, h.log)
		}
	}
}

var codePattern = regexp.MustCompile(`\b[0-9]{6}\b`)

// codeTo returns the code in the last message to an address.
func (h *house) codeTo(address string) string {
	h.Helper()
	h.deliver()
	texts := h.postbox.to(address)
	if len(texts) == 0 {
		h.Fatalf("no message to %s", address)
	}
	code := codePattern.FindString(texts[len(texts)-1])
	if code == "" {
		h.Fatalf("no code in %s", texts[len(texts)-1])
	}
	return code
}

// wrongCode returns another code than the last one to an address.
func (h *house) wrongCode(address string) string {
	h.Helper()
	if h.codeTo(address) == "123456" {
		return "654321"
	}
	return "123456"
}

// startBy asks for a code for a customer.
func (h *house) startBy(token, customer string, channel onboarding.VerifyChannel, options ...option) *answer {
	h.Helper()
	return h.post("/v3/customers/"+customer+"/verifications", token, map[string]any{"channel": channel}, options...)
}

// checkBy sends a code.
func (h *house) checkBy(token, customer, verification, code string, options ...option) *answer {
	h.Helper()
	return h.post("/v3/customers/"+customer+"/verifications/"+verification, token, map[string]any{"code": code},
		options...)
}
