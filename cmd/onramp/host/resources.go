// Package host reads what the operating system allows this process: memory and open files.
package host

import (
	"errors"
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the share of the cgroup's memory limit that the Go runtime may use; the rest is
// for SQLite and for stacks outside the Go heap.
const memoryShare = 0.8

// BoundMemory sets the Go runtime's memory limit from the cgroup's limit, unless GOMEMLIMIT is set.
func BoundMemory(log *slog.Logger) {
	_, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	if err != nil && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("the memory limit of this process is unknown: set GOMEMLIMIT", "error", err)
	}
}

// MaxConnections is the default limit on open connections to --listen, if the operating system
// allows that many open files.
const MaxConnections = 4096

// Places are the limits on open connections of each listener.
type Places struct{ Main, AAA, Admin int }

// ShareDescriptors divides the process's limit on open files. It reserves shares for the AAA and
// admin listeners and the database; --listen gets the rest, at most wanted.
func ShareDescriptors(files uint64, wanted int) Places {
	of := int(min(files, 1<<20))
	p := Places{AAA: max(min(512, of/8), 4), Admin: max(min(64, of/16), 4)}
	database := min(256, of/4)
	p.Main = max(min(wanted, of-p.AAA-p.Admin-database-8), 8)
	return p
}
