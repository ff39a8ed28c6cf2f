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
	checks  *sql.DB // the connection for integrity checks
	stop    context.CancelFunc
	watcher sync.WaitGroup
	closing sync.Once
	closed  error
}

var _ onboarding.Store = (*SQLite)(nil)

// OpenSQLite opens the database file and migrates its schema. It creates a missing file with mode
// 0600; the folder must exist. It returns an error for a database migrated by a newer version of
// Onramp.
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
	checks, err := queryOnly(path, opts)
	if err != nil {
		return nil, err
	}
	checks.SetMaxIdleConns(-1)
	cache := &organizationCache{}
	work, stop := context.WithCancel(context.Background())
	s := &SQLite{
		// A reading connection sees only committed rows, so they may be cached at once.
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

// createPrivate creates a missing file with mode 0600. It does not open an existing file: closing a
// database file releases every lock that SQLite holds on it in this process.
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

// Write implements onboarding.Store. It panics with a *PanicError if fn panics.
func (s *SQLite) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	if err := s.health.usable(); err != nil {
		return err
	}
	defer s.readers.opts.timed(operationWrite)()
	return s.writer.write(ctx, fn)
}

// Queue returns the number of transactions that wait for the writer, and the maximum beyond which
// Write returns ErrBusy.
func (s *SQLite) Queue() (length, most int) { return len(s.writer.queue), cap(s.writer.queue) }

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

// current returns an error if the schema is older than this binary needs.
func (s *SQLite) current(ctx context.Context) error {
	have, err := s.exists(ctx,
		"SELECT COALESCE(max(version_id), 0) >= $1 FROM goose_db_version WHERE is_applied", newest("sqlite"))
	if err != nil {
		return err
	}
	if !have {
		return errors.New("the database schema was changed while in use and is older than this binary needs")
	}
	return nil
}

// Close runs the queued transactions and closes the file. Later calls of Write return Unavailable.
func (s *SQLite) Close() error {
	s.closing.Do(func() {
		s.stop()
		s.watcher.Wait()
		s.eraser.close()
		s.closed = errors.Join(s.writer.close(), s.checks.Close(), s.readers.db.Close())
	})
	return s.closed
}

// queryOnly opens the file for queries.
func queryOnly(path string, opts Options, more ...string) (*sql.DB, error) {
	return sql.Open("sqlite", sqliteURI(path, opts.BusyTimeout, append(more, "_query_only=1")...))
}

// sqliteURI returns the connection string of the file, with the settings of every connection:
//   - the write-ahead log, so that readers and the writer do not wait for each other;
//   - synchronous=FULL, so that a commit is on disk when it returns;
//   - double-quoted text is an identifier and never a string.
func sqliteURI(path string, busy time.Duration, more ...string) string {
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	settings := append([]string{
		fmt.Sprintf("_busy_timeout=%d", busy.Milliseconds()),
		"_journal_mode=WAL", "_synchronous=FULL", "_foreign_keys=1", "_dqs=0",
		"_pragma=temp_store(MEMORY)",
	}, more...)
	return "file:" + path + "?mode=rw&" + strings.Join(settings, "&")
}

// sqliteReaders is the pool of reading connections.
type sqliteReaders struct {
	readOnly
	sqliteLists
	db       *sql.DB
	prepared preparedCache
	gate     gate
	health   *health
	opts     Options
}

func openSQLiteReaders(path string, health *health, opts Options) (*sqliteReaders, error) {
	db, err := queryOnly(path, opts, "_pragma=cache_size(-8000)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(opts.Readers)
	db.SetMaxIdleConns(opts.Readers)
	return &sqliteReaders{db: db, prepared: preparedCache{on: db}, health: health, opts: opts}, nil
}

// query implements executor. The end of the context interrupts the statement, but the driver
// watches the context only up to the first row. Because the search for the next row of a page may
// be long, all rows of a page are found before the first is returned.
func (r *sqliteReaders) query(ctx context.Context, text string, args ...any) (rows, error) {
	if strings.HasPrefix(text, "SELECT ") && strings.Contains(text, " LIMIT ") {
		text = "WITH page AS MATERIALIZED (" + text + ") SELECT * FROM page"
	}
	defer r.opts.timed(operationRead)()
	r.gate.enter()
	answer, err := r.prepared.query(ctx, text, args...)
	if err != nil {
		r.gate.leave()
		return nil, r.health.mapped(err)
	}
	return sqliteRows{answer, &r.gate, r.health}, nil
}

// sqliteLists implements anyOf with a JSON array, so that the statement's text does not depend on
// the number of values.
type sqliteLists struct{}

func (sqliteLists) anyOf(column, placeholder string, values []string) (string, any) {
	query, arg := sqliteLists{}.unnested(placeholder, values)
	return column + " IN (" + query + ")", arg
}

func (sqliteLists) unnested(placeholder string, values []string) (string, any) {
	if values == nil {
		values = []string{}
	}
	list, _ := json.Marshal(values) // strings do not fail
	return "SELECT value FROM json_each(" + placeholder + ")", string(list)
}

func (sqliteLists) auditLinks(placeholder string) string {
	return "(SELECT value ->> 'id' AS id, value ->> 'sequence' AS sequence, value ->> 'hash' AS hash FROM json_each(" +
		placeholder + "))"
}

func (sqliteLists) indexed(index string) string { return " INDEXED BY " + index }

func (sqliteLists) position(text, part string) string { return "instr(" + text + ", " + part + ")" }

func (sqliteLists) traits() traitsOfRow { return traitsOfRow{expression: sqliteTraits, stored: true} }

// sqliteTraits is the expression that the indexes have.
const sqliteTraits = `((email_key IS NOT NULL) + 2 * email_verified + 4 * (phone IS NOT NULL) + 8 * phone_verified
	+ 16 * locked + 32 * (CASE WHEN mktg_communications IS NULL THEN 0 WHEN mktg_communications THEN 2 ELSE 1 END)
	+ 128 * (CASE WHEN age_verification IS NULL THEN 0 WHEN age_verification THEN 2 ELSE 1 END)
	+ 512 * (CASE signup_method WHEN 'api' THEN 0 WHEN 'app' THEN 1 WHEN 'portal' THEN 2 ELSE 3 END)
	+ 2048 * (CASE WHEN gender IS NULL THEN 0 WHEN gender = 'female' THEN 1 WHEN gender = 'male' THEN 2 ELSE 3 END))`

type sqliteRows struct {
	*sql.Rows
	gate   *gate // nil on the writer's connection
	health *health
}

// close must be called once. Err returns the error, if any.
func (r sqliteRows) close() {
	_ = r.Rows.Close()
	if r.gate != nil {
		r.gate.leave()
	}
}

func (r sqliteRows) Err() error { return r.health.mapped(r.Rows.Err()) }
