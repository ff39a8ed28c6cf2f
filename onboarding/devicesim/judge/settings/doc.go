// Package settings judges the settings documents: JSON from which an app configures the Wi-Fi of
// its own device by API calls.
//
// Members are named after public APIs that an ordinary app may call. On iOS these are the
// properties of NEHotspotConfiguration, NEHotspotHS20Settings and NEHotspotEAPSettings. On Android
// they are the setters of WifiNetworkSuggestion.Builder and WifiEnterpriseConfig, and for Passpoint
// ConfigParser.parsePasspointConfig.
package settings
