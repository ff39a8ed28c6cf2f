package onboarding

import (
	"time"
)

// Network types of installations.
const (
	TypePasspoint = "passpoint"
	TypeWPA2      = "wpa2enterprise"
)

// Installation is a report, by an app or a browser, that a phone installed a profile. It cannot
// be verified. Customer, platform, type, InstalledBy and Installed together are unique.
type Installation struct {
	ID          string
	CustomerID  string
	Platform    string
	Type        string // TypePasspoint or TypeWPA2
	InstalledBy string // a bundle ID, or "web"
	Installed   time.Time
	Removed     *time.Time
	Recorded    time.Time
	Source      Source     // empty for reports to an earlier version
	Confirmed   *time.Time // the first Access-Accept of the customer after the report
	Attributes  InstalledNetwork
}

// InstalledNetwork holds the network settings of the profile at the time of installation. The
// json tags are its stored form.
type InstalledNetwork struct {
	Realm              string   `json:"realm,omitempty"`
	FriendlyName       string   `json:"friendlyName,omitempty"`
	Roaming            bool     `json:"roaming,omitempty"`
	SSID               string   `json:"ssid,omitempty"`
	SSIDHidden         bool     `json:"ssidHidden,omitempty"`
	OuterIdentity      string   `json:"outerIdentity"`
	Username           string   `json:"username"`
	TrustedServerNames []string `json:"trustedServerNames"`
}
