package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
)

// newReplica starts another server on the database of the first house, with its clock.
func newReplica(t *testing.T, url string, first *house) *house {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	sealer, err := onboarding.NewSealer(houseKey)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	h := *first
	h.db = db
	h.service, err = deployment.Open(t.Context(), deployment.Config{
		Store: db, Sealer: sealer, Signer: sign, PublicURL: "https://wifi.example.com", Now: h.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.server, err = New(t.Context(), Config{
		UseCases:  UseCasesOf(h.service),
		Log:       slog.New(slog.NewJSONHandler(h.log, nil)),
		PublicURL: "https://wifi.example.com",
		AAAFile:   testkit.AAAFile("aaa-secret"), Version: "test", Now: h.clock.now,
	}); err != nil {
		t.Fatal(err)
	}
	h.api = httptest.NewServer(describe(t, h.server.API()))
	t.Cleanup(h.api.Close)
	return &h
}

// sameKey logs in twice with one client key.
func (h *house) sameKey() (one, other string) {
	h.Helper()
	key, secret, err := h.service.Access.CreateKey(context.Background(), demoID, auth.PublicApp, auth.Scopes{})
	if err != nil {
		h.Fatal(err)
	}
	login := func() string {
		return h.post("/v1/sts/login/services", "",
			map[string]any{"clientKey": key, "clientSecret": secret}).want(http.StatusOK).text("token")
	}
	return login(), login()
}

// passwordOf is the customer's Wi-Fi password as a supplicant's file holds it.
func (h *house) passwordOf(id string) []byte {
	h.Helper()
	by := h.caller(h.manager)
	d, err := h.service.Links.Profile(h.Context(), by, id, "linux")
	if err != nil {
		h.Fatal(err)
	}
	_, rest, found := bytes.Cut(d.Body, []byte(`password="`))
	password, _, ended := bytes.Cut(rest, []byte(`"`))
	if !found || !ended || len(password) == 0 {
		h.Fatalf("no password in %s", d.Body)
	}
	return password
}

// commonStored holds guids that an earlier version accepted, with their stored hashes.
var commonStored = map[string]string{
	"00000000-0000-0000-0000-000000000000": hashOf("00000000-0000-0000-0000-000000000000"),
	"unknown-unknown-unknown":              hashOf("unknown-unknown-unknown"),
	"9774d56d682e549c":                     hashOf("9774d56d682e549c"),
}

func hashOf(guid string) string {
	sum := sha256.Sum256([]byte("onramp guid\x00" + guid))
	return hex.EncodeToString(sum[:])
}

// storeGuid stores a guid's hash past every rule.
func (h *house) storeGuid(customerID, hash string) {
	h.Helper()
	err := h.db.Write(h.Context(), func(tx onboarding.Tx) error {
		return tx.AddGuid(h.Context(), demoID, customerID,
			hash, h.clock.now())
	})
	if err != nil {
		h.Fatal(err)
	}
}
