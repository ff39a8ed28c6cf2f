package onboarding

import (
	"sync"
	"time"
)

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
