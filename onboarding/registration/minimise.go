package registration

import (
	"context"

	"onramp/onboarding"
)

// minimise drops what may not be kept of a customer who refuses the processing of personal data: all but identifier, user name,
// credential, consents, language and country. That somebody registered, when and by which channel belongs to the consents; whether he is
// locked, to the credential.
func minimise(c *onboarding.Customer) {
	c.Attributes = onboarding.Attributes{Language: c.Language, Country: c.Country}
	c.LocationID, c.HotspotID, c.Source = "", "", ""
	c.LastLogin = nil
	c.Logins = 0
	c.Kiosk = false
}

// dropRefused follows a decision in its transaction: what was kept by a consent goes with it. The hashes of guids stay even of a minimised
// customer, for they are how a device proves that it may have the credential; so do open connections, until they end, because only by them can the
// credential's use be stopped.
func dropRefused(ctx context.Context, tx onboarding.Tx, was, is *onboarding.Customer) error {
	if !is.Minimised() || was != nil && was.Minimised() {
		return nil
	}
	return tx.MinimiseCustomer(ctx, is.ID)
}
