package hooks

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

// The beginnings of secrets and public keys in text, and of signatures.
const (
	prefixSecret    = "whsec_"
	prefixPublicKey = "whpk_"
	versionHMAC     = "v1,"
	versionEd25519  = "v1a,"
)

// secretSize is the size of a secret for HMAC. The standard allows 24 to 64 bytes.
const secretSize = 32

// newSecret returns a new secret for the endpoint. Its plain value is a key for HMAC, or the seed
// of a private key.
func (h *Hooks) newSecret(webhookID string, kind onboarding.WebhookSignature) *onboarding.WebhookSecret {
	plain := make([]byte, secretSize)
	if kind == onboarding.WebhookEd25519 {
		plain = make([]byte, ed25519.SeedSize)
	}
	_, _ = rand.Read(plain) // never fails
	s := &onboarding.WebhookSecret{
		WebhookID: webhookID, ID: onboarding.NewID(), Signature: kind, Created: h.Clock.Now(),
	}
	s.Value = h.Sealer.Seal(plain, onboarding.WebhookSecretPurpose(s.WebhookID, s.ID))
	return s
}

func (h *Hooks) open(s *onboarding.WebhookSecret) ([]byte, error) {
	return h.Sealer.Open(s.Value, onboarding.WebhookSecretPurpose(s.WebhookID, s.ID))
}

// text returns the secret as its receiver gets it: the shared secret, or the public key.
func text(kind onboarding.WebhookSignature, plain []byte) string {
	if kind == onboarding.WebhookEd25519 {
		public := ed25519.NewKeyFromSeed(plain).Public().(ed25519.PublicKey)
		return prefixPublicKey + base64.StdEncoding.EncodeToString(public)
	}
	return prefixSecret + base64.StdEncoding.EncodeToString(plain)
}

// sign returns the signature of an attempt by one secret.
func sign(kind onboarding.WebhookSignature, plain []byte, id string, at time.Time, body []byte) string {
	signed := slices.Concat([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body)
	if kind == onboarding.WebhookEd25519 {
		return versionEd25519 + base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(plain), signed))
	}
	hash := hmac.New(sha256.New, plain)
	hash.Write(signed)
	return versionHMAC + base64.StdEncoding.EncodeToString(hash.Sum(nil))
}

var errNoSecret = errors.New("the endpoint has no secret")

// signature returns the header webhook-signature: one signature for each secret that has not ended.
func (h *Hooks) signature(ctx context.Context, webhookID, id string, at time.Time, body []byte) (string, error) {
	secrets, err := h.Store.WebhookSecrets(ctx, webhookID, at)
	if err != nil {
		return "", err
	}
	var all []string
	for _, s := range secrets {
		plain, err := h.open(s)
		if err != nil {
			return "", err
		}
		all = append(all, sign(s.Signature, plain, id, at, body))
	}
	if len(all) == 0 {
		return "", errNoSecret
	}
	return strings.Join(all, " "), nil
}

// Declare makes a secret for each declared webhook that has none of its kind. It belongs to the
// transaction that stores the organization.
func (h *Hooks) Declare(ctx context.Context, tx onboarding.Tx, o *onboarding.Organization) error {
	now := h.Clock.Now()
	for i := range o.Webhooks {
		w := &o.Webhooks[i]
		secrets, err := tx.WebhookSecrets(ctx, w.ID, now)
		if err != nil {
			return err
		}
		if len(secrets) > 0 && secrets[0].Signature == w.Kind() {
			continue
		}
		if err := tx.EndWebhookSecrets(ctx, w.ID, now); err != nil {
			return err
		}
		if err := tx.InsertWebhookSecret(ctx, h.newSecret(w.ID, w.Kind())); err != nil {
			return err
		}
	}
	return nil
}
