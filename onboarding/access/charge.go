package access

import (
	"context"
	"onramp/onboarding/auth"
	"time"

	"onramp/onboarding"
)

// takeRegistration takes a registration from the budgets of the caller's address, the location and the client key, and a lookup where
// the answer could tell who is known: whatever it is, it is paid before anything is looked up. An operator is held to the client key's alone.
func (s *Control) TakeRegistration(ctx context.Context, by *onboarding.Caller, organizationID, locationID string, identifies bool) (*taken, error) {
	var keys []budgetKey
	if by.Principal != nil {
		keys = append(keys, budgetKey{limit: LimitRegistrationsKey, key: by.Principal.ServiceID})
	}
	if !by.IsManager() {
		if by.Principal != nil && identifies {
			keys = append(byAddress(LimitLookups, by.Address), keys...)
		}
		keys = append(keys, budgetKey{limit: LimitRegistrationsLocation, key: organizationID + " " + locationID})
		keys = append(keys, byAddress(LimitRegistrationsAddress, by.Address)...)
	}
	return s.budgets.take(ctx, keys...)
}

// settleRegistration gives back what a registration did not need: an answer that tells of nobody was no lookup, and one that failed made
// nobody.
func SettleRegistration(t *taken, err error) {
	switch onboarding.KindOf(err) {
	case onboarding.Conflict, onboarding.NotFound:
	default:
		t.GiveBack(LimitLookups)
	}
	if err != nil {
		t.GiveBack(LimitRegistrationsKey, LimitRegistrationsLocation, LimitRegistrationsAddress)
	}
}

// takeLookup takes one from the lookups of an app's address.
func (s *Control) TakeLookup(ctx context.Context, by *onboarding.Caller) (*taken, error) {
	if by.IsManager() {
		return &taken{budgets: s.budgets}, nil
	}
	return s.budgets.take(ctx, byAddress(LimitLookups, by.Address)...)
}

// takeGuess takes one from the guesses of an app's address at a user name. Guesses that come from many addresses delay each other's answers.
func (s *Control) TakeGuess(ctx context.Context, by *onboarding.Caller, username string) (*taken, error) {
	if by.IsManager() {
		return &taken{budgets: s.budgets}, nil
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

// limitForm refuses a form that has been good for as many registrations as one may be. They are counted in their own transaction.
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

// limitConsents refuses a customer's changes of mind without end: each change is a line of the ledger, which keeps all. The lines are counted in their
// own transaction.
func (s *Control) LimitConsents(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, customerID string, lines int) error {
	rate, on := s.budgets.limits.Rate(LimitConsents)
	if !on || by.IsManager() {
		return nil
	}
	since := s.clock.Now().Add(-rate.interval() * time.Duration(rate.Burst))
	n, err := tx.CountConsents(ctx, customerID, since, int(rate.Burst))
	if err != nil || int64(n+lines) <= rate.Burst {
		return err
	}
	return s.budgets.refuse(LimitConsents, rate.interval()*time.Duration(lines))
}

const (
	longestDelay = 5 * time.Second
	delayEach    = 500 * time.Millisecond
	mostDelayed  = 100
)

// delays are the answers that wait because a user name is guessed at from many addresses.
type delays struct{ slots chan struct{} }

func newDelays() delays { return delays{make(chan struct{}, mostDelayed)} }

// wait delays an answer, the longer the more of them wait. When too many do, the answer is Unavailable.
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

// limitWrong counts an answer that a secret of many random bits was wrong, and refuses beyond the limit. The right one always passes: nobody guesses
// it, and a neighbour behind the same address must not keep its holder out.
func (s *Control) LimitWrong(ctx context.Context, limit LimitName, by *onboarding.Caller, wrong error) error {
	if _, err := s.budgets.take(ctx, byAddress(limit, by.Address)...); err != nil {
		return err
	}
	return wrong
}

// takeProof takes a lookup from an app's address for a proof that may be wrong, before the customer is looked for. One that was right with the same
// token within the last hour needs none: its holder goes on while a neighbour behind the same address guesses.
func (s *Control) takeProof(ctx context.Context, by *onboarding.Caller, customerID string) (*taken, error) {
	if by.IsManager() || s.budgets.remembers(proofKey(by, customerID)) {
		return &taken{budgets: s.budgets}, nil
	}
	return s.budgets.take(ctx, byAddress(LimitLookups, by.Address)...)
}

// proofGiven gives back what takeProof took for a proof that was right.
func (s *Control) proofGiven(t *taken, by *onboarding.Caller, customerID string) {
	t.GiveBack()
	if !by.IsManager() {
		s.budgets.remember(proofKey(by, customerID))
	}
}

func proofKey(by *onboarding.Caller, customerID string) budgetKey {
	return budgetKey{limit: "proof", key: customerID + " " + by.Principal.TokenID + " " + by.Guid}
}

// remembered is how long a right proof is remembered.
const remembered = time.Hour

// remember keeps that a key was proven, among the accounts.
func (b *budgets) remember(k budgetKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.account(k.id()).until = b.now().Add(remembered).UnixMicro()
}

// remembers reports whether a key was proven lately.
func (b *budgets) remembers(k budgetKey) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, known := b.accounts[k.id()]
	return known && b.now().UnixMicro() < e.Value.(*account).until
}

// takeCode takes one from the resume codes that a client's address may try.
func (s *Control) TakeCode(ctx context.Context, by *onboarding.Caller) (*taken, error) {
	return s.budgets.take(ctx, byAddress(LimitCodes, by.Address)...)
}
