package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"onramp/onboarding"
)

// leastFree is the free space below which a SQLite store is not ready: the next checkpoint or
// commit would fail.
const leastFree = 1 << 20

// health is the state of a SQLite database's file.
type health struct {
	commits
	path   string
	opened os.FileInfo // the file as it was opened
	mu     sync.Mutex
	damage error // the first sign of damage; it is kept until the process ends
}

// failed records a failed commit.
func (h *health) failed(err error) {
	h.notCommitted()
	h.inspect(err)
}

// inspect records damage if SQLite's error reports any.
func (h *health) inspect(err error) {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && damaged(e) {
		h.damaged(err)
	}
}

// mapped returns sqliteError(err). It records damage and failures to write to the disk.
func (h *health) mapped(err error) error {
	if err == nil {
		return nil
	}
	h.inspect(err)
	mapped := sqliteError(err)
	if onboarding.KindOf(mapped) == onboarding.Unavailable && !busy(err) {
		h.notCommitted()
	}
	return mapped
}

// usable returns an error if the file is known to be damaged.
func (h *health) usable() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.damage != nil {
		return unavailable(h.damage)
	}
	return nil
}

func damaged(e *sqlite.Error) bool {
	return e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB
}

func (h *health) damaged(cause error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.damage == nil {
		h.damage = fmt.Errorf("database file %s is damaged: stop onramp and restore a backup (%w)", h.path, cause)
	}
}

// sound returns why the file is unusable, or nil.
func (h *health) sound() error {
	h.mu.Lock()
	damage := h.damage
	h.mu.Unlock()
	if damage != nil {
		return damage
	}
	now, err := os.Stat(h.path)
	if err != nil {
		return fmt.Errorf("database file was removed while in use: %w", err)
	}
	if !os.SameFile(h.opened, now) {
		return fmt.Errorf("database file %s was replaced while in use: restart onramp", h.path)
	}
	if free, known := freeSpace(filepath.Dir(h.path)); known && free < leastFree {
		return fmt.Errorf("disk full: %d bytes free for database %s", free, h.path)
	}
	return nil
}

// The intervals of the checks of the whole file: at most one hundredth of a core.
const (
	firstCheckAfter = 2 * time.Second
	checkEvery      = 15 * time.Second
	checkShare      = 100
)

// watch checks the file periodically until ctx ends.
func (h *health) watch(ctx context.Context, db *sql.DB) {
	pause := firstCheckAfter
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := time.Now()
		_ = h.check(ctx, db)
		pause = max(checkEvery, checkShare*time.Since(began))
	}
}

// check runs SQLite's own check of the file's structure and records damage. It ends early with ctx.
func (h *health) check(ctx context.Context, db *sql.DB) error {
	var found string
	err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && found != "ok" {
		err = errors.New(found)
		h.damaged(err)
	}
	h.inspect(err)
	return err
}
