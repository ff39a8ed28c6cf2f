package onboarding

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"time"
	_ "time/tzdata"
)

// Zone returns the business time zone of a location; UTC when it is unknown.
func (l *Location) Zone() *time.Location {
	if l == nil {
		return time.UTC
	}
	return ZoneOf(l.Timezone)
}

// ageAt returns the age in years on the date that now has in UTC, and when the next birthday begins. Who was born on 29 February comes of age on
// 1 March in other years.
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

// zoneName is the form of every IANA name. What the folder of a system's zones holds besides (localtime, posixrules, posix/, right/)
// begins with a small letter: it differs between machines, or counts leap seconds.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// ianaZone reports whether the name is that of a zone in which people live: "Factory" is the zone of a machine that was not set up, and
// "Local" is Go's word for the machine's own.
func IanaZone(name string) bool {
	if !zoneName.MatchString(name) || name == "Factory" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// zones keeps the time zones that were loaded, by name: loading one reads and parses its file each time.
var zones sync.Map

// zoneOf returns the time zone with that IANA name, UTC where there is none.
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
