package trust

import (
	"encoding/pem"
	"slices"
	"strings"

	"onramp/profiles"
)

// match is the way in which a platform compares a trusted name with a name in the certificate.
type match int

const (
	byLabel  match = iota // same number of labels, any case; "*" as the leftmost label
	bySuffix              // equal, or the end of the name after a dot; any case
	byMask                // same labels, by case; a leading "*" stands for one or more labels
	byApp                 // byLabel or bySuffix: the platform of the app is not known
)

// network holds the values by which a device verifies the server of one network in a profile.
type network struct {
	anchors [][]byte // DER; nil means the public roots of the device
	public  [][]byte // DER of public roots that the settings name
	names   []string
	match   match
	// all are the trusted names of the settings, if the document has others.
	all []string
}

// networksOf returns the networks in the document that package profiles makes from the settings for
// a platform. It returns nil if there is no such document.
func networksOf(w *profiles.WiFi, p profiles.Platform) []network {
	private := certificatesDER([]string{w.TrustAnchor})
	named := private
	if len(named) == 0 {
		named = certificatesDER(w.PublicRoots)
	}
	one := func(anchors [][]byte, names []string, m match) []network {
		return []network{{anchors: anchors, public: certificatesDER(w.PublicRoots), names: names, match: m,
			all: w.TrustedServerNames}}
	}
	exact, suffixes := w.TrustedServerNames, suffixNames(w.TrustedServerNames)
	switch p {
	case profiles.IOS, profiles.MacOS, profiles.SettingsIOS:
		return one(private, exact, byLabel)
	case profiles.Windows:
		return one(named, exact, byLabel)
	case profiles.IWD:
		return one(named, lower(exact), byMask)
	case profiles.EAPConfig:
		return one(named, exact, byApp)
	case profiles.Linux, profiles.NetworkManager, profiles.ChromeOS:
		return one(private, suffixes, bySuffix)
	case profiles.Android:
		return androidPasspoint(w, private, suffixes)
	case profiles.SettingsAndroid:
		all := androidPasspoint(w, private, suffixes)
		if w.WPA2 != nil && len(named) > 0 {
			all = append(all, one(named, suffixes, bySuffix)...)
		}
		return all
	}
	return nil
}

// androidPasspoint returns Android's Passpoint network. With a private root, its file has no names
// and Android matches the home domain.
func androidPasspoint(w *profiles.WiFi, private [][]byte, suffixes []string) []network {
	if w.Passpoint == nil || w.Method == profiles.PEAP {
		return nil
	}
	n := network{anchors: private, public: certificatesDER(w.PublicRoots), names: suffixes, match: bySuffix,
		all: w.TrustedServerNames}
	if len(private) > 0 {
		home := w.Passpoint.HomeDomain
		if home == "" {
			home, _ = profiles.DefaultHomeDomain(w.Passpoint.Realm, w.TrustedServerNames, true)
		}
		n.names = []string{home}
	}
	return []network{n}
}

func suffixNames(names []string) []string {
	return mapped(names, func(name string) string { return strings.TrimPrefix(name, "*.") })
}

func lower(names []string) []string { return mapped(names, strings.ToLower) }

func mapped(names []string, f func(string) string) []string {
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = f(name)
	}
	return names
}

// certificatesDER returns the DER of all certificates in PEM texts.
func certificatesDER(texts []string) [][]byte {
	var all [][]byte
	for _, text := range texts {
		for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
			all = append(all, block.Bytes)
		}
	}
	return all
}
