package iwd

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"onramp/onboarding/devicesim/judge"
)

const (
	maxFiles = 64
	maxFile  = 1 << 20
)

// Check judges a tar archive as iwd does once it is unpacked in its folder.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	files := readArchive(j, file)
	if files == nil {
		return nil
	}
	view := &judge.View{}
	passpoint := -1
	for _, f := range files {
		n := readNetwork(j, f, o)
		if n.Type != judge.Passpoint {
			view.Networks = append(view.Networks, n)
			continue
		}
		// Each Passpoint file matches the network by another criterion.
		if passpoint >= 0 && sameAccount(view.Networks[passpoint], n) {
			have := &view.Networks[passpoint]
			have.NAIRealms = append(have.NAIRealms, n.NAIRealms...)
			have.RoamingConsortiums = append(have.RoamingConsortiums, n.RoamingConsortiums...)
			have.Realm = firstOf(have.NAIRealms)
			continue
		}
		n.Realm = firstOf(n.NAIRealms)
		passpoint = len(view.Networks)
		view.Networks = append(view.Networks, n)
	}
	if len(view.Networks) == 0 {
		j.Breaks(ruleNoNetwork, "none")
	}
	return view
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// sameAccount reports whether two Passpoint files differ only in their matching criteria.
func sameAccount(a, b judge.Network) bool {
	return a.FriendlyName == b.FriendlyName && a.EAP == b.EAP && a.Inner == b.Inner &&
		a.OuterIdentity == b.OuterIdentity && a.Username == b.Username && a.Password == b.Password &&
		slices.Equal(a.ServerNames, b.ServerNames) && slices.EqualFunc(a.Anchors, b.Anchors, bytes.Equal)
}

// readArchive returns the files that iwd would load, or nil if the archive is invalid.
func readArchive(j *judge.Findings, archive []byte) []*settingsFile {
	files := []*settingsFile{}
	seen := map[string]bool{}
	for r, count := tar.NewReader(bytes.NewReader(archive)), 0; ; count++ {
		header, err := r.Next()
		if errors.Is(err, io.EOF) && count > 0 {
			return files
		}
		if err != nil || count >= maxFiles {
			j.Breaks(ruleArchive, fmt.Sprintf("unreadable after %d files", count))
			return nil
		}
		if header.Typeflag == tar.TypeDir && path.Clean(header.Name) == "hotspot" {
			continue
		}
		folder, base := path.Split(header.Name)
		isPlace := folder == "" || folder == "hotspot/"
		if header.Typeflag != tar.TypeReg || header.Size > maxFile || !isPlace || seen[header.Name] {
			j.Breaks(ruleArchive, header.Name)
			return nil
		}
		seen[header.Name] = true
		if header.Mode&0o077 != 0 {
			j.Breaks(ruleMode, fmt.Sprintf("%s %o", header.Name, header.Mode))
		}
		text, err := io.ReadAll(io.LimitReader(r, maxFile))
		if err != nil {
			j.Breaks(ruleArchive, header.Name)
			return nil
		}
		_, isNamed := ssidOf(base)
		if folder != "" {
			isNamed = strings.HasSuffix(base, ".conf") && base[0] != '.'
		}
		if !isNamed {
			j.Breaks(ruleName, header.Name)
			continue
		}
		if f := readFile(j, header.Name, string(text)); f != nil {
			files = append(files, f)
		}
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_ -]{1,32}$`)

// ssidOf decodes the SSID in a file name.
func ssidOf(name string) (string, bool) {
	name, ok := strings.CutSuffix(name, ".8021x")
	encoded, isHex := strings.CutPrefix(name, "=")
	if !ok || !isHex {
		return name, ok && plainName.MatchString(name)
	}
	ssid, err := hex.DecodeString(encoded)
	isShort := len(ssid) >= 1 && len(ssid) <= 32
	return string(ssid), err == nil && encoded == strings.ToLower(encoded) && isShort && utf8.Valid(ssid)
}
