package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"onramp/onboarding"
)

// A cursor (sId, scrollId) is where a scroll stands: opaque, valid for cursorLifetime after it was given out, and on every replica. What it holds is
// sealed, because filters hold personal data, and bound to its purpose, so that one route's cursor is no other's.

const (
	secretCursor   = "scroll-key"
	cursorLifetime = 2 * time.Minute
	maxCursor      = 32 << 10
)

type cursorEnvelope struct {
	Issued int64           `json:"t"`
	State  json.RawMessage `json:"s"`
}

// sealCursor makes a cursor for the purpose out of state.
func (s *Control) SealCursor(ctx context.Context, purpose string, state any) (string, error) {
	aead, err := s.cursors.Get(ctx, s, secretCursor)
	if err != nil {
		return "", err
	}
	inner, err := json.Marshal(state)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(cursorEnvelope{Issued: s.clock.Now().UnixMilli(), State: inner})
	if err != nil {
		return "", err
	}
	box := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(box)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(box, box, plain, []byte(purpose))), nil
}

var ErrCursor = onboarding.NotFoundError("scroll")

// openCursor reads a cursor into state. One that is expired, foreign, malformed or forged is not found.
func (s *Control) OpenCursor(ctx context.Context, purpose, cursor string, state any) error {
	aead, err := s.cursors.Get(ctx, s, secretCursor)
	if err != nil {
		return err
	}
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") { // which base64 passes over
		return ErrCursor
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	n := aead.NonceSize()
	if err != nil || len(box) < n {
		return ErrCursor
	}
	plain, err := aead.Open(nil, box[:n], box[n:], []byte(purpose))
	if err != nil {
		return ErrCursor
	}
	var e cursorEnvelope
	if err := json.Unmarshal(plain, &e); err != nil {
		return errors.Join(ErrCursor, err)
	}
	age := s.clock.Now().Sub(time.UnixMilli(e.Issued))
	if age > cursorLifetime || age < -cursorLifetime {
		return ErrCursor
	}
	return json.Unmarshal(e.State, state)
}
