package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// readGauge returns the value of a metric without labels, such as one of the Go runtime.
func (s *serving) readGauge(name string) float64 {
	s.t.Helper()
	response, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), name+" "); found {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return value
		}
	}
	s.t.Fatalf("no metric %s", name)
	return 0
}

// TestOverloadedServe sends more requests at a time than a server with a small limit takes. Each is
// answered, or refused by a 503 with Retry-After; FreeRADIUS and health checks are answered
// throughout; the heap stays bounded; and the first request afterwards succeeds.
func TestOverloadedServe(t *testing.T) {
	const (
		clients, each = 64, 40
		mostHeap      = 192 << 20 // five times what the process holds at rest
	)
	s := startServe(t, filepath.Join(t.TempDir(), "data"), "--limits", "off", "--max-requests", "8")
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	id := s.must(http.StatusCreated, "POST", "/v3/customers", app, fmt.Sprintf(`{"username":"anna",%s}`, consented)).
		body["id"].(string)

	var answered, refused atomic.Int64
	ask := func(method, path, body string, status int) {
		a, err := call(method, s.url+path, manager, body)
		switch {
		case err != nil:
			t.Errorf("%s %s: %v", method, path, err)
		case a.status == status:
			answered.Add(1)
		case a.status == http.StatusServiceUnavailable:
			refused.Add(1)
			seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
			if err != nil || seconds < 1 || seconds > 6 || a.body["respCode"] != "503" || a.body["message"] == "" {
				t.Errorf("refused by %s with Retry-After %q", a.raw, a.header.Get("Retry-After"))
			}
		default:
			t.Errorf("%s %s: %d %s", method, path, a.status, a.raw)
		}
	}
	var crowd, others sync.WaitGroup
	for client := range clients {
		crowd.Go(func() {
			for n := range each {
				if client%2 == 0 {
					ask("POST", "/v3/customers", fmt.Sprintf(`{"extId":"%d-%d",%s}`, client, n, consented),
						http.StatusCreated)
				} else {
					ask("GET", "/v3/customers/"+id+"/profile?platform=ios", "", http.StatusOK)
				}
			}
		})
	}
	done := make(chan struct{})
	var looks int
	var heap float64
	others.Go(func() {
		for {
			request, err := http.NewRequest(http.MethodPost, s.aaa+"/aaa/authorize",
				strings.NewReader(`{"User-Name":"anna"}`))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Content-Type", "application/json")
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+demo.AAASecret))
			a, err := exchange(http.DefaultClient, request, "", "Authorization", basic)
			if err != nil || a.status != http.StatusOK {
				t.Errorf("FreeRADIUS is answered %+v, %v", a, err)
			}
			for _, path := range []string{"/healthz", "/readyz"} {
				if a, err := call("GET", "http://"+s.admin+path, "", ""); err != nil || a.status != http.StatusOK {
					t.Errorf("%s: %+v, %v", path, a, err)
				}
			}
			heap = max(heap, s.readGauge("go_memstats_heap_inuse_bytes"))
			looks++
			select {
			case <-done:
				return
			default:
			}
		}
	})
	crowd.Wait()
	close(done)
	others.Wait()
	t.Logf("%d answered, %d refused; %d looks; heap at most %.1f MiB", answered.Load(), refused.Load(), looks,
		heap/(1<<20))
	if answered.Load() == 0 || refused.Load() == 0 || answered.Load()+refused.Load() != clients*each {
		t.Errorf("%d answered and %d refused of %d", answered.Load(), refused.Load(), clients*each)
	}
	if heap > mostHeap {
		t.Errorf("the heap grew to %.0f bytes", heap)
	}
	if n := s.readGauge("onramp_http_requests_refused_total"); int64(n) != refused.Load() {
		t.Errorf("%v requests are counted as refused, %d were", n, refused.Load())
	}
	s.must(http.StatusCreated, "POST", "/v3/customers", app, fmt.Sprintf(`{"username":"berta",%s}`, consented))
	s.must(http.StatusOK, "GET", "/v3/customers/"+id+"/profile?platform=ios", manager, "")
}
