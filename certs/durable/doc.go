// Package durable writes private files and folders that survive a crash.
//
// A file or folder appears under its name complete or not at all: its content is
// written to a draft next to it, synced to the disk, and then renamed or linked.
// Then the folder that holds it is synced, so that the name is on the disk too.
// Files have mode 0600 and folders mode 0700.
//
// A killed process can leave a draft. [RemoveAbandoned] deletes old ones.
//
// # Decision: no library
//
// github.com/google/renameio/v2 was considered (v2.0.2). It syncs the file but not
// its folder, cannot create a file only if there is none, and has no folders.
package durable
