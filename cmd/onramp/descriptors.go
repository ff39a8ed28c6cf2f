package main

// maxConnections is how many connections --listen has at once where the operating system allows as
// many.
const maxConnections = 4096

// places are the connections that each listener may have at once.
type places struct{ main, aaa, admin int }

// shareDescriptors divides the files that the process may have open: what the other listeners and
// the database need is set aside, the rest is for --listen, at most wanted.
func shareDescriptors(files uint64, wanted int) places {
	of := int(min(files, 1<<20))
	p := places{aaa: max(min(512, of/8), 4), admin: max(min(64, of/16), 4)}
	database := min(256, of/4)
	p.main = max(min(wanted, of-p.aaa-p.admin-database-8), 8)
	return p
}
