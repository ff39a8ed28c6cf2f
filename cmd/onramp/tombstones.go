package main

import (
	"context"
	"fmt"

	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
)

// tombstonesIn returns the path of --tombstones, by default in the folder.
func (f *serveFlags) tombstonesIn(folder *datafolder.Folder) string {
	if f.tombstones != "" {
		return f.tombstones
	}
	return folder.Tombstones()
}

// startTombstones applies the log of deletions to a database that was restored from a copy.
func (f *serveFlags) startTombstones(ctx context.Context, s *deployment.Deployment) error {
	start := s.Tombstones.Start
	if f.fresh {
		start = s.Tombstones.StartFresh
	}
	applied, err := start(ctx)
	if err != nil {
		return fmt.Errorf("--tombstones: %w", err)
	}
	if applied.Tombstones == 0 {
		return nil
	}
	return s.Access.RecordRead(ctx, onboarding.Act{
		Action: onboarding.AuditTombstoneApplied, Count: applied.Deleted + applied.Minimised,
	})
}
