package store

import (
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Besides the ledger, a customer's row holds the current optional consents, for searches: each of
// the two built-in ones has a column, and the tenant's own share one column, as ";name=1;other=0;".
// Searches match that text with replace(), which compares bytes on both engines.

// customPolicies is the prefix of the keys of a tenant's own policies.
const customPolicies = "customs."

// optInOrNull returns the argument for a built-in consent; NULL if it is unknown.
func optInOrNull(c *onboarding.Customer, policy string) any {
	if accepted, known := c.OptIns[policy]; known {
		return accepted
	}
	return nil
}

// customOptIns returns the column for the tenant's own consents; empty if there are none.
func customOptIns(c *onboarding.Customer) string {
	var b strings.Builder
	for _, policy := range slices.Sorted(maps.Keys(c.OptIns)) {
		if name, ok := strings.CutPrefix(policy, customPolicies); ok {
			b.WriteString(customOptIn(name, c.OptIns[policy])[1:])
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return ";" + b.String()
}

// customOptIn returns the text of one of the tenant's own consents within the column.
func customOptIn(name string, accepted bool) string {
	if accepted {
		return ";" + name + "=1;"
	}
	return ";" + name + "=0;"
}

// optIns returns the consents that the columns hold.
func optIns(mktg, age *bool, custom string) map[string]bool {
	if mktg == nil && age == nil && custom == "" {
		return nil
	}
	all := map[string]bool{}
	if mktg != nil {
		all[onboarding.MktgCommunication] = *mktg
	}
	if age != nil {
		all[onboarding.AgeVerification] = *age
	}
	for one := range strings.SplitSeq(strings.Trim(custom, ";"), ";") {
		if name, accepted, ok := strings.Cut(one, "="); ok {
			all[customPolicies+name] = accepted == "1"
		}
	}
	return all
}
