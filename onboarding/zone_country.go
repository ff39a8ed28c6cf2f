package onboarding

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed zone_countries.txt
var zoneCountriesText string

// zoneCountries returns the country of each IANA time zone that lies in one.
var zoneCountries = sync.OnceValue(func() map[string]string {
	countries := map[string]string{}
	for line := range strings.Lines(zoneCountriesText) {
		if country, zone, ok := strings.Cut(strings.TrimSpace(line), " "); ok && country != "#" {
			countries[zone] = country
		}
	}
	return countries
})

// zoneCountry returns the ISO 3166-1 code of the country where an IANA time zone is used, "" for UTC and its like.
func zoneCountry(zone string) string { return zoneCountries()[zone] }
