package doctor

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"maps"
)

// File is a database that is one file, as SQLite's is.
type File interface {
	// Check checks the file's structure until ctx ends.
	Check(ctx context.Context) error
	// Erased reports whether nothing of deleted rows can be in the file.
	Erased(ctx context.Context) (bool, error)
}

// checkFor is how long the check of a large file may take.
const checkFor = 30 * time.Second

// DatabaseFile checks the file itself, and whether people that an earlier version deleted left
// traces in it.
func DatabaseFile(file File) Check {
	return func(ctx context.Context) []Line {
		limited, cancel := context.WithTimeout(ctx, checkFor)
		defer cancel()
		var lines []Line
		switch err := file.Check(limited); {
		case errors.Is(err, context.DeadlineExceeded):
			lines = append(lines, warn("database file", "no damage found in %v; the rest of the file was not looked at",
				checkFor))
		case err != nil:
			return []Line{fail("database file", "damaged: %v (stop serve and restore a copy)", err)}
		default:
			lines = append(lines, ok("database file", "is sound"))
		}
		erased, err := file.Erased(ctx)
		if err != nil {
			return append(lines, fail("database file", "%v", err))
		}
		if !erased {
			lines = append(lines,
				warn("database file", "may hold traces of people who were deleted by an earlier version: run "+
					"onramp vacuum once"))
		}
		return lines
	}
}

// Permissions warns of the files with secrets that other users of the machine may read.
func Permissions(exposed map[string]fs.FileMode) Check {
	return func(context.Context) []Line {
		var lines []Line
		for _, path := range slices.Sorted(maps.Keys(exposed)) {
			lines = append(lines, warn("permissions", "%s holds secrets and has mode %v: chmod 600", path,
				exposed[path]))
		}
		if len(lines) == 0 {
			lines = append(lines, ok("permissions", "files with secrets are for their owner alone"))
		}
		return lines
	}
}

// Failed reports an error that kept a check from being made.
func Failed(name string, err error) Check {
	return func(context.Context) []Line { return []Line{fail(name, "%v", strings.TrimSpace(err.Error()))} }
}
