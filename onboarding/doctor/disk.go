package doctor

import (
	"context"
	"strconv"
)

// The free space of the database's disk, in bytes, below which the check warns and fails. The store
// refuses to write with less than a megabyte.
const (
	warnFree = 1 << 30
	failFree = 64 << 20
)

// Disk checks the free space for the database. free returns the free bytes, and false if they are
// not known.
func Disk(free func() (bytes uint64, known bool)) Check {
	return func(context.Context) []Line {
		bytes, known := free()
		const name, megabyte = "disk", 1 << 20
		args := []string{"n", strconv.FormatUint(bytes/megabyte, 10)}
		switch {
		case !known:
			return []Line{ok(name, "the free space is not known on this system")}
		case bytes < failFree:
			return []Line{fail(name, "%d MB free for the database: make room now, or serve stops accepting changes",
				bytes/megabyte).as("free", args...)}
		case bytes < warnFree:
			return []Line{warn(name, "%d MB free for the database: make room", bytes/megabyte).as("free", args...)}
		}
		return []Line{ok(name, "%d MB free for the database", bytes/megabyte).as("free", args...)}
	}
}
