package main

// maxConnections is the default limit on open connections to --listen, if the operating system
// allows that many open files.
const maxConnections = 4096

// places are the limits on open connections of each listener.
type places struct{ main, aaa, admin int }

// shareDescriptors divides the process's limit on open files. It reserves shares for the AAA and
// admin listeners and the database; --listen gets the rest, at most wanted.
func shareDescriptors(files uint64, wanted int) places {
	of := int(min(files, 1<<20))
	p := places{aaa: max(min(512, of/8), 4), admin: max(min(64, of/16), 4)}
	database := min(256, of/4)
	p.main = max(min(wanted, of-p.aaa-p.admin-database-8), 8)
	return p
}
