package registration

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"onramp/onboarding"
)

// firstAnswer is what a repeated request is answered; the json tags are its stored form.
type firstAnswer struct {
	Customer onboarding.Customer `json:"customer"`
	Password string              `json:"password"`
	LinkURL  string              `json:"activationUrl"`
}

func idempotencyPurpose(serviceID, key string) string { return "idempotency " + serviceID + " " + key }

// idempotencyLifetime is how long an Idempotency-Key is bound to its first request.
const idempotencyLifetime = 24 * time.Hour

// answeredBefore returns the first answer to the same request, or nil when this is the first. Whoever repeats it has the key and the body, which
// prove nothing: password and link are told again only beside a guid that still proves the customer, the link alone to a manager and to the
// sign-up page (whose key is its form's own), and neither once the credential is locked or replaced.
func (s *Registrar) answeredBefore(ctx context.Context, r onboarding.Tx, by *onboarding.Caller, reg *Request, guidHash string) (*Result, error) {
	if reg.IdempotencyKey == "" {
		return nil, nil
	}
	first, err := r.Idempotency(ctx, idempotencyScope(by), reg.IdempotencyKey, s.clock.Now())
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if first.RequestHash != reg.RequestHash || first.GuidHash != guidHash {
		return nil, onboarding.InvalidField("Idempotency-Key", "was used for another request")
	}
	plain, err := s.sealer.Open(first.Answer, idempotencyPurpose(first.ServiceID, first.Key))
	if err != nil {
		return nil, err
	}
	var a firstAnswer
	if err := json.Unmarshal(plain, &a); err != nil {
		return nil, err
	}
	answer := &Result{Customer: &a.Customer, Created: first.Created}
	if by.Principal == nil {
		answer.LinkURL = a.LinkURL
		return answer, nil
	}
	current, err := r.Customer(ctx, a.Customer.OrganizationID, a.Customer.ID)
	if err != nil {
		return nil, err
	}
	credential, err := r.Credential(ctx, a.Customer.ID)
	if err != nil {
		return nil, err
	}
	password, err := s.sealer.OpenPassword(credential)
	if err != nil {
		return nil, err
	}
	byGuid, err := r.Proves(ctx, a.Customer.ID, onboarding.Evidence{GuidHash: guidHash, Now: s.clock.Now()})
	if err != nil || current.Locked || a.Password != "" && a.Password != password {
		return answer, err
	}
	if byGuid || by.IsManager() {
		answer.LinkURL = a.LinkURL
	}
	if byGuid {
		answer.Password = a.Password
	}
	return answer, nil
}

// remember keeps the answer, sealed, for a repeat of the request.
func (s *Registrar) remember(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, reg *Request, guidHash string, answer *Result) error {
	if reg.IdempotencyKey == "" {
		return nil
	}
	now := s.clock.Now()
	plain, err := json.Marshal(firstAnswer{*answer.Customer, answer.Password, answer.LinkURL})
	if err != nil {
		return err
	}
	service := idempotencyScope(by)
	return tx.InsertIdempotency(ctx, &onboarding.Idempotency{
		ServiceID: service, Key: reg.IdempotencyKey, GuidHash: guidHash, RequestHash: reg.RequestHash,
		CustomerID: answer.Customer.ID,
		Answer:     s.sealer.Seal(plain, idempotencyPurpose(service, reg.IdempotencyKey)),
		Created:    answer.Created, Expires: now.Add(idempotencyLifetime),
	}, now)
}

// idempotencyScope is within what a repeated key means the same request: one client key, or the sign-up pages.
func idempotencyScope(c *onboarding.Caller) string {
	if c.Principal == nil {
		return portalScope
	}
	return c.Principal.ServiceID
}

// portalScope is the scope of the sign-up pages.
const portalScope = "portal"
