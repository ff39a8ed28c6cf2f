package onboarding_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestBoxLayout checks the layout of stored values: nonce, ciphertext and tag of AES-256-GCM,
// with the purpose as associated data.
func TestBoxLayout(t *testing.T) {
	key := bytes.Repeat([]byte{7}, onboarding.BoxKeySize)
	box, err := onboarding.NewBox(key)
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
	const purpose = "password 1"
	nonce := []byte("twelve bytes")
	stored := gcm.Seal(bytes.Clone(nonce), nonce, []byte("secret"), []byte(purpose))
	if plain, err := box.Open(stored, purpose); err != nil || string(plain) != "secret" {
		t.Errorf("a stored value opens as %q, %v", plain, err)
	}
	sealed := box.Seal([]byte("secret"), purpose)
	plain, err := gcm.Open(nil, sealed[:12], sealed[12:], []byte(purpose))
	if err != nil || string(plain) != "secret" {
		t.Errorf("a sealed value opens as %q, %v", plain, err)
	}
	if again := box.Seal([]byte("secret"), purpose); bytes.Equal(again[:12], sealed[:12]) {
		t.Error("two values have the same nonce")
	}
}

// TestSealedByEarlierVersion opens a value that was sealed before Box existed.
func TestSealedByEarlierVersion(t *testing.T) {
	sealer, err := onboarding.NewSealer(bytes.Repeat([]byte{7}, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := hex.DecodeString("d2c88b3ae661c08b43738a3e2ca43e30ed1b1ea99ef82617a1c7f6f41b80f23d0e32")
	if err != nil {
		t.Fatal(err)
	}
	value := onboarding.Sealed{KeyID: "960fbf3cd9a37519", Box: stored}
	if plain, err := sealer.Open(value, onboarding.PasswordPurpose("1")); err != nil || string(plain) != "secret" {
		t.Errorf("opens as %q, %v", plain, err)
	}
}

func TestBoxRefuses(t *testing.T) {
	if _, err := onboarding.NewBox(make([]byte, 16)); err == nil {
		t.Error("a short key is accepted")
	}
	box, err := onboarding.NewBox(make([]byte, onboarding.BoxKeySize))
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal([]byte("secret"), "cursor a")
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := box.Open(altered, "cursor a"); err == nil {
			t.Errorf("opens with byte %d altered", i)
		}
		if _, err := box.Open(sealed[:i], "cursor a"); err == nil {
			t.Errorf("opens with %d bytes", i)
		}
	}
	if _, err := box.Open(sealed, "cursor b"); err == nil {
		t.Error("opens for another purpose")
	}
}

func masterKey(b byte) []byte { return bytes.Repeat([]byte{b}, onboarding.MasterKeySize) }

// TestSealerHoldsSeveralKeys checks which key seals and which open, while the keys change.
func TestSealerHoldsSeveralKeys(t *testing.T) {
	a, b := masterKey(1), masterKey(2)
	keys := [][]byte{a}
	var failed error
	sealer, err := onboarding.OpenSealer(func() ([][]byte, error) { return keys, failed })
	if err != nil {
		t.Fatal(err)
	}
	opens := func(what string, s onboarding.Sealed) {
		t.Helper()
		if plain, err := sealer.Open(s, "p"); err != nil || string(plain) != "secret" {
			t.Errorf("%s opens as %q, %v", what, plain, err)
		}
	}
	other, err := onboarding.NewSealer(b, a)
	if err != nil {
		t.Fatal(err)
	}
	underA, underB := sealer.Seal([]byte("secret"), "p"), other.Seal([]byte("secret"), "p")
	if underB.KeyID != onboarding.MasterKeyID(b) {
		t.Errorf("the second of two keys seals")
	}
	if _, err := sealer.Open(underB, "p"); err == nil || !strings.Contains(err.Error(), underB.KeyID) {
		t.Errorf("a missing key: %v", err)
	}
	keys = [][]byte{a, b}
	time.Sleep(110 * time.Millisecond) // the pause between two readings
	opens("a value under a key that was added to the source", underB)
	if sealer.KeyID() != onboarding.MasterKeyID(a) {
		t.Error("a key that was added to the source seals")
	}
	if err := sealer.SealUnder("unknown"); err == nil {
		t.Error("an unknown key seals")
	}
	decoy := sealer.Decoy().CustomerID
	if err := sealer.SealUnder(underB.KeyID); err != nil {
		t.Fatal(err)
	}
	if got := sealer.Seal(nil, "p").KeyID; got != underB.KeyID {
		t.Errorf("sealed under %s", got)
	}
	if d := sealer.Decoy(); d.CustomerID != decoy || d.Password.KeyID != underB.KeyID {
		t.Errorf("decoy %s under %s", d.CustomerID, d.Password.KeyID)
	}
	if _, err := sealer.OpenPassword(sealer.Decoy()); err != nil {
		t.Errorf("decoy: %v", err)
	}
	keys = [][]byte{a}
	if err := sealer.Reload(); err == nil {
		t.Error("the key that seals left the source without an error")
	}
	opens("a value under the key that left the source", underB)
	keys = [][]byte{b}
	if err := sealer.Reload(); err != nil {
		t.Fatal(err)
	}
	opens("a value read before its key left the source", underA)
	if sealer.Holds(underA.KeyID) {
		t.Error("a key that left the source is held")
	}
	failed = errors.New("no file")
	if err := sealer.Reload(); !errors.Is(err, failed) {
		t.Errorf("Reload: %v", err)
	}
	opens("a value while the source fails", underB)
}
