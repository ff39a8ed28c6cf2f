package doctor

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"maps"

	"onramp/onboarding"
)

// File is a database in a single file, as SQLite's is.
type File interface {
	// Check checks the file's structure. It stops with ctx's error when ctx ends.
	Check(ctx context.Context) error
	// Erased reports whether the file cannot hold remains of deleted rows.
	Erased(ctx context.Context) (bool, error)
}

// checkFor is the time limit of the check of a large file.
const checkFor = 30 * time.Second

// DatabaseFile checks the structure of the database file, and whether it may hold traces of people
// whom an earlier version deleted.
func DatabaseFile(file File) Check {
	return func(ctx context.Context) []Line {
		limited, cancel := context.WithTimeout(ctx, checkFor)
		defer cancel()
		var lines []Line
		switch err := file.Check(limited); {
		case errors.Is(err, context.DeadlineExceeded):
			lines = append(lines, warn("database file", "no damage found in %v; the rest of the file was not checked",
				checkFor))
		case err != nil:
			return []Line{fail("database file", "damaged: %v (stop serve and restore a backup)", err)}
		default:
			lines = append(lines, ok("database file", "no damage found"))
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

// Documents checks the form in which identity documents are stored, the value of
// onboarding.SettingDocuments.
func Documents(store onboarding.SecretReader) Check {
	const check = "identity documents"
	return func(ctx context.Context) []Line {
		form, err := store.Setting(ctx, onboarding.SettingDocuments)
		switch {
		case errors.Is(err, onboarding.ErrNotFound) || err == nil && form == "":
			return []Line{warn(check, "stored in clear, so that the version before can read them: when no server of "+
				"that version runs, run onramp migrate --finish")}
		case err != nil:
			return []Line{fail(check, "%v", err)}
		case form != onboarding.DocumentsSealed:
			return []Line{warn(check, "some are stored in clear, because a run was interrupted: run onramp migrate "+
				"--finish again")}
		}
		return []Line{ok(check, "sealed").as("sealed")}
	}
}

// Budgets checks the form of the keys of budgets, the value of onboarding.SettingBudgets.
func Budgets(store onboarding.SecretReader) Check {
	const check = "limits"
	return func(ctx context.Context) []Line {
		form, err := store.Setting(ctx, onboarding.SettingBudgets)
		switch {
		case errors.Is(err, onboarding.ErrNotFound) || err == nil && form != onboarding.BudgetsKeyed:
			return []Line{warn(check, "stored under plain hashes of addresses and user names, so that the version "+
				"before shares them: when no server of that version runs, run onramp migrate --finish")}
		case err != nil:
			return []Line{fail(check, "%v", err)}
		}
		return []Line{ok(check, "stored under keyed hashes").as("keyed")}
	}
}

// backupAge is the age from which the last backup is too old.
const backupAge = 48 * time.Hour

// Backup warns if the last backup is old. last returns ErrNotFound if there is none.
func Backup(last func(context.Context) (time.Time, error), now time.Time) Check {
	return func(ctx context.Context) []Line {
		at, err := last(ctx)
		switch age := now.Sub(at); {
		case errors.Is(err, onboarding.ErrNotFound):
			return []Line{warn("backup", "none was made: see /docs/backup").as("noBackup")}
		case err != nil:
			return []Line{fail("backup", "%v", err)}
		case age > backupAge:
			return []Line{warn("backup", "the last one is of %s, more than 48 hours ago", at.Format(time.RFC3339)).
				as("oldBackup", "time", at.Format(time.RFC3339))}
		default:
			return []Line{ok("backup", "the last one is of %s", at.Format(time.RFC3339)).
				as("lastBackup", "time", at.Format(time.RFC3339))}
		}
	}
}

// Permissions warns about each file with secrets that other users of the machine can read.
func Permissions(exposed map[string]fs.FileMode) Check {
	return func(context.Context) []Line {
		var lines []Line
		for _, path := range slices.Sorted(maps.Keys(exposed)) {
			lines = append(lines, warn("permissions", "%s holds secrets and has mode %v: chmod 600", path,
				exposed[path]))
		}
		if len(lines) == 0 {
			lines = append(lines, ok("permissions", "only the owner can read the files with secrets").as("owner"))
		}
		return lines
	}
}

// Failed returns a check that fails with err. Use it for a check that could not be run.
func Failed(name string, err error) Check {
	return func(context.Context) []Line { return []Line{fail(name, "%v", strings.TrimSpace(err.Error()))} }
}
