package registration

import (
	"context"
	"maps"
	"slices"
	"time"

	"onramp/onboarding"
)

// mandatoryPolicies returns the keys of the policies without which no customer exists.
func mandatoryPolicies(o *onboarding.Organization) []string {
	keys := []string{onboarding.TermsOfUse, onboarding.Privacy}
	for i := range o.Policies {
		if p := &o.Policies[i]; p.Mandatory() && !slices.Contains(keys, p.Key) {
			keys = append(keys, p.Key)
		}
	}
	return keys
}

// decisions maps the policy keys of a request to acceptance (true) or refusal (false).
type decisions map[string]bool

// decide collects the policies of a request. Profiling and ppd may be members of their own or among
// the policies, with equal values. A key that the organization does not declare is ignored.
func decide(o *onboarding.Organization, policies map[string]bool, profiling, ppd *bool) (decisions, error) {
	d := decisions{}
	for key, accepted := range policies {
		if o.KnowsPolicy(key) {
			d[key] = accepted
		}
	}
	var faults onboarding.Faults
	for _, member := range []struct {
		key   string
		value *bool
	}{{onboarding.Profiling, profiling}, {onboarding.PPD, ppd}} {
		if member.value == nil {
			continue
		}
		if other, ok := d[member.key]; ok && other != *member.value {
			faults.Refuse(member.key, "contradicts policies."+member.key)
		}
		d[member.key] = *member.value
	}
	return d, faults.Err()
}

// mandatoryAccepted requires that each mandatory policy is accepted.
func (d decisions) mandatoryAccepted(o *onboarding.Organization) error {
	var faults onboarding.Faults
	for _, key := range mandatoryPolicies(o) {
		if !d[key] {
			faults.Refuse("policies."+key, "must be accepted")
		}
	}
	return faults.Err()
}

// mandatoryNotRevoked requires that no mandatory policy is refused.
func (d decisions) mandatoryNotRevoked(o *onboarding.Organization) error {
	var faults onboarding.Faults
	for _, key := range mandatoryPolicies(o) {
		if accepted, ok := d[key]; ok && !accepted {
			faults.Refuse("policies."+key, "cannot be revoked: delete the customer instead")
		}
	}
	return faults.Err()
}

// applyTo sets the customer's consents. Refusing the processing of personal data erases the data.
func (d decisions) applyTo(c *onboarding.Customer) {
	optIns := maps.Clone(c.OptIns)
	for key, accepted := range d {
		switch key {
		case onboarding.TermsOfUse, onboarding.Privacy: // always accepted
		case onboarding.Profiling:
			c.Profiling = &accepted
		case onboarding.PPD:
			c.PPD = &accepted
		default:
			if optIns == nil {
				optIns = map[string]bool{}
			}
			optIns[key] = accepted
		}
	}
	c.OptIns = optIns
	if c.Minimised() {
		c.Minimise()
	}
}

// maxAgent is the number of bytes of a browser's name that the ledger keeps.
const maxAgent = 512

// entries returns the decisions as ledger entries, ordered by key.
func (d decisions) entries(
	o *onboarding.Organization, customerID string, at time.Time, by *onboarding.Caller,
) []onboarding.Consent {
	entries := make([]onboarding.Consent, 0, len(d))
	for _, key := range slices.Sorted(maps.Keys(d)) {
		entries = append(entries, onboarding.Consent{
			ID: onboarding.NewID(), OrganizationID: o.ID, CustomerID: customerID,
			Policy: key, Version: o.PolicyVersion(key), Accepted: d[key], At: at,
			Channel: by.Channel(), Address: by.Address, Agent: onboarding.CutText(by.Agent, maxAgent),
		})
	}
	return entries
}

// fields returns the names of the decided policies, ordered, for the audit.
func (d decisions) fields() []string {
	fields := slices.Sorted(maps.Keys(d))
	for i := range fields {
		fields[i] = "policies." + fields[i]
	}
	return fields
}

// withoutRepeats returns the decisions that differ from the policy's latest ledger entry, in the
// decision or in the policy's version, and the time for their entries: now, or just after the
// latest entry, which a process with a clock ahead of this one may have written.
func (d decisions) withoutRepeats(
	ctx context.Context, r onboarding.ConsentReader, o *onboarding.Organization, customerID string, now time.Time,
) (changed decisions, at time.Time, err error) {
	if len(d) == 0 {
		return d, now, nil
	}
	current, err := r.CurrentConsents(ctx, customerID)
	if err != nil {
		return nil, now, err
	}
	changed, at = maps.Clone(d), now
	for i := range current {
		latest := &current[i]
		if !at.After(latest.At) {
			at = latest.At.Add(time.Microsecond) // the resolution of the stores
		}
		accepted, ok := d[latest.Policy]
		if ok && accepted == latest.Accepted && o.PolicyVersion(latest.Policy) == latest.Version {
			delete(changed, latest.Policy)
		}
	}
	return changed, at, nil
}
