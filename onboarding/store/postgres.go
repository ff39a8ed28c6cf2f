package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"onramp/onboarding"
)

// Postgres is a store in a PostgreSQL database, which any number of processes can share.
type Postgres struct {
	reader
	pool    *pgxpool.Pool
	opts    Options
	commits commits
}

var _ onboarding.Store = (*Postgres)(nil)

// OpenPostgres connects to the database. With several hosts and target_session_attrs=read-write in
// the URL it finds the primary, also after a failover. It returns an error if the database is
// unreachable or was migrated by a newer version of Onramp; for pending migrations Ping returns an
// error.
func OpenPostgres(ctx context.Context, url string, opts Options) (*Postgres, error) {
	opts = opts.withDefaults()
	config, err := postgresConfig(url, opts)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	cache := &organizationCache{}
	readers := &postgresReaders{pool: pool, opts: opts}
	p := &Postgres{
		reader: reader{db: readers, organizations: cache, parsed: cache.put},
		pool:   pool, opts: opts,
	}
	version, err := p.version(ctx)
	if err == nil && version > newest("postgres") {
		err = tooNew(version, newest("postgres"))
	}
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	return p, nil
}

// postgresConfig returns the URL's configuration, with defaults for parameters that it omits.
func postgresConfig(url string, opts Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err // pgx hides the password
	}
	if opts.MaxConns > 0 {
		config.MaxConns = int32(opts.MaxConns)
	} else if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = int32(max(8, 4*runtime.GOMAXPROCS(0)))
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"application_name":                    "onramp",
		"statement_timeout":                   strconv.FormatInt(opts.StatementTimeout.Milliseconds(), 10),
		"lock_timeout":                        strconv.FormatInt(opts.LockTimeout.Milliseconds(), 10),
		"idle_in_transaction_session_timeout": strconv.FormatInt(opts.StatementTimeout.Milliseconds(), 10),
	} {
		if _, given := config.ConnConfig.RuntimeParams[name]; !given {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	config.ConnConfig.Tracer = opts.tracer
	// A statement out of time is cancelled on the server, so that the connection can be kept.
	config.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: time.Second}
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		// An acknowledged commit must be on disk, whatever the server's default. Stricter settings
		// stay.
		_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) "+
			"WHERE current_setting('synchronous_commit') = 'off'")
		return err
	}
	return config, nil
}

// Write implements onboarding.Store. It repeats a transaction after a safe failure (a connection
// lost before the commit was sent, a deadlock) for up to Options.RetryFor. If the connection is
// lost after the commit was sent, the outcome is unknown and the error Unavailable; the caller can
// repeat the request safely only if it carries a key that identifies repeats.
func (p *Postgres) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	defer p.opts.timed(operationWrite)()
	return p.opts.retry(ctx, func() (error, bool) { return p.attempt(ctx, fn) })
}

// attempt runs fn once. again reports whether a repeat may succeed.
func (p *Postgres) attempt(ctx context.Context, fn func(onboarding.Tx) error) (err error, again bool) {
	conn, err := acquire(ctx, p.pool, p.opts)
	if err != nil {
		return postgresError(err)
	}
	defer conn.Release() // closes the connection if a transaction is still open on it
	tx := &postgresTx{conn: conn.Conn(), opts: p.opts}
	var parsed []*onboarding.Organization
	defer func() {
		tx.over = true
		tx.rollback() // if fn panicked or failed
	}()
	err = fn(&transaction{reader{
		db: tx, organizations: p.organizations,
		parsed: func(o *onboarding.Organization) { parsed = append(parsed, o) },
	}})
	if err == nil && tx.failed == nil {
		err = tx.commit()
	}
	if tx.failed != nil {
		if err == nil {
			err = tx.failed
		}
		if onboarding.KindOf(tx.failed) == onboarding.Unavailable {
			p.commits.notCommitted()
		}
		return err, tx.again
	}
	if err == nil {
		p.commits.committed()
		for _, o := range parsed {
			p.organizations.put(o)
		}
	}
	return err, false
}

// retry runs fn until it succeeds, reports that no repeat may succeed, or RetryFor has passed.
func (o Options) retry(ctx context.Context, fn func() (err error, again bool)) error {
	start := time.Now()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err, again := fn()
		if err == nil || !again || time.Since(start)+pause > o.RetryFor {
			return err
		}
		if onboarding.Sleep(ctx, pause/2+rand.N(pause)) != nil {
			return err
		}
	}
}

// acquire takes a connection from the pool; ErrBusy if none becomes free within
// Options.LockTimeout.
func acquire(ctx context.Context, pool *pgxpool.Pool, opts Options) (*pgxpool.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, opts.LockTimeout)
	defer cancel()
	conn, err := pool.Acquire(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: no free connection for %v: %v", onboarding.ErrBusy, opts.LockTimeout, err)
	}
	return conn, err
}

// Pool returns the number of connections in use, and the maximum.
func (p *Postgres) Pool() (used, most int) {
	stat := p.pool.Stat()
	return int(stat.AcquiredConns()), int(stat.MaxConns())
}

// pingFor is the maximum time of repeats in Ping: enough to replace connections lost in a failover.
const pingFor = 500 * time.Millisecond

// Ping implements onboarding.Store.
func (p *Postgres) Ping(ctx context.Context) error {
	opts := p.opts
	opts.RetryFor = pingFor
	version, err := (&reader{db: &postgresReaders{pool: p.pool, opts: opts}}).version(ctx)
	if err != nil {
		return err
	}
	if need := newest("postgres"); version < need {
		return fmt.Errorf("database schema is version %d, this binary needs %d: run onramp migrate", version, need)
	}
	if p.commits.recent() {
		return nil
	}
	return opts.retry(ctx, func() (error, bool) { return p.attempt(ctx, beat(ctx)) })
}

// version returns the number of the last applied migration, 0 for none.
func (r *reader) version(ctx context.Context) (int64, error) {
	known, err := r.exists(ctx, postgresHasVersions)
	if err != nil || !known {
		return 0, err
	}
	var version int64
	err = r.one(ctx, selectVersion, nil, &version)
	return version, err
}

// Close implements onboarding.Store. It waits for running transactions.
func (p *Postgres) Close() error {
	p.pool.Close()
	return nil
}
