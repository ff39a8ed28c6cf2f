package main

// openFiles returns the process's limit on open files. Windows has none.
func openFiles() uint64 { return 1 << 20 }
