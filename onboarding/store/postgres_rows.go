package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresRows has read its first row, so that a failed statement is known where it was asked. A failure on the way is left to failed.
type postgresRows struct {
	pgx.Rows
	peeked, more bool
	failed       func(error) error
	done         func()
}

// peek reads the first row; on an error, which it returns as the driver's, the rows are closed.
func (r *postgresRows) peek() error {
	r.peeked, r.more = true, r.Rows.Next()
	if r.more {
		return nil
	}
	err := r.Rows.Err()
	if err != nil {
		r.close()
	}
	return err
}

func (r *postgresRows) Next() bool {
	if r.peeked {
		r.peeked = false
		return r.more
	}
	return r.Rows.Next()
}

func (r *postgresRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return r.failed(err)
	}
	return nil
}

func (r *postgresRows) close() {
	r.Rows.Close()
	if r.done != nil {
		r.done()
		r.done = nil
	}
}

// postgresReaders reads outside transactions, each time on any connection of the pool.
type postgresReaders struct {
	pool *pgxpool.Pool
	opts Options
}

// query implements dbtx. A read that meets a lost connection is repeated. A context that ends does not cost a connection; its
// deadline ends the statement.
func (r *postgresReaders) query(ctx context.Context, text string, args ...any) (rows, error) {
	var answer *postgresRows
	err := r.opts.retry(ctx, func() (err error, again bool) {
		defer func() {
			if err != nil && outOfTime(ctx) {
				err, again = ctx.Err(), false
			}
		}()
		conn, err := acquire(ctx, r.pool, r.opts)
		if err != nil {
			return postgresError(err)
		}
		limited, cancel := bounded(ctx, r.opts)
		rows, err := conn.Query(limited, text, args...)
		done := func() { cancel(); conn.Release() }
		if err != nil {
			done()
			return postgresError(err)
		}
		answer = &postgresRows{Rows: rows, done: done, failed: func(err error) error {
			if outOfTime(ctx) {
				return ctx.Err()
			}
			err, _ = postgresError(err)
			return err
		}}
		if err := answer.peek(); err != nil {
			return postgresError(err)
		}
		return nil, false
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// bounded returns the context of one round trip: it ends at the caller's deadline, not when the caller goes away, and no later
// than somewhat after the server itself would end the statement, in case there is no server any more.
func bounded(ctx context.Context, opts Options) (context.Context, context.CancelFunc) {
	end := time.Now().Add(opts.StatementTimeout + opts.LockTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// outOfTime reports whether the caller's time is up, so that a failure is due to that. The clock is asked too: the context of a
// statement may end a moment before the one that gave it its deadline.
func outOfTime(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	if ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return ctx.Err() != nil
}

func (r *postgresReaders) exec(context.Context, string, ...any) (int64, error) {
	return 0, errReadOnly
}

func (r *postgresReaders) send(context.Context, error, string, ...any) error { return errReadOnly }

func (r *postgresReaders) hold(context.Context, bool, ...string) error { return nil }

func (r *postgresReaders) forChange() string { return "" }

func (r *postgresReaders) forChangeUnlocked() string { return "" }

func (r *postgresReaders) among(column, placeholder string, values []string) (string, any) {
	return postgresAmong(column, placeholder, values)
}

func postgresAmong(column, placeholder string, values []string) (string, any) {
	if values == nil {
		values = []string{} // nil would be NULL, which is neither among nor not
	}
	return column + " = ANY(" + placeholder + ")", values
}
