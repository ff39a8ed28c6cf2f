package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	heap "runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/registration"
)

// BenchmarkContactPages answers a page of a hundred contacts and one of ten thousand, the largest
// there is, and compares the process's largest heaps meanwhile. ONRAMP_BENCH_CONTACTS is the number
// of contacts.
func BenchmarkContactPages(b *testing.B) {
	h := newHouseOn(b, openSQLite(b), unlimited(b))
	enrolMany(b, h, benchContacts(b, 10_000))
	var most [2]float64
	for i, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			runtime.GC()
			peak := watchHeap(b)
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("%s?size=%d", searchPath, size), nil)
				r.Header.Set("Authorization", "Bearer "+h.manager)
				w := &discarded{header: http.Header{}}
				h.server.API().ServeHTTP(w, r)
				if w.status != http.StatusOK {
					b.Fatal(w.status)
				}
				b.SetBytes(w.bytes)
			}
			most[i] = float64(peak())
			b.ReportMetric(most[i]/(1<<20), "peak-MB")
		})
	}
	b.Logf("peak of the heap with 10,000 contacts beside 100: %.2f times", most[1]/most[0])
}

// enrolMany registers n people, a multiple of a hundred.
func enrolMany(tb testing.TB, h *house, n int) {
	tb.Helper()
	people := make([]registration.Enrolment, 100)
	for i := range n / len(people) {
		for j := range people {
			people[j] = registration.Enrolment{At: h.clock.now().Add(-time.Duration(i) * time.Hour),
				Input: registration.CustomerInput{
					FirstName: new("Anna"), LastName: new(fmt.Sprint("Rossi ", j)),
					Email: new(fmt.Sprintf("anna.%d.%d@example.com", i, j)), PhoneNumber: new("+393331234567"),
					BirthDate: new("1990-02-28"), Language: new("it"), Country: new("IT"),
					Custom:    map[string]string{"shoe": "42"},
					Policies:  map[string]bool{"termsOfUse": true, "privacy": true, "mktgCommunications": true},
					Profiling: new(true), PPD: new(true),
				}}
		}
		if err := h.service.Registration.RegisterMany(tb.Context(), demoID, people); err != nil {
			tb.Fatal(err)
		}
	}
}

// discarded is an answer of which only the status and the length are kept.
type discarded struct {
	header http.Header
	status int
	bytes  int64
}

func (d *discarded) Header() http.Header    { return d.header }
func (d *discarded) WriteHeader(status int) { d.status = status }

func (d *discarded) Write(text []byte) (int, error) {
	d.bytes += int64(len(text))
	return len(text), nil
}

func heapBytes() int64 {
	sample := []heap.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// watchHeap samples the heap each millisecond; the returned function ends it and returns the peak.
func watchHeap(b *testing.B) func() int64 {
	b.Helper()
	var peak atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			peak.Store(max(peak.Load(), heapBytes()))
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return peak.Load()
	}
}
