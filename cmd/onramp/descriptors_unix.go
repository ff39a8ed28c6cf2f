//go:build unix

package main

import "syscall"

// openFiles returns how many files this process may have open. The Go runtime has raised the limit
// as far as it may.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return uint64(limit.Cur) //nolint:unconvert // an int64 on FreeBSD
}
