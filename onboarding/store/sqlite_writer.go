package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"onramp/onboarding"
)

// writer implements group commit: one goroutine and one connection for all transactions (see
// batch).
type writer struct {
	db          *sql.DB
	cache       *organizationCache
	log         *slog.Logger
	batchLength int
	busyTimeout time.Duration

	mu     sync.RWMutex // guards closed against a send on the closed queues
	closed bool
	queue  chan *job
	ahead  chan *job // runs before the queue; see batch
	tasks  chan func()
	ended  chan struct{}

	deleted func() // called after a commit that holds deletions; set before the first write
	health  *health

	// Only the writing goroutine touches these.
	conn  *sqliteConn // nil until the first batch, and after a failure until the next
	again []*job      // the jobs of an ended batch that did not run in it; they run first
}

// alongside is the number of other jobs that a batch runs after those that run ahead. More would
// let these wait, fewer would hold the others up while reads come without pause.
const alongside = 4

var errClosed = &onboarding.Error{
	Kind: onboarding.Unavailable, Message: "shutting down, try again", RetryAfter: onboarding.ErrBusy.RetryAfter,
}

func newWriter(path string, cache *organizationCache, health *health, opts Options) *writer {
	// SQLite polls for a lock at growing intervals, too rarely to get it from a process that writes
	// without pause. With a short timeout, begin polls instead.
	db, err := sql.Open("sqlite", sqliteURI(path, min(opts.BusyTimeout, 20*time.Millisecond),
		"_pragma=secure_delete(ON)", "_pragma=cache_size(-32000)", "_pragma=journal_size_limit(67108864)"))
	if err != nil {
		panic(err) // only for an unknown driver
	}
	db.SetMaxIdleConns(-1) // so that a failed connection is closed
	w := &writer{
		db: db, cache: cache, log: opts.Log, batchLength: opts.BatchLength, busyTimeout: opts.BusyTimeout,
		queue: make(chan *job, opts.QueueLength), ahead: make(chan *job, opts.QueueLength),
		tasks: make(chan func()), ended: make(chan struct{}),
		deleted: func() {}, health: health,
	}
	go w.loop()
	return w
}

// write queues fn and waits until it is committed or has failed, or until ctx ends while it is
// queued.
func (w *writer) write(ctx context.Context, fn func(onboarding.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, answered: make(chan struct{})}
	queue := w.queue
	if onboarding.IsAhead(ctx) {
		queue = w.ahead
	}
	if err := w.enqueue(queue, j); err != nil {
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

func (w *writer) enqueue(queue chan *job, j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case queue <- j:
		return nil
	default:
		return onboarding.ErrBusy
	}
}

// close runs the queued jobs and ends the goroutine.
func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
		close(w.ahead)
	}
	w.mu.Unlock()
	<-w.ended
	return w.db.Close()
}

// between runs fn on the writer's connection while no transaction is open. After close it does
// nothing.
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
		if !finished { // fn called runtime.Goexit: continue in another goroutine
			go w.loop()
		}
	}()
	for queue, ahead := w.queue, w.ahead; queue != nil || ahead != nil; {
		jobs := w.again
		w.again = nil
		if len(jobs) == 0 {
			select {
			case task := <-w.tasks:
				task()
				continue
			case j, open := <-queue:
				if !open {
					queue = nil
					continue
				}
				jobs = append(jobs, j)
			case j, open := <-ahead:
				if !open {
					ahead = nil
					continue
				}
				jobs = append(jobs, j)
			}
		}
		w.batch(jobs)
	}
	if w.conn != nil {
		if err := w.conn.close(); err != nil {
			w.log.Error("closing database failed", "error", err)
		}
	}
	finished = true
	close(w.ended)
}

// join appends a queued job, without waiting. It reports false if there is none or the batch is
// full.
func (w *writer) join(jobs *[]*job) bool {
	if len(*jobs) >= w.batchLength {
		return false
	}
	j := queued(w.queue)
	if j != nil {
		*jobs = append(*jobs, j)
	}
	return j != nil
}

// overtake inserts the jobs that run ahead before jobs[i], and returns their number.
func (w *writer) overtake(jobs *[]*job, i int) (n int) {
	for len(*jobs) < w.batchLength {
		j := queued(w.ahead)
		if j == nil {
			break
		}
		*jobs = slices.Insert(*jobs, i+n, j)
		n++
	}
	return n
}

// queued returns a job of a queue, without waiting; nil if there is none.
func queued(queue chan *job) *job {
	select {
	case j := <-queue: // nil if it is closed
		return j
	default:
		return nil
	}
}

// batch runs the jobs, and those queued meanwhile, in one transaction, each inside a savepoint, and
// answers them after the commit. A first job with none behind it runs without a savepoint. A job
// that fails is rolled back; it too is answered after the commit if an earlier job of the batch
// wrote, because it may have failed by that write. If its failure ended the whole transaction, as a
// full disk does, or ended the goroutine, the other jobs run again without it. If the commit fails,
// all jobs get the error and nothing is written.
//
// Jobs of a context with onboarding.Ahead run next, and the batch commits after a few others.
func (w *writer) batch(jobs []*job) {
	ctx := context.Background()
	if err := w.begin(ctx); err != nil {
		for w.join(&jobs) { // they would fail in the same way
		}
		w.giveUp(jobs, err)
		return
	}
	done := make([]*job, 0, len(jobs))
	var failed []*job // after another job of the batch has written
	deleted := false
	var current *job
	var rest, left []*job
	defer func() {
		if current != nil { // runtime.Goexit
			w.drop()
			w.again = slices.Concat(done, failed, rest)
			current.exited = true
			current.answer(nil)
		}
	}()
	last := -1 // the index before which the batch ends, once jobs run ahead
	for i := 0; ; i++ {
		if last < 0 {
			if n := w.overtake(&jobs, i); n > 0 {
				last = i + n + alongside
			}
		}
		if last >= 0 && i >= last {
			left = jobs[min(i, len(jobs)):]
			break
		}
		if i >= len(jobs) && !w.join(&jobs) {
			break
		}
		j := jobs[i]
		if !j.start() {
			continue
		}
		// The cost of a savepoint grows with the pages that the job changes.
		alone := len(done)+len(failed) == 0 && i+1 == len(jobs)
		if !alone {
			if _, err := w.conn.exec(ctx, "SAVEPOINT job"); err != nil {
				w.giveUp(slices.Concat(done, failed, jobs[i:]), err)
				return
			}
		}
		tx := &sqliteTx{conn: w.conn, health: w.health}
		current, rest = j, jobs[i+1:]
		err := j.run(tx, w.cache)
		current = nil
		deleted = deleted || tx.deleted
		if err == nil && !alone {
			if _, err = w.conn.exec(ctx, "RELEASE job"); err != nil {
				err = sqliteError(err)
			}
		}
		if err == nil {
			done = append(done, j)
			continue
		}
		if alone {
			w.rollback(ctx, err)
			j.answer(err)
			return
		}
		if !w.undo(ctx) {
			w.health.failed(err)
			w.log.Error("transaction failed its batch, repeating the others",
				"error", err, "others", len(done)+len(failed)+len(rest))
			w.drop()
			w.again = slices.Concat(done, failed, rest)
			j.answer(err)
			return
		}
		if len(done) == 0 || j.panicked != nil {
			j.answer(err)
			continue
		}
		j.err = err
		failed = append(failed, j)
	}
	w.again = left
	if _, err := w.conn.exec(ctx, "COMMIT"); err != nil {
		w.giveUp(slices.Concat(done, failed), err)
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
	for _, j := range failed {
		j.answer(j.err)
	}
}

// begin opens the connection if necessary and takes the write lock, waiting for other processes up
// to Options.BusyTimeout.
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

// undo rolls back the current job; false means that SQLite has rolled back the whole transaction.
func (w *writer) undo(ctx context.Context) bool {
	if _, err := w.conn.exec(ctx, "ROLLBACK TO job"); err != nil {
		return false
	}
	_, err := w.conn.exec(ctx, "RELEASE job")
	return err == nil
}

// rollback ends the transaction of a job that failed alone. It fails where SQLite has rolled the
// transaction back itself, as on a full disk.
func (w *writer) rollback(ctx context.Context, cause error) {
	if _, err := w.conn.exec(ctx, "ROLLBACK"); err != nil {
		w.health.failed(cause)
		w.log.Error("transaction failed", "error", cause)
		w.drop()
	}
}

// giveUp rolls back the batch and answers its jobs with an error.
func (w *writer) giveUp(jobs []*job, cause error) {
	w.drop()
	w.health.failed(cause)
	err := sqliteError(cause)
	if onboarding.KindOf(err) == "" {
		err = unavailable(cause)
	}
	w.log.Error("commit of a batch failed", "error", cause, "transactions", len(jobs))
	for _, j := range jobs {
		if j.state.Load() == started || j.start() {
			j.answer(err)
		}
	}
}

// drop closes the connection in any state; the next batch opens another.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	if err := w.conn.close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		w.log.Error("closing database after a failure", "error", err)
	}
	w.conn = nil
}
