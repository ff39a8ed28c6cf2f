package store

import (
	"context"

	"onramp/onboarding"
)

// dbtx is what the shared queries ask of a connection or transaction. Its errors are the domain's where it has one: a
// broken uniqueness rule is a Conflict (see conflicts.go), a reference to a row that is not there is ErrNotFound.
type dbtx interface {
	// query runs a statement that answers rows. They must be closed before the next statement.
	query(ctx context.Context, text string, args ...any) (rows, error)
	// exec runs a statement and returns how many rows it changed.
	exec(ctx context.Context, text string, args ...any) (int64, error)
	// send is exec for when the count does not matter, except that none is the error ifNone unless that is nil. An engine may hold the
	// statement back and report its failure from a later statement or from Store.Write.
	send(ctx context.Context, ifNone error, text string, args ...any) error
	// hold makes what is about to be read under the keys stay as it is until the transaction ends: another transaction that holds one
	// of them waits. Outside a transaction it does nothing.
	hold(ctx context.Context, shared bool, keys ...string) error
	// forChange is what ends a SELECT of whose rows the same must be true.
	forChange() string
	// forChangeUnlocked is forChange for rows that may be passed over when another transaction holds them.
	forChangeUnlocked() string
	// among is the condition that the column has one of the values, and the one argument that takes the placeholder's place.
	among(column, placeholder string, values []string) (condition string, arg any)
}

// rows is the part of *sql.Rows and pgx.Rows that they share.
type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	close()
}

// reader implements onboarding.Reader on any connection.
type reader struct {
	db            dbtx
	organizations *organizationCache
	// parsed takes note of an organization read, which may be cached once its version is known to be committed.
	parsed func(*onboarding.Organization)
}

// transaction implements onboarding.Tx.
type transaction struct{ reader }

// one reads the only row of a query; none is ErrNotFound.
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

// collect reads every row of a query with scan.
func collect[T any](ctx context.Context, db dbtx, scan func(rows) (T, error), text string, args ...any) ([]T, error) {
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

// first returns the only element, or ErrNotFound.
func first[T any](all []T, err error) (T, error) {
	var none T
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

// exists answers a query of one yes or no.
func (r *reader) exists(ctx context.Context, text string, args ...any) (yes bool, err error) {
	err = r.one(ctx, text, args, &yes)
	return yes, err
}
