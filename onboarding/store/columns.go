package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// How Go's values become columns and come back. An empty text is NULL in a column that may be NULL.

// orNull is the argument for a text of which empty means unknown.
func orNull[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// micros is the argument for an instant.
func micros(t time.Time) int64 { return t.UnixMicro() }

// microsOrNull is the argument for an instant that may be unknown.
func microsOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// boolOrNull is the argument for a yes or no that may be unknown.
func boolOrNull(b *bool) any {
	if b == nil {
		return nil
	}
	return *b
}

// intOrNull is the argument for a number that may be unknown.
func intOrNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// text scans a text; NULL becomes empty.
type text[S ~string] struct{ into *S }

func textInto[S ~string](into *S) text[S] { return text[S]{into} }

// Scan implements sql.Scanner.
func (t text[S]) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*t.into = ""
	case string:
		*t.into = S(v)
	case []byte:
		*t.into = S(v)
	default:
		return fmt.Errorf("a text came as %T", v)
	}
	return nil
}

// instant scans an instant that is never NULL.
type instant struct{ into *time.Time }

// Scan implements sql.Scanner.
func (i instant) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("an instant came as %T", v)
	}
	*i.into = time.UnixMicro(n).UTC()
	return nil
}

// maybeInstant scans an instant; NULL becomes nil.
type maybeInstant struct{ into **time.Time }

// Scan implements sql.Scanner.
func (i maybeInstant) Scan(v any) error {
	if v == nil {
		*i.into = nil
		return nil
	}
	t := new(time.Time)
	*i.into = t
	return instant{t}.Scan(v)
}

// document scans a JSON text; NULL leaves the target as it is.
type document struct{ into any }

// Scan implements sql.Scanner.
func (d document) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), d.into)
	case []byte:
		return json.Unmarshal(v, d.into)
	default:
		return fmt.Errorf("a JSON document came as %T", v)
	}
}

// encode returns v as JSON text.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
