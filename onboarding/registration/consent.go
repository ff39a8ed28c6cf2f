package registration

import (
	"context"
	"fmt"
	"onramp/onboarding/auth"
	"slices"
	"strconv"
	"time"

	"onramp/onboarding"
)

// consentEvent tells which policies were decided, not by whom or from where: that is the ledger's.
func consentEvent(c *onboarding.Customer, at time.Time, entries []onboarding.Consent) onboarding.Event {
	detail := make(map[string]string, len(entries))
	for _, e := range entries {
		detail[e.Policy] = strconv.FormatBool(e.Accepted)
	}
	return onboarding.NewEvent(c, onboarding.EventConsent, at, detail)
}

// PolicyDecision is one line of a request to change a contact's opt-ins.
type PolicyDecision struct {
	Key      string
	Accepted bool
}

// DecidePolicies records what a contact says of policies, all of it or nothing, and returns what is now said of each that was named. A policy
// that the organization does not declare, one named twice, and a mandatory one that would be revoked are refused, together with
// what was unread.
func (s *Registrar) DecidePolicies(ctx context.Context, by *onboarding.Caller, customerID string, said []PolicyDecision, unread onboarding.Faults) (map[string]bool, error) {
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
	d := decisions{}
	wrong := slices.Clone(unread)
	for i, one := range said {
		field := fmt.Sprintf("policies[%d].policyKey", i)
		if !o.KnowsPolicy(one.Key) {
			wrong.Refuse(field, "not a policy of this organization")
			continue
		}
		if _, twice := d[one.Key]; twice {
			wrong.Refuse(field, "named twice")
			continue
		}
		d[one.Key] = one.Accepted
	}
	if err := wrong.Add(d.mandatoryKept()); err != nil {
		return nil, err
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		found, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		c, now := *found, s.clock.Now()
		c.Modified = now
		d.applyTo(&c)
		if err := tx.UpdateCustomer(ctx, &c); err != nil {
			return err
		}
		if err := s.putDecisions(ctx, tx, by, o, &c, d, now); err != nil {
			return err
		}
		return s.refreshDerived(ctx, tx, o, found, &c)
	})
	return d, err
}
