package main

import (
	"context"
	"sync"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/radius/disconnect"
)

// startBackground starts what serve does beside answering; each ends with ctx.
func startBackground(ctx context.Context, s *onboarding.Service, signer *signer, https *certs.Watcher) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { signer.run(ctx) })
	if https != nil {
		all.Go(func() { https.Run(ctx) })
	}
	all.Go(func() { s.RunDisconnects(ctx, &disconnect.Sender{}) })
	all.Go(func() { s.RunSegments(ctx) })
	all.Go(func() { s.RunSweep(ctx) })
	all.Go(func() { s.RunDeletions(ctx) })
	return &all
}
