package access

import (
	"cmp"
	"context"
	"time"

	"onramp/onboarding"
)

// Recipient is the address to which a code is sent, and who asks for it.
type Recipient struct {
	OrganizationID string
	LocationID     string
	// Device identifies the page of a sign-up, or the customer of an app: an app can send any guid.
	Device string
	Hash   string // keyed, of the address
	// Mailbox is the keyed hash of the addresses that may lead to the same person; empty: Hash.
	Mailbox string
	// Known is set for a browser or an app that has once verified the address. It has budgets of
	// its own, which strangers cannot use up.
	Known bool
}

// budget returns the key of the recipient's budgets.
func (r *Recipient) budget() string {
	if r.Known {
		return r.Hash + " known"
	}
	return cmp.Or(r.Mailbox, r.Hash)
}

// TakeCodeSent charges a code that is to be sent to the budgets of the recipient, the device, and,
// except for an operator, the location and the client's address. The charge does not depend on
// whether the recipient is known.
func (s *Control) TakeCodeSent(ctx context.Context, by *onboarding.Caller, r *Recipient) (*Charge, error) {
	keys := []budgetKey{
		{limit: LimitVerificationsRecipient, key: r.budget()},
		{limit: LimitVerificationsDevice, key: r.Device},
	}
	if !by.IsOperator() {
		keys = append(keys, budgetKey{limit: LimitVerificationsLocation, key: r.OrganizationID + " " + r.LocationID})
		keys = append(keys, byAddress(LimitVerificationsAddress, by.Address)...)
	}
	return s.budgets.take(ctx, keys...)
}

// TakeWrongCode charges a code that may be wrong to the client's address and to the location. It is
// charged before the comparison, so that concurrent guesses cannot exceed the limit; give it back
// if the code was right. A browser or an app that has once verified the address is not charged:
// strangers who use up the budget of a location do not shut it out.
func (s *Control) TakeWrongCode(ctx context.Context, by *onboarding.Caller, r *Recipient) (*Charge, error) {
	if by.IsOperator() || r.Known {
		return &Charge{budgets: s.budgets}, nil
	}
	keys := []budgetKey{{limit: LimitWrongCodesLocation, key: r.OrganizationID + " " + r.LocationID}}
	return s.budgets.take(ctx, append(keys, byAddress(LimitWrongCodesAddress, by.Address)...)...)
}

// LimitWrongCodes returns a TooMany error if the recipient has had the maximum number of wrong
// codes in a day, over all codes, unless a browser or an app asks that has once verified the
// address. Wrong codes are counted in their own transactions, so that the limit is exact.
func (s *Control) LimitWrongCodes(ctx context.Context, tx onboarding.Tx, r *Recipient) error {
	rate, on := s.budgets.limits.Rate(LimitWrongCodesRecipient)
	if !on || r.Known {
		return nil
	}
	since := s.clock.Now().Add(-onboarding.VerificationTriesDay)
	n, err := tx.CountWrongCodes(ctx, r.Hash, since, int(rate.Burst))
	if err != nil || int64(n) < rate.Burst {
		return err
	}
	return s.budgets.refuse(LimitWrongCodesRecipient, time.Hour)
}

// LimitSignUps returns a TooMany error of the field form if the form has been used for the maximum
// number of sign-ups. They are counted in their own transaction.
func (s *Control) LimitSignUps(ctx context.Context, tx onboarding.Tx, form string) error {
	rate, on := s.budgets.limits.Rate(LimitRegistrationsForm)
	if !on {
		return nil
	}
	n, err := tx.CountVerificationsOfForm(ctx, form, int(rate.Burst))
	if err != nil || int64(n) < rate.Burst {
		return err
	}
	refused := s.budgets.refuse(LimitRegistrationsForm, 0)
	refused.Field = "form"
	return refused
}
