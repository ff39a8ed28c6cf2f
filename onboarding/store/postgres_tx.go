package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"
)

// postgresTx is one transaction. It buffers BEGIN and statements without a result, and sends them
// with the next statement that has one, or with the commit. A transaction that only writes takes
// one round trip.
type postgresTx struct {
	postgresLists
	conn    *pgx.Conn
	opts    Options
	batch   *pgx.Batch
	ifNone  []error // of the statements in the batch
	begun   bool    // BEGIN was sent
	failed  error   // the first error; PostgreSQL accepts no statement after it
	again   bool    // repeating the transaction may succeed
	over    bool    // fn has returned
	settled bool    // committed, or of unknown outcome

	ctx context.Context // of the current statement
}

// add appends a statement to the batch.
func (t *postgresTx) add(ifNone error, text string, args ...any) {
	if t.batch == nil {
		t.batch = &pgx.Batch{}
		t.ifNone = t.ifNone[:0]
		if !t.begun {
			t.batch.Queue("BEGIN")
			t.ifNone = append(t.ifNone, nil)
		}
	}
	t.batch.Queue(text, args...)
	t.ifNone = append(t.ifNone, ifNone)
}

// ready returns why no statement may be added, or nil.
func (t *postgresTx) ready(ctx context.Context) error {
	if t.over {
		return errOver
	}
	if t.failed == nil {
		t.failed = ctx.Err()
	}
	return t.failed
}

// roundTrip sends the batch and reads all results but the last. The caller must read that and then
// call done.
func (t *postgresTx) roundTrip(ctx context.Context) (last pgx.BatchResults, done func(), err error) {
	t.ctx = ctx
	limited, cancel := bounded(ctx, t.opts)
	batch, ifNone := t.batch, t.ifNone
	t.batch, t.begun = nil, true
	last = t.conn.SendBatch(limited, batch)
	done = func() { _ = last.Close(); cancel() } // a statement has returned its error already
	for _, ifNone := range ifNone[:batch.Len()-1] {
		tag, err := last.Exec()
		if err == nil && ifNone != nil && tag.RowsAffected() == 0 {
			t.failed = ifNone
			done()
			return nil, nil, t.failed
		}
		if err != nil {
			done()
			return nil, nil, t.fail(err)
		}
	}
	return last, done, nil
}

func (t *postgresTx) fail(err error) error {
	t.failed, t.again = postgresError(err)
	if outOfTime(t.ctx) {
		t.failed, t.again = t.ctx.Err(), false
	}
	return t.failed
}

// flush sends the batch and reads all results.
func (t *postgresTx) flush(ctx context.Context) error {
	t.add(nil, "SELECT 1") // the last statement
	last, done, err := t.roundTrip(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, err := last.Exec(); err != nil {
		return t.fail(err)
	}
	return nil
}

func (t *postgresTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	t.add(nil, text, args...)
	last, done, err := t.roundTrip(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := last.Query()
	if err != nil {
		done()
		return nil, t.fail(err)
	}
	rows := &postgresRows{Rows: answer, done: done, failed: t.fail}
	if err := rows.peek(); err != nil {
		return nil, t.fail(err)
	}
	return rows, nil
}

func (t *postgresTx) exec(ctx context.Context, text string, args ...any) (int, error) {
	if err := t.ready(ctx); err != nil {
		return 0, err
	}
	t.add(nil, text, args...)
	last, done, err := t.roundTrip(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	tag, err := last.Exec()
	if err != nil {
		return 0, t.fail(err)
	}
	return int(tag.RowsAffected()), nil
}

func (t *postgresTx) send(ctx context.Context, ifNone error, text string, args ...any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	t.add(ifNone, text, args...)
	return nil
}

// lockKeys takes one advisory lock per key, always in the same order. The locks are statements of
// their own, before the read that they protect: a statement sees the rows committed when it began.
func (t *postgresTx) lockKeys(ctx context.Context, shared bool, keys ...string) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	lock := "SELECT pg_advisory_xact_lock($1)"
	if shared {
		lock = "SELECT pg_advisory_xact_lock_shared($1)"
	}
	numbers := make([]int64, len(keys))
	for i, key := range keys {
		sum := sha256.Sum256([]byte(key))
		numbers[i] = int64(binary.BigEndian.Uint64(sum[:]))
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		t.add(nil, lock, number)
	}
	return nil
}

// lockedBy compares the lock with a value, so that it is a condition.
func (t *postgresTx) lockedBy(placeholder string) string {
	return " AND CAST(pg_advisory_xact_lock(hashtextextended(" + placeholder + ", 0)) AS TEXT) = ''"
}

func (t *postgresTx) lockRows() string { return " FOR NO KEY UPDATE" }

func (t *postgresTx) lockFreeRows() string { return " FOR UPDATE SKIP LOCKED" }

// commit sends the batch and COMMIT in one round trip, and sets failed unless the server confirms
// the commit.
func (t *postgresTx) commit() error {
	if t.batch == nil && !t.begun {
		return nil // fn ran no statement
	}
	ctx := context.Background()
	if t.batch != nil && slices.ContainsFunc(t.ifNone, func(err error) bool { return err != nil }) {
		// Some statements must fail if they change no row. Their results are read first: after a
		// COMMIT in the same batch it is too late to roll back.
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	t.add(nil, "COMMIT")
	last, done, err := t.roundTrip(ctx)
	if err != nil {
		t.doubt(err)
		return t.failed
	}
	defer done()
	tag, err := last.Exec()
	switch {
	case err != nil:
		t.doubt(t.fail(err))
	case tag.String() != "COMMIT":
		t.failed = unavailable(errNotCommitted)
	default:
		t.settled = true
	}
	return t.failed
}

// doubt handles an error of the round trip that contained COMMIT. If the server refused a
// statement, nothing was committed. If the connection was lost, the outcome is unknown.
func (t *postgresTx) doubt(err error) {
	if !refused(err) && t.conn.IsClosed() {
		t.failed, t.again, t.settled = unknownOutcome(err), false, true
	}
}

// rollback ends a transaction that was not committed.
func (t *postgresTx) rollback() {
	if !t.begun || t.settled || t.conn.IsClosed() {
		return
	}
	ctx, cancel := bounded(context.Background(), t.opts)
	defer cancel()
	if _, err := t.conn.Exec(ctx, "ROLLBACK"); err != nil {
		_ = t.conn.Close(ctx) // closing rolls back as well
	}
}
