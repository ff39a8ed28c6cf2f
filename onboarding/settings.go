package onboarding

import "onramp/profiles"

// Settings returns the organization's settings for its documents. They share its maps and lists.
func (o *Organization) Settings() profiles.Settings {
	s := profiles.Settings{OrganizationID: o.ID, OrganizationName: o.Name, OrganizationNames: o.Names, WiFi: o.WiFi}
	if len(o.Languages) > 0 {
		s.DefaultLanguage = o.Languages[0]
	}
	return s
}
