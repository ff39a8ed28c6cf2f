package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresRows reads its first row in advance, so that the query itself returns the error of a
// failed statement. Errors of later rows go through failed.
type postgresRows struct {
	pgx.Rows
	peeked, more bool
	failed       func(error) error
	done         func()
}

// peek reads the first row. It closes the rows on an error, which it returns as the driver's.
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

// postgresReaders reads outside transactions, on any connection of the pool.
type postgresReaders struct {
	readOnly
	postgresLists
	pool *pgxpool.Pool
	opts Options
}

// query implements executor. It repeats a read that fails with a lost connection. A cancelled
// context does not close the connection; its deadline ends the statement.
func (r *postgresReaders) query(ctx context.Context, text string, args ...any) (rows, error) {
	defer r.opts.timed(operationRead)()
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

// bounded returns the context of one round trip. It ends at the caller's deadline, but not when the
// caller cancels, and shortly after the server's own timeouts at the latest, in case the server is
// gone.
func bounded(ctx context.Context, opts Options) (context.Context, context.CancelFunc) {
	end := time.Now().Add(opts.StatementTimeout + opts.LockTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// outOfTime reports whether the caller's context has ended. It also checks the clock: the context
// of a statement may end a moment before the caller's, which has the same deadline.
func outOfTime(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	if ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return ctx.Err() != nil
}

// postgresLists implements anyOf with an array.
type postgresLists struct{}

func (postgresLists) anyOf(column, placeholder string, values []string) (string, any) {
	if values == nil {
		values = []string{} // nil would be NULL, for which neither the condition nor its negation holds
	}
	return column + " = ANY(" + placeholder + ")", values
}

func (postgresLists) unnested(placeholder string, values []string) (string, any) {
	if values == nil {
		values = []string{}
	}
	return "SELECT unnest(" + placeholder + "::text[]) AS value", values
}

func (postgresLists) auditLinks(placeholder string) string {
	return "(SELECT * FROM json_to_recordset(" + placeholder + `::json)
		AS given (id TEXT COLLATE "C", sequence BIGINT, hash TEXT COLLATE "C"))`
}

func (postgresLists) indexed(string) string { return "" }

func (postgresLists) position(text, part string) string { return "strpos(" + text + ", " + part + ")" }

func (postgresLists) traits() traitsOfRow {
	return traitsOfRow{expression: "customer_traits(email_key, email_verified, phone, phone_verified, locked, " +
		"mktg_communications, age_verification, signup_method, gender)"}
}
