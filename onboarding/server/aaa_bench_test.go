package server

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// serveAAA answers one request without a network.
func serveAAA(h http.Handler, path, body string, want int) error {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth("radius", "aaa-secret")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != want {
		return fmt.Errorf("%s: %d", path, w.Code)
	}
	return nil
}

// BenchmarkAAAAuthorize is our part of an authentication, without the network: a hit, and a miss,
// which must cost the same. Beside each, in turns, an Echo handler reads one row by its primary key
// with a prepared statement.
func BenchmarkAAAAuthorize(b *testing.B) {
	path := testkit.NewSQLite(b)
	db, err := store.OpenSQLite(b.Context(), path, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	h := newHouseOn(b, db, unlimited(b))
	person := map[string]any{
		"organizationId": demoID, "username": "anna", "policies": map[string]any{"termsOfUse": true, "privacy": true},
	}
	id := h.post("/v3/customers", h.manager, person).want(http.StatusCreated).text("id")
	other, err := sql.Open("sqlite", "file:"+path+"?mode=rw&_query_only=1")
	if err != nil {
		b.Fatal(err)
	}
	defer other.Close()
	read, err := other.PrepareContext(b.Context(), "SELECT username FROM customers WHERE id = $1")
	if err != nil {
		b.Fatal(err)
	}
	defer read.Close()
	e := echo.New()
	e.POST("/aaa/authorize", func(c echo.Context) error {
		var name string
		if err := read.QueryRowContext(c.Request().Context(), id).Scan(&name); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]string{"User-Name": name})
	})
	for name, want := range map[string]int{"anna": http.StatusOK, "nobody": http.StatusUnauthorized} {
		body := fmt.Sprintf(
			`{"User-Name":%q,"Onramp-Hotspot":"","NAS-Identifier":"door.example","NAS-IP-Address":"192.0.2.1",`+
				`"Called-Station-Id":"02-00-00-00-00-01:Demo"}`, name)
		b.Run(name, func(b *testing.B) {
			inTurns(b, 4, 64,
				func(int64) error { return serveAAA(h.server.AAA(), "/aaa/authorize", body, want) },
				func(int64) error { return serveAAA(e, "/aaa/authorize", body, http.StatusOK) })
		})
	}
}

// BenchmarkAccounting counts accounting records a second, each durable when it is answered, one and
// 64 at a time: an operation is the Start and the Stop of a new connection of a profiled customer,
// with everything that follows from them (device, visit). Beside it, in turns, two commits of one
// row each in another database of the same engine.
func BenchmarkAccounting(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/callers=%d", engine, callers), func(b *testing.B) {
				if engine == "SQLite" {
					benchmarkAccounting(b, callers, openSQLite(b), openSQLite(b))
					return
				}
				server := postgres.New(b, "fsync=on", "synchronous_commit=on")
				benchmarkAccounting(b, callers, testkit.OpenPostgres(b, testkit.NewPostgres(b, server)),
					testkit.OpenPostgres(b, testkit.NewPostgres(b, server)))
			})
		}
	}
}

func benchmarkAccounting(b *testing.B, callers int, db, other onboarding.Store) {
	h := newHouseOn(b, db, unlimited(b))
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
	h.clock.advance(48 * time.Hour) // the people registered before their connections
	now := h.clock.now()
	record := func(i int64, kind string, seconds int64) error {
		begun := now.Unix() - i%86400
		return serveAAA(h.server.AAA(), "/aaa/accounting", fmt.Sprintf(
			`{"Acct-Status-Type":"%s","Acct-Unique-Session-Id":"u%d","Acct-Session-Id":"%d",`+
				`"User-Name":"%s","Onramp-Hotspot":"%s",`+
				`"Calling-Station-Id":"02-00-00-00-%02X-%02X","Event-Timestamp":%d,"Acct-Session-Time":%d,`+
				`"Acct-Input-Octets":1000,"Acct-Output-Octets":1000}`,
			kind, i, i, names[i%customers], demoHotspot, i>>8&255, i&255, begun+seconds, seconds), http.StatusNoContent)
	}
	ours := func(i int64) error {
		return errors.Join(record(i, "Start", 0), record(i, "Stop", 60))
	}
	bare := func(int64) error { return errors.Join(insertOne(b, other), insertOne(b, other)) }
	inTurns(b, callers, max(4, 256/callers), ours, bare)
}
