package main

import (
	"errors"
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the share of the cgroup's memory limit that the Go runtime may use; the rest is
// for SQLite and for stacks outside the Go heap.
const memoryShare = 0.8

// boundMemory sets the Go runtime's memory limit from the cgroup's limit, unless GOMEMLIMIT is set.
func boundMemory(log *slog.Logger) {
	_, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	if err != nil && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("the memory limit of this process is unknown: set GOMEMLIMIT", "error", err)
	}
}
