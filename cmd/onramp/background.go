package main

import (
	"context"
	"log/slog"
	"sync"

	"onramp/onboarding"
)

// startBackground starts what serve does beside answering; each ends with ctx.
func startBackground(ctx context.Context, d *deployment, s *onboarding.Service, signer *signer, log *slog.Logger) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { signer.run(ctx) })
	return &all
}
