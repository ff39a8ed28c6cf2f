package durable

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// abandonedAge is the age from which a draft belongs to a process that was killed.
// Writing a draft takes seconds at most.
const abandonedAge = 10 * time.Minute

// RemoveAbandoned deletes the drafts of the named files and folders that killed
// processes left in a folder. It keeps drafts of the last ten minutes, which may
// be in use. Errors are ignored.
func RemoveAbandoned(folder string, names ...string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !isDraft(entry.Name(), names) {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > abandonedAge {
			_ = os.RemoveAll(filepath.Join(folder, entry.Name()))
		}
	}
}

func isDraft(entry string, names []string) bool {
	for _, name := range names {
		if strings.HasPrefix(entry, draftPrefix(name)) {
			return true
		}
	}
	return false
}

// draftPrefix returns the start of the names of a file's or folder's drafts.
func draftPrefix(name string) string { return ".new-" + name + "-" }
