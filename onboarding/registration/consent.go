package registration

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// PolicyDecision is one entry of a request to change a customer's consents.
type PolicyDecision struct {
	Key      string
	Accepted bool
}

// DecidePolicies records a customer's consents, all or none, and returns them by policy key. It
// refuses an undeclared policy, a duplicate key, the revocation of a mandatory policy, and the
// faults in unread. If the answer is Unavailable because only a tombstone failed, the decisions are
// recorded, and the repeated call completes the tombstone.
func (s *Registrar) DecidePolicies(
	ctx context.Context, by *onboarding.Caller, customerID string, requested []PolicyDecision, unread onboarding.Faults,
) (map[string]bool, error) {
	known, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	if err := by.Need(auth.CustomerWrite); err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, known.OrganizationID)
	if err != nil {
		return nil, err
	}
	d, err := validateDecisions(o, requested, unread)
	if err != nil {
		return nil, err
	}
	var after *onboarding.Customer
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		c := s.begin(tx, by, o)
		before, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		after, err = s.decide(ctx, c, before, d)
		return err
	})
	if err == nil {
		err = s.settled(ctx, after)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// decide applies decisions to a customer and returns the customer after them.
func (s *Registrar) decide(
	ctx context.Context, c call, before *onboarding.Customer, d decisions,
) (*onboarding.Customer, error) {
	customer := *before
	customer.Modified = c.now
	d.applyTo(&customer)
	if err := c.tx.UpdateCustomer(ctx, &customer); err != nil {
		return nil, err
	}
	if err := s.recordDecisions(ctx, c, &customer, d); err != nil {
		return nil, err
	}
	if err := s.access.Record(ctx, c.tx, changed(&customer, d.fields()...)); err != nil {
		return nil, err
	}
	return &customer, s.refreshDerived(ctx, c, before, &customer)
}

// validateDecisions returns the requested decisions if all are allowed and unread is empty.
func validateDecisions(
	o *onboarding.Organization, requested []PolicyDecision, unread onboarding.Faults,
) (decisions, error) {
	d := decisions{}
	faults := slices.Clone(unread)
	for i, decision := range requested {
		field := fmt.Sprintf("policies[%d].policyKey", i)
		if !o.KnowsPolicy(decision.Key) {
			faults.Refuse(field, "not a policy of this organization")
			continue
		}
		if _, duplicate := d[decision.Key]; duplicate {
			faults.Refuse(field, "duplicate policy key")
			continue
		}
		d[decision.Key] = decision.Accepted
	}
	if err := faults.Add(d.mandatoryNotRevoked(o)); err != nil {
		return nil, err
	}
	return d, faults.Err()
}

// recordDecisions appends an existing customer's decisions to the ledger and the history. A
// decision equal to the current one is skipped, so that a repeated request adds nothing.
func (s *Registrar) recordDecisions(
	ctx context.Context, c call, customer *onboarding.Customer, decided decisions,
) error {
	changed, at, err := decided.withoutRepeats(ctx, c.tx, c.organization, customer.ID, c.now)
	if err != nil || len(changed) == 0 {
		return err
	}
	if err := s.access.LimitConsents(ctx, c.tx, c.by, customer.ID, len(changed)); err != nil {
		return err
	}
	entries := changed.entries(c.organization, customer.ID, at, c.by)
	if err := c.tx.AppendConsents(ctx, entries); err != nil {
		return err
	}
	if err := c.tx.AppendEvents(ctx, []onboarding.Event{consentEvent(customer, at, entries)}); err != nil {
		return err
	}
	return c.tx.QueueWebhooks(ctx, c.now, onboarding.NewWebhookEvent(customer, onboarding.WebhookConsentChanged, at,
		onboarding.WebhookData{Policies: changed}))
}

// consentEvent returns the history event for ledger entries. It holds the decisions; only the
// ledger holds the channel and the address.
func consentEvent(c *onboarding.Customer, at time.Time, entries []onboarding.Consent) onboarding.Event {
	detail := make(map[string]string, len(entries))
	for _, e := range entries {
		detail[e.Policy] = strconv.FormatBool(e.Accepted)
	}
	return onboarding.NewEvent(c, onboarding.EventConsent, at, detail)
}
