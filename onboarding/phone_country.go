package onboarding

// phoneCountry returns the ISO 3166-1 code of the country whose phone numbers are written without a prefix at the location, ""
// where it is unknown: the tenant's, or else that of the location's time zone.
func (o *Organization) phoneCountry(locationID string) string {
	if o.Portal.PhoneCountry != "" {
		return o.Portal.PhoneCountry
	}
	if l := o.Location(locationID); l != nil {
		return zoneCountry(l.Timezone)
	}
	return ""
}
