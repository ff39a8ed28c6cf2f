package main

import (
	"context"
	"log/slog"
	"net"
	"os"
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

// notifySystemd sends a state of sd_notify(3), by which a unit of Type=notify learns that the
// listeners are open. Without NOTIFY_SOCKET it does nothing.
func notifySystemd(state string, log *slog.Logger) {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return
	}
	// A name that begins with @ is an abstract socket, in Go too.
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err == nil {
		_, err = c.Write([]byte(state))
		c.Close()
	}
	if err != nil {
		log.Warn("systemd is not notified", "state", state, "error", err)
	}
}
