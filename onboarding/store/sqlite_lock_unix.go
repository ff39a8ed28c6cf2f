//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks the file for this process and creates a missing file with mode 0600. If another
// process holds the lock, it waits or returns errLocked. The file is never the database itself:
// closing that anywhere in a process drops SQLite's own locks.
func lockFile(path string, wait bool) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, err
	}
	return func() { _ = file.Close() }, nil // closing releases the lock
}
