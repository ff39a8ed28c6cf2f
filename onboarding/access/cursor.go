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

// A cursor (sId, scrollId) is the position of a scroll. It is opaque, valid for cursorLifetime
// after it was issued, and accepted by every replica. Its content is sealed, because filters
// contain personal data, and bound to a purpose, so that a cursor of one route is not accepted by
// another.

const (
	secretCursor   = "scroll-key"
	cursorLifetime = 2 * time.Minute
	maxCursor      = 32 << 10
)

type cursorEnvelope struct {
	Issued int64           `json:"t"`
	State  json.RawMessage `json:"s"`
}

// SealCursor returns a cursor that contains state, for the purpose.
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

// OpenCursor decodes a cursor of the purpose into state. An expired, foreign, malformed or forged
// cursor is not found.
func (s *Control) OpenCursor(ctx context.Context, purpose, cursor string, state any) error {
	aead, err := s.cursors.Get(ctx, s, secretCursor)
	if err != nil {
		return err
	}
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") { // base64 ignores line breaks
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
