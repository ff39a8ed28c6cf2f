package tenant

import (
	"fmt"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/grant"
)

// checkGrant checks the request that opens the internet access.
func checkGrant(g *onboarding.Grant, f *findings) {
	if g == nil {
		return
	}
	for _, fault := range grant.Check(g) {
		f.refuse("portal.grant."+fault.Field, "grant", fault.Remedy, "%s", fault.Message)
	}
	for i, host := range g.Hosts {
		field := fmt.Sprintf("portal.grant.hosts[%d]", i)
		below, wild := strings.CutPrefix(host, "*.")
		f.host(field, below)
		if wild && !strings.Contains(below, ".") {
			f.refuse(field, "host", "such as *.example.com", "is too wide: %q", brief(host))
		}
	}
}
