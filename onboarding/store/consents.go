package store

import (
	"context"

	"onramp/onboarding"
)

const consentColumns = "id, organization_id, customer_id, policy, version, accepted, at, channel, address, agent"

var insertConsent = insert("consents", consentColumns)

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

func (t *transaction) AppendConsents(ctx context.Context, consents []onboarding.Consent) error {
	for i := range consents {
		c := &consents[i]
		if err := t.db.send(ctx, nil, insertConsent, c.ID, c.OrganizationID, c.CustomerID, c.Policy, c.Version, c.Accepted, micros(c.At),
			string(c.Channel), c.Address, c.Agent); err != nil {
			return err
		}
	}
	return nil
}
