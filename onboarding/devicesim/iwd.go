package devicesim

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
)

const (
	maxIWDFiles = 64
	maxIWDFile  = 1 << 20
)

// checkIWD is iwd after the archive was unpacked in its folder.
func checkIWD(j *judge, file []byte, o Options) *View {
	files := readIWDArchive(j, file)
	if files == nil {
		return nil
	}
	view := &View{}
	passpoint := -1
	for _, f := range files {
		n := readIWDNetwork(j, f, o)
		if n.Type != Passpoint {
			view.Networks = append(view.Networks, n)
			continue
		}
		// Each file finds the network by something else.
		if passpoint >= 0 && sameIWDAccount(view.Networks[passpoint], n) {
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
		j.breaks(iwdNoNetwork, "none")
	}
	return view
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// sameIWDAccount returns whether two Passpoint files differ only in what they are found by.
func sameIWDAccount(a, b Network) bool {
	return a.FriendlyName == b.FriendlyName && a.EAP == b.EAP && a.Inner == b.Inner &&
		a.OuterIdentity == b.OuterIdentity && a.Username == b.Username && a.Password == b.Password &&
		slices.Equal(a.ServerNames, b.ServerNames) && slices.EqualFunc(a.Anchors, b.Anchors, bytes.Equal)
}

// readIWDArchive returns the files that iwd would load, nil when the archive is none.
func readIWDArchive(j *judge, archive []byte) []*iwdFile {
	files := []*iwdFile{}
	seen := map[string]bool{}
	for r, count := tar.NewReader(bytes.NewReader(archive)), 0; ; count++ {
		header, err := r.Next()
		if errors.Is(err, io.EOF) && count > 0 {
			return files
		}
		if err != nil || count >= maxIWDFiles {
			j.breaks(iwdArchive, fmt.Sprintf("%d files, then no more", count))
			return nil
		}
		if header.Typeflag == tar.TypeDir && path.Clean(header.Name) == "hotspot" {
			continue
		}
		folder, base := path.Split(header.Name)
		isPlace := folder == "" || folder == "hotspot/"
		if header.Typeflag != tar.TypeReg || header.Size > maxIWDFile || !isPlace || seen[header.Name] {
			j.breaks(iwdArchive, header.Name)
			return nil
		}
		seen[header.Name] = true
		if header.Mode&0o077 != 0 {
			j.breaks(iwdMode, fmt.Sprintf("%s %o", header.Name, header.Mode))
		}
		text, err := io.ReadAll(io.LimitReader(r, maxIWDFile))
		if err != nil {
			j.breaks(iwdArchive, header.Name)
			return nil
		}
		_, isNamed := iwdSSID(base)
		if folder != "" {
			isNamed = strings.HasSuffix(base, ".conf") && base[0] != '.'
		}
		if !isNamed {
			j.breaks(iwdName, header.Name)
			continue
		}
		if f := readIWDFile(j, header.Name, string(text)); f != nil {
			files = append(files, f)
		}
	}
}

var plainIWDName = regexp.MustCompile(`^[A-Za-z0-9_ -]{1,32}$`)

// iwdSSID returns the SSID that the name of a file stands for.
func iwdSSID(name string) (string, bool) {
	name, ok := strings.CutSuffix(name, ".8021x")
	encoded, isHex := strings.CutPrefix(name, "=")
	if !ok || !isHex {
		return name, ok && plainIWDName.MatchString(name)
	}
	ssid, err := hex.DecodeString(encoded)
	isShort := len(ssid) >= 1 && len(ssid) <= 32
	return string(ssid), err == nil && encoded == strings.ToLower(encoded) && isShort && utf8.Valid(ssid)
}
