package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestFoundF3Caps: a proof of one customer fills no database.
func TestFoundF3Caps(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
		id, mine := made.text("id"), withGuid(guid("anna"))
		ctx := t.Context()

		phone := func(i int, more map[string]any) {
			t.Helper()
			h.clock.advance(time.Second)
			h.post("/v3/customers/"+id+"/devices", h.app,
				with(map[string]any{"installId": fmt.Sprint("phone ", i)}, more), mine).want(http.StatusOK)
		}
		for i := range 50 {
			phone(i, nil)
		}
		phone(0, map[string]any{"lastSeen": h.clock.now().Format(time.RFC3339)}) // it is alive
		for i := range 5 {
			phone(50+i, nil)
		}
		devices, err := h.db.Devices(ctx, id)
		if err != nil || len(devices) != 50 || devices[0].InstallID != "phone 0" || devices[1].InstallID != "phone 6" ||
			devices[49].InstallID != "phone 54" {
			t.Errorf("%d devices, %v", len(devices), err)
		}

		install := func(i int) *answer {
			return h.post("/v3/customers/"+id+"/installations", h.app, map[string]any{
				"platform": "ios", "type": "passpoint", "installedBy": fmt.Sprint("app ", i),
				"installed": "2022-07-08T08:08:44Z",
			}, mine)
		}
		for i := range 3 {
			install(i).want(http.StatusCreated)
		}
		if err := h.db.Write(ctx, func(tx onboarding.Tx) error {
			for i := range 196 {
				if _, _, err := tx.PutInstallation(ctx, &onboarding.Installation{
					ID: onboarding.NewID(), CustomerID: id, Platform: "ios", Type: "passpoint",
					InstalledBy: fmt.Sprint("old app ", i),
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		install(199).want(http.StatusCreated)
		install(200).blames(http.StatusConflict, "installed")
		install(2).want(http.StatusOK) // which is there

		custom := map[string]any{}
		for i := range 20 {
			custom[fmt.Sprint("c", i)] = strings.Repeat("x", 1000)
		}
		h.put("/v3/customers/"+id, h.app, map[string]any{"custom": custom}, mine).blames(http.StatusConflict, "custom")
		h.post("/v3/customers", h.app, with(person("berta"),
			map[string]any{"custom": custom})).blames(http.StatusConflict, "custom")
		delete(custom, "c0")
		for i := range 4 {
			delete(custom, fmt.Sprint("c", i))
		}
		h.put("/v3/customers/"+id, h.app, map[string]any{"custom": custom}, mine).want(http.StatusOK)
		h.put("/v3/customers/"+id, h.app, map[string]any{"custom": map[string]any{"more": strings.Repeat("x", 1000)}},
			mine).blames(http.StatusConflict, "custom")
		h.put("/v3/customers/"+id, h.app, map[string]any{"custom": map[string]any{"c9": ""}}, mine).want(http.StatusOK)
	})
}

// TestFoundF3Consents: a repeated consent adds no record, and endless changes are
// slowed down.
func TestFoundF3Consents(t *testing.T) {
	onBothEngines(t, []string{"consents=12+12/h"}, func(t *testing.T, h *house) {
		id, mine := h.register("anna"), withGuid(guid("anna"))
		lines := func() int {
			t.Helper()
			ledger, err := h.db.Consents(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return len(ledger)
		}
		said := func(offers bool) map[string]any {
			return map[string]any{"policies": map[string]any{
				"termsOfUse": true, "privacy": true, "mktgCommunications": offers,
			}}
		}
		for range 30 {
			h.put("/v3/customers/"+id, h.app, said(true), mine).want(http.StatusOK)
			h.post("/v3/customers?deduplicate=guid", h.app, with(person("anna"), said(true))).want(http.StatusOK)
		}
		if n := lines(); n != 3 {
			t.Fatalf("%d lines, not 3", n)
		}
		for i := range 9 {
			h.clock.advance(time.Second)
			h.put("/v3/customers/"+id, h.app, said(i%2 == 1), mine).want(http.StatusOK)
		}
		h.clock.advance(time.Second)
		h.put("/v3/customers/"+id, h.app, said(true), mine).blames(http.StatusTooManyRequests, "")
		h.put("/v3/customers/"+id, h.app, with(said(false), map[string]any{"firstName": "Anna"}),
			mine).want(http.StatusOK)
		h.put("/v1/customers/"+id+"/policies", h.manager, map[string]any{
			"policies": []any{map[string]any{"policyKey": "mktgCommunications", "accepted": true}},
		}).want(http.StatusOK)
		if n := lines(); n != 13 {
			t.Errorf("%d lines, not 13", n)
		}
		h.clock.advance(time.Hour)
		h.put("/v3/customers/"+id, h.app, said(false), mine).want(http.StatusOK)

		// Another version of a policy is something new.
		o := organization(demoID, "Demo", "demo.example")
		o.Policies[0].Version = "2.00"
		if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
			t.Fatal(err)
		}
		before := lines()
		h.put("/v3/customers/"+id, h.app, said(false), mine).want(http.StatusOK)
		if n := lines(); n != before+1 {
			t.Errorf("%d lines, not %d", n, before+1)
		}
	})
}

// TestFoundF3Links: links that a proven caller makes without end make room for each other, and a
// manager's long one stays.
func TestFoundF3Links(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
		id, mine := made.text("id"), withGuid(guid("anna"))
		long := h.post("/v2/customers/"+id+"/token", h.manager,
			map[string]any{"expiresIn": 86400}).want(http.StatusOK).text("token")
		last := ""
		for range 70 {
			h.clock.advance(time.Second)
			last = h.put("/v3/customers/"+id, h.app, map[string]any{"firstName": "Anna"},
				mine).want(http.StatusOK).text("activationUrl")
		}
		path := func(link string) string { return strings.TrimPrefix(link, "https://wifi.example.com") }
		h.get(path(last), "").want(http.StatusOK)
		h.get("/activate/"+long, "").want(http.StatusOK)
		h.get(path(made.text("activationUrl")), "").want(http.StatusNotFound)
	})
}

// bloat gives a customer as many devices and consents as an earlier version took.
func bloat(t *testing.T, h *house, id string, n int) {
	ctx := t.Context()
	for from := 0; from < n; from += 2000 {
		err := h.db.Write(ctx, func(tx onboarding.Tx) error {
			for i := from; i < min(from+2000, n); i++ {
				at := h.clock.now()
				if err := tx.PutDevice(ctx, &onboarding.Device{
					CustomerID: id, InstallID: fmt.Sprint("bloated ", i), Registered: at,
				}); err != nil {
					return err
				}
				if i%10 > 0 {
					continue
				}
				consent := onboarding.Consent{
					ID: onboarding.NewID(), OrganizationID: demoID, CustomerID: id, Policy: "privacy", Version: "1.00",
					Accepted: true,
					At:       at, Channel: onboarding.ChannelApp, Address: "192.0.2.77", Agent: "bloated",
				}
				if err := tx.AppendConsents(ctx, []onboarding.Consent{consent}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// bloatedRows is how many devices the bloated customers of these tests have:
// ONRAMP_TEST_BLOAT=100000 for the real attack.
func bloatedRows() int {
	if n, err := strconv.Atoi(os.Getenv("ONRAMP_TEST_BLOAT")); err == nil {
		return n
	}
	return 10_000
}

// nothingLeft checks that a deletion left no data of the customer.
func nothingLeft(t *testing.T, h *house, id string) {
	t.Helper()
	ctx := t.Context()
	devices, err := h.db.Devices(ctx, id)
	if err != nil || len(devices) > 0 {
		t.Errorf("%d devices are left, %v", len(devices), err)
	}
	consents, err := h.db.Consents(ctx, id)
	if err != nil || len(consents) > 0 {
		t.Errorf("%d consents are left, %v", len(consents), err)
	}
	err = h.db.Write(ctx, func(tx onboarding.Tx) error {
		left, err := tx.RetiredCustomers(ctx, 10)
		if len(left) > 0 {
			t.Errorf("%d deletions are not finished", len(left))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFoundF3BloatedDeletion deletes a customer with very many rows while others write: they wait
// for a portion, not for all.
func TestFoundF3BloatedDeletion(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.register("anna")
		bloat(t, h, id, bloatedRows())
		started := time.Now()
		h.post("/v3/customers/"+id+"/devices", h.app, map[string]any{"installId": "mine"},
			withGuid(guid("anna"))).want(http.StatusOK)
		t.Logf("a heartbeat took %v", time.Since(started))

		ctx, stop := context.WithCancel(t.Context())
		var written atomic.Int64
		var longest time.Duration
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; ctx.Err() == nil; i++ {
				began := time.Now()
				err := h.db.Write(t.Context(), func(tx onboarding.Tx) error {
					return tx.PutSetting(t.Context(), "another", fmt.Sprint(i))
				})
				if err != nil {
					t.Error(err)
					return
				}
				longest = max(longest, time.Since(began))
				written.Add(1)
			}
		}()
		before := written.Load()
		started = time.Now()
		h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).want(http.StatusOK)
		meanwhile := written.Load() - before
		stop()
		<-done
		t.Logf("deleting %d devices took %v; meanwhile %d others wrote, the longest wait was %v", bloatedRows(),
			time.Since(started), meanwhile, longest)
		if meanwhile < 5 {
			t.Errorf("while it was deleted, %d others wrote", meanwhile)
		}
		h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).want(http.StatusNotFound)
		nothingLeft(t, h, id)
	})
}

// TestFoundF3DeletionResumes stops a deletion after its first transaction, as a kill does: access
// has ended, nothing is found, and the next start deletes the rest.
func TestFoundF3DeletionResumes(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		made := h.post("/v3/customers", h.app, with(person("anna"),
			map[string]any{"username": "anna", "extId": "crm-1"})).want(http.StatusCreated)
		id := made.text("id")
		bloat(t, h, id, 1200)
		ctx := t.Context()
		if err := h.db.Write(ctx, func(tx onboarding.Tx) error {
			return tx.RetireCustomer(ctx, demoID, id,
				onboarding.NewID())
		}); err != nil {
			t.Fatal(err)
		}
		h.get("/v3/customers/"+id, h.app, withGuid(guid("anna"))).want(http.StatusForbidden)
		h.get("/v2/customers/"+id, h.manager).want(http.StatusNotFound)
		h.get("/v3/customers/"+id+"/profile?platform=ios", h.manager).want(http.StatusNotFound)
		h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com", h.app).want(http.StatusNotFound)
		h.get(strings.TrimPrefix(made.text("activationUrl"), "https://wifi.example.com"), "").want(http.StatusGone)
		right := map[string]any{"username": "anna", "password": made.text("password"), "organizationId": demoID}
		h.post("/v3/customers/credential/check", h.app, right).want(http.StatusNotFound)
		if found := h.get("/v2/customers/organizations/"+demoID,
			h.manager).want(http.StatusOK).json["count"]; found != 0.0 {
			t.Errorf("%v contacts are found", found)
		}
		if _, err := h.db.LoginByUsername(ctx, "anna"); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("a login: %v", err)
		}
		// The name, the guid and the address are free at once.
		h.post("/v3/customers?deduplicate=guid,email", h.app,
			with(person("anna"), map[string]any{"username": "anna"})).want(http.StatusCreated)

		run, stop := context.WithCancel(ctx)
		swept := make(chan struct{})
		go func() { defer close(swept); h.service.Registration.RunDeletions(run) }()
		deadline := time.Now().Add(time.Minute)
		for left := 1; left > 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			devices, err := h.db.Devices(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			consents, err := h.db.Consents(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			left = len(devices) + len(consents)
		}
		time.Sleep(50 * time.Millisecond)
		stop()
		<-swept
		nothingLeft(t, h, id)
	})
}

// TestFoundF3Guids: a person who proves ever other phones by the password keeps the last 20.
func TestFoundF3Guids(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
		id := made.text("id")
		phone := func(i int) string { return guid(fmt.Sprint("phone-", i)) }
		for i := range 24 {
			h.clock.advance(time.Second)
			h.post("/v3/customers/credential/check", h.app, map[string]any{
				"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
				"guid": phone(i),
			}).want(http.StatusOK)
			if i == 10 { // the first is still in use
				h.clock.advance(time.Second)
				h.post("/v3/customers/credential/check", h.app, map[string]any{
					"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
					"guid": phone(0),
				}).want(http.StatusOK)
			}
		}
		other := h.token(demoID, "publicApp") // which has checked nothing, so that only the guid counts
		for i := range 24 {
			status := http.StatusOK
			if i > 0 && i < 5 {
				status = http.StatusForbidden
			}
			h.get("/v3/customers/"+id, other, withGuid(phone(i))).want(status)
		}
		h.get("/v3/customers/"+id, other, withGuid(guid("anna"))).want(http.StatusForbidden)
	})
}
