package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"onramp/onboarding/tombstone"
)

// TombstoneSource is the log of deletions.
type TombstoneSource interface {
	Examine(ctx context.Context) (*tombstone.Examination, error)
}

// Tombstones compares the log of deletions with the database. database is the path of the database
// file, or empty: a log on its disk is lost with it.
func Tombstones(s TombstoneSource, database string) Check {
	return func(ctx context.Context) []Line {
		const name = "tombstones"
		e, err := s.Examine(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return []Line{warn(name, "there is no log of deletions yet; serve creates it")}
		}
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		if e.Damaged > 0 {
			return []Line{fail(name, "%s: line %d is damaged, and the next start of serve refuses the file: use "+
				"another copy of it, or remove the line", e.Path, e.Damaged)}
		}
		lines := []Line{ok(name, "%s: %d deletions and refusals, the last one written %s", e.Path, e.Lines,
			e.Written.UTC().Format(time.RFC3339))}
		if e.Lines == 0 {
			lines[0] = ok(name, "%s: no deletion yet", e.Path)
		}
		if e.Missing > 0 {
			lines = append(lines, warn(name, "%d of %d tombstones of the database are not in the file; serve adds "+
				"them within a minute: if it does not, its log has the reason", e.Missing, e.Stored))
		}
		if e.Unapplied > 0 {
			lines = append(lines, warn(name, "the database lacks %d tombstones of the file, as an old copy does; "+
				"serve applies them when it starts", e.Unapplied))
		}
		if e.Lines > 0 && database != "" && sameDisk(filepath.Dir(e.Path), filepath.Dir(database)) {
			lines = append(lines, warn(name, "the file is on the disk of the database and is lost with it: copy it "+
				"elsewhere, or give serve --tombstones"))
		}
		return lines
	}
}
