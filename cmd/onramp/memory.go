package main

import (
	"errors"
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the part of the container's memory that the Go runtime may use; SQLite and the
// stacks of the system have the rest.
const memoryShare = 0.8

// boundMemory makes the garbage collector keep within the memory that the cgroup allows, unless
// GOMEMLIMIT says how much.
func boundMemory(log *slog.Logger) {
	_, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	if err != nil && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("the memory that this process may use is not known; GOMEMLIMIT can say it", "error", err)
	}
}
