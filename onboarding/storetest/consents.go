package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

func testConsents(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, other := storedCustomer(t, s), storedCustomer(t, s)
	consent := func(policy string, accepted bool, at time.Time) onboarding.Consent {
		return onboarding.Consent{
			ID: onboarding.NewID(), OrganizationID: c.OrganizationID, CustomerID: c.ID, Policy: policy, Version: "1.00",
			Accepted: accepted, At: at, Channel: onboarding.ChannelPortal, Address: "2001:db8::1", Agent: "Mozilla/5.0 (\"x\")",
		}
	}
	terms := consent(onboarding.TermsOfUse, true, noon)
	privacy := consent(onboarding.Privacy, true, noon)
	offers := consent(onboarding.MktgCommunication, true, noon)
	none := consent(onboarding.PPD, false, noon.Add(time.Microsecond))
	none.Version, none.Address, none.Agent = "", "", ""
	revoked := consent(onboarding.MktgCommunication, false, noon.Add(time.Hour))
	// Two words in the same instant: the ID, made later, decides.
	yes := consent("customs.x", true, noon.Add(2*time.Hour))
	no := consent("customs.x", false, noon.Add(2*time.Hour))
	elsewhere := consent(onboarding.TermsOfUse, false, noon.Add(9*time.Hour))
	elsewhere.CustomerID = other.ID
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.AppendConsents(ctx, []onboarding.Consent{terms, privacy, offers, none, elsewhere}); err != nil {
			return err
		}
		return tx.AppendConsents(ctx, nil)
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.AppendConsents(ctx, []onboarding.Consent{no, revoked, yes})
	})
	ledger := must(s.Consents(ctx, c.ID))(t)
	equal(t, "ledger", ledger, []onboarding.Consent{terms, privacy, offers, none, revoked, yes, no})
	utc(t, "At", ledger[0].At)
	equal(t, "current consents", must(s.CurrentConsents(ctx, c.ID))(t), []onboarding.Consent{no, revoked, none, privacy, terms})
	for _, f := range []func(context.Context, string) ([]onboarding.Consent, error){s.Consents, s.CurrentConsents} {
		if got := must(f(ctx, onboarding.NewID()))(t); len(got) != 0 {
			t.Errorf("an unknown customer has the consents %v", got)
		}
	}
}
