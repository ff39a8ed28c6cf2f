package main

import (
	"context"
	"sync"

	"onramp/certs"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/disconnect"
)

// startBackground starts the background tasks of serve. They stop when ctx ends; the returned
// group waits for them.
func startBackground(
	ctx context.Context, s *deployment.Deployment, signer *signer, https *certs.Watcher,
) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { signer.run(ctx) })
	if https != nil {
		all.Go(func() { https.Run(ctx) })
	}
	all.Go(func() { s.RADIUS.RunDisconnects(ctx, &disconnect.Sender{}) })
	all.Go(func() { s.Visits.RunSegments(ctx) })
	all.Go(func() { s.Contacts.RunSweep(ctx) })
	all.Go(func() { s.Registration.RunDeletions(ctx) })
	all.Go(func() { s.Connectivity.RunProbe(ctx) })
	return &all
}
