package hooks_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/hooks"
	"onramp/onboarding/hooks/post"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
)

// delays are short delays of the attempts.
var delays = []time.Duration{0, 10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond,
	80 * time.Millisecond, 160 * time.Millisecond, 320 * time.Millisecond, time.Second, time.Second, time.Second}

// received is a request that a receiver has accepted or refused.
type received struct {
	id, customer, kind string
	count              int64
	header             http.Header
	body               []byte
}

// receiver is an endpoint. Its answer decides on each request; nil: 204.
type receiver struct {
	*httptest.Server
	answer atomic.Pointer[func(w http.ResponseWriter, r received) bool]

	mu  sync.Mutex
	all []received // accepted, in their order
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		var event struct {
			Type string
			Data struct {
				CustomerID string
				Count      int64
			}
		}
		if err := json.Unmarshal(body, &event); err != nil {
			t.Errorf("a body: %v", err)
		}
		got := received{q.Header.Get("webhook-id"), event.Data.CustomerID, event.Type, event.Data.Count, q.Header, body}
		if answer := r.answer.Load(); answer != nil && !(*answer)(w, got) {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, got)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

// answers sets the answer: one that writes the status itself returns false.
func (r *receiver) answers(answer func(w http.ResponseWriter, got received) bool) {
	r.answer.Store(&answer)
}

// status answers each request with a status.
func (r *receiver) status(status int) {
	r.answers(func(w http.ResponseWriter, _ received) bool { w.WriteHeader(status); return false })
}

func (r *receiver) accepted() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// rig is a deployment that posts to receivers on this machine.
type rig struct {
	*deployment.Deployment
	db onboarding.Store
	o  *onboarding.Organization
}

// deploy opens a deployment on a database, and declares a webhook for each receiver.
func deploy(t *testing.T, db onboarding.Store, receivers ...*receiver) *rig {
	t.Helper()
	r := &rig{db: db, o: testkit.Organization(1)}
	r.Deployment = testkit.Deploy(t, deployment.Config{
		Store: db, WebhookDelays: delays,
		Webhooks: post.New(post.Config{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
	})
	for i, receiver := range receivers {
		r.o.Webhooks = append(r.o.Webhooks, onboarding.Webhook{ID: testkit.ID("webhook", i), URL: receiver.URL})
	}
	r.apply(t)
	return r
}

func (r *rig) apply(t *testing.T) {
	t.Helper()
	if _, err := r.Tenant.Apply(t.Context(), []*onboarding.Organization{r.o}); err != nil {
		t.Fatal(err)
	}
}

// run sends events until the end of the test, or until stop is called.
func (r *rig) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { r.Webhooks.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	t.Cleanup(stop)
	return stop
}

// queue queues the n-th event of a customer.
func (r *rig) queue(t *testing.T, customer string, n int) {
	t.Helper()
	now := time.Now()
	if err := r.db.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.QueueWebhooks(t.Context(), now, onboarding.WebhookEvent{
			OrganizationID: r.o.ID, CustomerID: customer, Type: onboarding.WebhookConsentChanged, At: now,
			Data: onboarding.WebhookData{Count: int64(n)},
		})
	}); err != nil {
		t.Fatal(err)
	}
}

// endpoint returns a webhook with its state.
func (r *rig) endpoint(t *testing.T, i int) hooks.Endpoint {
	t.Helper()
	all, err := r.Webhooks.Endpoints(t.Context(), r.o.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(e hooks.Endpoint) bool { return e.ID == r.o.Webhooks[i].ID })]
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// checkOrder requires every event of every customer at least once, and in its order.
func checkOrder(t *testing.T, all []received, customers, each int) {
	t.Helper()
	next, ids := map[string]int64{}, map[string]bool{}
	for _, r := range all {
		if ids[r.id] {
			continue // delivered again
		}
		ids[r.id] = true
		if r.count != next[r.customer]+1 {
			t.Errorf("customer %s: event %d after %d", r.customer, r.count, next[r.customer])
		}
		next[r.customer] = r.count
	}
	if len(ids) != customers*each {
		t.Errorf("%d events were delivered, want %d", len(ids), customers*each)
	}
}

// TestOutage queues events while the receiver fails in many ways, and two replicas send.
func TestOutage(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		const customers, each = 8, 12
		down := newReceiver(t)
		var requests atomic.Int64
		var isDown atomic.Bool
		isDown.Store(true)
		down.answers(func(w http.ResponseWriter, _ received) bool {
			n := requests.Add(1)
			if !isDown.Load() && n%7 != 0 {
				return true
			}
			switch n % 4 {
			case 0:
				c, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					c.Close()
				}
			default:
				w.WriteHeader([]int{500, 302, 404}[n%4-1])
			}
			return false
		})
		r := deploy(t, db, down)
		other := testkit.Deploy(t, deployment.Config{Store: db, WebhookDelays: delays, Webhooks: r.Webhooks.Poster})
		r.run(t)
		second := rig{Deployment: other, db: db, o: r.o}
		second.run(t)
		var writers sync.WaitGroup
		for c := range customers {
			writers.Go(func() {
				for n := range each {
					r.queue(t, fmt.Sprint("c", c), n+1)
				}
			})
		}
		writers.Wait()
		await(t, "failures", func() bool { return r.endpoint(t, 0).Failures > 3 })
		isDown.Store(false)
		await(t, "the end", func() bool { return r.endpoint(t, 0).Waiting == 0 })
		if dead := r.endpoint(t, 0).Dead; dead == 0 {
			checkOrder(t, down.accepted(), customers, each)
		} else {
			t.Fatalf("%d events were given up", dead)
		}
	})
}

// TestSlowReceiver requires that a receiver that never answers, and one that fails on one
// customer's events, delay no other.
func TestSlowReceiver(t *testing.T) {
	slow, picky, good := newReceiver(t), newReceiver(t), newReceiver(t)
	release := make(chan struct{})
	slow.answers(func(http.ResponseWriter, received) bool { <-release; return true })
	picky.answers(func(w http.ResponseWriter, got received) bool {
		if got.customer == "poison" {
			w.WriteHeader(http.StatusInternalServerError)
			return false
		}
		return true
	})
	t.Cleanup(func() { close(release) })
	r := deploy(t, testkit.OpenStore(t), slow, picky, good)
	r.Webhooks.Delays = []time.Duration{0, time.Hour, time.Hour}
	r.queue(t, "poison", 1)
	r.run(t)
	for n := range 20 {
		r.queue(t, "poison", n+2)
		r.queue(t, fmt.Sprint("c", n), 1)
	}
	await(t, "the other customers", func() bool { return len(picky.accepted()) == 20 })
	await(t, "the other receiver", func() bool { return len(good.accepted()) == 41 })
	if n := len(slow.accepted()); n != 0 {
		t.Errorf("the slow receiver answered %d", n)
	}
}

// TestDeadLetters gives an event up after all attempts, and replays it.
func TestDeadLetters(t *testing.T) {
	bad := newReceiver(t)
	bad.status(500)
	r := deploy(t, testkit.OpenStore(t), bad)
	r.Webhooks.Delays = delays[:4]
	id := r.o.Webhooks[0].ID
	r.queue(t, "c", 1)
	r.queue(t, "c", 2)
	r.run(t)
	await(t, "both dead", func() bool { return r.endpoint(t, 0).Dead == 2 })
	list, err := r.Webhooks.Deliveries(t.Context(), r.o.ID, onboarding.WebhookQuery{WebhookID: id,
		State: onboarding.WebhookDead, Limit: 9})
	if err != nil || len(list) != 2 || list[0].Attempts != 4 || list[0].Reason != "HTTP status 500" {
		t.Fatalf("%+v, %v", list, err)
	}
	if e := r.endpoint(t, 0); e.State() != "failing" || e.Failures != 8 {
		t.Errorf("%s, %d failures", e.State(), e.Failures)
	}
	if _, err := r.Webhooks.Deliveries(t.Context(), "other", onboarding.WebhookQuery{WebhookID: id}); err == nil {
		t.Error("another organization lists them")
	}
	if _, err := r.Webhooks.Replay(t.Context(), "other", id, ""); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("another organization replays: %v", err)
	}
	bad.answers(func(http.ResponseWriter, received) bool { return true })
	if n, err := r.Webhooks.Replay(t.Context(), r.o.ID, id, list[1].ID); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := r.Webhooks.Replay(t.Context(), r.o.ID, id, ""); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	await(t, "the replay", func() bool { return r.endpoint(t, 0).Waiting == 0 })
	checkOrder(t, bad.accepted(), 1, 2)
	if e := r.endpoint(t, 0); e.State() != "ok" || e.Dead != 0 {
		t.Errorf("%s, %d dead", e.State(), e.Dead)
	}
	if _, err := r.Webhooks.Replay(t.Context(), r.o.ID, id, list[1].ID); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("a replay of a delivered event: %v", err)
	}
}

// TestGone requires that 410 disables the webhook, which another URL or the operator enables.
func TestGone(t *testing.T) {
	gone := newReceiver(t)
	gone.status(http.StatusGone)
	r := deploy(t, testkit.OpenStore(t), gone)
	id := r.o.Webhooks[0].ID
	r.queue(t, "c", 1)
	r.run(t)
	await(t, "disabled", func() bool { return r.endpoint(t, 0).Disabled != nil })
	await(t, "given up", func() bool { return r.endpoint(t, 0).Waiting == 0 })
	r.queue(t, "c", 2)
	e := r.endpoint(t, 0)
	if e.State() != "disabled" || e.DisabledReason != "the receiver answered 410 Gone" || e.Dead != 1 ||
		e.Waiting != 0 {
		t.Errorf("%+v", e)
	}
	for _, do := range []func() error{
		func() error { _, err := r.Webhooks.Replay(t.Context(), "", id, ""); return err },
		func() error { _, err := r.Webhooks.Test(t.Context(), "", id); return err },
	} {
		if err := do(); onboarding.KindOf(err) != onboarding.Conflict {
			t.Errorf("a disabled webhook: %v", err)
		}
	}
	gone.status(204)
	if err := r.Webhooks.Enable(t.Context(), r.o.ID, id); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Webhooks.Replay(t.Context(), r.o.ID, id, ""); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	await(t, "the replay", func() bool { e := r.endpoint(t, 0); return e.Waiting+e.Dead == 0 })
}

// TestRetryAfter requires that a receiver that asks for time gets no further attempt.
func TestRetryAfter(t *testing.T) {
	busy := newReceiver(t)
	var asked atomic.Int64
	busy.answers(func(w http.ResponseWriter, _ received) bool {
		asked.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		return false
	})
	good := newReceiver(t)
	r := deploy(t, testkit.OpenStore(t), busy, good)
	r.run(t)
	r.queue(t, "c1", 1)
	await(t, "the first answer", func() bool { return r.endpoint(t, 0).Failures == 1 })
	for n := range 50 {
		r.queue(t, "c2", n+1)
	}
	await(t, "the other receiver", func() bool { return len(good.accepted()) == 51 })
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests within the time that the receiver asked for", n)
	}
	list, err := r.Webhooks.Deliveries(t.Context(), "", onboarding.WebhookQuery{
		WebhookID: r.o.Webhooks[0].ID, Limit: 99,
	})
	first := list[len(list)-1]
	if err != nil || first.Due.Before(time.Now().Add(50*time.Minute)) {
		t.Errorf("the next attempt: %+v, %v", first, err)
	}
}

// TestTestEvent sends webhook.test, which is tried once.
func TestTestEvent(t *testing.T) {
	bad := newReceiver(t)
	r := deploy(t, testkit.OpenStore(t), bad)
	r.o.Webhooks[0].Events = []onboarding.WebhookType{onboarding.WebhookCustomerCreated}
	r.apply(t)
	r.run(t)
	for _, status := range []int{200, 503} {
		bad.status(status)
		id, err := r.Webhooks.Test(t.Context(), r.o.ID, r.o.Webhooks[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		var d *onboarding.WebhookDelivery
		await(t, "the test", func() bool {
			d, err = r.Webhooks.Delivery(t.Context(), r.o.ID, r.o.Webhooks[0].ID, id)
			return err == nil && d.State != onboarding.WebhookWaiting
		})
		if (d.State == onboarding.WebhookDelivered) != (status == 200) || d.Attempts != 1 {
			t.Errorf("%d: %+v", status, d)
		}
	}
}

// TestCrowd requires the event of a customer while more than a thousand of another wait, whose
// first one fails, and then the first of those in their order.
func TestCrowd(t *testing.T) {
	const crowd, first = 1100, 20
	picky := newReceiver(t)
	picky.answers(func(w http.ResponseWriter, got received) bool {
		if got.customer == "busy" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		}
		return true
	})
	r := deploy(t, testkit.OpenStore(t), picky)
	if err := r.db.Write(t.Context(), func(tx onboarding.Tx) error {
		now, events := time.Now(), make([]onboarding.WebhookEvent, crowd)
		for i := range events {
			events[i] = onboarding.WebhookEvent{OrganizationID: r.o.ID, CustomerID: "busy",
				Type: onboarding.WebhookConsentChanged, At: now, Data: onboarding.WebhookData{Count: int64(i + 1)}}
		}
		return tx.QueueWebhooks(t.Context(), now, events...)
	}); err != nil {
		t.Fatal(err)
	}
	r.queue(t, "c2", 1)
	r.run(t)
	await(t, "the other customer", func() bool { return len(picky.accepted()) == 1 })
	picky.answers(func(http.ResponseWriter, received) bool { return true })
	await(t, "the crowd", func() bool { return len(picky.accepted()) > first })
	all := picky.accepted()[1:] // after those that were given up
	for i, got := range all {
		if got.count != all[0].count+int64(i) {
			t.Fatalf("event %d in place %d after %d", got.count, i, all[0].count)
		}
	}
}

// TestRotationsAreBounded rotates until as many secrets sign as may.
func TestRotationsAreBounded(t *testing.T) {
	good := newReceiver(t)
	r := deploy(t, testkit.OpenStore(t), good)
	id := r.o.Webhooks[0].ID
	for range hooks.MaxSecrets - 1 {
		if _, _, err := r.Webhooks.Rotate(t.Context(), r.o.ID, id, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := r.Webhooks.Rotate(t.Context(), r.o.ID, id, time.Hour)
	if onboarding.KindOf(err) != onboarding.Conflict {
		t.Errorf("one more: %v", err)
	}
	if n := len(r.endpoint(t, 0).Secrets); n != hooks.MaxSecrets {
		t.Errorf("%d secrets sign", n)
	}
	if _, _, err := r.Webhooks.Rotate(t.Context(), r.o.ID, id, 0); err != nil || len(r.endpoint(t, 0).Secrets) != 1 {
		t.Errorf("without an overlap: %v, %d secrets sign", err, len(r.endpoint(t, 0).Secrets))
	}
}

// TestHMAC checks signatures with the standard's own library, also while a secret is replaced.
func TestHMAC(t *testing.T) {
	good := newReceiver(t)
	r := deploy(t, testkit.OpenStore(t), good)
	id := r.o.Webhooks[0].ID
	ctx := t.Context()
	first, err := r.Webhooks.ShowSecret(ctx, r.o.ID, id)
	if err != nil || !strings.HasPrefix(first, "whsec_") {
		t.Fatal(first, err)
	}
	if _, err := r.Webhooks.ShowSecret(ctx, r.o.ID, id); err != hooks.ErrShown {
		t.Errorf("shown twice: %v", err)
	}
	second, until, err := r.Webhooks.Rotate(ctx, r.o.ID, id, time.Hour)
	if err != nil || second == first || until.Before(time.Now().Add(59*time.Minute)) {
		t.Fatal(err)
	}
	if _, err := r.Webhooks.ShowSecret(ctx, r.o.ID, id); err != hooks.ErrShown {
		t.Errorf("a rotated secret is shown again: %v", err)
	}
	r.run(t)
	r.queue(t, "c", 1)
	await(t, "the event", func() bool { return len(good.accepted()) == 1 })
	got := good.accepted()[0]
	verify := func(secret string, got received) error {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		return w.Verify(got.body, got.header)
	}
	for _, secret := range []string{first, second} {
		if err := verify(secret, got); err != nil {
			t.Error(err)
		}
	}
	if n := len(strings.Fields(got.header.Get("webhook-signature"))); n != 2 {
		t.Errorf("%d signatures", n)
	}
	tampered := got
	tampered.body = bytes.Replace(got.body, []byte("consent"), []byte("content"), 1)
	if verify(second, tampered) == nil {
		t.Error("a changed body is accepted")
	}
	third, _, err := r.Webhooks.Rotate(ctx, r.o.ID, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.queue(t, "c", 2)
	await(t, "the event", func() bool { return len(good.accepted()) == 2 })
	if got = good.accepted()[1]; verify(third, got) != nil || verify(second, got) == nil || verify(first, got) == nil {
		t.Error("the former secrets go on signing")
	}
	if _, _, err := r.Webhooks.Rotate(ctx, "other", id, 0); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("another organization rotates: %v", err)
	}
	if _, _, err := r.Webhooks.Rotate(ctx, "", id, hooks.MaxOverlap+1); onboarding.KindOf(err) != onboarding.Invalid {
		t.Errorf("a long overlap: %v", err)
	}
}

// TestEd25519 checks a signature with crypto/ed25519 and with openssl.
func TestEd25519(t *testing.T) {
	good := newReceiver(t)
	r := deploy(t, testkit.OpenStore(t), good)
	r.o.Webhooks[0].Signature = onboarding.WebhookEd25519
	r.apply(t)
	key, err := r.Webhooks.ShowSecret(t.Context(), r.o.ID, r.o.Webhooks[0].ID)
	if err != nil || key != r.endpoint(t, 0).Secrets[0].PublicKey {
		t.Fatal(key, err)
	}
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whpk_"))
	if err != nil || len(public) != ed25519.PublicKeySize {
		t.Fatal(key, err)
	}
	r.run(t)
	r.queue(t, "c", 1)
	await(t, "the event", func() bool { return len(good.accepted()) == 1 })
	got := good.accepted()[0]
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got.header.Get("webhook-signature"), "v1a,"))
	if err != nil {
		t.Fatal(err)
	}
	signed := []byte(got.header.Get("webhook-id") + "." + got.header.Get("webhook-timestamp") + "." + string(got.body))
	if !ed25519.Verify(public, signed, signature) {
		t.Error("crypto/ed25519 refuses the signature")
	}
	process.Require(t, "openssl")
	folder := t.TempDir()
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(public))
	if err != nil {
		t.Fatal(err)
	}
	openssl := func(content []byte) ([]byte, error) {
		for name, data := range map[string][]byte{
			"key.pem":   pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
			"signature": signature, "signed": content,
		} {
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem",
			"-rawin", "-in", "signed", "-sigfile", "signature")
		cmd.Dir = folder
		return cmd.CombinedOutput()
	}
	if out, err := openssl(signed); err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
	if _, err := openssl(append(signed, ' ')); err == nil {
		t.Error("openssl accepts a changed body")
	}
}
