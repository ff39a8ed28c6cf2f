package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// BenchmarkRegistrations posts customers with 64 clients, each answered after the commit that holds
// it. Beside it, in turns, an Echo handler reads the same JSON and answers after the commit of one
// row, by the same group commit in another file.
func BenchmarkRegistrations(b *testing.B) {
	const clients = 64
	h := newHouseOn(b, openSQLite(b), unlimited(b), func(c *Config) { c.Log = nil })
	ours := httptest.NewServer(h.server.API()) // h.api checks each answer
	defer ours.Close()
	other := openSQLite(b)
	e := echo.New()
	e.POST("/v3/customers", func(c echo.Context) error {
		var v map[string]any
		if err := json.NewDecoder(c.Request().Body).Decode(&v); err != nil {
			return err
		}
		if err := insertOne(b, other); err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, v)
	})
	bare := httptest.NewServer(e)
	defer bare.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	post := func(url string) func(int64) error {
		return func(n int64) error {
			r, err := registrationRequest(url+"/v3/customers", h.app, n)
			if err != nil {
				return err
			}
			return sendOne(client, r, http.StatusCreated)
		}
	}
	inTurns(b, clients, 4, post(ours.URL), post(bare.URL))
}

// insertOne commits one row.
func insertOne(b *testing.B, db onboarding.Store) error {
	return db.Write(b.Context(), func(tx onboarding.Tx) error {
		return tx.AppendEvents(b.Context(), []onboarding.Event{{
			ID: onboarding.NewID(), OrganizationID: demoID, Type: onboarding.EventSignup, At: time.Now(),
		}})
	})
}

// inTurns runs two operations in alternating rounds, each by so many callers at once and so many
// times by each, and reports the rates and their ratio.
func inTurns(b *testing.B, callers, each int, ours, bare func(n int64) error) {
	var next atomic.Int64
	var took [2]time.Duration
	var done int64
	run := func(do func(int64) error) time.Duration {
		start := time.Now()
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for range each {
					if err := do(next.Add(1)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		return time.Since(start)
	}
	for order := []int{0, 1}; b.Loop(); slices.Reverse(order) {
		for _, side := range order {
			took[side] += run([]func(int64) error{ours, bare}[side])
		}
		done += int64(callers * each)
	}
	b.ReportMetric(float64(done)/took[0].Seconds(), "ours/s")
	b.ReportMetric(float64(done)/took[1].Seconds(), "bare/s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// registrationRequest returns the request that registers the person with a number.
func registrationRequest(url, token string, n int64) (*http.Request, error) {
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
}

// sendOne sends a request, which must be answered with the status.
func sendOne(client *http.Client, r *http.Request, status int) error {
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != status {
		err = errors.Join(err, fmt.Errorf("answered %d", answer.StatusCode))
	}
	return errors.Join(err, answer.Body.Close())
}
