package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

// A cursor (sId, scrollId) is the position of a scroll. It is opaque, valid for cursorLifetime
// after it was issued, and accepted by every replica. Its content is sealed, because filters
// contain personal data, and bound to a purpose, so that a cursor of one route is not accepted by
// another.

const (
	cursorLifetime = 2 * time.Minute
	maxCursor      = 32 << 10
)

type cursorEnvelope struct {
	Issued int64           `json:"t"`
	State  json.RawMessage `json:"s"`
}

// SealCursor returns a cursor that contains state, for the purpose. It begins with the version of
// the key and a dot, except for the first version.
func (s *Control) SealCursor(ctx context.Context, purpose string, state any) (string, error) {
	keys, err := s.rotation.forUse(ctx)
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
	sealed := base64.RawURLEncoding.EncodeToString(keys.cursors[keys.cursor].Seal(plain, purpose))
	if keys.cursor > 1 {
		sealed = strconv.Itoa(keys.cursor) + "." + sealed
	}
	return sealed, nil
}

// cursorBox returns the box of a cursor and the sealed part of it.
func (s *Control) cursorBox(ctx context.Context, cursor string) (*onboarding.Box, string, error) {
	version, sealed := 1, cursor
	if digits, rest, found := strings.Cut(cursor, "."); found {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 2 || strconv.Itoa(n) != digits {
			return nil, "", ErrCursor
		}
		version, sealed = n, rest
	}
	if box := s.rotation.known(ctx).cursors[version]; box != nil {
		return box, sealed, nil
	}
	keys, err := s.rotation.reread(ctx)
	if err != nil {
		return nil, "", err
	}
	if box := keys.cursors[version]; box != nil {
		return box, sealed, nil
	}
	return nil, "", ErrCursor
}

// ErrCursor is the error for a cursor that is expired, foreign, malformed or forged.
var ErrCursor = onboarding.NotFoundError("scroll")

// OpenCursor decodes a cursor of the purpose into state. An expired, foreign, malformed or forged
// cursor is not found.
func (s *Control) OpenCursor(ctx context.Context, purpose, cursor string, state any) error {
	return s.openSealed(ctx, purpose, cursor, cursorLifetime, state)
}

// openSealed is OpenCursor for what SealCursor has sealed within a lifetime.
func (s *Control) openSealed(
	ctx context.Context, purpose, cursor string, lifetime time.Duration, state any,
) error {
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") { // base64 ignores line breaks
		return ErrCursor
	}
	box, cursor, err := s.cursorBox(ctx, cursor)
	if err != nil {
		return err
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
	if age > lifetime || age < -cursorLifetime {
		return ErrCursor
	}
	return json.Unmarshal(e.State, state)
}
