package judge

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// The platforms, as the API's platform parameter names them.
const (
	IOS             = "ios"
	MacOS           = "macos"
	Android         = "android"
	Windows         = "windows"
	ChromeOS        = "chromeos"
	Linux           = "linux"
	IWD             = "iwd"
	NetworkManager  = "networkmanager"
	EAPConfig       = "eap-config"
	SettingsIOS     = "settings-ios"
	SettingsAndroid = "settings-android"
)

// MaxFile is the largest accepted file in bytes: the limit of Android's downloader, and far above
// any real profile.
const MaxFile = 10 << 20

// ErrPlatform is the error for an unknown platform.
var ErrPlatform = errors.New("unknown platform")

// Options are the state of the device that a verdict depends on.
type Options struct {
	// Trust holds the roots that may sign profiles. If nil, the signature is verified only against
	// the embedded certificates, and the verdict has a warning.
	Trust *x509.CertPool
	// Now is the device's clock; zero means the current time.
	Now time.Time
}

// A Checker reads a file as one platform does. It records the rules that the file breaks and
// returns the facts that a device reads from it, or nil if the file is too broken to read.
type Checker func(j *Findings, file []byte, o Options) *View

var ruleSize = Refusal("file-size",
	"A profile is at most 10 MiB.",
	"the device stops reading and installs nothing")

// Decide runs a platform's checks on a file of at most MaxFile bytes and returns the verdict.
func Decide(platform string, check Checker, file []byte, o Options) *Verdict {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	j := &Findings{}
	if len(file) > MaxFile {
		j.Breaks(ruleSize, fmt.Sprintf("%d bytes", len(file)))
		return j.verdict(platform, nil)
	}
	view := check(j, file, o)
	return j.verdict(platform, view)
}
