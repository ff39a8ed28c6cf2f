package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"onramp/onboarding"
)

// writer is the group commit: one goroutine and one connection for everybody's transactions. See batch for what it promises.
type writer struct {
	db          *sql.DB
	cache       *organizationCache
	log         *slog.Logger
	batchLength int
	busyTimeout time.Duration

	mu     sync.RWMutex // guards closed against a send on the closed queue
	closed bool
	queue  chan *job
	tasks  chan func()
	ended  chan struct{}

	deleted func() // called after a commit that holds deletions; set before the first write
	health  *health

	// Only the writing goroutine touches these.
	conn  *sqliteConn // nil until the first batch, and after a failure until the next
	again []*job      // survivors of a batch that broke, to be run first
}

var errClosed = &onboarding.Error{Kind: onboarding.Unavailable, Message: "shutting down, try again", RetryAfter: onboarding.ErrBusy.RetryAfter}

func newWriter(path string, cache *organizationCache, health *health, opts Options) *writer {
	// SQLite asks for a lock that another has at ever longer intervals. Against a process that writes without pause only asking often
	// helps, so that its patience is cut short and begin asks again.
	db, err := sql.Open("sqlite", sqliteURI(path, min(opts.BusyTimeout, 20*time.Millisecond), "_pragma=secure_delete(ON)", "_pragma=cache_size(-32000)", "_pragma=journal_size_limit(67108864)"))
	if err != nil {
		panic(err) // only for an unknown driver
	}
	db.SetMaxIdleConns(-1) // what is closed after a failure is really closed
	w := &writer{
		db: db, cache: cache, log: opts.Log, batchLength: opts.BatchLength, busyTimeout: opts.BusyTimeout,
		queue: make(chan *job, opts.QueueLength), tasks: make(chan func()), ended: make(chan struct{}),
		deleted: func() {}, health: health,
	}
	go w.loop()
	return w
}

// write queues fn and waits until it is committed, or has failed, or ctx ends while it is still waiting.
func (w *writer) write(ctx context.Context, fn func(onboarding.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, answered: make(chan struct{})}
	if err := w.enqueue(j); err != nil {
		return err
	}
	select {
	case <-j.answered:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		<-j.answered
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	if j.exited {
		runtime.Goexit()
	}
	return j.err
}

func (w *writer) enqueue(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- j:
		return nil
	default:
		return onboarding.ErrBusy
	}
}

// close runs what is queued and ends the goroutine.
func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
	return w.db.Close()
}

// between runs fn on the writer's connection while no transaction is open on it. After close it does nothing.
func (w *writer) between(fn func(*sqliteConn)) {
	done := make(chan struct{})
	task := func() {
		defer close(done)
		if err := w.connect(context.Background()); err == nil {
			fn(w.conn)
		}
	}
	select {
	case w.tasks <- task:
		<-done
	case <-w.ended:
	}
}

func (w *writer) loop() {
	finished := false
	defer func() {
		if !finished { // fn ended this goroutine by runtime.Goexit: carry on in another
			go w.loop()
		}
	}()
loop:
	for {
		jobs := w.again
		w.again = nil
		if len(jobs) == 0 {
			select {
			case task := <-w.tasks:
				task()
				continue
			case j, open := <-w.queue:
				if !open {
					break loop
				}
				jobs = append(jobs, j)
			}
		}
		w.batch(jobs)
	}
	if w.conn != nil {
		if err := w.conn.close(); err != nil {
			w.log.Error("closing the database", "error", err)
		}
	}
	finished = true
	close(w.ended)
}

// join adds a job that is queued, without waiting, and reports whether there was one and room for it.
func (w *writer) join(jobs *[]*job) bool {
	if len(*jobs) >= w.batchLength {
		return false
	}
	select {
	case j, open := <-w.queue:
		if open {
			*jobs = append(*jobs, j)
		}
		return open
	default:
		return false
	}
}

// batch runs the jobs, and those that are queued meanwhile, in one transaction, each inside a savepoint, and answers them after the
// commit. A job that fails or panics is undone and answered alone. If its failure took the whole transaction with it (a full
// disk does), or it ended the goroutine, the others are run again without it. If the commit fails, all are answered so and nothing is kept.
func (w *writer) batch(jobs []*job) {
	ctx := context.Background()
	if err := w.begin(ctx); err != nil {
		for w.join(&jobs) { // they would only wait for the same
		}
		w.giveUp(jobs, err)
		return
	}
	done := make([]*job, 0, len(jobs))
	deleted := false
	var current *job
	var rest []*job
	defer func() {
		if current != nil { // runtime.Goexit
			w.drop()
			w.again = append(done, rest...)
			current.exited = true
			current.answer(nil)
		}
	}()
	for i := 0; i < len(jobs) || w.join(&jobs); i++ {
		j := jobs[i]
		if !j.claim() {
			continue
		}
		if _, err := w.conn.exec(ctx, "SAVEPOINT job"); err != nil {
			w.giveUp(append(done, jobs[i:]...), err)
			return
		}
		tx := &sqliteTx{conn: w.conn, health: w.health}
		current, rest = j, jobs[i+1:]
		err := j.run(tx, w.cache)
		current = nil
		deleted = deleted || tx.deleted
		if err == nil {
			if _, err = w.conn.exec(ctx, "RELEASE job"); err == nil {
				done = append(done, j)
				continue
			}
			err = sqliteError(err)
		}
		if !w.undo(ctx) {
			w.health.failed(err)
			w.log.Error("a transaction broke its batch; the others are repeated", "error", err, "others", len(done)+len(rest))
			w.drop()
			w.again = append(done, rest...)
			j.answer(err)
			return
		}
		j.answer(err)
	}
	if _, err := w.conn.exec(ctx, "COMMIT"); err != nil {
		w.giveUp(done, err)
		return
	}
	w.health.committed()
	if deleted {
		w.deleted()
	}
	for _, j := range done {
		for _, o := range j.parsed {
			w.cache.put(o)
		}
		j.answer(nil)
	}
}

// begin opens the connection if need be and takes the write lock, waiting for other processes as long as BusyTimeout says.
func (w *writer) begin(ctx context.Context) error {
	if err := w.connect(ctx); err != nil {
		return err
	}
	for start := time.Now(); ; {
		_, err := w.conn.exec(ctx, "BEGIN IMMEDIATE")
		if err == nil || !busy(err) || time.Since(start) > w.busyTimeout {
			return err
		}
	}
}

func (w *writer) connect(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	conn, err := newSQLiteConn(ctx, w.db)
	if err == nil {
		w.conn = conn
	}
	return err
}

// undo takes back the current job alone; false means that SQLite has given up the whole transaction.
func (w *writer) undo(ctx context.Context) bool {
	if _, err := w.conn.exec(ctx, "ROLLBACK TO job"); err != nil {
		return false
	}
	_, err := w.conn.exec(ctx, "RELEASE job")
	return err == nil
}

// giveUp undoes the batch and answers the jobs that nothing of theirs was written.
func (w *writer) giveUp(jobs []*job, cause error) {
	w.drop()
	w.health.failed(cause)
	err := sqliteError(cause)
	if onboarding.KindOf(err) == "" {
		err = unavailable(cause)
	}
	w.log.Error("a batch of transactions was not committed", "error", cause, "transactions", len(jobs))
	for _, j := range jobs {
		if j.state.Load() == claimed || j.claim() {
			j.answer(err)
		}
	}
}

// drop closes the connection, whatever state it is in; the next batch opens another.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	if err := w.conn.close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		w.log.Error("closing the database after a failure", "error", err)
	}
	w.conn = nil
}
