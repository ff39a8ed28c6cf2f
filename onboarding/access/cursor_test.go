package access_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"onramp/onboarding/access"
	"onramp/onboarding/testkit"
)

// TestCursorOfEarlierVersion opens a cursor sealed by hand as earlier versions did, so that scrolls
// continue across an upgrade of one replica.
func TestCursorOfEarlierVersion(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	key, err := v.Access.Secret(ctx, "scroll-key", 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := []byte("twelve bytes")
	plain := fmt.Appendf(nil, `{"t":%d,"s":{"n":7}}`, v.Now().UnixMilli())
	old := base64.RawURLEncoding.EncodeToString(append([]byte("twelve bytes"),
		gcm.Seal(nil, nonce, plain, []byte("list"))...))

	var state struct{ N int }
	if err := v.Access.OpenCursor(ctx, "list", old, &state); err != nil || state.N != 7 {
		t.Fatalf("an earlier cursor opens as %+v, %v", state, err)
	}
	if err := v.Access.OpenCursor(ctx, "other", old, &state); !errors.Is(err, access.ErrCursor) {
		t.Errorf("a cursor of another route: %v", err)
	}
	now, err := v.Access.SealCursor(ctx, "list", state)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gcm.Open(nil, sealed[:12], sealed[12:], []byte("list")); err != nil {
		t.Errorf("an earlier version cannot open a new cursor: %v", err)
	}
	v.Advance(3 * time.Minute)
	if err := v.Access.OpenCursor(ctx, "list", now, &state); !errors.Is(err, access.ErrCursor) {
		t.Errorf("an expired cursor: %v", err)
	}
}
