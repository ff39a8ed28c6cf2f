package oidc

import (
	"encoding/json"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
)

// maxValues is the most values of a claim that are read.
const maxValues = 200

// ParseRoles returns the roles in a claim, the most powerful first and equal ones in the order of
// the claim. The claim is a text or a list of texts:
//
//	organizationManager                     all organizations
//	organizationManager:ORGANIZATION        one organization
//	locationManager:ORGANIZATION:LOCATION   the people of one location
//	support:ORGANIZATION                    one organization
//
// IDs are 32 hexadecimal digits in lower case. Other values, and a claim of another type, hold no
// role.
func ParseRoles(claim json.RawMessage) []access.NewSignIn {
	var one string
	var items []json.RawMessage
	if json.Unmarshal(claim, &one) == nil {
		items = []json.RawMessage{claim}
	} else if json.Unmarshal(claim, &items) != nil {
		return nil
	}
	var roles []access.NewSignIn
	for _, item := range items[:min(len(items), maxValues)] {
		var text string
		if json.Unmarshal(item, &text) != nil {
			continue
		}
		if role, ok := parseRole(text); ok && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	slices.SortStableFunc(roles, func(a, b access.NewSignIn) int { return power(b) - power(a) })
	return roles
}

func parseRole(text string) (access.NewSignIn, bool) {
	role, ids, _ := strings.Cut(text, ":")
	organization, location, atLocation := strings.Cut(ids, ":")
	n := access.NewSignIn{Role: auth.Role(role), OrganizationID: organization, LocationID: location}
	if text == string(auth.OrganizationManager) {
		return n, true
	}
	switch n.Role {
	case auth.OrganizationManager, auth.Support:
		return n, onboarding.ValidID(organization) && !atLocation
	case auth.LocationManager:
		return n, onboarding.ValidID(organization) && onboarding.ValidID(location)
	}
	return n, false
}

// power orders roles: more is more powerful.
func power(n access.NewSignIn) int {
	switch {
	case n.OrganizationID == "":
		return 3
	case n.Role == auth.OrganizationManager:
		return 2
	case n.Role == auth.LocationManager:
		return 1
	}
	return 0
}
