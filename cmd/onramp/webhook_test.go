package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// webhookOutage is the time for which the receiver is down under load.
func webhookOutage(t *testing.T) time.Duration {
	text := os.Getenv("ONRAMP_TEST_OUTAGE")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// delaysFor returns delays of attempts that outlast an outage.
func delaysFor(outage time.Duration) string {
	delays := []string{"0s", "20ms", "100ms"}
	for total := time.Duration(0); total < 3*outage+time.Minute; total += outage / 10 {
		delays = append(delays, (outage / 10).String())
	}
	return strings.Join(delays, ",")
}

// hookReceiver records the first delivery of each event, in its order.
type hookReceiver struct {
	mu   sync.Mutex
	ids  map[string]bool
	seen map[string][]string // types of events by customer
}

func (r *hookReceiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	var event struct {
		Type string
		Data struct{ CustomerID string }
	}
	if json.Unmarshal(body, &event) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := q.Header.Get("webhook-id"); !r.ids[id] {
		r.ids[id] = true
		r.seen[event.Data.CustomerID] = append(r.seen[event.Data.CustomerID], event.Type)
	}
}

// TestWebhookOutage creates, locks and unlocks customers while the receiver is down and the server
// is killed by SIGKILL several times, and requires every event of an answered request at least once
// and in the order of its customer. In an outage of minutes each client pauses between its acts:
// about 150 acts a second remain, so that the delivery of their events does not take longer.
func TestWebhookOutage(t *testing.T) {
	const clients, kills = 6, 3
	outage, pause := webhookOutage(t), time.Duration(0)
	if outage >= time.Minute {
		pause = 35 * time.Millisecond
	}
	data, clockFile := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "clock")
	ahead := time.Duration(0)
	// step moves the server's clock beyond the leases of a killed process.
	step := func(d time.Duration) {
		ahead += d
		if err := os.WriteFile(clockFile, []byte(ahead.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	step(0)
	t.Setenv("ONRAMP_TEST_CLOCK_FILE", clockFile)
	s := startServe(t, data, "--limits", "off", "--webhook-allow", "127.0.0.0/8", "--webhook-delays", delaysFor(outage))
	address := process.FreeAddress(t)
	const webhook = "3a8ccd060216452e09b2b32e750cb601"
	code, exported, stderr := onramp(t, "", "export", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	file := filepath.Join(t.TempDir(), "venue.yaml")
	declared := strings.Replace(exported, "    portal:\n", "    webhooks:\n      - {id: "+webhook+", url: 'http://"+
		address+"/'}\n    portal:\n", 1)
	if err := os.WriteFile(file, []byte(declared), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := onramp(t, "", "apply", file, "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	var mu sync.Mutex
	answered := map[string]int{} // acts by customer
	end := time.Now().Add(outage)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for time.Now().Before(end) {
				a, err := call("POST", s.url+"/v3/customers", app, `{"policies":{"termsOfUse":true,"privacy":true}}`)
				if err != nil || a.status != http.StatusCreated {
					time.Sleep(10 * time.Millisecond)
					continue
				}
				id := a.body["id"].(string)
				mu.Lock()
				answered[id] = 1
				mu.Unlock()
				for i := range 6 {
					time.Sleep(pause)
					act := []string{"lock", "unlock"}[i%2]
					for time.Now().Before(end) {
						a, err := call("POST", s.url+"/v3/customers/"+id+"/"+act, manager, "")
						if err == nil && a.status == http.StatusOK {
							mu.Lock()
							answered[id]++
							mu.Unlock()
							break
						}
						time.Sleep(10 * time.Millisecond)
					}
				}
			}
		})
	}
	for range kills {
		time.Sleep(outage / (kills + 1))
		s.kill()
		step(2 * time.Minute)
		s.start()
	}
	all.Wait()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	r := &hookReceiver{ids: map[string]bool{}, seen: map[string][]string{}}
	server := http.Server{Handler: r}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	for killed := false; ; {
		r.mu.Lock()
		n := len(r.ids)
		r.mu.Unlock()
		if !killed && n > 20 { // once more, while events are delivered
			killed = true
			s.kill()
			step(2 * time.Minute)
			s.start()
		}
		w := s.must(http.StatusOK, "GET", "/v2/organizations/"+demo.OrganizationID+"/webhooks", manager,
			"").body["webhooks"].([]any)[0].(map[string]any)
		if w["dead"] != 0.0 {
			t.Fatalf("events were given up: %v", w)
		}
		if killed && w["waiting"] == 0.0 {
			break
		}
		if time.Since(end) > 2*outage+2*time.Minute {
			t.Fatalf("events wait: %v", w)
		}
		time.Sleep(100 * time.Millisecond)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	acts := 0
	for id, n := range answered {
		acts += n
		got := r.seen[id]
		want := []string{"customer.created"}
		for i := range max(0, len(got)-1) {
			want = append(want, []string{"credential.locked", "credential.unlocked"}[i%2])
		}
		if len(got) < n || !slices.Equal(got, want) {
			t.Errorf("customer %s: %d answered acts, delivered %q", id, n, got)
		}
	}
	if acts < clients {
		t.Errorf("only %d acts were answered:\n%s", acts, s.output)
	}
	fmt.Fprintf(t.Output(), "%d acts of %d customers, %d events\n", acts, len(answered), len(r.ids))
}
