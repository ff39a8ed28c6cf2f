package tombstone

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

// Every is how often Run reconciles the file and the database.
const Every = 20 * time.Second

// maxOwed is the most deletions whose missing line is remembered for a repeated request. Reconcile
// finds all of them in the database.
const maxOwed = 10_000

// Log records the erasures of one deployment. Its methods are safe for concurrent use.
type Log struct {
	store onboarding.Store
	key   key
	file  *file // nil: only the database records
	log   *slog.Logger
	clock onboarding.Clock

	mu     sync.Mutex
	owed   map[string]marked // tombstones without a line, by hash
	synced position

	lines, failures atomic.Int64
}

// position is the state after which nothing was missing.
type position struct{ rows, bytes int64 }

// Config holds the settings of a Log. Store is required.
type Config struct {
	Store onboarding.Store
	Path  string // of the file; empty: only the database records
	Clock onboarding.Clock
	Log   *slog.Logger
}

// Open returns the Log of the database's deployment. It neither reads nor creates the file.
func Open(ctx context.Context, c Config) (*Log, error) {
	k, err := readKey(ctx, c.Store)
	if err != nil {
		return nil, err
	}
	l := &Log{
		store: c.Store, key: k, log: onboarding.LogOrDiscard(c.Log), clock: c.Clock, owed: map[string]marked{},
	}
	if c.Path != "" {
		l.file = newFile(c.Path, k)
	}
	return l, nil
}

// Store returns the store for use cases: its erasures leave tombstones.
func (l *Log) Store() onboarding.Store { return &recording{Store: l.store, log: l} }

// record appends the lines of committed tombstones.
func (l *Log) record(ctx context.Context, made []marked) error {
	if l.file == nil {
		return nil
	}
	added := make([]onboarding.Tombstone, len(made))
	for i, m := range made {
		added[i] = m.Tombstone
	}
	err := l.append(added)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		for _, m := range made {
			delete(l.owed, m.Hash)
		}
		return nil
	}
	for _, m := range made {
		if _, known := l.owed[m.Hash]; !known && len(l.owed) < maxOwed {
			l.owed[m.Hash] = m
		}
	}
	l.log.ErrorContext(ctx, "appending to the tombstone log failed", "file", l.file.path, "error", err)
	return notDurable(err)
}

// append appends lines to the file, and counts them.
func (l *Log) append(added []onboarding.Tombstone) error {
	if err := l.file.append(added...); err != nil {
		l.failures.Add(1)
		return err
	}
	l.lines.Add(int64(len(added)))
	return nil
}

// Activity is the work of a Log since its process began.
type Activity struct {
	Lines    int64 // appended to the file
	Failures int64 // failed attempts to append lines
	Pending  int   // tombstones whose line is missing
}

// Activity returns the work of this process; nil without a file.
func (l *Log) Activity() *Activity {
	if l.file == nil {
		return nil
	}
	return &Activity{Lines: l.lines.Load(), Failures: l.failures.Load(), Pending: l.Owed()}
}

func notDurable(cause error) error {
	return &onboarding.Error{
		Kind: onboarding.Unavailable, RetryAfter: time.Second, Cause: cause,
		Message: "the data is erased, but the tombstone log, which a restore needs, could not be written; " +
			"repeat the request",
	}
}

// SettleDeletion returns whether the organization's customer was deleted by this process and its
// line failed; the line is then durable, or the error is of kind Unavailable.
func (l *Log) SettleDeletion(ctx context.Context, organizationID, customerID string) (deleted bool, err error) {
	hash, _ := l.key.hashes(customerID)
	return l.settle(ctx, hash, organizationID)
}

// SettleMinimisation makes the line of a customer's minimisation durable, if one is missing.
func (l *Log) SettleMinimisation(ctx context.Context, customerID string) error {
	_, hash := l.key.hashes(customerID)
	_, err := l.settle(ctx, hash, "")
	return err
}

func (l *Log) settle(ctx context.Context, hash, organizationID string) (bool, error) {
	l.mu.Lock()
	m, owed := l.owed[hash]
	l.mu.Unlock()
	if !owed || m.organizationID != organizationID {
		return false, nil
	}
	return true, l.record(ctx, []marked{m})
}

// Owed returns the number of tombstones of this process whose line failed.
func (l *Log) Owed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.owed)
}

// Start creates the file, applies its tombstones to a database that lacks them, and completes the
// file. It must return before the database serves. A damaged line is an error: a deletion might be
// missing.
func (l *Log) Start(ctx context.Context) (Applied, error) {
	if l.file == nil {
		return Applied{}, nil
	}
	if err := l.file.create(); err != nil {
		return Applied{}, err
	}
	return l.reconcile(ctx, (*content).refuse)
}

// StartFresh is Start for a new deployment in the place of another one. It renames that one's file.
func (l *Log) StartFresh(ctx context.Context) (Applied, error) {
	if l.file != nil {
		if err := l.file.setAside(); err != nil {
			return Applied{}, err
		}
	}
	return l.Start(ctx)
}

// Run reconciles the file and the database, now and each 20 seconds, until ctx ends.
func (l *Log) Run(ctx context.Context) {
	if l.file == nil {
		return
	}
	onboarding.Repeat(ctx, Every, func() {
		if _, err := l.Reconcile(ctx); err != nil && ctx.Err() == nil {
			l.log.ErrorContext(ctx, "reconciling the tombstone log failed", "file", l.file.path, "error", err)
		}
	})
}

// Reconcile applies to the database the tombstones that only the file has: it was restored from an
// older copy. Then it appends to the file those that only the database has.
func (l *Log) Reconcile(ctx context.Context) (Applied, error) {
	return l.reconcile(ctx, func(c *content, path string) error {
		if err := c.refuse(path); err != nil { // the next start refuses the file
			l.log.ErrorContext(ctx, "the tombstone log is damaged", "error", err)
		}
		return nil
	})
}

// reconcile is Reconcile. check decides about a file with a damaged line.
func (l *Log) reconcile(ctx context.Context, check func(c *content, path string) error) (Applied, error) {
	now, err := l.position(ctx)
	if err != nil {
		return Applied{}, err
	}
	l.mu.Lock()
	same := now == l.synced
	owed := make([]string, 0, len(l.owed))
	for hash := range l.owed {
		owed = append(owed, hash)
	}
	l.mu.Unlock()
	if same {
		return Applied{}, nil
	}
	c, err := l.file.read()
	if errors.Is(err, fs.ErrNotExist) {
		c, err = &content{entries: map[entry]struct{}{}}, nil
	}
	if err != nil {
		return Applied{}, err
	}
	if err := check(c, l.file.path); err != nil {
		return Applied{}, err
	}
	onlyFile, onlyDatabase, err := compare(ctx, l.store, c.entries)
	if err != nil {
		return Applied{}, err
	}
	applied, err := apply(ctx, l.store, l.key, l.clock, onlyFile)
	if err != nil {
		return applied, err
	}
	if applied.Tombstones > 0 {
		l.log.WarnContext(ctx, "the database was older than the tombstone log; its tombstones are applied",
			"tombstones", applied.Tombstones, "deleted", applied.Deleted, "minimised", applied.Minimised)
	}
	for len(onlyDatabase) > 0 {
		some := onlyDatabase[:min(len(onlyDatabase), 1000)]
		onlyDatabase = onlyDatabase[len(some):]
		if err := l.append(some); err != nil {
			return applied, err
		}
	}
	now, err = l.position(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.synced = now
	}
	for _, hash := range owed {
		delete(l.owed, hash)
	}
	return applied, err
}

// position returns the number of rows and the size of the file. The rows are counted first: a
// deletion in progress then shows as a difference later.
func (l *Log) position(ctx context.Context) (p position, err error) {
	if p.rows, err = l.store.CountTombstones(ctx); err != nil {
		return p, err
	}
	info, err := os.Stat(l.file.path)
	if errors.Is(err, fs.ErrNotExist) {
		p.bytes = -1
		return p, nil
	}
	if err == nil {
		p.bytes = info.Size()
	}
	return p, err
}
