package onboarding

import (
	"time"
)

// Station is a device that connected with a customer's credential, as identified by its hardware
// address.
type Station struct {
	CustomerID  string
	MAC         string // 02:00:00:aa:bb:cc
	Randomised  bool   // the device made up the address for this network
	FirstSeen   time.Time
	LastSeen    time.Time
	Connections int64
}

// MaxAccessPoints is the maximum number of stored access points. A sender chooses its names.
const MaxAccessPoints = 1000

// The beginnings of the Key of an access point: before the ID of the hotspot whose client entry
// accepted the packet, a NAS-Identifier, an IP address, or a BSSID.
const (
	KeyOfClient  = "client "
	KeyOfNAS     = "nas "
	KeyOfAddress = "address "
	KeyOfMAC     = "mac "
)

// AccessPoint is a sender of RADIUS packets that matches no declared hotspot. It is stored so
// that an operator can see and declare it.
type AccessPoint struct {
	Key           string // its NAS-Identifier, or else its address
	NASIdentifier string
	Address       string
	MAC           string // the BSSID of its last packet
	SSID          string
	FirstSeen     time.Time
	LastSeen      time.Time
}
