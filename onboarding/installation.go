package onboarding

import (
	"time"
)

// Network types, as installations name them.
const (
	TypePasspoint = "passpoint"
	TypeWPA2      = "wpa2enterprise"
)

// Installation is a claim with a time: an app or a browser says that a phone took a profile. Customer, platform, type, InstalledBy and
// Installed together are unique.
type Installation struct {
	ID          string
	CustomerID  string
	Platform    string
	Type        string // TypePasspoint or TypeWPA2
	InstalledBy string // a bundle ID, or "web"
	Installed   time.Time
	Removed     *time.Time
	Recorded    time.Time
	Attributes  InstalledNetwork
}

// InstalledNetwork is what the document said of the network at the time of installation. The json tags are the form in which a
// store keeps it.
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
