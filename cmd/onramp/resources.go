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

// maxConnections is the default limit on open connections to --listen, if the operating system
// allows that many open files.
const maxConnections = 4096

// places are the limits on open connections of each listener.
type places struct{ main, aaa, admin int }

// shareDescriptors divides the process's limit on open files. It reserves shares for the AAA and
// admin listeners and the database; --listen gets the rest, at most wanted.
func shareDescriptors(files uint64, wanted int) places {
	of := int(min(files, 1<<20))
	p := places{aaa: max(min(512, of/8), 4), admin: max(min(64, of/16), 4)}
	database := min(256, of/4)
	p.main = max(min(wanted, of-p.aaa-p.admin-database-8), 8)
	return p
}
