package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

// A pass starts erasePause after a deletion, so that concurrent deletions share it, plus eraseShare
// times the duration of the last pass, so that passes use at most a tenth of a core.
const (
	erasePause    = time.Second
	eraseShare    = 10
	eraseLongest  = 30 * time.Second // the maximum between two attempts
	eraseAtClose  = 15 * time.Second // the maximum time for erasing in Close
	gatePatience  = 50 * time.Millisecond
	scrubAtOnce   = 64      // pages in one transaction
	mostScrubbed  = 1 << 25 // pages; beyond, an overflow page may begin like a b-tree page
	eraseAtOpenIn = 5 * time.Second
)

// eraser removes the remains of deleted rows from the files of a SQLite database. SQLite's
// secure_delete overwrites a deleted cell, but not copies left by page splits, nor earlier images
// of the page in the write-ahead log. After a deletion the eraser cleans every page and truncates
// the log.
type eraser struct {
	writer  *writer
	readers *sqliteReaders
	log     *slog.Logger
	pending atomic.Bool
	due     chan struct{}
	stop    chan struct{}
	ended   chan struct{}
}

func newEraser(w *writer, readers *sqliteReaders, log *slog.Logger) *eraser {
	e := &eraser{
		writer: w, readers: readers, log: log,
		due: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	w.deleted = e.want
	go e.loop()
	return e
}

// erases reports whether a statement deletes data that must not remain in the file.
func erases(text string) bool {
	return strings.HasPrefix(text, "DELETE ") || text == sealDocument ||
		strings.HasPrefix(text, "UPDATE ") && strings.Contains(text, "= NULL")
}

// want requests a pass.
func (e *eraser) want() {
	e.pending.Store(true)
	select {
	case e.due <- struct{}{}:
	default:
	}
}

func (e *eraser) loop() {
	defer close(e.ended)
	// A killed process may have left remains.
	opened := time.AfterFunc(eraseAtOpenIn, func() {
		select {
		case e.due <- struct{}{}:
			e.pending.Store(true)
		default:
		}
	})
	defer opened.Stop()
	pause := erasePause
	for {
		select {
		case <-e.stop:
			return
		case <-e.due:
		}
		for tries := 0; e.pending.Load(); tries++ {
			select {
			case <-e.stop:
				return
			case <-time.After(pause):
			}
			began := time.Now()
			err := e.pass(context.Background(), gatePatience<<min(tries, 5))
			pause = erasePause + eraseShare*time.Since(began)
			if err != nil {
				pause = min(max(pause, erasePause<<min(tries, 5)), max(eraseLongest, pause))
				if tries == 5 && !errors.Is(err, errReadersInTheWay) {
					e.log.Error("erasing deleted rows from the database file failed", "error", err)
				}
			}
		}
	}
}

// close ends the eraser after another attempt to erase pending remains.
func (e *eraser) close() {
	close(e.stop)
	<-e.ended
	if !e.pending.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), eraseAtClose)
	defer cancel()
	for tries := 0; ctx.Err() == nil; tries++ {
		err := e.pass(ctx, gatePatience)
		if err == nil || !errors.Is(err, errReadersInTheWay) || tries == 10 {
			return // closing the last connection removes the log
		}
	}
}

// pass cleans the pages and truncates the log.
func (e *eraser) pass(ctx context.Context, patience time.Duration) error {
	e.pending.Store(false)
	err := e.scrub(ctx)
	if err == nil {
		err = errors.New("writer has ended")
		e.readers.gate.quiet(patience, func() {
			e.writer.between(func(c *sqliteConn) { err = truncateLog(ctx, c.conn) })
		})
	}
	if err != nil {
		e.pending.Store(true)
	}
	return err
}

var errReadersInTheWay = errors.New("write-ahead log is in use by a reader or another process")

// rowQuerier is a *sql.DB or a *sql.Conn.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// truncateLog copies the log into the file and empties it.
func truncateLog(ctx context.Context, on rowQuerier) error {
	var busy, frames, done int
	if err := on.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
		return err
	}
	if busy != 0 {
		return errReadersInTheWay
	}
	return nil
}

// scrub cleans every page that holds remains of deleted data.
func (e *eraser) scrub(ctx context.Context) error {
	numbers, err := unclean(ctx, e.readers.db)
	if err != nil {
		return err
	}
	for len(numbers) > 0 {
		some := numbers[:min(len(numbers), scrubAtOnce)]
		numbers = numbers[len(some):]
		err := e.writer.write(ctx, func(tx onboarding.Tx) error {
			db := tx.(*transaction).db.(*sqliteTx)
			for _, number := range some {
				if err := scrubIn(ctx, db, number); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	// The virtual table finds a page only by its number.
	selectPages = `WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
		SELECT pgno, data FROM n JOIN sqlite_dbpage ON pgno = i`
	selectPage = "SELECT data FROM sqlite_dbpage WHERE pgno = $1"
	updatePage = "UPDATE sqlite_dbpage SET data = $2 WHERE pgno = $1"
)

func scrubIn(ctx context.Context, db *sqliteTx, number int64) error {
	var page []byte
	err := (&reader{db: db}).one(ctx, selectPage, []any{number}, &page)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil // the file was truncated
	}
	if err != nil || !scrubPage(page, number) {
		return err
	}
	_, err = db.exec(ctx, updatePage, number, page)
	return err
}

// unclean returns the numbers of the pages that scrubPage would change.
func unclean(ctx context.Context, db *sql.DB) ([]int64, error) {
	var vacuums, pages int64
	if err := db.QueryRowContext(ctx, "PRAGMA auto_vacuum").Scan(&vacuums); err != nil {
		return nil, err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return nil, err
	}
	if vacuums != 0 || pages >= mostScrubbed {
		return nil, nil // the first byte does not identify the type of a page
	}
	// In portions, so that no read blocks the truncation of the log for long.
	const portion = 4096
	var numbers []int64
	for from := int64(1); from <= pages; from += portion {
		rows, err := db.QueryContext(ctx, selectPages, from, min(from+portion, pages+1))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var number int64
			var page sql.RawBytes
			if err := rows.Scan(&number, &page); err != nil {
				rows.Close()
				return nil, err
			}
			if scrubPage(page, number) { // in the driver's copy
				numbers = append(numbers, number)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("pages from %d: %w", from, err)
		}
	}
	return numbers, nil
}
