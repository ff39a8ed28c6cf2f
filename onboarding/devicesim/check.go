package devicesim

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// The platforms that Check can be, named as the API's platform parameter names them.
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

// MaxFile is the largest file that Check reads: the limit of Android's own downloader, and far above any
// honest profile.
const MaxFile = 10 << 20

// ErrPlatform is returned by Check for a platform it does not know.
var ErrPlatform = errors.New("unknown platform")

// Options are what the device knows besides the file.
type Options struct {
	// Trust holds the roots that may sign profiles. When nil the signature is still verified as far as the
	// file itself allows, and the verdict carries a warning.
	Trust *x509.CertPool
	// Now is the device's clock; zero means the current time.
	Now time.Time
}

type checker func(j *judge, file []byte, o Options) *View

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

var ruleSize = refusal("file-size",
	"A profile is at most 10 MiB.",
	"the device stops reading and installs nothing")

// Check reads a file as the given platform would and returns its verdict. The error is not nil only for an
// unknown platform: any bytes whatever get a verdict.
func Check(platform string, file []byte, o Options) (*Verdict, error) {
	check, ok := checkers[platform]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrPlatform, platform)
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	j := &judge{}
	if len(file) > MaxFile {
		j.breaks(ruleSize, fmt.Sprintf("%d bytes", len(file)))
		return j.verdict(platform, nil), nil
	}
	view := check(j, file, o)
	return j.verdict(platform, view), nil
}

// LoadTrust reads roots from a PEM file for Options.Trust.
func LoadTrust(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	found := false
	for block, rest := pem.Decode(Text(data)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s: a %s where only certificates belong", file, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		pool.AddCert(cert)
		found = true
	}
	if !found {
		return nil, fmt.Errorf("%s: no certificate in it", file)
	}
	return pool, nil
}
