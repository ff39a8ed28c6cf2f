package store

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

const consentColumns = "id, organization_id, customer_id, policy, version, accepted, at, channel, address, agent"

// consentsAtOnce is the maximum number of rows of a statement.
const consentsAtOnce = 8

func scanConsent(row rows) (onboarding.Consent, error) {
	var c onboarding.Consent
	err := row.Scan(&c.ID, &c.OrganizationID, &c.CustomerID, &c.Policy, &c.Version, &c.Accepted, instant{&c.At},
		textInto(&c.Channel), &c.Address, &c.Agent)
	return c, err
}

func (r *reader) Consents(ctx context.Context, customerID string) ([]onboarding.Consent, error) {
	return collect(ctx, r.db, scanConsent,
		"SELECT "+consentColumns+" FROM consents WHERE customer_id = $1 ORDER BY at, id", customerID)
}

func (r *reader) CurrentConsents(ctx context.Context, customerID string) ([]onboarding.Consent, error) {
	return collect(ctx, r.db, scanConsent,
		"SELECT "+consentColumns+" FROM current_consents WHERE customer_id = $1 ORDER BY policy", customerID)
}

// CurrentConsentsOf reads the whole ledger of each customer, which is short, and selects the last
// entry per policy.
func (r *reader) CurrentConsentsOf(
	ctx context.Context, customerIDs []string,
) (map[string][]onboarding.Consent, error) {
	condition, arg := r.db.anyOf("customer_id", "$1", customerIDs)
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

func (t *transaction) AppendConsents(ctx context.Context, consents []onboarding.Consent) error {
	for some := range slices.Chunk(consents, consentsAtOnce) {
		var args []any
		for i := range some {
			c := &some[i]
			args = append(args, c.ID, c.OrganizationID, c.CustomerID, c.Policy, c.Version, c.Accepted, micros(c.At),
				string(c.Channel), c.Address, c.Agent)
		}
		if err := t.db.send(ctx, nil, insertRows("consents", consentColumns, len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}

// CountConsents implements onboarding.CapWriter.
func (t *transaction) CountConsents(ctx context.Context, customerID string, since time.Time, most int) (int, error) {
	return t.count(ctx, countUpTo("consents WHERE customer_id = $1 AND at > $2", "$3"), customerID, micros(since), most)
}
