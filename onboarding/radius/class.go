package radius

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"onramp/onboarding"
)

// A Class (RFC 2865 section 5.25) is what an Access-Accept gives the access point to send back in each accounting record.
// Ours is "o1." and, in base64url, an AES-256-GCM box of the customer's ID and the second in which it was made. An access point, or whoever reads its
// traffic, can neither make one nor tell whether two are of the same customer. It is text because some access points cut a Class at a NUL.
const classPrefix = "o1."

const secretClass = "class-key"

// classReference is what a Class of ours holds.
type classReference struct {
	customerID string
	made       time.Time // to the second
	nonce      []byte
}

// classMark makes the last bytes of a Class's nonce out of the others and the password, so that a Class shows whether the password
// that it was given for is still the customer's, and the version before this one, for which a nonce is any, reads it.
func (s *AAA) classMark(ctx context.Context, random []byte, password string) ([]byte, error) {
	key, err := s.aaa.keys.get(ctx, s)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key.mark)
	mac.Write(random)
	mac.Write([]byte(password))
	return mac.Sum(nil)[:classMarkSize], nil
}

const classMarkSize = 4

// outdated reports whether the Class was given for a password that has been replaced since.
func (s *AAA) outdated(ctx context.Context, class *classReference, login *onboarding.Login) (bool, error) {
	password, err := s.sealer.OpenPassword(&onboarding.Credential{CustomerID: login.CustomerID, Password: login.Password})
	if err != nil {
		return false, err
	}
	random := len(class.nonce) - classMarkSize
	mark, err := s.classMark(ctx, class.nonce[:random], password)
	if err != nil || hmac.Equal(mark, class.nonce[random:]) {
		return false, err
	}
	// One of the version before has no mark.
	return !class.made.After(login.CredentialCreated), nil
}

func (s *AAA) newClass(ctx context.Context, customerID, password string) ([]byte, error) {
	aead, err := s.aaa.class.Get(ctx, s.access, secretClass)
	if err != nil {
		return nil, err
	}
	id, err := hex.DecodeString(customerID)
	if err != nil {
		return nil, fmt.Errorf("customer ID: %w", err)
	}
	plain := binary.BigEndian.AppendUint64(id, uint64(s.clock.Now().Unix()))
	box := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(box)
	random := len(box) - classMarkSize
	mark, err := s.classMark(ctx, box[:random], password)
	if err != nil {
		return nil, err
	}
	copy(box[random:], mark)
	box = aead.Seal(box, box, plain, []byte(classPrefix))
	return base64.RawURLEncoding.AppendEncode([]byte(classPrefix), box), nil
}

var errForeignClass = errors.New("not a Class of this deployment")

// openClass returns what a Class holds.
func (s *AAA) openClass(ctx context.Context, class []byte) (*classReference, error) {
	if len(class) <= len(classPrefix) || len(class) > 253 || string(class[:len(classPrefix)]) != classPrefix {
		return nil, errForeignClass
	}
	aead, err := s.aaa.class.Get(ctx, s.access, secretClass)
	if err != nil {
		return nil, err
	}
	box, err := base64.RawURLEncoding.AppendDecode(nil, class[len(classPrefix):])
	if err != nil || len(box) < aead.NonceSize() {
		return nil, errForeignClass
	}
	n := aead.NonceSize()
	plain, err := aead.Open(nil, box[:n], box[n:], []byte(classPrefix))
	if err != nil || len(plain) != 24 {
		return nil, errForeignClass
	}
	return &classReference{
		customerID: hex.EncodeToString(plain[:16]), made: time.Unix(int64(binary.BigEndian.Uint64(plain[16:])), 0).UTC(), nonce: box[:n],
	}, nil
}

// prepareKeys makes and loads the keys of Classes and pseudonyms.
func (s *AAA) PrepareSecrets(ctx context.Context) error {
	if _, err := s.aaa.class.Get(ctx, s.access, secretClass); err != nil {
		return err
	}
	_, err := s.aaa.keys.get(ctx, s)
	return err
}
