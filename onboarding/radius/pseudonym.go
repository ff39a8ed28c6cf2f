package radius

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// secretIdentity names the secret from which the keys of pseudonyms and stations are derived.
const secretIdentity = "identity-key"

// derivedKeys are the keys derived from that secret, one for each purpose.
type derivedKeys struct {
	seal                        cipher.AEAD
	nonce, station, mark, probe []byte
}

// identityKeys returns the derived keys, with a secret that all replicas share.
func (s *AAA) identityKeys(ctx context.Context) (*derivedKeys, error) {
	return s.identity.Get(ctx, s.access, secretIdentity, deriveKeys)
}

func deriveKeys(secret []byte) (*derivedKeys, error) {
	var made derivedKeys
	var seal []byte
	for purpose, into := range map[string]*[]byte{
		"seal": &seal, "nonce": &made.nonce, "station": &made.station, "mark": &made.mark,
		"probe": &made.probe,
	} {
		var err error
		if *into, err = hkdf.Key(sha256.New, secret, nil, purpose, 32); err != nil {
			return nil, err
		}
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, err
	}
	if made.seal, err = cipher.NewGCMWithTagSize(block, 12); err != nil {
		return nil, err
	}
	return &made, nil
}

// pseudonymKind separates the pseudonyms for different attributes.
type pseudonymKind string

const (
	pseudonymName pseudonymKind = "User-Name"
	pseudonymCUI  pseudonymKind = "Chargeable-User-Identity"
)

// pseudonym returns the name of a customer for one operator, always the same. Without the keys it
// can neither be made nor linked to the name for another operator. It is, in base64url, an AES-GCM
// box of the customer's ID, whose nonce is a keyed hash of the operator and the customer.
func (s *AAA) pseudonym(
	ctx context.Context, kind pseudonymKind, operator, customerID string,
) (string, error) {
	keys, err := s.identityKeys(ctx)
	if err != nil {
		return "", err
	}
	id, err := hex.DecodeString(customerID)
	if err != nil {
		return "", fmt.Errorf("customer ID: %w", err)
	}
	mac := hmac.New(sha256.New, keys.nonce)
	fmt.Fprintf(mac, "%s\x00%s\x00%s", kind, operator, id)
	nonce := mac.Sum(nil)[:keys.seal.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(keys.seal.Seal(nonce, nonce, id, []byte(kind))), nil
}

var errForeignPseudonym = errors.New("not a name that this deployment issued")

// openPseudonym returns the customer's ID, or errForeignPseudonym. It ignores a realm after the
// name.
func (s *AAA) openPseudonym(ctx context.Context, kind pseudonymKind, text string) (string, error) {
	text, _, _ = strings.Cut(text, "@")
	box, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(box) != 12+16+12 {
		return "", errForeignPseudonym
	}
	keys, err := s.identityKeys(ctx)
	if err != nil {
		return "", err
	}
	n := keys.seal.NonceSize()
	id, err := keys.seal.Open(nil, box[:n], box[n:], []byte(kind))
	if err != nil {
		return "", errForeignPseudonym
	}
	return hex.EncodeToString(id), nil
}

// stationKey returns a keyed hash that identifies a station at an access point; "" without a MAC
// address.
func (s *AAA) stationKey(ctx context.Context, from *origin, mac string) (string, error) {
	if mac == "" {
		return "", nil
	}
	keys, err := s.identityKeys(ctx)
	if err != nil {
		return "", err
	}
	hash := hmac.New(sha256.New, keys.station)
	fmt.Fprintf(hash, "%s\x00%s", from.key, mac)
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}
