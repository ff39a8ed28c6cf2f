package tombstone

import (
	"context"
	"os"
	"time"
)

// Examination compares a log file with its database.
type Examination struct {
	Path      string
	Lines     int       // different tombstones
	Written   time.Time // the last change of the file
	Torn      int       // lines whose writer was stopped
	Damaged   int       // the number of the first damaged line; 0: none
	Stored    int64     // tombstones of the database
	Missing   int       // tombstones of the database that the file lacks
	Unapplied int       // tombstones of the file that the database lacks
}

// Examine reads the file and compares it with the database. It changes nothing.
func (l *Log) Examine(ctx context.Context) (*Examination, error) {
	e := &Examination{Path: l.file.path}
	info, err := os.Stat(e.Path)
	if err != nil {
		return nil, err
	}
	e.Written = info.ModTime()
	c, err := l.file.read()
	if err != nil {
		return nil, err
	}
	e.Lines, e.Torn, e.Damaged = len(c.entries), c.torn, c.damaged
	if e.Stored, err = l.store.CountTombstones(ctx); err != nil {
		return nil, err
	}
	onlyFile, onlyDatabase, err := compare(ctx, l.store, c.entries)
	if err != nil {
		return nil, err
	}
	e.Missing, e.Unapplied = len(onlyDatabase), len(onlyFile)
	return e, nil
}
