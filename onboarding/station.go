package onboarding

import (
	"time"
)

// Station is a device that connected with a customer's credential, by its hardware address.
type Station struct {
	CustomerID  string
	MAC         string // 02:00:00:aa:bb:cc
	Randomised  bool   // the device made the address up for this network
	FirstSeen   time.Time
	LastSeen    time.Time
	Connections int64
}

// AccessPoint is a box that sends RADIUS and fits no declared hotspot. It is kept so that an operator can see it and
// declare it.
type AccessPoint struct {
	Key           string // how we tell it from others: its NAS-Identifier, or else its address
	NASIdentifier string
	Address       string
	MAC           string // the BSSID it last named
	SSID          string
	FirstSeen     time.Time
	LastSeen      time.Time
}
