package links

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/turns"
	"onramp/profiles"
)

// Signer puts the deployment's signature on a document. Its methods are safe for concurrent use.
type Signer interface {
	// Sign returns a CMS SignedData (RFC 5652) that embeds the document and the signer's chain.
	Sign(document []byte) ([]byte, error)
	// SignXML returns the XML document with an enveloped XML-DSig signature.
	SignXML(document []byte) ([]byte, error)
	// XMLRefusal returns, in a sentence for people, why the key cannot sign an XML document; empty
	// when it can.
	XMLRefusal() string
	// Fingerprint identifies the chain that signatures contain now.
	Fingerprint() string
}

// Limits on signatures. A signature with RSA-2048 takes a core for about a millisecond.
const (
	signingWaiting = 1024
	signingWait    = 5 * time.Second
	// A refused client shall retry after a random time between these, so that a crowd does not
	// return at once.
	signingRetry    = 2 * time.Second
	signingRetryMax = 6 * time.Second
)

// NewTurns returns the queue of the signatures: as many at a time as Go uses cores.
func NewTurns() *turns.Queue {
	return turns.New(turns.Config{Workers: runtime.GOMAXPROCS(0), Waiting: signingWaiting, Wait: signingWait})
}

// cannotSign returns why a document with that seal cannot be handed out now; empty when it can.
func (s *Links) cannotSign(seal profiles.Seal) string {
	if seal == profiles.SealXMLDSig && s.signer != nil {
		return s.signer.XMLRefusal()
	}
	return ""
}

// signed returns the customer's document with the signature that the platform requires. Too many
// signatures in progress are Unavailable.
func (s *Links) signed(
	ctx context.Context, c *onboarding.Customer, platform string, d *profiles.Document,
) (*profiles.Document, error) {
	signed := *d
	if d.Seal == profiles.SealNone {
		return &signed, nil
	}
	key := signedKey{c.OrganizationID, c.ID, profiles.Platform(platform)}
	by := s.signer.Fingerprint()
	box, err := s.signatures.box(by, d)
	if err != nil {
		return nil, err
	}
	if signed.Body = s.signatures.get(key, box); signed.Body != nil {
		return &signed, nil
	}
	if signed.Body, err = s.sign(ctx, c.OrganizationID, platform, d); err != nil {
		return nil, err
	}
	if s.signer.Fingerprint() == by { // not renewed meanwhile
		s.signatures.put(key, box, signed.Body)
	}
	return &signed, nil
}

// sign signs a document in a turn of the organization.
func (s *Links) sign(
	ctx context.Context, organizationID, platform string, d *profiles.Document,
) (signed []byte, err error) {
	release, err := s.turns.Take(ctx, organizationID)
	if errors.Is(err, turns.ErrFull) || errors.Is(err, turns.ErrLate) {
		return nil, &onboarding.Error{
			Kind: onboarding.Unavailable, Message: "too many profiles are being signed, retry", Cause: err,
			RetryAfter: signingRetry + rand.N(signingRetryMax-signingRetry),
		}
	}
	if err != nil {
		return nil, err
	}
	defer release()
	switch d.Seal {
	case profiles.SealCMS:
		signed, err = s.signer.Sign(d.Body)
	case profiles.SealXMLDSig:
		signed, err = s.signer.SignXML(d.Body)
	}
	if err != nil {
		return nil, fmt.Errorf("sign the %s profile: %w", platform, err)
	}
	return signed, nil
}

// Forget drops the customer's signed documents from memory, after a change that ends the
// credential.
func (s *Links) Forget(organizationID, customerID string) {
	var keys []signedKey
	for _, p := range profiles.Platforms() {
		keys = append(keys, signedKey{organizationID, customerID, p})
	}
	s.signatures.forget(keys...)
}

// Signing is the state of this process's signatures, for metrics.
type Signing struct {
	Waiting, Capacity int   // documents that wait for their signature, and the most
	Full, Late        int64 // documents that were refused: the queue was full, the wait too long
	Bytes             int   // memory for signed documents
	Hits, Misses      int64 // downloads with and without a held document
}

// Signing returns the state of this process's signatures.
func (s *Links) Signing() Signing {
	t := s.turns.State()
	all := Signing{Waiting: t.Waiting, Capacity: t.Capacity, Full: t.Full, Late: t.Late}
	all.Bytes, all.Hits, all.Misses = s.signatures.state()
	return all
}
