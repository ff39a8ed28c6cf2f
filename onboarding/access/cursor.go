package access

import (
	"context"
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

// cursorBox returns the box of cursors, with a key that all replicas share.
func (s *Control) cursorBox(ctx context.Context) (*onboarding.Box, error) {
	return s.cursors.Get(ctx, s, secretCursor, onboarding.NewBox)
}

// SealCursor returns a cursor that contains state, for the purpose.
func (s *Control) SealCursor(ctx context.Context, purpose string, state any) (string, error) {
	box, err := s.cursorBox(ctx)
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
	return base64.RawURLEncoding.EncodeToString(box.Seal(plain, purpose)), nil
}

// ErrCursor is the error for a cursor that is expired, foreign, malformed or forged.
var ErrCursor = onboarding.NotFoundError("scroll")

// OpenCursor decodes a cursor of the purpose into state. An expired, foreign, malformed or forged
// cursor is not found.
func (s *Control) OpenCursor(ctx context.Context, purpose, cursor string, state any) error {
	box, err := s.cursorBox(ctx)
	if err != nil {
		return err
	}
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") { // base64 ignores line breaks
		return ErrCursor
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return ErrCursor
	}
	plain, err := box.Open(sealed, purpose)
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
