package onboarding

// phoneCountry returns the ISO 3166-1 code of the country whose phone numbers are written without a prefix at the location, "" where
// it is unknown.
func (o *Organization) phoneCountry(locationID string) string {
	if l := o.Location(locationID); l != nil {
		return zoneCountry(l.Timezone)
	}
	return ""
}
