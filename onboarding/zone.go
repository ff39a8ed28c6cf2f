package onboarding

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"time"
	_ "time/tzdata"
)

// Zone returns the business time zone of a location, UTC if it is unknown.
func (l *Location) Zone() *time.Location {
	if l == nil {
		return time.UTC
	}
	return ZoneOf(l.Timezone)
}

// AgeAt returns the age in years on the UTC date of now, and the next birthday. A person born on
// 29 February has the birthday on 1 March in other years.
func AgeAt(birthDate string, now time.Time) (years int, birthday time.Time, known bool) {
	born, err := time.Parse(time.DateOnly, birthDate)
	if err != nil {
		return 0, time.Time{}, false
	}
	now = now.UTC()
	years = now.Year() - born.Year()
	birthday = born.AddDate(years, 0, 0)
	if birthday.After(now) {
		years--
	} else {
		birthday = born.AddDate(years+1, 0, 0)
	}
	return years, birthday, true
}

// zoneName is the form of all IANA names. Other files in a system's zone directory (localtime,
// posixrules, posix/, right/) begin with a lower-case letter: they differ between machines, or
// count leap seconds.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// IanaZone reports whether the name is an IANA time zone of a place or UTC. It refuses "Factory",
// the zone of an unconfigured machine, and "Local", Go's name for the machine's zone.
func IanaZone(name string) bool {
	if !zoneName.MatchString(name) || name == "Factory" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// zones caches loaded time zones by name, because every load reads and parses a file.
var zones sync.Map

// ZoneOf returns the time zone with that IANA name, UTC if there is none.
func ZoneOf(name string) *time.Location {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}

//go:embed zone_countries.txt
var zoneCountriesText string

// zoneCountries maps IANA time zones to their country.
var zoneCountries = sync.OnceValue(func() map[string]string {
	countries := map[string]string{}
	for line := range strings.Lines(zoneCountriesText) {
		if country, zone, ok := strings.Cut(strings.TrimSpace(line), " "); ok && country != "#" {
			countries[zone] = country
		}
	}
	return countries
})

// zoneCountry returns the ISO 3166-1 code of the country of an IANA time zone, "" for UTC and
// similar zones.
func zoneCountry(zone string) string { return zoneCountries()[zone] }
