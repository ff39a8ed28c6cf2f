package onboarding

import (
	"regexp"
	"sync"
	"time"

	_ "time/tzdata" // business times need the zones wherever the binary runs
)

// zoneName is the form of every IANA name. What the folder of a system's zones holds besides (localtime, posixrules, posix/, right/)
// begins with a small letter: it differs between machines, or counts leap seconds.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// ianaZone reports whether the name is that of a zone in which people live: "Factory" is the zone of a machine that was not set up, and
// "Local" is Go's word for the machine's own.
func ianaZone(name string) bool {
	if !zoneName.MatchString(name) || name == "Factory" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// zones keeps the time zones that were loaded, by name: loading one reads and parses its file each time.
var zones sync.Map

// zoneOf returns the time zone with that IANA name, UTC where there is none.
func zoneOf(name string) *time.Location {
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
