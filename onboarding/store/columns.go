package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// Conversions between Go values and columns. In a nullable column the empty string is NULL.

// orNull returns the argument for a string; NULL if it is empty.
func orNull[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// micros returns the argument for an instant.
func micros(t time.Time) int64 { return t.UnixMicro() }

// microsOrNull returns the argument for an instant; NULL for nil.
func microsOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// valueOrNull returns the argument for a boolean or a number; NULL for nil.
func valueOrNull[T bool | int64](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// text scans a string; NULL becomes empty.
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
		return fmt.Errorf("cannot scan %T as text", v)
	}
	return nil
}

// instant scans an instant of a column that is never NULL.
type instant struct{ into *time.Time }

// Scan implements sql.Scanner.
func (i instant) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("cannot scan %T as an instant", v)
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

// jsonText scans JSON text; NULL leaves the target unchanged.
type jsonText struct{ into any }

// Scan implements sql.Scanner.
func (d jsonText) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), d.into)
	case []byte:
		return json.Unmarshal(v, d.into)
	default:
		return fmt.Errorf("cannot scan %T as JSON", v)
	}
}

// encode returns v as JSON text.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
