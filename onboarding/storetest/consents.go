package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var consentParts = []part{
	{"Consents", testConsents},
	{"CurrentConsentsOf", testCurrentConsentsOf},
}

// testConsents checks that the ledger keeps every consent in order, and that the latest per policy
// is current.
func testConsents(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, other := storedCustomer(t, s), storedCustomer(t, s)
	consent := func(policy string, accepted bool, at time.Time) onboarding.Consent {
		return onboarding.Consent{
			ID: onboarding.NewID(), OrganizationID: c.OrganizationID, CustomerID: c.ID, Policy: policy, Version: "1.00",
			Accepted: accepted,
			At:       at,
			Channel:  onboarding.ChannelPortal,
			Address:  "2001:db8::1",
			Agent:    "Mozilla/5.0 (\"x\")",
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
	equal(t, "current consents", must(s.CurrentConsents(ctx, c.ID))(t), []onboarding.Consent{no, revoked, none, privacy,
		terms})
	for _, f := range []func(context.Context, string) ([]onboarding.Consent, error){s.Consents, s.CurrentConsents} {
		if got := must(f(ctx, onboarding.NewID()))(t); len(got) != 0 {
			t.Errorf("an unknown customer has the consents %v", got)
		}
	}
}

// testCurrentConsentsOf checks that the current consents of many customers equal those read one by
// one.
func testCurrentConsentsOf(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	var ids []string
	want := map[string][]onboarding.Consent{}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		ids, want = nil, map[string][]onboarding.Consent{}
		for i := range 700 {
			id := onboarding.NewID()
			ids = append(ids, id)
			for _, policy := range []string{"privacy", "termsOfUse"}[:i%3] {
				entry := onboarding.Consent{ID: onboarding.NewID(), OrganizationID: "o", CustomerID: id, Policy: policy,
					Version: "1", At: noon, Channel: "app", Address: "192.0.2.1"}
				latest := entry
				latest.ID, latest.At, latest.Accepted, latest.Version = onboarding.NewID(), noon.Add(time.Second), true,
					"2"
				if err := tx.AppendConsents(ctx, []onboarding.Consent{latest, entry}); err != nil {
					return err
				}
				want[id] = append(want[id], latest)
			}
		}
		return nil
	})
	equal(t, "consents of many", must(s.CurrentConsentsOf(ctx, ids))(t), want)
	for _, some := range [][]string{nil, ids[:1], ids[1:4], {"unknown", ids[2]}} {
		got := must(s.CurrentConsentsOf(ctx, some))(t)
		for _, id := range some {
			equal(t, "consents of some", got[id], must(s.CurrentConsents(ctx, id))(t))
		}
	}
}
