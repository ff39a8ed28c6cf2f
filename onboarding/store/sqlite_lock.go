package store

import (
	"errors"
	"fmt"
)

// LockServe claims a SQLite database for one serving process: limits and locks that a server keeps in memory must not exist
// twice. A second claim fails at once. The claim ends with release or with the process, however that ends; the
// file beside the database that it leaves behind means nothing by itself. The command line needs no claim.
func LockServe(path string) (release func(), err error) {
	release, err = lockFile(path+".serve", false)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("database %s: another onramp serves from it; several servers need PostgreSQL", path)
	}
	return release, err
}

var errLocked = errors.New("locked by another process")
