package store

import (
	"context"
	"strings"

	"onramp/onboarding"
)

// CurrentConsentsOf reads the whole ledger of each, which is short, and keeps the last entry a policy.
func (r *reader) CurrentConsentsOf(ctx context.Context, customerIDs []string) (map[string][]onboarding.Consent, error) {
	condition, arg := r.db.among("customer_id", "$1", customerIDs)
	entries, err := collect(ctx, r.db, scanConsent,
		"SELECT "+consentColumns+" FROM consents WHERE "+condition+" ORDER BY customer_id, policy, at, id", arg)
	if err != nil {
		return nil, err
	}
	current := make(map[string][]onboarding.Consent, len(customerIDs))
	for _, e := range entries {
		known := current[e.CustomerID]
		if last := len(known) - 1; last >= 0 && known[last].Policy == e.Policy {
			known[last] = e
			continue
		}
		current[e.CustomerID] = append(known, e)
	}
	return current, nil
}

func (r *reader) ActivationsOf(ctx context.Context, customerID string) ([]*onboarding.Activation, error) {
	return collect(ctx, r.db, scanActivation, strings.Replace(selectActivation, "WHERE token_hash = $1",
		"WHERE customer_id = $1 ORDER BY created, token_hash", 1), customerID)
}

func (r *reader) DisconnectsOf(ctx context.Context, customerID string) ([]*onboarding.Disconnect, error) {
	return collect(ctx, r.db, scanDisconnect, selectDisconnect+" WHERE customer_id = $1 ORDER BY created, id", customerID)
}
