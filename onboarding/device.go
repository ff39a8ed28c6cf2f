package onboarding

import (
	"time"
)

// Device is a phone as described by the venue's app: the metadata of POST
// /v3/customers/{id}/devices and the latest heartbeat. InstallID is unique within a customer.
type Device struct {
	CustomerID  string
	InstallID   string
	Bundle      string
	VendorID    string
	AdvID       string
	OS          string
	OSVersion   string
	Device      string
	Created     *time.Time
	LastSeen    *time.Time
	PushToken   string
	PasspointOn *bool  // pp_installed
	WPA2On      *bool  // wpa2ent_installed
	Guid        string // as received; stored only as a hash among the customer's guids
	Registered  time.Time
}
