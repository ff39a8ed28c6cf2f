package platforms

import (
	"fmt"
	"slices"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/android"
	"onramp/onboarding/devicesim/judge/apple"
	"onramp/onboarding/devicesim/judge/eapconfig"
	"onramp/onboarding/devicesim/judge/iwd"
	"onramp/onboarding/devicesim/judge/networkmanager"
	"onramp/onboarding/devicesim/judge/onc"
	"onramp/onboarding/devicesim/judge/settings"
	"onramp/onboarding/devicesim/judge/windows"
	"onramp/onboarding/devicesim/judge/wpasupplicant"
)

var checkers = map[string]judge.Checker{
	judge.IOS:             apple.CheckIOS,
	judge.MacOS:           apple.CheckMacOS,
	judge.Android:         android.Check,
	judge.Linux:           wpasupplicant.Check,
	judge.IWD:             iwd.Check,
	judge.ChromeOS:        onc.Check,
	judge.EAPConfig:       eapconfig.Check,
	judge.Windows:         windows.Check,
	judge.SettingsIOS:     settings.CheckIOS,
	judge.SettingsAndroid: settings.CheckAndroid,
	judge.NetworkManager:  networkmanager.Check,
}

// Platforms returns the platform names that Check accepts, sorted.
func Platforms() []string {
	out := make([]string, 0, len(checkers))
	for p := range checkers {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Check reads a file as the given platform would and returns its verdict. The error is not nil only
// for an unknown platform: every sequence of bytes gets a verdict.
func Check(platform string, file []byte, o judge.Options) (*judge.Verdict, error) {
	check, ok := checkers[platform]
	if !ok {
		return nil, fmt.Errorf("%w %q", judge.ErrPlatform, platform)
	}
	return judge.Decide(platform, check, file, o), nil
}
