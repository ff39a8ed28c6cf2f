package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labstack/echo/v4"
)

// BenchmarkRegistrations posts customers with 64 clients, each answered after the commit that holds
// it. "echo alone" is the same JSON to a server that only reads it: the price of HTTP on this
// machine, to compare with.
func BenchmarkRegistrations(b *testing.B) {
	const clients = 64
	b.Run("onramp", func(b *testing.B) {
		h := newHouseOn(b, openSQLite(b), unlimited(b), func(c *Config) { c.Log = nil })
		postAll(b, clients, h.api.URL+"/v3/customers", h.app, http.StatusCreated)
	})
	b.Run("echo alone", func(b *testing.B) {
		e := echo.New()
		e.POST("/v3/customers", func(c echo.Context) error {
			var v map[string]any
			if err := json.NewDecoder(c.Request().Body).Decode(&v); err != nil {
				return err
			}
			return c.JSON(http.StatusCreated, v)
		})
		s := httptest.NewServer(e)
		defer s.Close()
		postAll(b, clients, s.URL+"/v3/customers", "", http.StatusCreated)
	})
}

func postAll(b *testing.B, clients int, url, token string, status int) {
	sendAll(b, clients, status, func(n int64) (*http.Request, error) {
		body := fmt.Sprintf(
			`{"firstName":"Anna","lastName":"Rossi","email":"anna%d@example.com",`+
				`"phoneNumber":"+39123456789","guid":"device-of-anna-%d","language":"it",`+
				`"policies":{"termsOfUse":true,"privacy":true,"mktgCommunications":false},`+
				`"custom":{"shoe":42}}`, n, n)
		r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader([]byte(body)))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		return r, nil
	})
}

// sendAll sends b.N requests with so many clients, each answered with the status.
func sendAll(b *testing.B, clients, status int, request func(n int64) (*http.Request, error)) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var next atomic.Int64
	var wait sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wait.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				r, err := request(n)
				if err != nil {
					b.Error(err)
					return
				}
				answer, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != status {
					b.Errorf("%d, %v", answer.StatusCode, err)
				}
				answer.Body.Close()
			}
		})
	}
	wait.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
