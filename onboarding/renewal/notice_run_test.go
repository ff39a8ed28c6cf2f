package renewal_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages/sms"
	"onramp/onboarding/renewal"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
)

// TestNoticeOfUnreadable damages the stored data of one customer and the data of one whose notice
// fails at the commit: both are skipped and counted, the error names no person, and the others get
// their notice. Of a database that fails at every customer, the run ends soon.
func TestNoticeOfUnreadable(t *testing.T) {
	path := testkit.NewSQLite(t)
	db, err := store.OpenSQLite(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := newRig(t, db)
	var all []*onboarding.Customer
	for i := range 30 {
		all = append(all, r.person(fmt.Sprintf("p%02d", i), onboarding.VerifyEmail))
	}
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	damage := func(c *onboarding.Customer) {
		t.Helper()
		if _, err := raw.ExecContext(t.Context(), "UPDATE customers SET attributes = '{\"Title\":' WHERE id = ?",
			c.ID); err != nil {
			t.Fatal(err)
		}
	}
	damage(all[0])
	damage(all[7])
	r.SetClock(r.credential(all[0]).Expires.Add(-2 * day))
	n, err := r.replicas[0].Renewal.SendNotices(t.Context())
	if n != 28 || err == nil || !strings.Contains(err.Error(), "2 skipped") || strings.Contains(err.Error(), "p07") {
		t.Errorf("%d notices, %v", n, err)
	}
	if n, err := r.replicas[1].Renewal.SendNotices(t.Context()); n != 0 || err == nil {
		t.Errorf("%d notices again, %v", n, err)
	}
	r.SetClock(r.credential(all[1]).Expires.Add(-time.Hour))
	calls := 0
	d := r.replicas[0]
	broken := renewal.New(renewal.Config{Store: counted{failing{r.Store}, &calls}, Access: d.Access, Links: d.Links,
		Messages: d.Messages, Verification: d.Verification, Clock: r.Now})
	for _, c := range all[1:] {
		if _, err := raw.ExecContext(t.Context(), "UPDATE credentials SET notice_end = NULL WHERE customer_id = ?",
			c.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := broken.SendNotices(t.Context()); n != 0 || err == nil || calls < 19 || calls > 21 {
		t.Errorf("%d notices, %d transactions, %v", n, calls, err)
	}
}

// counted counts the transactions of a store.
type counted struct {
	onboarding.Store
	calls *int
}

func (c counted) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	*c.calls++
	return c.Store.Write(ctx, fn)
}

// TestNoticesAtScale runs two replicas over 2,000 customers whose access ends, of whom 400 have a
// phone number only, until no notice is left. Each gets one, by an SMTP server's stand-in or by the
// HTTP gateway, which fails for some at first.
func TestNoticesAtScale(t *testing.T) {
	const people, byPhone = 2000, 400 // and one more
	var mu sync.Mutex
	texts, tries := map[string]int{}, map[string]int{}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		var body struct{ To, Text string }
		if err := json.NewDecoder(q.Body).Decode(&body); err != nil || !strings.Contains(body.Text, public+"/renew/") {
			t.Errorf("%+v %v", body, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if tries[body.To]++; tries[body.To] == 1 && len(tries)%10 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		texts[body.To]++
	}))
	t.Cleanup(provider.Close)
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(file, []byte("url: "+provider.URL+"\nbody: {to: '{to}', text: '{text}'}\n"+
		"countries: [IT]\nperDay: 1000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gateway, err := sms.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, testkit.OpenStore(t))
	for _, d := range r.replicas {
		d.Messages.SMS = gateway
	}
	var registering sync.WaitGroup
	for worker := range 20 { // their transactions share commits
		registering.Go(func() {
			for i := worker; i < people; i += 20 {
				channel := onboarding.VerifyEmail
				if i%(people/byPhone) == 0 {
					channel = onboarding.VerifySMS
				}
				r.person(fmt.Sprintf("p%04d", i), channel)
			}
		})
	}
	registering.Wait()
	r.SetClock(r.credential(r.person("last", onboarding.VerifyEmail)).Expires.Add(-2 * day))
	ctx, stop := context.WithCancel(context.Background())
	var sending, running sync.WaitGroup
	defer func() { stop(); sending.Wait() }()
	var total atomic.Int64
	for _, d := range r.replicas[:2] {
		sending.Go(func() { d.Messages.Run(ctx) })
		running.Go(func() {
			for rounds := 0; total.Load() <= people && rounds < 100; rounds++ {
				n, err := d.Renewal.SendNotices(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				total.Add(int64(n))
			}
		})
	}
	running.Wait()
	for _, d := range r.replicas {
		if n, err := d.Renewal.SendNotices(t.Context()); n != 0 || err != nil {
			t.Errorf("%d more, %v", n, err)
		}
	}
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		waiting, err := r.Store.MessageBacklogs(t.Context())
		if err == nil && len(waiting) == 0 {
			break
		}
		r.Advance(100 * time.Millisecond) // for the repeated ones
		if time.Now().After(deadline) {
			t.Fatalf("messages wait: %+v %v", waiting, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	r.servers.mu.Lock()
	defer r.servers.mu.Unlock()
	if total.Load() != people+1 || len(texts) != byPhone || len(r.servers.to) != people+1-byPhone {
		t.Errorf("%d notices, %d SMS, %d mails", total.Load(), len(texts), len(r.servers.to))
	}
	for to, n := range texts {
		if n != 1 {
			t.Errorf("%d SMS to %s", n, to)
		}
	}
	for to, mails := range r.servers.to {
		if len(mails) != 1 {
			t.Errorf("%d mails to %s", len(mails), to)
		}
	}
}
