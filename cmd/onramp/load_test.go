package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// acknowledged holds all writes that the server confirmed to a client.
type acknowledged struct {
	mu            sync.Mutex
	customers     map[string]string // ID -> guid
	installations map[string]string // ID -> customer
	accounting    map[string]string // Acct-Unique-Session-Id -> customer
	times         []time.Time       // of each registration's response
}

func newAcknowledged() *acknowledged {
	return &acknowledged{customers: map[string]string{}, installations: map[string]string{},
		accounting: map[string]string{}}
}

// longestGap returns the longest time without a successful registration.
func (a *acknowledged) longestGap() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	slices.SortFunc(a.times, time.Time.Compare)
	var gap time.Duration
	for i := 1; i < len(a.times); i++ {
		gap = max(gap, a.times[i].Sub(a.times[i-1]))
	}
	return gap
}

// visitors are clients that register, fetch a profile, report the installation and connect. Each
// request goes to any of the replicas. Like apps, they repeat failed requests with the same
// Idempotency-Key.
type visitors struct {
	replicas []*serving
	app      string
	secret   string // of the AAA listener
	seen     *acknowledged
	patience time.Duration // how long a request is repeated
	pause    time.Duration // between one client's journeys
}

// run sends n visitors, or visitors until ctx ends if n is 0, with a limit on concurrent ones.
func (v *visitors) run(ctx context.Context, t *testing.T, n, concurrency int) {
	t.Helper()
	next := make(chan int)
	go func() {
		defer close(next)
		for i := 0; n == 0 || i < n; i++ {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var clients sync.WaitGroup
	for range concurrency {
		clients.Go(func() {
			for i := range next {
				if err := v.journey(fmt.Sprintf("%d-%d", i, rand.Int64())); err != nil {
					t.Errorf("journey %d: %v", i, err)
				}
				time.Sleep(v.pause)
			}
		})
	}
	clients.Wait()
}

// journey makes the requests of one visitor.
func (v *visitors) journey(name string) error {
	guid := "guid-of-the-phone-" + name
	created, err := v.ask(http.StatusCreated, "POST", "/v3/customers",
		fmt.Sprintf(`{"extId":%q,"guid":%q,%s}`, name, guid, consented), "Idempotency-Key", name)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	id, username := created.body["id"].(string), created.body["username"].(string)
	v.seen.mu.Lock()
	v.seen.customers[id] = guid
	v.seen.times = append(v.seen.times, time.Now())
	v.seen.mu.Unlock()

	if _, err := v.ask(http.StatusOK, "GET", "/v3/customers/"+id+"/profile?platform=ios", "", "Onramp-Guid",
		guid); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	claim := `{"platform":"ios","type":"passpoint","installedBy":"com.example.app","installed":"2026-01-01T00:00:00Z"}`
	installed, err := v.ask(0, "POST", "/v3/customers/"+id+"/installations", claim, "Onramp-Guid", guid)
	if err != nil {
		return fmt.Errorf("installation: %w", err)
	}
	v.seen.mu.Lock()
	v.seen.installations[installed.body["id"].(string)] = id
	v.seen.mu.Unlock()

	session := "unique-" + name
	if err := v.account(session, username); err != nil {
		return fmt.Errorf("accounting: %w", err)
	}
	v.seen.mu.Lock()
	v.seen.accounting[session] = id
	v.seen.mu.Unlock()
	return nil
}

// ask repeats a request until its response is final. Status 0 accepts 200 and 201.
func (v *visitors) ask(status int, method, path, body string, headers ...string) (*answer, error) {
	return v.repeat(func(s *serving) (*answer, error) { return call(method, s.url+path, v.app, body, headers...) },
		func(a *answer) bool { return a.status == status || status == 0 && a.status/100 == 2 })
}

// account sends the Start record of a connection in the form of FreeRADIUS's rlm_rest.
func (v *visitors) account(session, username string) error {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+v.secret))
	accepted, err := v.repeat(func(s *serving) (*answer, error) {
		return call("POST", s.aaa+"/aaa/authorize", "", fmt.Sprintf(`{"User-Name":%q}`, username), "Authorization",
			basic)
	}, func(a *answer) bool { return a.status == http.StatusOK })
	if err != nil {
		return err
	}
	var reply struct {
		Name struct{ Value []string } `json:"reply:User-Name"`
	}
	if err := json.Unmarshal(accepted.raw, &reply); err != nil || len(reply.Name.Value) != 1 {
		return fmt.Errorf("no User-Name in %s", accepted.raw)
	}
	body := fmt.Sprintf(
		`{"Acct-Status-Type":{"type":"string","value":["Start"]},
		"Acct-Unique-Session-Id":{"type":"string","value":[%q]},
		"Acct-Session-Id":{"type":"string","value":[%q]},"User-Name":{"type":"string","value":[%q]},
		"Calling-Station-Id":{"type":"string","value":["02-11-22-33-44-55"]},
		"NAS-Identifier":{"type":"string","value":["ap1.demo.onramp.example"]}}`,
		session, session, reply.Name.Value[0])
	_, err = v.repeat(func(s *serving) (*answer, error) {
		return call("POST", s.aaa+"/aaa/accounting", "", body, "Authorization", basic)
	}, func(a *answer) bool { return a.status/100 == 2 })
	return err
}

// repeat sends a request to one replica after another until good returns true.
func (v *visitors) repeat(ask func(*serving) (*answer, error), good func(*answer) bool) (*answer, error) {
	deadline := time.Now().Add(v.patience)
	for {
		a, err := ask(v.replicas[rand.IntN(len(v.replicas))])
		switch {
		case err == nil && good(a):
			return a, nil
		case err == nil && a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests &&
			a.status != http.StatusInternalServerError:
			return nil, fmt.Errorf("answered %d: %s", a.status, a.raw)
		case time.Now().After(deadline):
			if err == nil {
				err = fmt.Errorf("answered %d: %s", a.status, a.raw)
			}
			return nil, fmt.Errorf("gave up: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// checkKept reads back everything that was acknowledged and fails the test for each lost write.
func (v *visitors) checkKept(t *testing.T, manager string) {
	t.Helper()
	installed, connected := map[string]string{}, map[string]bool{} // by customer
	for id, customer := range v.seen.installations {
		installed[customer] = id
	}
	for _, customer := range v.seen.accounting {
		connected[customer] = true
	}
	lost := map[string]int{}
	var mu sync.Mutex
	ids := make(chan string)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for id := range ids {
				missing := v.missing(id, manager, installed[id], connected[id])
				mu.Lock()
				for _, what := range missing {
					lost[what]++
				}
				mu.Unlock()
			}
		})
	}
	for id := range v.seen.customers {
		ids <- id
	}
	close(ids)
	clients.Wait()
	t.Logf("acknowledged: %d customers with their consents, %d installations, %d accounting records; lost %v; "+
		"longest gap %.1f s",
		len(v.seen.customers), len(v.seen.installations), len(v.seen.accounting), lost, v.seen.longestGap().Seconds())
	if len(lost) > 0 {
		t.Errorf("lost: %v", lost)
	}
}

// missing returns the acknowledged writes of one customer that the server no longer has.
func (v *visitors) missing(id, manager, installation string, connected bool) []string {
	var missing []string
	url := v.replicas[0].url
	look := func(what, path string, kept func(*answer) bool) {
		a, err := call("GET", url+path, manager, "")
		if err != nil || a.status != http.StatusOK || !kept(a) {
			missing = append(missing, what)
		}
	}
	look("customers", "/v3/customers/"+id, func(a *answer) bool { return a.body["present"] == true })
	look("consents", "/v2/customers/"+id, func(a *answer) bool {
		return strings.Count(string(a.raw), `"accepted":true`) == 2
	})
	if installation != "" {
		look("installations", "/v3/customers/"+id+"/installations", func(a *answer) bool {
			return strings.Contains(string(a.raw), `"id":"`+installation+`"`)
		})
	}
	if connected {
		look("accounting records", "/v2/customers/"+id+"/accountings", func(a *answer) bool {
			connections, _ := a.body["connections"].([]any)
			return len(connections) == 1
		})
	}
	return missing
}
