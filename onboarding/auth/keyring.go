package auth

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
)

// keyOctets is the length of the keys NewKey makes and the least that RestoreKey
// takes: HS256 wants a key at least as long as its hash (RFC 7518, section 3.2).
const keyOctets = 32

// A Key signs tokens. Whoever has its octets can write a token for anybody, so
// the caller keeps them sealed, and a Key prints as its ID alone.
type Key struct {
	id     string
	secret []byte
}

// NewKey makes a random key of 32 octets with a random ID of 16 hexadecimal digits.
func NewKey() Key {
	id := make([]byte, 8)
	secret := make([]byte, keyOctets)
	rand.Read(id) // neither fails: crypto/rand ends the program first
	rand.Read(secret)
	return Key{id: hex.EncodeToString(id), secret: secret}
}

// RestoreKey returns the key that was kept under this ID. It refuses an empty
// ID, one of more than 64 octets, and fewer than 32 octets of secret.
func RestoreKey(id string, secret []byte) (Key, error) {
	if id == "" || len(id) > 64 {
		return Key{}, errors.New("token key: the ID has 1 to 64 octets")
	}
	if len(secret) < keyOctets {
		return Key{}, fmt.Errorf("token key %s: %d octets, at least %d are needed", id, len(secret), keyOctets)
	}
	return Key{id: id, secret: append([]byte(nil), secret...)}, nil
}

// ID names the key; it travels in each token's header and is no secret.
func (k Key) ID() string { return k.id }

// Secret returns a copy of the key's octets, for sealing.
func (k Key) Secret() []byte { return append([]byte(nil), k.secret...) }

// Format prints the key's ID, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "token key ", k.id) }

// LogValue logs the key's ID.
func (k Key) LogValue() slog.Value { return slog.StringValue("token key " + k.id) }

// A Keyring issues and verifies the tokens of one deployment. It does not
// change, so any number of goroutines may use it; to rotate, build another and
// put it in its place.
//
// A rotation that no client notices: keep the new key, let every replica learn
// it (a replica that meets [ErrUnknownKey] reads the keys again), make it the
// current one, and drop the old one when [Lifetime] has passed.
type Keyring struct {
	deployment string
	current    Key
	keys       map[string]Key
}

// NewKeyring returns a keyring for the deployment of that ID (any text that no
// other deployment has). The current key signs; the previous ones only verify.
// It refuses an empty deployment, a zero Key, and two keys of one ID.
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

// Format prints which keyring it is, whatever the verb: its keys have no
// Format of their own when they are printed as a part of it.
func (r *Keyring) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keyring of %d keys, current %s", len(r.keys), r.current.id)
}

// LogValue logs the same.
func (r *Keyring) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// CurrentID is the ID of the key that signs.
func (r *Keyring) CurrentID() string { return r.current.id }
