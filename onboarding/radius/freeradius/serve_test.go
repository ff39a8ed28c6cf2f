package freeradius_test

import (
	"context"
	"net"
	"net/http"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/server"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
)

// serveVariable makes the test binary run an Onramp in its own process, so that its processor time
// can be measured: database, address.
const serveVariable = "ONRAMP_TEST_SERVE_AAA"

// serve runs that process.
func serve(arguments string) error {
	database, address, _ := strings.Cut(arguments, " ")
	ctx := context.Background()
	db, err := store.OpenSQLite(ctx, database, store.Options{})
	if err != nil {
		return err
	}
	sealer, err := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if err != nil {
		return err
	}
	s, err := deployment.Open(ctx, deployment.Config{Store: db, Sealer: sealer})
	if err != nil {
		return err
	}
	web, err := server.New(ctx, server.Config{UseCases: server.UseCasesOf(s), AAAFile: testkit.AAAFile(aaaSecret)})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return http.Serve(l, web.AAA())
}
