package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/store"
)

// serveAAA answers one request without a network.
func serveAAA(b *testing.B, h *house, path, body string, want int) {
	b.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth("radius", "aaa-secret")
	w := httptest.NewRecorder()
	h.server.AAA().ServeHTTP(w, r)
	if w.Code != want {
		b.Fatalf("%s: %d", path, w.Code)
	}
}

// BenchmarkAAAAuthorize is our part of an authentication, without the network: a hit, and a miss,
// which must cost the same.
func BenchmarkAAAAuthorize(b *testing.B) {
	h := newHouseOn(b, openSQLite(b), unlimited(b))
	person := map[string]any{
		"organizationId": demoID, "username": "anna", "policies": map[string]any{"termsOfUse": true, "privacy": true},
	}
	h.post("/v3/customers", h.manager, person).want(http.StatusCreated)
	for name, want := range map[string]int{"anna": http.StatusOK, "nobody": http.StatusUnauthorized} {
		body := fmt.Sprintf(
			`{"User-Name":%q,"Onramp-Hotspot":"","NAS-Identifier":"door.example","NAS-IP-Address":"192.0.2.1",`+
				`"Called-Station-Id":"02-00-00-00-00-01:Demo"}`, name)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				serveAAA(b, h, "/aaa/authorize", body, want)
			}
		})
	}
}

// BenchmarkAccounting counts accounting records a second, each durable when it is answered, one and
// 64 at a time: Start and Stop of new connections of a profiled customer, with everything that
// follows from them (device, visit). Beside it, in turns, the bare group-committed insert of one
// row into the same kind of table.
func BenchmarkAccounting(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			h := newHouseOn(b, openSQLite(b), unlimited(b))
			person := map[string]any{
				"organizationId": demoID, "profiling": true, "ppd": true,
				"policies": map[string]any{"termsOfUse": true, "privacy": true},
			}
			const customers = 200
			names := make([]string, customers)
			for i := range names {
				names[i] = fmt.Sprintf("customer%d", i)
				person["username"] = names[i]
				h.post("/v3/customers", h.manager, person).want(http.StatusCreated)
				access, err := h.service.RADIUS.Authorize(b.Context(), radius.AccessRequest{Username: names[i]})
				if err != nil {
					b.Fatal(err)
				}
				names[i] = access.Name
			}
			now := h.clock.now()
			other, err := store.OpenSQLite(b.Context(), filepath.Join(b.TempDir(), "bare.db"), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer other.Close()
			var next atomic.Int64
			var records, bare, recordTime, bareTime int64
			share := func(n int, do func(i int64)) time.Duration {
				started := time.Now()
				var wg sync.WaitGroup
				for range writers {
					wg.Go(func() {
						for range n {
							do(next.Add(1))
						}
					})
				}
				wg.Wait()
				return time.Since(started)
			}
			each := max(4, 512/writers)
			for b.Loop() {
				recordTime += int64(share(each, func(i int64) {
					begun := now.Add(-time.Duration(i%86400) * time.Second).Unix()
					body := `{"Acct-Status-Type":"%s","Acct-Unique-Session-Id":"u%d","Acct-Session-Id":"%d",` +
						`"User-Name":"%s","Onramp-Hotspot":"%s",` +
						`"Calling-Station-Id":"02-00-00-00-%02X-%02X","Event-Timestamp":%d,"Acct-Session-Time":%d,` +
						`"Acct-Input-Octets":1000,"Acct-Output-Octets":1000}`
					name := names[i%customers]
					serveAAA(b, h, "/aaa/accounting",
						fmt.Sprintf(body, "Start", i, i, name, demoHotspot, i>>8&255, i&255, begun,
							0), http.StatusNoContent)
					serveAAA(b, h, "/aaa/accounting",
						fmt.Sprintf(body, "Stop", i, i, name, demoHotspot, i>>8&255, i&255, begun+60,
							60), http.StatusNoContent)
				}))
				records += int64(2 * writers * each)
				bareTime += int64(share(2*each, func(i int64) {
					err := other.Write(b.Context(), func(tx onboarding.Tx) error {
						return tx.PutConnection(b.Context(), &onboarding.Connection{
							UniqueID: fmt.Sprint("bare", i), AccessPoint: "bare", CustomerID: names[i%customers],
							LocationID: demoLocation, HotspotID: demoHotspot,
							OrganizationID: demoID, SessionID: "1", CallingStation: "02-00-00-00-00-01",
							MAC: "02:00:00:00:00:01", Implied: now, Progress: onboarding.Progress{At: now},
						})
					})
					if err != nil {
						b.Error(err)
					}
				}))
				bare += int64(2 * writers * each)
			}
			perSecond := func(n, took int64) float64 { return float64(n) / time.Duration(took).Seconds() }
			b.ReportMetric(perSecond(records, recordTime), "records/s")
			b.ReportMetric(perSecond(bare, bareTime), "bare-inserts/s")
			b.ReportMetric(perSecond(records, recordTime)/perSecond(bare, bareTime), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}
