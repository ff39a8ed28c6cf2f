package onboarding

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A Class (RFC 2865 section 5.25) is what an Access-Accept gives the access point to send back in each accounting record.
// Ours is "o1." and, in base64url, an AES-256-GCM box of the customer's ID and the second in which it was made. An access point, or whoever reads its
// traffic, can neither make one nor tell whether two are of the same customer. It is text because some access points cut a Class at a NUL.
const classPrefix = "o1."

const secretClass = "class-key"

// sealingKey is a secret of the deployment as an AEAD, fetched when it is first needed.
type sealingKey struct {
	mu   sync.Mutex
	aead cipher.AEAD
}

func (k *sealingKey) get(ctx context.Context, s *Service, name string) (cipher.AEAD, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.aead != nil {
		return k.aead, nil
	}
	key, err := s.Secret(ctx, name, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	k.aead, err = cipher.NewGCM(block)
	return k.aead, err
}

func (s *Service) newClass(ctx context.Context, customerID string) ([]byte, error) {
	aead, err := s.aaa.class.get(ctx, s, secretClass)
	if err != nil {
		return nil, err
	}
	id, err := hex.DecodeString(customerID)
	if err != nil {
		return nil, fmt.Errorf("customer ID: %w", err)
	}
	plain := binary.BigEndian.AppendUint64(id, uint64(s.now().Unix()))
	box := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(box)
	box = aead.Seal(box, box, plain, []byte(classPrefix))
	return base64.RawURLEncoding.AppendEncode([]byte(classPrefix), box), nil
}

var errForeignClass = errors.New("not a Class of this deployment")

// openClass tells whose Class it is and when it was made.
func (s *Service) openClass(ctx context.Context, class []byte) (customerID string, made time.Time, err error) {
	if len(class) <= len(classPrefix) || len(class) > 253 || string(class[:len(classPrefix)]) != classPrefix {
		return "", time.Time{}, errForeignClass
	}
	aead, err := s.aaa.class.get(ctx, s, secretClass)
	if err != nil {
		return "", time.Time{}, err
	}
	box, err := base64.RawURLEncoding.AppendDecode(nil, class[len(classPrefix):])
	if err != nil || len(box) < aead.NonceSize() {
		return "", time.Time{}, errForeignClass
	}
	n := aead.NonceSize()
	plain, err := aead.Open(nil, box[:n], box[n:], []byte(classPrefix))
	if err != nil || len(plain) != 24 {
		return "", time.Time{}, errForeignClass
	}
	return hex.EncodeToString(plain[:16]), time.Unix(int64(binary.BigEndian.Uint64(plain[16:])), 0).UTC(), nil
}
