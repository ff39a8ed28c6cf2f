package registration

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"onramp/onboarding"
)

// idempotencyLifetime is how long an Idempotency-Key is bound to its first request.
const idempotencyLifetime = 24 * time.Hour

// portalScope is the scope of the sign-up pages' Idempotency-Keys.
const portalScope = "portal"

// idempotencyScope returns the scope within which a repeated key means the same request: the client
// key, or the sign-up pages.
func idempotencyScope(by *onboarding.Caller) string {
	if by.Principal == nil {
		return portalScope
	}
	return by.Principal.ServiceID
}

// storedAnswer is the sealed part of the first result; the JSON names are its stored form.
type storedAnswer struct {
	Customer onboarding.Customer `json:"customer"`
	Password string              `json:"password"`
	LinkURL  string              `json:"activationUrl"`
}

// storedResult returns the result of an earlier call with the same key and body, or nil for the
// first.
//
// The key and the body prove nothing. The stored password and link are therefore returned only with
// a guid that still proves the customer, the link alone also to a manager and to the sign-up page,
// whose key is random in each form, and neither once the credential is locked or replaced.
func (s *Registrar) storedResult(ctx context.Context, c call, r *Request, guidHash string) (*Result, error) {
	if r.IdempotencyKey == "" {
		return nil, nil
	}
	first, err := c.tx.Idempotency(ctx, idempotencyScope(c.by), r.IdempotencyKey, c.now)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if first.RequestHash != r.RequestHash || first.GuidHash != guidHash {
		return nil, onboarding.InvalidField("Idempotency-Key", "was used for another request")
	}
	plain, err := s.sealer.Open(first.Answer, onboarding.IdempotencyPurpose(first.ServiceID, first.Key))
	if err != nil {
		return nil, err
	}
	var answer storedAnswer
	if err := json.Unmarshal(plain, &answer); err != nil {
		return nil, err
	}
	result := &Result{Customer: &answer.Customer, Created: first.Created}
	if c.by.Principal == nil {
		result.LinkURL = answer.LinkURL
		return result, nil
	}
	return result, s.discloseStored(ctx, c, &answer, guidHash, result)
}

// discloseStored copies the stored link and password to the result as far as the caller may have
// them.
func (s *Registrar) discloseStored(
	ctx context.Context, c call, answer *storedAnswer, guidHash string, result *Result,
) error {
	customer, err := c.tx.Customer(ctx, answer.Customer.OrganizationID, answer.Customer.ID)
	if err != nil {
		return err
	}
	credential, err := c.tx.Credential(ctx, customer.ID)
	if err != nil {
		return err
	}
	password, err := s.sealer.OpenPassword(credential)
	if err != nil {
		return err
	}
	proven, err := c.tx.Proves(ctx, customer.ID, onboarding.Evidence{GuidHash: guidHash, Now: c.now})
	if err != nil || customer.Locked || answer.Password != "" && answer.Password != password {
		return err
	}
	if proven || c.by.IsOperator() {
		result.LinkURL = answer.LinkURL
	}
	if proven {
		result.Password = answer.Password
	}
	return nil
}

// storeResult stores the result, sealed, for a repeat of the request.
func (s *Registrar) storeResult(ctx context.Context, c call, r *Request, guidHash string, result *Result) error {
	if r.IdempotencyKey == "" {
		return nil
	}
	plain, err := json.Marshal(storedAnswer{*result.Customer, result.Password, result.LinkURL})
	if err != nil {
		return err
	}
	scope := idempotencyScope(c.by)
	return c.tx.InsertIdempotency(ctx, &onboarding.Idempotency{
		ServiceID: scope, Key: r.IdempotencyKey, GuidHash: guidHash, RequestHash: r.RequestHash,
		CustomerID: result.Customer.ID,
		Answer:     s.sealer.Seal(plain, onboarding.IdempotencyPurpose(scope, r.IdempotencyKey)),
		Created:    result.Created, Expires: c.now.Add(idempotencyLifetime),
	}, c.now)
}
