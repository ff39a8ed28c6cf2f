package store

import (
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

// How a customer's opt-ins are kept beside the ledger, to be searched by: the two that every organization may have in columns
// of their own, the tenant's own ones as the text ";name=1;other=0;". It is matched by replace(), which both engines do byte by byte.

const customPolicies = "customs."

func optInOrNull(c *onboarding.Customer, policy string) any {
	if accepted, said := c.OptIns[policy]; said {
		return accepted
	}
	return nil
}

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

// customOptIn is one of them as it stands in the text.
func customOptIn(name string, accepted bool) string {
	if accepted {
		return ";" + name + "=1;"
	}
	return ";" + name + "=0;"
}

// optIns reads them back.
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
