package auth

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
)

// keyOctets is the length of new keys and the minimum length of restored ones: HS256
// requires a key at least as long as its hash (RFC 7518, section 3.2).
const keyOctets = 32

// A Key signs tokens. Its octets permit forging any token, so the caller must store
// them encrypted, and fmt and slog print only the ID.
type Key struct {
	id     string
	secret []byte
}

// NewKey returns a random key of 32 octets with a random ID of 16 hexadecimal digits.
func NewKey() Key {
	id := make([]byte, 8)
	secret := make([]byte, keyOctets)
	rand.Read(id) // never returns an error
	rand.Read(secret)
	return Key{id: hex.EncodeToString(id), secret: secret}
}

// RestoreKey returns a key from its stored ID and secret. The ID must have 1 to 64
// octets and the secret at least 32.
func RestoreKey(id string, secret []byte) (Key, error) {
	if id == "" || len(id) > 64 {
		return Key{}, errors.New("token key: the ID must have 1 to 64 octets")
	}
	if len(secret) < keyOctets {
		return Key{}, fmt.Errorf("token key %s: has %d octets, must have at least %d", id, len(secret), keyOctets)
	}
	return Key{id: id, secret: append([]byte(nil), secret...)}, nil
}

// ID returns the key's ID, which is in the header of each token and not secret.
func (k Key) ID() string { return k.id }

// Secret returns a copy of the key's octets, which the caller must encrypt.
func (k Key) Secret() []byte { return append([]byte(nil), k.secret...) }

// Format prints only the key's ID for all verbs.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "token key ", k.id) }

// LogValue logs only the key's ID.
func (k Key) LogValue() slog.Value { return slog.StringValue("token key " + k.id) }

// A Keyring issues and verifies the tokens of one deployment. It is immutable and safe
// for concurrent use. To rotate keys, replace it by a new Keyring.
//
// To rotate keys without rejecting a token: store the new key, make it known to every
// replica (a replica reads the keys again on [ErrUnknownKey]), make it the current
// key, and delete the old one after [Lifetime].
type Keyring struct {
	deployment string
	current    Key
	keys       map[string]Key
}

// NewKeyring returns a keyring for a deployment, which is any ID that no other
// deployment has. The current key signs; the previous keys only verify. NewKeyring
// returns an error for an empty deployment, a zero Key, and two keys with the same ID.
func NewKeyring(deployment string, current Key, previous ...Key) (*Keyring, error) {
	if deployment == "" {
		return nil, errors.New("keyring: the deployment's ID is empty")
	}
	ring := &Keyring{deployment: deployment, current: current, keys: make(map[string]Key, 1+len(previous))}
	for _, k := range append([]Key{current}, previous...) {
		if k.id == "" || len(k.secret) < keyOctets {
			return nil, errors.New("keyring: a key is empty")
		}
		if _, twice := ring.keys[k.id]; twice {
			return nil, fmt.Errorf("keyring: two keys have the ID %s", k.id)
		}
		ring.keys[k.id] = k
	}
	return ring, nil
}

// Format prints the number of keys and the current key's ID for all verbs. Without it,
// fmt would print the keys' octets, since it ignores the Format method of unexported
// fields.
func (r *Keyring) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keyring of %d keys, current %s", len(r.keys), r.current.id)
}

// LogValue logs the same text as Format.
func (r *Keyring) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// CurrentID returns the ID of the key that signs.
func (r *Keyring) CurrentID() string { return r.current.id }
