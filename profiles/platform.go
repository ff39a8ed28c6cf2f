package profiles

import "slices"

// A Platform names a document format by the device that takes it. The values
// are those of the HTTP API's platform parameter.
type Platform string

// The platforms, in the order in which documentation and menus list them.
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

// builders says who builds which document. A platform is known if and only if
// it stands here.
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

// Platforms returns every platform that Document knows.
func Platforms() []Platform {
	all := make([]Platform, len(builders))
	for i, b := range builders {
		all[i] = b.platform
	}
	return all
}

// ParsePlatform returns the platform of that exact name, and whether there is one.
func ParsePlatform(name string) (Platform, bool) {
	p := Platform(name)
	return p, slices.Contains(Platforms(), p)
}
