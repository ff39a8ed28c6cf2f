//go:build !(linux || darwin || freebsd)

package store

// freeSpace is not implemented on this system; a full disk is detected by failing commits only.
func freeSpace(string) (free uint64, known bool) { return 0, false }
