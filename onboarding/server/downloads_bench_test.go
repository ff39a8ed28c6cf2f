package server

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkDownloads fetches signed iOS profiles with 16 clients, each for one of a hundred
// customers, by the app and by links.
//
//	go test ./onboarding/server -run '^$' -bench Downloads -benchtime 3s
func BenchmarkDownloads(b *testing.B) {
	const people, clients = 100, 16
	h := newHouseOn(b, openSQLite(b), unlimited(b), func(c *Config) { c.Log = nil })
	var app, link []string
	for range people {
		id := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated).text("id")
		app = append(app, h.api.URL+"/v3/customers/"+id+"/profile?platform=ios")
		token := h.post("/v2/customers/"+id+"/token", h.manager, map[string]any{"maxHits": 1000}).want(http.StatusOK).
			text("token")
		link = append(link, h.api.URL+"/activate/"+token+"/ios")
	}
	b.Run("app", func(b *testing.B) { fetchAll(b, clients, app, h.app) })
	b.Run("link", func(b *testing.B) { fetchAll(b, clients, link, "") })
}

// fetchAll fetches the addresses in turn.
func fetchAll(b *testing.B, clients int, addresses []string, token string) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var next atomic.Int64
	var wait sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wait.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				r, err := http.NewRequest(http.MethodGet, addresses[n%int64(len(addresses))], nil)
				if err != nil {
					b.Error(err)
					return
				}
				if token != "" {
					r.Header.Set("Authorization", "Bearer "+token)
				}
				answer, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
					b.Errorf("%d, %v", answer.StatusCode, err)
				}
				answer.Body.Close()
			}
		})
	}
	wait.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
