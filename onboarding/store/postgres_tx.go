package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

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
	sent    []sent // describes the statements in the batch
	begun   bool   // BEGIN was sent
	failed  error  // the first error; PostgreSQL accepts no statement after it
	again   bool   // repeating the transaction may succeed
	over    bool   // fn has returned
	settled bool   // committed, or of unknown outcome

	ahead  map[string]*keptRows // by the key of their query; none once the transaction writes
	locked map[string]bool      // the keys that the transaction has locked; true: shared only

	ctx context.Context // of the current statement
}

// sent describes the use of the result of a statement in the batch.
type sent struct {
	ifNone error  // the error of the transaction if no row was changed, or nil
	ahead  string // the key under which its rows are kept, or empty
}

// add appends a statement to the batch.
func (t *postgresTx) add(ifNone error, text string, args ...any) {
	if !strings.HasPrefix(text, "SELECT") { // it may change what was read ahead
		t.ahead = nil
	}
	t.addSent(sent{ifNone: ifNone}, text, args...)
}

func (t *postgresTx) addSent(s sent, text string, args ...any) {
	if t.batch == nil {
		t.batch = &pgx.Batch{}
		t.sent = t.sent[:0]
		if !t.begun {
			t.batch.Queue("BEGIN")
			t.sent = append(t.sent, sent{})
		}
	}
	t.batch.Queue(text, args...)
	t.sent = append(t.sent, s)
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
	batch, all := t.batch, t.sent
	t.batch, t.begun = nil, true
	last = t.conn.SendBatch(limited, batch)
	done = func() { _ = last.Close(); cancel() } // a statement has returned its error already
	for _, s := range all[:batch.Len()-1] {
		if s.ahead != "" {
			if err := t.keepAhead(last, s.ahead); err != nil {
				done()
				return nil, nil, err
			}
			continue
		}
		tag, err := last.Exec()
		if err == nil && s.ifNone != nil && tag.RowsAffected() == 0 {
			t.failed = s.ifNone
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
	if kept := t.takeAhead(text, args); kept != nil {
		return kept, nil
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

// lockKeys takes one advisory lock per key that the transaction does not hold, always in the same
// order. The locks are statements of their own, before the read that they protect: a statement sees
// the rows committed when it began.
func (t *postgresTx) lockKeys(ctx context.Context, shared bool, keys ...string) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	lock := "SELECT pg_advisory_xact_lock($1)"
	if shared {
		lock = "SELECT pg_advisory_xact_lock_shared($1)"
	}
	var numbers []int64
	for _, key := range keys {
		sharedOnly, has := t.locked[key]
		if has && (shared || !sharedOnly) {
			continue
		}
		if t.locked == nil {
			t.locked = map[string]bool{}
		}
		t.locked[key] = shared
		sum := sha256.Sum256([]byte(key))
		numbers = append(numbers, int64(binary.BigEndian.Uint64(sum[:])))
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
	if t.batch != nil && slices.ContainsFunc(t.sent, func(s sent) bool { return s.ifNone != nil }) {
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
