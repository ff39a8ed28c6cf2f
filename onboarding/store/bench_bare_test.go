package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// bareTx runs each statement at once, in a round trip of its own.
type bareTx struct{ tx pgx.Tx }

func (t bareTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	answer, err := t.tx.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return &postgresRows{Rows: answer, failed: func(err error) error { return err }}, nil
}

func (t bareTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	tag, err := t.tx.Exec(ctx, text, args...)
	return tag.RowsAffected(), err
}

func (t bareTx) send(ctx context.Context, _ error, text string, args ...any) error {
	_, err := t.exec(ctx, text, args...)
	return err
}

func (t bareTx) hold(context.Context, bool, ...string) error { return nil }

func (t bareTx) forChange() string { return "" }

func (t bareTx) forChangeUnlocked() string { return "" }

func (t bareTx) among(column, placeholder string, values []string) (string, any) {
	return postgresAmong(column, placeholder, values)
}
