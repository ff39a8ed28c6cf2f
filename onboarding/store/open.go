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

// Options are how a store behaves. The zero value is right for production.
type Options struct {
	Log *slog.Logger // nil: nothing is logged

	// SQLite only.
	QueueLength int           // transactions that may wait for the writer; beyond it Write answers ErrBusy; 0: 1024
	BatchLength int           // transactions in one commit at most; 0: 128
	BusyTimeout time.Duration // how long the writer waits for another process that is writing; 0: 10 s
	Readers     int           // reading connections; 0: two a core, four at least

	// PostgreSQL only.
	MaxConns         int           // connections in the pool; 0: what the URL's pool_max_conns says, else four a core, eight at least
	StatementTimeout time.Duration // of one statement; 0: 10 s
	LockTimeout      time.Duration // waiting for a lock; 0: 5 s
	RetryFor         time.Duration // how long Write repeats what failed safely, e.g. during a failover; 0: 5 s

	tracer pgx.QueryTracer // sees every statement that PostgreSQL is sent
}

func (o Options) withDefaults() Options {
	fill(&o.QueueLength, 1024)
	fill(&o.BatchLength, 128)
	fill(&o.BusyTimeout, 10*time.Second)
	fill(&o.Readers, max(4, 2*runtime.GOMAXPROCS(0)))
	fill(&o.StatementTimeout, 10*time.Second)
	fill(&o.LockTimeout, 5*time.Second)
	fill(&o.RetryFor, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func fill[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// Open opens the database that the text names: postgres://... (or postgresql://...) a PostgreSQL, anything else the file
// of a SQLite database, which is made and migrated as needed. A PostgreSQL is never migrated here: see Migrate.
func Open(ctx context.Context, database string, opts Options) (onboarding.Store, error) {
	if IsPostgres(database) {
		return OpenPostgres(ctx, database, opts)
	}
	return OpenSQLite(ctx, database, opts)
}

// IsPostgres reports whether the text names a PostgreSQL database rather than a file.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}
