package registration

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"onramp/onboarding"
)

// planUpdate returns the change that a row makes to a known customer, and whether it is one.
func (s *Registrar) planUpdate(
	ctx context.Context, r onboarding.ConsentReader, c call, before *onboarding.Customer, d *draft,
) (plan *importPlan, changed bool, err error) {
	if !d.generated && d.customer.Username != before.Username {
		return nil, false, onboarding.ConflictField("username", "the customer has another user name, which stays")
	}
	after := *before
	if err := d.input.setLocation(&after, c.organization, c.by); err != nil {
		return nil, false, err
	}
	document, err := s.documents.Of(before)
	if err != nil {
		return nil, false, err
	}
	plan = &importPlan{before: before, after: &after, document: document}
	phoneCountry := c.organization.PhoneCountry(after.LocationID)
	if err := d.input.setAttributes(&after, &plan.document, phoneCountry, true); err != nil {
		return nil, false, err
	}
	current, err := r.CurrentConsents(ctx, before.ID)
	if err != nil {
		return nil, false, err
	}
	newer := d.newerThan(current)
	newer.applyTo(&after)
	plan.consents = d.importedEntries(newer, c.organization, before.ID, c.now)
	changed = len(newer) > 0 || !reflect.DeepEqual(&after, before) ||
		!after.Minimised() && plan.document != document
	return plan, changed, nil
}

// newerThan returns the decisions that the customer's own decisions do not precede.
func (d *draft) newerThan(current []onboarding.Consent) decisions {
	newer := maps.Clone(d.decisions)
	for i := range current {
		latest := &current[i]
		if at := d.evidence[latest.Policy].At; at.IsZero() || !at.After(latest.At) {
			delete(newer, latest.Policy)
		}
	}
	return newer
}

// importedEntries returns ledger entries of decisions made elsewhere, ordered by policy.
func (d *draft) importedEntries(
	decided decisions, o *onboarding.Organization, customerID string, now time.Time,
) []onboarding.Consent {
	entries := make([]onboarding.Consent, 0, len(decided))
	for _, policy := range slices.Sorted(maps.Keys(decided)) {
		given := d.evidence[policy]
		at := given.At.UTC().Truncate(time.Microsecond)
		if given.At.IsZero() {
			at = now
		}
		entries = append(entries, onboarding.Consent{
			ID: onboarding.NewID(), OrganizationID: o.ID, CustomerID: customerID, Policy: policy,
			Version: cmp.Or(given.Version, o.PolicyVersion(policy)), Accepted: decided[policy], At: at,
			Channel: onboarding.ChannelImport, Agent: onboarding.CutText(given.Place, maxAgent),
		})
	}
	return entries
}

// writeUpdate writes the change of a known customer, its ledger entries and its history.
func (s *Registrar) writeUpdate(ctx context.Context, c call, plan *importPlan, d *draft) error {
	customer := plan.after
	customer.Modified = c.now
	if d.input.Document != nil && !customer.Minimised() {
		if err := s.documents.Set(ctx, c.tx, customer, plan.document); err != nil {
			return err
		}
	}
	if err := c.tx.UpdateCustomer(ctx, customer); err != nil {
		return err
	}
	if len(plan.consents) > 0 {
		if err := c.tx.AppendConsents(ctx, plan.consents); err != nil {
			return err
		}
		event := consentEvent(customer, c.now, plan.consents)
		if err := c.tx.AppendEvents(ctx, []onboarding.Event{event}); err != nil {
			return err
		}
	}
	if err := s.refreshDerived(ctx, c, plan.before, customer); err != nil {
		return err
	}
	return s.access.Record(ctx, c.tx, changed(customer, d.input.sent()...))
}
