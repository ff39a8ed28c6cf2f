package main

import (
	"context"
	"log/slog"
	"sync"

	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/disconnect"
	"onramp/onboarding/radius/freeradius"
)

// startBackground starts the background tasks of serve. They stop when ctx ends; the returned
// group waits for them.
func startBackground(
	ctx context.Context, s *deployment.Deployment, signer *signer, https https, log *slog.Logger,
) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { signer.run(ctx) })
	if https != nil {
		all.Go(func() { https.Run(ctx) })
	}
	all.Go(func() { s.RADIUS.RunDisconnects(ctx, &disconnect.Sender{}) })
	all.Go(func() { s.Messages.Run(ctx) })
	all.Go(func() { s.Webhooks.Run(ctx) })
	all.Go(func() { s.Renewal.RunNotices(ctx) })
	waker := &freeradius.Waker{AAA: s.RADIUS, Settings: s.Access, Log: log}
	all.Go(func() { waker.Run(ctx) })
	all.Go(func() { s.Visits.RunSegments(ctx) })
	all.Go(func() { s.Contacts.Run(ctx) })
	all.Go(func() { s.Statistics.Run(ctx) })
	all.Go(func() { s.Retention.RunRetention(ctx) })
	all.Go(func() { s.Registration.RunDeletions(ctx) })
	all.Go(func() { s.Tombstones.Run(ctx) })
	all.Go(func() { s.Connectivity.RunProbe(ctx) })
	all.Go(func() { s.AuditLog.Run(ctx) })
	all.Go(func() { s.Access.RunRefusals(ctx, log) })
	all.Go(func() { s.Replica.Run(ctx) })
	all.Go(func() { s.Access.RunKeyUses(ctx) })
	return &all
}
