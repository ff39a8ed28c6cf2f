package server

import (
	"fmt"
	"net/http"
	"testing"
)

// BenchmarkDownloads fetches signed iOS profiles with 16 clients, each for one of a hundred
// customers, by the app and by links.
//
//	go test ./onboarding/server -run '^$' -bench Downloads -benchtime 3s
func BenchmarkDownloads(b *testing.B) {
	const people, clients = 100, 16
	h := newHouseOn(b, openSQLite(b), unlimited(b), func(c *Config) { c.Log = nil })
	var app, link []*http.Request
	fetch := func(path string, options ...option) *http.Request {
		r, err := http.NewRequest(http.MethodGet, h.api.URL+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range options {
			o(r)
		}
		return r
	}
	for n := range people {
		name := fmt.Sprint("anna", n)
		id := h.register(name)
		app = append(app, fetch("/v3/customers/"+id+"/profile?platform=ios",
			header("Authorization", "Bearer "+h.app), withGuid(guid(name))))
		token := h.post("/v2/customers/"+id+"/token", h.manager, map[string]any{"maxHits": 1000}).want(http.StatusOK).
			text("token")
		link = append(link, fetch("/activate/"+token+"/ios"))
	}
	b.Run("app", func(b *testing.B) { fetchAll(b, clients, app) })
	b.Run("link", func(b *testing.B) { fetchAll(b, clients, link) })
}

// fetchAll sends copies of the requests in turn.
func fetchAll(b *testing.B, clients int, requests []*http.Request) {
	sendAll(b, clients, http.StatusOK, func(n int64) (*http.Request, error) {
		return requests[n%int64(len(requests))].Clone(b.Context()), nil
	})
}
