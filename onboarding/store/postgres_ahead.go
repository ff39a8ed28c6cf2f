package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// keptRows are rows that were read before they were asked for.
type keptRows struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	values [][][]byte
	at     int // of the current row, from 1
}

// keep reads all rows.
func keep(types *pgtype.Map, answer pgx.Rows) (*keptRows, error) {
	defer answer.Close()
	k := &keptRows{types: types, fields: slices.Clone(answer.FieldDescriptions())}
	for answer.Next() {
		row := slices.Clone(answer.RawValues())
		for i, value := range row {
			row[i] = slices.Clone(value) // nil, which is NULL, stays nil
		}
		k.values = append(k.values, row)
	}
	return k, answer.Err()
}

func (k *keptRows) Next() bool {
	k.at++
	return k.at <= len(k.values)
}

func (k *keptRows) Scan(into ...any) error {
	row := k.values[k.at-1]
	if len(into) != len(row) {
		return fmt.Errorf("%d values for %d columns", len(into), len(row))
	}
	for i, one := range into {
		if err := k.types.Scan(k.fields[i].DataTypeOID, k.fields[i].Format, row[i], one); err != nil {
			return fmt.Errorf("column %s: %w", k.fields[i].Name, err)
		}
	}
	return nil
}

func (*keptRows) Err() error { return nil }
func (*keptRows) close()     {}

// aheadKey identifies a query by its text and arguments.
func aheadKey(text string, args []any) string { return fmt.Sprintf("%s %q", text, args) }

// readAhead implements executor.
func (t *postgresTx) readAhead(ctx context.Context, reads ...plannedRead) error {
	if err := t.ready(ctx); err != nil || len(reads) == 0 {
		return err
	}
	key := ""
	for i := range reads {
		read := &reads[i]
		if read.key != "" {
			if err := t.lockKeys(ctx, read.shared, read.key); err != nil {
				return err
			}
		}
		key = aheadKey(read.text, read.args)
		t.addSent(sent{ahead: key}, read.text, read.args...)
	}
	last, done, err := t.roundTrip(ctx)
	if err != nil {
		return err
	}
	defer done()
	return t.keepAhead(last, key)
}

// keepAhead reads the next result of a round trip and keeps its rows.
func (t *postgresTx) keepAhead(next pgx.BatchResults, key string) error {
	answer, err := next.Query()
	if err != nil {
		return t.fail(err)
	}
	rows, err := keep(t.conn.TypeMap(), answer)
	if err != nil {
		return t.fail(err)
	}
	if t.ahead == nil {
		t.ahead = map[string]*keptRows{}
	}
	t.ahead[key] = rows
	return nil
}

// takeAhead returns the rows kept for a query, once; nil if there are none.
func (t *postgresTx) takeAhead(text string, args []any) *keptRows {
	if len(t.ahead) == 0 {
		return nil
	}
	key := aheadKey(text, args)
	rows := t.ahead[key]
	delete(t.ahead, key)
	return rows
}
