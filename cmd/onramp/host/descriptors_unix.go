//go:build unix

package host

import "syscall"

// OpenFiles returns the process's limit on open files (RLIMIT_NOFILE). The Go runtime has already
// raised the soft limit to the hard limit.
func OpenFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return uint64(limit.Cur) //nolint:unconvert // an int64 on FreeBSD
}
