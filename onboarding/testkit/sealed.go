package testkit

import (
	"testing"
	"time"

	"onramp/onboarding"
)

// FillSealed writes n customers with a password and an identity document, and a value to each other
// place of sealed values. Every value is "plain".
func FillSealed(t testing.TB, store onboarding.Store, sealer *onboarding.Sealer, n int) {
	t.Helper()
	plain := func(purpose string) onboarding.Sealed { return sealer.Seal([]byte("plain"), purpose) }
	hotspot := onboarding.Hotspot{ID: onboarding.NewID(), Name: "door"}
	secret := plain(onboarding.HotspotSecretPurpose(hotspot.ID))
	hotspot.Secret = &secret
	o := &onboarding.Organization{ID: onboarding.NewID(), Name: "O", Locations: []onboarding.Location{
		{ID: onboarding.NewID(), Name: "L", Timezone: "UTC", Hotspots: []onboarding.Hotspot{hotspot}},
	}}
	ctx, now := t.Context(), time.Now()
	if err := store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.PutOrganization(ctx, o); err != nil {
			return err
		}
		for range n {
			id := onboarding.NewID()
			c := &onboarding.Customer{
				ID: id, OrganizationID: o.ID, Username: id, SignupMethod: onboarding.ChannelApp,
				Created: now, Modified: now,
			}
			c.Document.Sealed = plain(onboarding.DocumentPurpose(id))
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
			if err := tx.InsertCredential(ctx, &onboarding.Credential{
				CustomerID: id, OrganizationID: o.ID, Username: id, Created: now, Expires: now.Add(time.Hour),
				Password: plain(onboarding.PasswordPurpose(id)),
			}); err != nil {
				return err
			}
		}
		id := onboarding.NewID()
		if err := tx.InsertVerification(ctx, &onboarding.Verification{
			ID: id, OrganizationID: o.ID, Session: id, Channel: onboarding.VerifyEmail, Recipient: "r", Code: "c",
			Created: now, Resend: now, CodeEnds: now, Expires: now.Add(time.Hour),
			Content: plain(onboarding.VerificationPurpose(id)),
		}); err != nil {
			return err
		}
		if _, err := tx.InsertMessage(ctx, &onboarding.Message{
			ID: id, OrganizationID: o.ID, Channel: onboarding.MessageEmail, Kind: onboarding.MessageVerification,
			Language: "en", Recipient: "r", Created: now, Due: now, NotAfter: now.Add(time.Hour),
			Content: plain(onboarding.MessagePurpose(id)),
		}); err != nil {
			return err
		}
		if err := tx.InsertWebhookSecret(ctx, &onboarding.WebhookSecret{
			WebhookID: id, ID: id, Signature: onboarding.WebhookHMAC, Created: now,
			Value: plain(onboarding.WebhookSecretPurpose(id, id)),
		}); err != nil {
			return err
		}
		return tx.InsertIdempotency(ctx, &onboarding.Idempotency{
			ServiceID: "s", Key: "k", Expires: now.Add(time.Hour),
			Answer: plain(onboarding.IdempotencyPurpose("s", "k")),
		}, now)
	}); err != nil {
		t.Fatal(err)
	}
}
