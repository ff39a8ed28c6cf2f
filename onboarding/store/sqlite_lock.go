package store

import (
	"errors"
	"fmt"
)

// LockServe locks a SQLite database for one serving process, because limits and locks in a server's
// memory must not exist twice. It returns an error at once if another process holds the lock. The
// lock ends with release or with the process; the lock file next to the database stays and has no
// meaning by itself. The command line does not need the lock.
func LockServe(path string) (release func(), err error) {
	release, err = lockFile(path+".serve", false)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("database %s: another onramp serves it; several servers need PostgreSQL", path)
	}
	return release, err
}

// LockBackup locks a SQLite database for one backup of it. It returns an error at once if another
// process holds the lock, which ends with release or with the process.
func LockBackup(path string) (release func(), err error) {
	release, err = lockFile(path+".backup", false)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("database %s: another backup of it is running", path)
	}
	return release, err
}

var errLocked = errors.New("locked by another process")
