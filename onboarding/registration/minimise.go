package registration

import (
	"context"

	"onramp/onboarding"
)

// eraseRefused erases the stored records of a customer that has just been minimised. It keeps the
// hashes of guids, by which a device proves the customer, and open connections until they end,
// because the credential's use can be stopped only through them.
func eraseRefused(ctx context.Context, tx onboarding.Tx, before, after *onboarding.Customer) error {
	if !after.Minimised() || before != nil && before.Minimised() {
		return nil
	}
	return tx.MinimiseCustomer(ctx, after.ID)
}

// settled makes the line of the customer's minimisation durable after a request that succeeded. A
// repeated request, after only the line failed, finds the customer minimised: without this function
// it would succeed without a line.
func (s *Registrar) settled(ctx context.Context, customer *onboarding.Customer) error {
	if !customer.Minimised() {
		return nil
	}
	return s.tombstones.SettleMinimisation(ctx, customer.ID)
}
