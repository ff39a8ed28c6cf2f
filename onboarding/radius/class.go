package radius

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
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

// classPrefix begins each Class (RFC 2865 section 5.25), which an Access-Accept contains and the
// access point returns in each accounting record. After the prefix follows, in base64url, an
// AES-256-GCM box of the customer's ID and of its creation time in seconds. Access points and
// readers of their traffic can neither make a Class nor link two of the same customer. It is text
// because some access points cut a Class at a NUL.
const classPrefix = "o1."

const secretClass = "class-key"

// classAEAD returns the cipher of Classes, with a key that all replicas share. It is not an
// onboarding.Box, because the last bytes of the nonce are a mark of the password (classMark), and a
// Box chooses the whole nonce at random.
func (s *AAA) classAEAD(ctx context.Context) (cipher.AEAD, error) {
	return s.class.Get(ctx, s.access, secretClass, func(key []byte) (cipher.AEAD, error) {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	})
}

// classReference is the content of a Class.
type classReference struct {
	customerID string
	made       time.Time // to the second
	nonce      []byte
}

// classMark returns the last bytes of a Class's nonce, derived from the other bytes and the
// password. It shows whether the password at the time of the Class is still the customer's. An
// earlier version, which made random nonces, can open such a Class.
func (s *AAA) classMark(ctx context.Context, random []byte, password string) ([]byte, error) {
	key, err := s.identityKeys(ctx)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key.mark)
	mac.Write(random)
	mac.Write([]byte(password))
	return mac.Sum(nil)[:classMarkSize], nil
}

const classMarkSize = 4

// outdated reports whether the password was replaced after the Class was made.
func (s *AAA) outdated(ctx context.Context, class *classReference, login *onboarding.Login) (bool, error) {
	marked, err := s.marked(ctx, class, login)
	if err != nil || marked {
		return false, err
	}
	// A Class of an earlier version has no mark.
	return !class.made.After(login.CredentialCreated), nil
}

// marked reports whether the Class has the mark of the customer's present password.
func (s *AAA) marked(ctx context.Context, class *classReference, login *onboarding.Login) (bool, error) {
	password, err := s.sealer.OpenPassword(&onboarding.Credential{
		CustomerID: login.CustomerID, Password: login.Password,
	})
	if err != nil {
		return false, err
	}
	random := len(class.nonce) - classMarkSize
	mark, err := s.classMark(ctx, class.nonce[:random], password)
	return err == nil && hmac.Equal(mark, class.nonce[random:]), err
}

func (s *AAA) newClass(ctx context.Context, customerID, password string) ([]byte, error) {
	aead, err := s.classAEAD(ctx)
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

// openClass returns the content of a Class, or errForeignClass.
func (s *AAA) openClass(ctx context.Context, class []byte) (*classReference, error) {
	if len(class) <= len(classPrefix) || len(class) > 253 || string(class[:len(classPrefix)]) != classPrefix {
		return nil, errForeignClass
	}
	aead, err := s.classAEAD(ctx)
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
		customerID: hex.EncodeToString(plain[:16]),
		made:       time.Unix(int64(binary.BigEndian.Uint64(plain[16:])), 0).UTC(), nonce: box[:n],
	}, nil
}
