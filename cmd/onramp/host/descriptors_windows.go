package host

// OpenFiles returns the process's limit on open files. Windows has none.
func OpenFiles() uint64 { return 1 << 20 }
