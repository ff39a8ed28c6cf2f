package verification

import (
	"context"
	"time"

	"onramp/onboarding"
)

// verifiedWebhook returns the event of a proven address. It does not hold the address.
func verifiedWebhook(
	c *onboarding.Customer, channel onboarding.VerifyChannel, at time.Time,
) onboarding.WebhookEvent {
	return onboarding.NewWebhookEvent(c, onboarding.WebhookCustomerVerified, at,
		onboarding.WebhookData{Channel: string(channel)})
}

// Address is an address that Onramp itself has verified for a customer.
type Address struct {
	Channel onboarding.VerifyChannel
	To      string
}

// AddressesOf returns the customer's present addresses that Onramp itself has verified, in the
// order of the channels: e-mail first.
func (v *Verifications) AddressesOf(
	ctx context.Context, r onboarding.VerificationReader, c *onboarding.Customer,
) ([]Address, error) {
	rows, err := r.VerifiedAddresses(ctx, c.ID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	h, err := v.hashes(ctx)
	if err != nil {
		return nil, err
	}
	var all []Address
	for i := range rows {
		a := &rows[i]
		address, verified := a.Channel.Address(c)
		if verified && address != "" && a.Recipient == h.recipient(c.OrganizationID, a.Channel, address) {
			all = append(all, Address{Channel: a.Channel, To: address})
		}
	}
	return all, nil
}
