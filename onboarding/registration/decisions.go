package registration

import (
	"maps"
	"slices"
	"sort"
	"time"

	"onramp/onboarding"
)

// decisions are what a request says of policies, by key.
type decisions map[string]bool

// decide collects the known policy keys of a request; profiling and ppd may come as members of their own or among the
// policies, but not with two values. An undeclared key is ignored, or refused where strict.
func decide(o *onboarding.Organization, policies map[string]bool, profiling, ppd *bool, strict bool) (decisions, error) {
	d := decisions{}
	var wrong onboarding.Faults
	for _, key := range slices.Sorted(maps.Keys(policies)) {
		if !o.KnowsPolicy(key) {
			if strict {
				wrong.Refuse("policies."+key, "not a policy of this organization")
			}
			continue
		}
		d[key] = policies[key]
	}
	for _, own := range []struct {
		key   string
		value *bool
	}{{onboarding.Profiling, profiling}, {onboarding.PPD, ppd}} {
		if own.value == nil {
			continue
		}
		if other, said := d[own.key]; said && other != *own.value {
			wrong.Refuse(own.key, "contradicts policies."+own.key)
		}
		d[own.key] = *own.value
	}
	return d, wrong.Err()
}

// mandatoryAccepted requires both mandatory policies to be true.
func (d decisions) mandatoryAccepted() error {
	var wrong onboarding.Faults
	for _, key := range []string{onboarding.TermsOfUse, onboarding.Privacy} {
		if !d[key] {
			wrong.Refuse("policies."+key, "must be accepted")
		}
	}
	return wrong.Err()
}

// mandatoryKept requires that neither mandatory policy is revoked.
func (d decisions) mandatoryKept() error {
	var wrong onboarding.Faults
	for _, key := range []string{onboarding.TermsOfUse, onboarding.Privacy} {
		if accepted, said := d[key]; said && !accepted {
			wrong.Refuse("policies."+key, "cannot be revoked: delete the customer instead")
		}
	}
	return wrong.Err()
}

// applyTo sets the customer's own switches. Refusing the processing of personal data drops the data.
func (d decisions) applyTo(c *onboarding.Customer) {
	if v, said := d[onboarding.Profiling]; said {
		c.Profiling = &v
	}
	if v, said := d[onboarding.PPD]; said {
		c.PPD = &v
	}
	for key, accepted := range d {
		switch key {
		case onboarding.TermsOfUse, onboarding.Privacy, onboarding.Profiling, onboarding.PPD: // always accepted, or kept above
		default:
			c.OptIns = withOptIn(c.OptIns, key, accepted)
		}
	}
	if c.Minimised() {
		minimise(c)
	}
}

// withOptIn returns a copy with one more.
func withOptIn(all map[string]bool, key string, accepted bool) map[string]bool {
	changed := map[string]bool{key: accepted}
	for k, v := range all {
		if k != key {
			changed[k] = v
		}
	}
	return changed
}

// entries are the decisions as lines of the ledger, in the order of their keys.
func (d decisions) entries(o *onboarding.Organization, customerID string, at time.Time, by *onboarding.Caller) []onboarding.Consent {
	keys := make([]string, 0, len(d))
	for key := range d {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	entries := make([]onboarding.Consent, 0, len(keys))
	for _, key := range keys {
		entries = append(entries, onboarding.Consent{
			ID: onboarding.NewID(), OrganizationID: o.ID, CustomerID: customerID,
			Policy: key, Version: o.PolicyVersion(key), Accepted: d[key], At: at,
			Channel: by.Channel(), Address: by.Address, Agent: onboarding.CutText(by.Agent, 512),
		})
	}
	return entries
}
