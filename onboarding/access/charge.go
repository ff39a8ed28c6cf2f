package access

import (
	"context"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// TakeRegistration charges a registration to the budgets of the caller's address, the location
// and the client key. It also charges a lookup if the response could reveal known customers; the
// charge is the same in every case and precedes any read. Operators are charged to the client key
// only.
func (s *Control) TakeRegistration(
	ctx context.Context, by *onboarding.Caller, organizationID, locationID string, identifies bool,
) (*Charge, error) {
	var keys []budgetKey
	if by.Principal != nil {
		keys = append(keys, budgetKey{limit: LimitRegistrationsKey, key: by.Principal.ServiceID})
	}
	if !by.IsOperator() {
		if by.Principal != nil && identifies {
			keys = append(byAddress(LimitLookups, by.Address), keys...)
		}
		keys = append(keys, budgetKey{limit: LimitRegistrationsLocation, key: organizationID + " " + locationID})
		keys = append(keys, byAddress(LimitRegistrationsAddress, by.Address)...)
	}
	return s.budgets.take(ctx, keys...)
}

// SettleRegistration refunds unused charges of a registration: the lookup if the response
// revealed no customer, and the registration if it failed.
func SettleRegistration(t *Charge, err error) {
	switch onboarding.KindOf(err) {
	case onboarding.Conflict, onboarding.NotFound:
	default:
		t.GiveBack(LimitLookups)
	}
	if err != nil {
		t.GiveBack(LimitRegistrationsKey, LimitRegistrationsLocation, LimitRegistrationsAddress)
	}
}

// TakeLookup charges a lookup to the budget of an app's address.
func (s *Control) TakeLookup(ctx context.Context, by *onboarding.Caller) (*Charge, error) {
	if by.IsOperator() {
		return &Charge{budgets: s.budgets}, nil
	}
	return s.budgets.take(ctx, byAddress(LimitLookups, by.Address)...)
}

// TakeGuess charges a password guess at a user name to the budget of an app's address. Guesses at
// one name from many addresses delay each other's responses.
func (s *Control) TakeGuess(ctx context.Context, by *onboarding.Caller, username string) (*Charge, error) {
	if by.IsOperator() {
		return &Charge{budgets: s.budgets}, nil
	}
	name := auth.HashToken(username)
	guess, err := s.budgets.take(ctx, byAddress(LimitGuesses, by.Address, name)...)
	if err != nil {
		return nil, err
	}
	everywhere := budgetKey{limit: LimitGuessesEverywhere, key: name}
	more, err := s.budgets.take(ctx, everywhere)
	switch {
	case err == nil:
		guess.keys = append(guess.keys, more.keys...)
	case onboarding.KindOf(err) == onboarding.TooMany:
		err = s.delays.wait(ctx)
	}
	if err != nil {
		guess.GiveBack()
		return nil, err
	}
	return guess, nil
}

// LimitForm returns a TooMany error if the form has been used for the maximum number of
// registrations. Registrations are counted in their own transaction.
func (s *Control) LimitForm(ctx context.Context, tx onboarding.Tx, scope, form string) error {
	rate, on := s.budgets.limits.Rate(LimitRegistrationsForm)
	if form == "" || !on {
		return nil
	}
	n, err := tx.CountIdempotency(ctx, scope, form+" ")
	if err != nil || int64(n) < rate.Burst {
		return err
	}
	refused := s.budgets.refuse(LimitRegistrationsForm, 0)
	refused.Field = "form"
	return refused
}

// LimitConsents limits the number of a customer's consent changes, because the append-only ledger
// keeps them all. Entries are counted in their own transaction.
func (s *Control) LimitConsents(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, customerID string, lines int,
) error {
	rate, on := s.budgets.limits.Rate(LimitConsents)
	if !on || by.IsOperator() {
		return nil
	}
	since := s.clock.Now().Add(-rate.interval() * time.Duration(rate.Burst))
	n, err := tx.CountConsents(ctx, customerID, since, int(rate.Burst))
	if err != nil || int64(n+lines) <= rate.Burst {
		return err
	}
	return s.budgets.refuse(LimitConsents, rate.interval()*time.Duration(lines))
}

// LimitSelfService charges an act by a self-service link to the customer's budget. The holder of
// one link can repeat acts, each of which writes rows or reads all records of the customer.
func (s *Control) LimitSelfService(ctx context.Context, customerID string) error {
	_, err := s.budgets.take(ctx, budgetKey{limit: LimitSelfService, key: customerID})
	return err
}

const (
	longestDelay = 5 * time.Second
	delayEach    = 500 * time.Millisecond
	mostDelayed  = 100
)

// delays limits the number of responses that wait because of guesses at a user name from many
// addresses.
type delays struct{ slots chan struct{} }

func newDelays() delays { return delays{make(chan struct{}, mostDelayed)} }

// wait delays a response; the more responses wait, the longer. If too many wait, it returns an
// Unavailable error.
func (d delays) wait(ctx context.Context) error {
	select {
	case d.slots <- struct{}{}:
	default:
		return &onboarding.Error{Kind: onboarding.Unavailable, Message: "too busy, try again", RetryAfter: longestDelay}
	}
	defer func() { <-d.slots }()
	select {
	case <-time.After(min(time.Duration(len(d.slots))*delayEach, longestDelay)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LimitWrong charges a wrong secret (of many random bits) to a limit and returns wrong, or a
// TooMany error beyond the limit. Right secrets always pass: they cannot be guessed, and a
// neighbour behind the same address must not lock out their holder.
func (s *Control) LimitWrong(ctx context.Context, limit LimitName, by *onboarding.Caller, wrong error) error {
	if _, err := s.budgets.take(ctx, byAddress(limit, by.Address)...); err != nil {
		return err
	}
	return wrong
}

// takeProof charges a lookup to an app's address before the customer is read, because the proof
// may be wrong. A proof that was right with the same token within the last hour is not charged,
// so that its holder can continue while a neighbour behind the same address guesses.
func (s *Control) takeProof(ctx context.Context, by *onboarding.Caller, customerID string) (*Charge, error) {
	if by.IsOperator() || s.budgets.remembers(proofKey(by, customerID)) {
		return &Charge{budgets: s.budgets}, nil
	}
	return s.budgets.take(ctx, byAddress(LimitLookups, by.Address)...)
}

// proofGiven refunds the charge of takeProof after a right proof.
func (s *Control) proofGiven(t *Charge, by *onboarding.Caller, customerID string) {
	t.GiveBack()
	if !by.IsOperator() {
		s.budgets.remember(proofKey(by, customerID))
	}
}

func proofKey(by *onboarding.Caller, customerID string) budgetKey {
	return budgetKey{limit: "proof", key: customerID + " " + by.Principal.TokenID + " " + by.Guid}
}

// remembered is the time for which a right proof is remembered.
const remembered = time.Hour

// remember records among the accounts that a key was proven.
func (b *budgets) remember(k budgetKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.account(b.id(k)).until = b.now().Add(remembered).UnixMicro()
}

// remembers reports whether a key was proven within remembered.
func (b *budgets) remembers(k budgetKey) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, known := b.accounts[b.id(k)]
	return known && b.now().UnixMicro() < e.Value.(*account).until
}

// TakeCode charges one attempt at a resume code to the client's address.
func (s *Control) TakeCode(ctx context.Context, by *onboarding.Caller) (*Charge, error) {
	return s.budgets.take(ctx, byAddress(LimitCodes, by.Address)...)
}
