package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// bareTx sends each statement at once, in a round trip of its own.
type bareTx struct {
	noLocks
	noRoundTrips
	postgresLists
	tx pgx.Tx
}

func (t bareTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	answer, err := t.tx.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return &postgresRows{Rows: answer, failed: func(err error) error { return err }}, nil
}

func (t bareTx) exec(ctx context.Context, text string, args ...any) (int, error) {
	tag, err := t.tx.Exec(ctx, text, args...)
	return int(tag.RowsAffected()), err
}

func (t bareTx) send(ctx context.Context, _ error, text string, args ...any) error {
	_, err := t.exec(ctx, text, args...)
	return err
}
