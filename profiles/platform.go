package profiles

import "slices"

// A Platform is the kind of device or app that a document is for. The values are those
// of the HTTP API's platform parameter.
type Platform string

// The platforms, in the order of documentation and menus.
const (
	IOS             Platform = "ios"
	MacOS           Platform = "macos"
	Android         Platform = "android"
	Windows         Platform = "windows"
	ChromeOS        Platform = "chromeos"
	Linux           Platform = "linux" // wpa_supplicant
	NetworkManager  Platform = "networkmanager"
	IWD             Platform = "iwd"
	EAPConfig       Platform = "eap-config"       // the geteduroam apps, on every system
	SettingsIOS     Platform = "settings-ios"     // for an app that calls NEHotspotConfiguration
	SettingsAndroid Platform = "settings-android" // for an app that calls WifiNetworkSuggestion
)

// builders lists all known platforms and the constructors of their builders.
var builders = []struct {
	platform Platform
	build    func(*Settings) (builder, error)
}{
	{IOS, newIOS},
	{MacOS, newMacOS},
	{Android, newAndroid},
	{Windows, newWindows},
	{ChromeOS, newChromeOS},
	{Linux, newLinux},
	{NetworkManager, newNetworkManager},
	{IWD, newIWD},
	{EAPConfig, newEAPConfig},
	{SettingsIOS, newSettingsIOS},
	{SettingsAndroid, newSettingsAndroid},
}

// Platforms returns all platforms that Document supports.
func Platforms() []Platform {
	all := make([]Platform, len(builders))
	for i, b := range builders {
		all[i] = b.platform
	}
	return all
}

// ParsePlatform returns the platform with exactly this name and reports whether it
// exists.
func ParsePlatform(name string) (Platform, bool) {
	p := Platform(name)
	return p, slices.Contains(Platforms(), p)
}
