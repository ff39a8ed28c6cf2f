package devicesim

import (
	"fmt"
	"slices"
)

var checkers = map[string]checker{
	IOS:             checkIOS,
	MacOS:           checkMacOS,
	Android:         checkAndroid,
	Linux:           checkLinux,
	IWD:             checkIWD,
	ChromeOS:        checkONC,
	EAPConfig:       checkEAPConfig,
	Windows:         checkWindows,
	SettingsIOS:     checkSettingsIOS,
	SettingsAndroid: checkSettingsAndroid,
	NetworkManager:  checkNetworkManager,
}

// Platforms returns the names that Check takes, sorted.
func Platforms() []string {
	out := make([]string, 0, len(checkers))
	for p := range checkers {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Check reads a file as the given platform would and returns its verdict. The error is not nil only for an
// unknown platform: every sequence of bytes gets a verdict.
func Check(platform string, file []byte, o Options) (*Verdict, error) {
	check, ok := checkers[platform]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrPlatform, platform)
	}
	return decide(platform, check, file, o), nil
}
