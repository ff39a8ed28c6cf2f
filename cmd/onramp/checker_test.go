package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit/history"
	"onramp/onboarding/testkit/process"
)

// checkedRound is a test of servers under faults: clients make requests while the servers suffer
// faults, and the history of all requests must be linearizable.
type checkedRound struct {
	*checkedClients
	t        *testing.T
	replicas []*serving
	faults   map[string]int
	idle     func() error // waits until the database does nothing for servers that have ended
}

// newCheckedRound returns a round on running servers.
func newCheckedRound(t *testing.T, replicas ...*serving) *checkedRound {
	t.Helper()
	var servers []endpoint
	for _, s := range replicas {
		servers = append(servers, endpoint{s.url, s.aaa})
	}
	return &checkedRound{checkedClients: newCheckedClients(replicas[0], servers...), t: t, replicas: replicas,
		faults: map[string]int{}, idle: func() error { return nil }}
}

// checkedFault is a kind of fault. It begins and ends within the call of inflict.
type checkedFault struct {
	name    string
	inflict func(i int)
}

// run makes at least the given number of requests and inflicts faults, evenly among them, each kind
// in turn. Then it ends all servers, starts them, reads every customer and checks the history.
func (r *checkedRound) run(operations, faults int, kinds ...checkedFault) history.Report {
	r.t.Helper()
	if only := os.Getenv("ONRAMP_TEST_FAULT"); only != "" { // one kind, by its name
		kinds = slices.DeleteFunc(kinds, func(k checkedFault) bool { return k.name != only })
	}
	if len(kinds) == 0 {
		process.Missing(r.t, "this engine has no fault of that name")
	}
	ctx, stop := context.WithCancel(r.t.Context())
	defer stop()
	begun := time.Now()
	clients := make(chan struct{})
	go func() { r.visit(ctx, 8); close(clients) }()
	until := func(n int) {
		r.fast.Store(int64(n))
		last, since := 0, time.Now()
		for now := r.history.Len(); now < n && !r.t.Failed(); now = r.history.Len() {
			if now > last {
				last, since = now, time.Now()
			} else if time.Since(since) > 2*time.Minute {
				r.t.Errorf("no request in 2 minutes after %d, want %d", now, n)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	took := map[string]time.Duration{}
	for i := range faults {
		until((i + 1) * operations / (faults + 1))
		kind := kinds[i%len(kinds)]
		began := time.Now()
		kind.inflict(i)
		r.faults[kind.name]++
		took[kind.name] += time.Since(began)
	}
	until(operations)
	stop()
	<-clients
	for _, s := range r.replicas {
		s.kill()
	}
	if err := r.idle(); err != nil {
		r.t.Fatal(err)
	}
	r.history.Settle()
	r.fast.Store(math.MaxInt64)
	for _, s := range r.replicas {
		s.start()
	}
	r.final(8)
	report := r.history.Check()
	var counts []string
	for _, name := range slices.Sorted(maps.Keys(r.faults)) {
		counts = append(counts, fmt.Sprintf("%s %d (%.1f s)", name, r.faults[name], took[name].Seconds()))
	}
	r.t.Logf("operations %d, customers %d, faults: %s; unknown outcomes %d, violations %d (%.1f s)", report.Operations,
		report.Customers, strings.Join(counts, ", "), report.Unknown, len(report.Violations),
		time.Since(begun).Seconds())
	for _, text := range first(10, r.unexpected) {
		r.t.Errorf("unexpected: %s", text)
	}
	return report
}

// mustHold fails the test for each violation.
func (r *checkedRound) mustHold(report history.Report) {
	r.t.Helper()
	for _, v := range first(5, report.Violations) {
		r.t.Errorf("violation: %v", v)
	}
}

// first returns the first n of a list, or all if there are fewer.
func first[T any](n int, list []T) []T { return list[:min(n, len(list))] }

// checkedOperations and checkedFaults return the size of a round. The long round is
// ONRAMP_TEST_OPERATIONS=1000000 ONRAMP_TEST_FAULTS=100.
func checkedOperations() int { return fromEnvironment("ONRAMP_TEST_OPERATIONS", 1500) }

func checkedFaults(standard int) int { return fromEnvironment("ONRAMP_TEST_FAULTS", standard) }
