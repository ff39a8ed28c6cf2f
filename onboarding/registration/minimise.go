package registration

import (
	"context"

	"onramp/onboarding"
)

// minimise clears the fields that need consent to the processing of personal data. It keeps the
// identifier, user name, credential, lock, consents, language and country, and the time and channel
// of the registration, which the consents need.
func minimise(c *onboarding.Customer) {
	c.Attributes = onboarding.Attributes{Language: c.Language, Country: c.Country}
	c.LocationID, c.HotspotID, c.Source = "", "", ""
	c.LastLogin = nil
	c.Logins = 0
	c.Kiosk = false
}

// eraseRefused erases the stored records of a customer that has just been minimised. It keeps the
// hashes of guids, by which a device proves the customer, and open connections until they end,
// because the credential's use can be stopped only through them.
func eraseRefused(ctx context.Context, tx onboarding.Tx, before, after *onboarding.Customer) error {
	if !after.Minimised() || before != nil && before.Minimised() {
		return nil
	}
	return tx.MinimiseCustomer(ctx, after.ID)
}
