package store

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding"
)

// Options configure a store. The zero value is suitable for production.
type Options struct {
	Log *slog.Logger // nil: nothing is logged
	// Observe receives the duration of each "read", up to its first row, and of each "write", with
	// its wait and its commit; also of those that fail. It must not block. nil: none.
	Observe func(operation string, took time.Duration)

	// SQLite only.
	QueueLength int           // maximum of queued transactions, beyond which Write returns ErrBusy; 0: 1024
	BatchLength int           // maximum of transactions in one commit; 0: 128
	BusyTimeout time.Duration // maximum wait for another process that is writing; 0: 10 s
	Readers     int           // reading connections; 0: two per core, at least four

	// PostgreSQL only.
	MaxConns         int           // in the pool; 0: the URL's pool_max_conns, else four per core, at least eight
	StatementTimeout time.Duration // of one statement; 0: 10 s
	LockTimeout      time.Duration // waiting for a lock; 0: 5 s
	RetryFor         time.Duration // maximum time of repeating safe failures, e.g. during a failover; 0: 5 s

	tracer pgx.QueryTracer // receives every statement sent to PostgreSQL
}

func (o Options) withDefaults() Options {
	fill(&o.QueueLength, 1024)
	fill(&o.BatchLength, 128)
	fill(&o.BusyTimeout, 10*time.Second)
	fill(&o.Readers, max(4, 2*runtime.GOMAXPROCS(0)))
	fill(&o.StatementTimeout, 10*time.Second)
	fill(&o.LockTimeout, 5*time.Second)
	fill(&o.RetryFor, 5*time.Second)
	o.Log = onboarding.LogOrDiscard(o.Log)
	if o.Observe == nil {
		o.Observe = func(string, time.Duration) {}
	}
	return o
}

// The operations that Options.Observe receives.
const (
	operationRead  = "read"
	operationWrite = "write"
)

// timed returns a function that reports the time since timed was called.
func (o Options) timed(operation string) func() {
	started := time.Now()
	return func() { o.Observe(operation, time.Since(started)) }
}

func fill[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// Open opens a PostgreSQL database if the name starts with postgres:// or postgresql://, else a
// SQLite file, which is created and migrated as needed. It never migrates PostgreSQL: see Migrate.
func Open(ctx context.Context, database string, opts Options) (onboarding.Store, error) {
	if IsPostgres(database) {
		return OpenPostgres(ctx, database, opts)
	}
	return OpenSQLite(ctx, database, opts)
}

// IsPostgres reports whether the name is that of a PostgreSQL database rather than a file.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}
