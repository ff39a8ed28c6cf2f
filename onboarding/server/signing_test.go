package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/links"
	"onramp/onboarding/turns"
)

// gatedSigner signs by the real signer, counts, and waits while the gate is closed.
type gatedSigner struct {
	links.Signer
	signed, waiting atomic.Int64
	gate            sync.RWMutex
	chain           atomic.Value // of string, in place of the fingerprint
}

func (s *gatedSigner) Sign(document []byte) ([]byte, error) {
	s.pass()
	return s.Signer.Sign(document)
}

func (s *gatedSigner) SignXML(document []byte) ([]byte, error) {
	s.pass()
	return s.Signer.SignXML(document)
}

func (s *gatedSigner) pass() {
	s.waiting.Add(1)
	s.gate.RLock()
	defer s.gate.RUnlock()
	s.waiting.Add(-1)
	s.signed.Add(1)
}

func (s *gatedSigner) Fingerprint() string {
	if other, ok := s.chain.Load().(string); ok {
		return other
	}
	return s.Signer.Fingerprint()
}

// newSigningHouse builds a server with one worker for signatures and room for two that wait.
func newSigningHouse(t *testing.T, change ...func(*Config)) (*house, *gatedSigner) {
	t.Helper()
	real, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	s := &gatedSigner{Signer: real}
	return newHouseOf(t, deployment.Config{Store: openSQLite(t), Signer: s,
		Turns: turns.New(turns.Config{Workers: 1, Waiting: 2, Wait: time.Hour})}, change...), s
}

// newLink returns the token of a link of the customer.
func (h *house) newLink(id string) string {
	h.Helper()
	return h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK).text("token")
}

// until waits for a condition.
func (h *house) until(holds func() bool) {
	h.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			h.Fatal("the condition does not come true")
		}
	}
}

// TestSigningBusy: while all workers sign and the queue is full, a download is answered 503 with
// Retry-After, as JSON and as a page, and counts nothing; another organization gets its turn, and
// FreeRADIUS is answered.
func TestSigningBusy(t *testing.T) {
	h, signer := newSigningHouse(t)
	anna, berta := h.register("anna"), h.register("berta")
	link := h.newLink(berta)
	path := func(id string) string { return "/v3/customers/" + id + "/profile?platform=ios" }
	stranger := h.post("/v3/customers", h.rival, person("carla")).want(http.StatusCreated).text("id")

	signer.gate.Lock()
	var all sync.WaitGroup
	statuses := make(chan int, 4)
	fetch := func(id, token string) {
		all.Go(func() { statuses <- h.get(path(id), token).status })
	}
	waiting := func() int { return h.service.Links.Signing().Waiting }
	fetch(anna, h.manager)
	h.until(func() bool { return signer.waiting.Load() == 1 })
	for n := range 2 {
		fetch(anna, h.manager)
		h.until(func() bool { return waiting() == n+1 })
	}

	wait := func(a *answer) {
		t.Helper()
		seconds, err := strconv.Atoi(a.want(http.StatusServiceUnavailable).header.Get("Retry-After"))
		if err != nil || seconds < 2 || seconds > 6 {
			t.Errorf("%s: Retry-After %q", a.what, a.header.Get("Retry-After"))
		}
	}
	refused := h.get(path(berta), h.app, withGuid(guid("berta")))
	wait(refused)
	if refused.text("message") != "too many profiles are being signed, retry" || refused.json["status"] != "KO" {
		t.Errorf("%s", refused.raw)
	}
	for language, text := range map[string]string{
		"en": "The service is very busy", "it": "Il servizio è molto carico",
	} {
		page := h.get("/activate/"+link+"/ios", "", header("Accept-Language", language),
			header("Accept", "text/html"))
		wait(page)
		if !strings.Contains(string(page.raw), text) || !strings.Contains(string(page.raw), `href="/activate/`+link) {
			t.Errorf("the page in %s: %s", language, page.raw)
		}
	}
	if got := downloads(t, h.db, berta); len(got) != 0 || linkPlatforms(t, h.db, link) != nil {
		t.Errorf("a refused download is recorded: %v", got)
	}
	if s := h.service.Links.Signing(); s.Full != 3 || s.Waiting != 2 || s.Capacity != 2 {
		t.Errorf("%+v", s)
	}
	h.get("/v3/customers/"+berta, h.app, withGuid(guid("berta"))).want(http.StatusOK) // signs nothing
	h.get("/activate/"+link+"/android", "").want(http.StatusOK)

	// The other organization takes the place of the newest of the two.
	fetch(stranger, h.rival)
	h.until(func() bool { return len(statuses) == 1 })
	if status := <-statuses; status != http.StatusServiceUnavailable {
		t.Errorf("the newest is answered %d", status)
	}
	signer.gate.Unlock()
	all.Wait()
	for range 3 {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("a download that waited is answered %d", status)
		}
	}
	h.get(path(berta), h.app, withGuid(guid("berta"))).want(http.StatusOK)
	if got := downloads(t, h.db, anna)["ios kiosk"].Count; got != 2 {
		t.Errorf("%d downloads are recorded, want 2", got)
	}
}

// TestSigningLeft: a client that disconnects leaves the queue, and its download is not recorded.
func TestSigningLeft(t *testing.T) {
	h, signer := newSigningHouse(t)
	anna, berta := h.register("anna"), h.register("berta")
	link := h.newLink(berta)
	signer.gate.Lock()
	var all sync.WaitGroup
	all.Go(func() { h.get("/v3/customers/"+anna+"/profile?platform=ios", h.manager) })
	h.until(func() bool { return signer.waiting.Load() == 1 })
	ctx, disconnect := context.WithCancel(t.Context())
	all.Go(func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.api.URL+"/activate/"+link+"/ios", nil)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := h.api.Client().Do(r); err == nil {
			response.Body.Close()
			t.Error("answered after the client has left")
		}
	})
	h.until(func() bool { return h.service.Links.Signing().Waiting == 1 })
	disconnect()
	h.until(func() bool { return h.service.Links.Signing().Waiting == 0 })
	signer.gate.Unlock()
	all.Wait()
	if got := downloads(t, h.db, berta); len(got) != 0 || signer.signed.Load() != 1 {
		t.Errorf("recorded %v, signed %d", got, signer.signed.Load())
	}
	h.get("/activate/"+link+"/ios", "").want(http.StatusOK)
}

// TestRepeatedDownload: an unchanged document is signed once, and each download is recorded as
// before; a change of the credential, the settings, the language or the signer signs anew.
func TestRepeatedDownload(t *testing.T) {
	h, signer := newSigningHouse(t)
	anna, berta := h.register("anna"), h.register("berta")
	get := func(id string) string {
		t.Helper()
		return string(h.get("/v3/customers/"+id+"/profile?platform=ios", h.manager).want(http.StatusOK).raw)
	}
	// signs sees whether do signs so often.
	signs := func(what string, n int64, do func() string) string {
		t.Helper()
		before := signer.signed.Load()
		got := do()
		if made := signer.signed.Load() - before; made != n {
			t.Errorf("%s: %d signatures, want %d", what, made, n)
		}
		return got
	}
	anew := func(what, former string) string {
		t.Helper()
		got := signs(what, 1, func() string { return get(anna) })
		if got == former {
			t.Errorf("%s: the former document", what)
		}
		return got
	}
	first := signs("the first", 1, func() string { return get(anna) })
	link := h.newLink(anna)
	acts := func(do func()) (actions []string) {
		for _, row := range h.since(do) {
			actions = append(actions, string(row.Action)+" "+row.TargetID)
		}
		return actions
	}
	signs("repeated", 0, func() string {
		var again string
		if got := acts(func() { again = get(anna) }); len(got) > 1 {
			t.Errorf("audited: %v", got)
		}
		if again != first {
			t.Error("the repeated document differs")
		}
		got := acts(func() {
			again = string(h.get("/activate/"+link+"/ios", "").want(http.StatusOK).raw)
		})
		want := string(onboarding.AuditProfileRead) + " " + h.service.Audit.ContactHash(anna)
		if len(got) != 1 || got[0] != want {
			t.Errorf("audited: %v", got)
		}
		if again != first {
			t.Error("the document by the link differs")
		}
		return ""
	})
	recorded := downloads(t, h.db, anna)
	if recorded["ios kiosk"].Count != 2 || recorded["ios visitor"].Count != 1 {
		t.Errorf("recorded: %v", recorded)
	}
	for range 100 { // the link's downloads end
		if h.get("/activate/"+link+"/ios", "").status == http.StatusGone {
			break
		}
	}
	h.get("/activate/"+link+"/ios", "").want(http.StatusGone)

	signs("another customer", 1, func() string { return get(berta) })
	signs("another platform", 1, func() string {
		return string(h.get("/v3/customers/"+anna+"/profile?platform=windows", h.manager).want(http.StatusOK).raw)
	})

	h.clock.advance(time.Second)
	h.post("/v3/customers/"+anna+"/rotate", h.manager, nil).want(http.StatusOK)
	held := h.service.Links.Signing().Bytes
	second := anew("rotated", first)
	if now := h.service.Links.Signing().Bytes; now <= held {
		t.Errorf("%d bytes before and %d after: the former document was not dropped", held, now)
	}
	h.reapply(func(o *onboarding.Organization) { o.WiFi.TrustedServerNames = []string{"new.demo.example"} })
	anew("other settings", second)
	signer.chain.Store("renewed")
	signs("a renewed signer", 1, func() string { return get(anna) })
	signer.chain.Store(signer.Signer.Fingerprint())

	h.post("/v3/customers/"+anna+"/lock", h.manager, nil).want(http.StatusOK)
	h.get("/v3/customers/"+anna+"/profile?platform=ios", h.manager).want(http.StatusConflict)
	h.post("/v3/customers/"+anna+"/unlock", h.manager, nil).want(http.StatusOK)
	signs("unlocked", 1, func() string { return get(anna) })

	for _, id := range []string{anna, berta} {
		h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).want(http.StatusOK)
		h.get("/v3/customers/"+id+"/profile?platform=ios", h.manager).want(http.StatusNotFound)
	}
	if s := h.service.Links.Signing(); s.Bytes != 0 || s.Hits == 0 {
		t.Errorf("after the deletion: %+v", s)
	}
}
