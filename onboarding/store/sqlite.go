package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"onramp/onboarding"
)

// SQLite is a store in one file (and, while it is open, the file's -wal and -shm).
type SQLite struct {
	reader
	readers *sqliteReaders
	writer  *writer
	eraser  *eraser
	health  *health
	checks  *sql.DB // the connection that checks the file
	stop    context.CancelFunc
	watcher sync.WaitGroup
	closing sync.Once
	closed  error
}

var _ onboarding.Store = (*SQLite)(nil)

// OpenSQLite opens the database file, making it (mode 0600) if it is not there, and brings its schema up to date. The folder
// must exist. A database that a newer version of Onramp has migrated is refused.
func OpenSQLite(ctx context.Context, path string, opts Options) (*SQLite, error) {
	opts = opts.withDefaults()
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	if err := migrateSQLite(ctx, path, opts); err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	opened, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	health := &health{path: path, opened: opened}
	readers, err := openSQLiteReaders(path, health, opts)
	if err != nil {
		return nil, err
	}
	checks, err := sql.Open("sqlite", sqliteURI(path, opts.BusyTimeout, "_query_only=1"))
	if err != nil {
		return nil, err
	}
	checks.SetMaxIdleConns(-1)
	cache := &organizationCache{}
	work, stop := context.WithCancel(context.Background())
	s := &SQLite{
		// What a reading connection sees is committed, so it may be cached at once.
		reader:  reader{db: readers, organizations: cache, parsed: cache.put},
		readers: readers,
		writer:  newWriter(path, cache, health, opts),
		health:  health,
		checks:  checks,
		stop:    stop,
	}
	s.eraser = newEraser(s.writer, readers, opts.Log)
	if err := s.current(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	s.watcher.Go(func() { health.watch(work, checks) })
	return s, nil
}

// createPrivate makes the file, for its owner alone, if it is not there. One that is there is not touched: whoever closes a database file takes
// from his own process every lock that SQLite has on it.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// Write implements onboarding.Store. A panic of fn is passed on to the caller.
func (s *SQLite) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	if err := s.health.usable(); err != nil {
		return err
	}
	return s.writer.write(ctx, fn)
}

// Ping implements onboarding.Store.
func (s *SQLite) Ping(ctx context.Context) error {
	if err := s.health.sound(); err != nil {
		return err
	}
	if err := s.current(ctx); err != nil {
		return err
	}
	if s.health.recent() {
		return nil
	}
	return s.Write(ctx, beat(ctx))
}

// current fails unless the schema is the one that this binary needs.
func (s *SQLite) current(ctx context.Context) error {
	have, err := s.exists(ctx, "SELECT COALESCE(max(version_id), 0) >= $1 FROM goose_db_version WHERE is_applied", newest("sqlite"))
	if err != nil {
		return err
	}
	if !have {
		return errors.New("the schema of the database is older than this binary needs: it was changed while in use")
	}
	return nil
}

// Close finishes the transactions that are queued and closes the file. Write answers Unavailable from then on.
func (s *SQLite) Close() error {
	s.closing.Do(func() {
		s.stop()
		s.watcher.Wait()
		s.eraser.close()
		s.closed = errors.Join(s.writer.close(), s.checks.Close(), s.readers.db.Close())
	})
	return s.closed
}

// sqliteURI returns the connection string of the file. The settings are those of every connection:
//   - the write-ahead log, so that readers and the writer do not wait for each other;
//   - synchronous=FULL, so that a commit is on the disk when it returns;
//   - double-quoted texts are not taken for strings.
func sqliteURI(path string, busy time.Duration, more ...string) string {
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	settings := append([]string{
		fmt.Sprintf("_busy_timeout=%d", busy.Milliseconds()),
		"_journal_mode=WAL", "_synchronous=FULL", "_foreign_keys=1", "_dqs=0",
		"_pragma=temp_store(MEMORY)",
	}, more...)
	return "file:" + path + "?mode=rw&" + strings.Join(settings, "&")
}

// sqliteReaders is the pool of connections that only read.
type sqliteReaders struct {
	db       *sql.DB
	prepared preparedCache
	gate     gate
	health   *health
}

func openSQLiteReaders(path string, health *health, opts Options) (*sqliteReaders, error) {
	db, err := sql.Open("sqlite", sqliteURI(path, opts.BusyTimeout, "_query_only=1", "_pragma=cache_size(-8000)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(opts.Readers)
	db.SetMaxIdleConns(opts.Readers)
	return &sqliteReaders{db: db, prepared: preparedCache{on: db}, health: health}, nil
}

// query implements dbtx. A context that ends interrupts the statement, but the driver watches it only until the first row is
// there. A page may go through many rows between two that it answers; hence all its rows are found before the first is given.
func (r *sqliteReaders) query(ctx context.Context, text string, args ...any) (rows, error) {
	if strings.HasPrefix(text, "SELECT ") && strings.Contains(text, " LIMIT ") {
		text = "WITH page AS MATERIALIZED (" + text + ") SELECT * FROM page"
	}
	r.gate.enter()
	answer, err := r.prepared.query(ctx, text, args...)
	if err != nil {
		r.gate.leave()
		return nil, r.health.mapped(err)
	}
	return sqliteRows{answer, &r.gate, r.health}, nil
}

var errReadOnly = errors.New("this connection only reads")

func (r *sqliteReaders) exec(context.Context, string, ...any) (int64, error) { return 0, errReadOnly }

func (r *sqliteReaders) send(context.Context, error, string, ...any) error { return errReadOnly }

func (r *sqliteReaders) hold(context.Context, bool, ...string) error { return nil }

func (r *sqliteReaders) forChange() string { return "" }

func (r *sqliteReaders) forChangeUnlocked() string { return "" }

func (r *sqliteReaders) among(column, placeholder string, values []string) (string, any) {
	return sqliteAmong(column, placeholder, values)
}

// sqliteAmong gives the values as a JSON array: they are one argument, and the statement is the same however many there are.
func sqliteAmong(column, placeholder string, values []string) (string, any) {
	if values == nil {
		values = []string{}
	}
	list, _ := json.Marshal(values) // texts do not fail
	return column + " IN (SELECT value FROM json_each(" + placeholder + "))", string(list)
}

type sqliteRows struct {
	*sql.Rows
	gate   *gate // nil on the writer's connection
	health *health
}

// close must be called once. Err tells what went wrong.
func (r sqliteRows) close() {
	_ = r.Rows.Close()
	if r.gate != nil {
		r.gate.leave()
	}
}

func (r sqliteRows) Err() error { return r.health.mapped(r.Rows.Err()) }
