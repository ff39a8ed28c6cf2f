package store

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// executor runs statements on a connection or in a transaction. It returns the errors of package
// onboarding where one applies: Conflict for a violated uniqueness rule (see conflicts.go),
// ErrNotFound for a reference to a missing row.
type executor interface {
	// query runs a statement that returns rows. The rows must be closed before the next statement.
	query(ctx context.Context, text string, args ...any) (rows, error)
	// readAhead runs reads in one round trip, where the engine has any, and keeps the rows of each
	// for the first query with the same text and arguments.
	readAhead(ctx context.Context, reads ...plannedRead) error
	// exec runs a statement and returns the number of rows it changed.
	exec(ctx context.Context, text string, args ...any) (int, error)
	// send runs a statement and returns ifNone, unless that is nil, when no row was changed. An
	// engine may defer the statement and report its failure from a later statement or from
	// Store.Write.
	send(ctx context.Context, ifNone error, text string, args ...any) error
	// lockKeys keeps rows found by the keys unchanged, and missing rows missing, until the
	// transaction ends: another transaction that locks one of the keys waits. It has no effect
	// outside a transaction.
	lockKeys(ctx context.Context, shared bool, keys ...string) error
	// lockRows returns the end of a SELECT that locks its rows until the transaction ends.
	lockRows() string
	// lockFreeRows is lockRows for a SELECT that skips rows locked by another transaction.
	lockFreeRows() string
	// lockedBy returns the end of a WHERE clause that locks the key in the placeholder as lockKeys
	// does, if a row matches.
	lockedBy(placeholder string) string
	// anyOf returns the condition that the column equals one of the values, and the single argument
	// for its placeholder.
	anyOf(column, placeholder string, values []string) (condition string, arg any)
	// unnested returns the SELECT of the values, one a row in the column value, and the single
	// argument for its placeholder.
	unnested(placeholder string, values []string) (query string, arg any)
	// auditLinks returns the table of a JSON array of objects, with the columns id, sequence and
	// hash.
	auditLinks(placeholder string) string
	// indexed returns the clause after a table's name that makes SQLite use an index. PostgreSQL's
	// planner has statistics.
	indexed(index string) string
	// position returns the expression for the place of a part in a text: 0 if it is not there, NULL
	// if the text is NULL.
	position(text, part string) string
	// traits returns how the engine finds the traits of a row of customers.
	traits() traitsOfRow
}

// plannedRead is a query with its arguments, after the lock of a key unless that is empty.
type plannedRead struct {
	key    string
	shared bool
	text   string
	args   []any
}

// rows holds the methods shared by *sql.Rows and pgx.Rows.
type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	close()
}

// reader implements onboarding.Reader on any connection.
type reader struct {
	db            executor
	organizations *organizationCache
	// parsed receives each organization read from the database, for the cache. A transaction caches
	// them only after its commit.
	parsed func(*onboarding.Organization)
}

// transaction implements onboarding.Tx.
type transaction struct{ reader }

// noLocks implements the locking methods of executor where no locks are needed.
type noLocks struct{}

// noRoundTrips implements readAhead where a query later costs no more.
type noRoundTrips struct{}

func (noRoundTrips) readAhead(context.Context, ...plannedRead) error { return nil }

func (noLocks) lockKeys(context.Context, bool, ...string) error { return nil }

// lockedBy names the placeholder, because every argument needs one.
func (noLocks) lockedBy(placeholder string) string { return " AND " + placeholder + " <> ''" }

func (noLocks) lockRows() string     { return "" }
func (noLocks) lockFreeRows() string { return "" }

var errReadOnly = errors.New("connection is read-only")

// readOnly implements the writing and locking methods of executor outside transactions.
type readOnly struct {
	noLocks
	noRoundTrips
}

func (readOnly) exec(context.Context, string, ...any) (int, error) { return 0, errReadOnly }

func (readOnly) send(context.Context, error, string, ...any) error { return errReadOnly }

// one scans the only row of a query; ErrNotFound if there is none.
func (r *reader) one(ctx context.Context, text string, args []any, into ...any) error {
	rows, err := r.db.query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return onboarding.ErrNotFound
	}
	return rows.Scan(into...)
}

// exists returns the boolean result of a query.
func (r *reader) exists(ctx context.Context, text string, args ...any) (yes bool, err error) {
	err = r.one(ctx, text, args, &yes)
	return yes, err
}

// count returns the number in the only row of a query.
func (r *reader) count(ctx context.Context, text string, args ...any) (int, error) {
	var n int64
	err := r.one(ctx, text, args, &n)
	return int(n), err
}

// each runs statements with a customer's ID as $1.
func (t *transaction) each(ctx context.Context, customerID string, statements ...string) error {
	for _, text := range statements {
		if err := t.db.send(ctx, nil, text, customerID); err != nil {
			return err
		}
	}
	return nil
}

// collect scans every row of a query.
func collect[T any](
	ctx context.Context, db executor, scan func(rows) (T, error), text string, args ...any,
) ([]T, error) {
	rows, err := db.query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// get scans the first row of a query; ErrNotFound if there is none.
func get[T any](ctx context.Context, db executor, scan func(rows) (T, error), text string, args ...any) (T, error) {
	var none T
	all, err := collect(ctx, db, scan, text, args...)
	if err != nil {
		return none, err
	}
	if len(all) == 0 {
		return none, onboarding.ErrNotFound
	}
	return all[0], nil
}

func scanText(row rows) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}
