package onboarding

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding/auth"
)

// Sealed is a secret encrypted with a Box under the master key, and the ID of that key.
type Sealed struct {
	KeyID string `json:"keyId"`
	Box   []byte `json:"box"`
}

// StoredSecret is one of the deployment's secrets as the database holds it.
type StoredSecret struct {
	Name    string
	Value   Sealed
	Created time.Time // zero: not recorded, by an earlier version of Onramp
	Begins  time.Time // first use, for a later version of a secret; zero: at its creation
	// Used and UsedBy are the last use and its sender, of a secret that other programs send; zero:
	// none was recorded.
	Used   time.Time
	UsedBy string
}

// Sealer seals secrets under one master key and opens those sealed under it or under another key
// that it holds. It is safe for concurrent use.
//
// The keys change while a process runs: Reload and SealUnder follow a change, and Open reads the
// keys again if it meets a key that it does not hold.
type Sealer struct {
	ring  atomic.Pointer[keyRing]
	decoy string // the ID of the decoy

	mu      sync.Mutex // of changes of the ring
	source  func() ([][]byte, error)
	checked time.Time // of the last Reload for a missing key
}

// keyRing is the state of a Sealer; it does not change.
type keyRing struct {
	seals string   // the ID of the key that seals
	held  []string // IDs in the order of the source
	boxes map[string]*Box
	gone  map[string]time.Time // since when a key is in boxes alone
	decoy Credential
}

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = BoxKeySize

const (
	// goneKeysOpen is the time for which a key that was removed from the source still opens, for
	// requests that read a value just before.
	goneKeysOpen = time.Minute
	// sourcePause is the least time between two readings of the source for missing keys.
	sourcePause = 100 * time.Millisecond
)

// NewSealer returns a Sealer for master keys of MasterKeySize bytes. The first seals, the others
// only open.
func NewSealer(first []byte, others ...[]byte) (*Sealer, error) {
	s := &Sealer{decoy: NewID()}
	r, err := newKeyRing(append([][]byte{first}, others...))
	if err != nil {
		return nil, err
	}
	s.ring.Store(r.sealing(r.held[0], s.decoy))
	return s, nil
}

// OpenSealer returns a Sealer for the keys that source returns, at least one. The first seals until
// SealUnder names another.
func OpenSealer(source func() ([][]byte, error)) (*Sealer, error) {
	keys, err := source()
	if err != nil {
		return nil, err
	}
	s, err := NewSealer(keys[0], keys[1:]...)
	if err != nil {
		return nil, err
	}
	s.source = source
	return s, nil
}

// MasterKeyID identifies a master key without revealing anything about it: 16 hex digits.
func MasterKeyID(key []byte) string {
	id := sha256.Sum256(append([]byte("onramp master key ID\x00"), key...))
	return hex.EncodeToString(id[:8])
}

func newKeyRing(keys [][]byte) (*keyRing, error) {
	r := &keyRing{boxes: map[string]*Box{}, gone: map[string]time.Time{}}
	for _, key := range keys {
		box, err := NewBox(key)
		if err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
		id := MasterKeyID(key)
		if r.boxes[id] == nil {
			r.boxes[id] = box
			r.held = append(r.held, id)
		}
	}
	return r, nil
}

// sealing makes the key with that ID seal.
func (r *keyRing) sealing(keyID, decoy string) *keyRing {
	r.seals = keyID
	r.decoy = Credential{CustomerID: decoy, Password: r.seal([]byte(auth.GeneratePassword()), PasswordPurpose(decoy))}
	return r
}

func (r *keyRing) seal(plain []byte, purpose string) Sealed {
	return Sealed{KeyID: r.seals, Box: r.boxes[r.seals].Seal(plain, purpose)}
}

// KeyID returns the ID of the key that seals.
func (s *Sealer) KeyID() string { return s.ring.Load().seals }

// KeyIDs returns the IDs of the keys in the source, in its order.
func (s *Sealer) KeyIDs() []string { return slices.Clone(s.ring.Load().held) }

// Holds reports whether the source has the key.
func (s *Sealer) Holds(keyID string) bool { return slices.Contains(s.ring.Load().held, keyID) }

// Reload reads the source again. The sealing key stays the same. It is an error, and changes
// nothing, if the source no longer has that key.
func (s *Sealer) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reload()
}

func (s *Sealer) reload() error {
	if s.source == nil {
		return nil
	}
	keys, err := s.source()
	if err != nil {
		return err
	}
	next, err := newKeyRing(keys)
	if err != nil {
		return err
	}
	old := s.ring.Load()
	if next.boxes[old.seals] == nil {
		return fmt.Errorf("master key %s was removed from its file, but still seals", old.seals)
	}
	now := time.Now()
	for id, box := range old.boxes {
		since, was := old.gone[id]
		if !was {
			since = now
		}
		if next.boxes[id] == nil && now.Sub(since) < goneKeysOpen {
			next.boxes[id], next.gone[id] = box, since
		}
	}
	if slices.Equal(next.held, old.held) && maps.Equal(next.gone, old.gone) {
		return nil
	}
	s.ring.Store(next.sealing(old.seals, s.decoy))
	return nil
}

// SealUnder makes the key with that ID seal. If the Sealer does not hold it, it reads the source
// again.
func (s *Sealer) SealUnder(keyID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Holds(keyID) {
		if err := s.reload(); err != nil {
			return err
		}
	}
	if !s.Holds(keyID) {
		return &MissingKeyError{KeyID: keyID, Held: s.KeyIDs()}
	}
	r := *s.ring.Load()
	if r.seals != keyID {
		s.ring.Store(r.sealing(keyID, s.decoy))
	}
	return nil
}

// MissingKeyError reports a value that is sealed under a key that this process does not hold.
type MissingKeyError struct {
	KeyID string
	Held  []string
}

func (e *MissingKeyError) Error() string {
	return fmt.Sprintf("sealed under master key %s, this process has %s: add the line of that key to the "+
		"master key file", e.KeyID, strings.Join(e.Held, ", "))
}

// Seal encrypts plain. The purpose names the row that stores the result, so that a sealed secret
// copied to another row does not open.
func (s *Sealer) Seal(plain []byte, purpose string) Sealed { return s.ring.Load().seal(plain, purpose) }

// Open decrypts the result of Seal for the same purpose. Its error reveals nothing about the
// content.
func (s *Sealer) Open(sealed Sealed, purpose string) ([]byte, error) {
	r := s.ring.Load()
	if r.boxes[sealed.KeyID] == nil {
		s.reloadFor(sealed.KeyID)
		r = s.ring.Load()
	}
	box := r.boxes[sealed.KeyID]
	if box == nil {
		return nil, &MissingKeyError{KeyID: sealed.KeyID, Held: slices.Clone(r.held)}
	}
	return box.Open(sealed.Box, purpose)
}

// reloadFor reads the source again for a missing key, unless that was done a moment ago.
func (s *Sealer) reloadFor(keyID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring.Load().boxes[keyID] != nil || time.Since(s.checked) < sourcePause {
		return
	}
	_ = s.reload() // without it, the key is missing
	s.checked = time.Now()
}

// Decoy returns a sealed credential that belongs to no customer. Unknown users are checked against
// it, so that they take as long as known ones.
func (s *Sealer) Decoy() *Credential { return &s.ring.Load().decoy }

// HotspotSecretPurpose returns the purpose that binds a RADIUS secret to its hotspot.
func HotspotSecretPurpose(hotspotID string) string { return "hotspot " + hotspotID }

// PasswordPurpose returns the purpose that binds a Wi-Fi password to its customer.
func PasswordPurpose(customerID string) string { return "password " + customerID }

// DocumentPurpose returns the purpose that binds a customer's identity document to the customer.
func DocumentPurpose(customerID string) string { return "document " + customerID }

// SecretPurpose returns the purpose that binds a secret of the deployment to its name.
func SecretPurpose(name string) string { return "secret " + name }

// IdempotencyPurpose returns the purpose that binds a stored response to its request: the scope is
// Idempotency.ServiceID.
func IdempotencyPurpose(scope, key string) string { return "idempotency " + scope + " " + key }

// SealedValue is a value of the database that is sealed under the master key, and its place. Row
// holds the key of its row.
type SealedValue struct {
	Place   string
	Row     []string
	Purpose string
	Sealed
}

// MasterKey is a master key that seals, or has sealed, values of the database.
type MasterKey struct {
	ID    string
	Since time.Time // when it began to seal
	// Cleared is the time at which nothing was sealed under it any more.
	Cleared *time.Time
	// Retired is the time since which the database refuses values sealed under it.
	Retired *time.Time
}

// Replica is a running server, with the master keys that it holds. Beat rises as long as it runs.
type Replica struct {
	ID, Name string
	Seals    string
	Holds    []string
	Beat     int64
	Seen     time.Time // of the last beat
}

// SealedReader reads the values that are sealed under the master key, and the keys.
type SealedReader interface {
	// SealedPlaces returns the names of all places, in order.
	SealedPlaces() []string
	// SealedValues returns up to limit values of the place, in the order of their rows and after
	// the given row; nil: from the first.
	SealedValues(ctx context.Context, place string, after []string, limit int) ([]SealedValue, error)
	// MasterKeys returns the keys in the order of Since.
	MasterKeys(ctx context.Context) ([]MasterKey, error)
	// Replicas returns the replicas in the order of their names.
	Replicas(ctx context.Context) ([]Replica, error)
}

// EachSealedPage calls do with every sealed value of a place, in pages of up to limit values.
func EachSealedPage(
	ctx context.Context, r SealedReader, place string, limit int, do func([]SealedValue) error,
) error {
	var after []string
	for {
		values, err := r.SealedValues(ctx, place, after, limit)
		if err != nil || len(values) == 0 {
			return err
		}
		if err := do(values); err != nil {
			return err
		}
		after = values[len(values)-1].Row
	}
}

// SealedWriter replaces sealed values, and writes the keys and replicas. After PutMasterKey with
// Retired has committed, every write of a value sealed under that key is refused with
// ErrKeyRetired, and none is in progress.
type SealedWriter interface {
	// ReplaceSealed stores fresh[i] in place of values[i], all of one place, except where the
	// stored value has changed since it was read. It returns the number of replaced values.
	ReplaceSealed(ctx context.Context, values []SealedValue, fresh []Sealed) (int, error)
	PutMasterKey(ctx context.Context, k MasterKey) error
	PutReplica(ctx context.Context, r Replica) error
	// DeleteReplica deletes a replica whose Beat is still the given one; 0: in any case.
	DeleteReplica(ctx context.Context, id string, beat int64) error
}

// ErrKeyRetired reports a value that is sealed under a retired master key. The server that sealed
// it has not yet followed the change of the key.
var ErrKeyRetired = &Error{
	Kind: Unavailable, Message: "the master key of this server is retired, retry", RetryAfter: 2 * time.Second,
}

// BoxKeySize is the length of a Box's key in bytes.
const BoxKeySize = 32

// Box encrypts values with AES-256-GCM (NIST SP 800-38D). An encrypted value is the random 12-byte
// nonce, the ciphertext and the 16-byte tag. Its methods are safe for concurrent use.
//
// The purpose is authenticated as associated data and not stored: it names the row, route or form
// to which the value belongs, and the value opens for the same purpose only. Stored and circulating
// values depend on this layout and on the purposes; neither may change.
//
// Random nonces limit a key to 2^32 values. A deployment issues far fewer under each of its keys.
type Box struct{ aead cipher.AEAD }

// NewBox returns a Box for a key of BoxKeySize bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != BoxKeySize {
		return nil, fmt.Errorf("key must have %d bytes, not %d", BoxKeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Box{aead: aead}, nil
}

// Seal encrypts plain for a purpose.
func (b *Box) Seal(plain []byte, purpose string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(purpose))
}

// Open decrypts a result of Seal for the same purpose. Its error reveals nothing about the content.
func (b *Box) Open(sealed []byte, purpose string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, errBox
	}
	return plain, nil
}

var errBox = errors.New("cannot open sealed value: it was altered or belongs elsewhere")
