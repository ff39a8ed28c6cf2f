package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// savedAs maps names to the forms in which editors and other systems save a line of text.
func savedAs(line string) map[string]string {
	wide := func(order binary.AppendByteOrder) string {
		out := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(line + "\r\n")) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	return map[string]string{
		"mark":    "\ufeff" + line,
		"crlf":    line + "\r\n",
		"utf16le": wide(binary.LittleEndian),
		"utf16be": wide(binary.BigEndian),
		"blanks":  line + " \t\n\n", "all": "\ufeff" + line + "  \r\n\r\n",
	}
}

// secretVenue writes a tenant file with one access point per secret, and the secret files.
func secretVenue(t *testing.T, data string, files map[string]string) (path string) {
	t.Helper()
	dir := t.TempDir()
	code, venue, stderr := onramp(t, "", "export", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	at := strings.Index(venue, "hotspots:")
	if at < 0 {
		t.Fatal(venue)
	}
	indent := strings.Repeat(" ", at-strings.LastIndexByte(venue[:at], '\n')+1)
	var hotspots strings.Builder
	n := 0
	for name, content := range files {
		n++
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&hotspots, "\n%s- {id: 0d0e00000000000000000000000001%02d, name: %q, address: 192.0.2.%d, "+
			"secretFile: %q}", indent, n, name, n, name)
	}
	path = filepath.Join(dir, "venue.yaml")
	text := venue[:at] + "hotspots:" + hotspots.String() + venue[at+len("hotspots:"):]
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFoundC1Secrets reads RADIUS secrets and the AAA secret from such files and checks the
// configuration written for FreeRADIUS.
func TestFoundC1Secrets(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "raddb")
	const aaaSecret, secret = "an-AAA-secret-of-24-byte", "a RADIUS secret"
	aaaFile := filepath.Join(t.TempDir(), "aaa")
	if err := os.WriteFile(aaaFile, []byte(savedAs(aaaSecret)["utf16le"]), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, data, "--aaa-secret-file", aaaFile)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+aaaSecret))
	a, err := call("POST", s.aaa+"/aaa/accounting", "",
		`{"Acct-Status-Type":"Accounting-On","NAS-Identifier":"ap1.demo.onramp.example"}`, "Authorization", basic)
	if err != nil || a.status/100 != 2 {
		t.Errorf("the AAA secret is refused: %+v %v", a, err)
	}
	files := savedAs(secret)
	if code, out, stderr := onramp(t, "", "apply", secretVenue(t, data, files), "--data", data); code != 0 {
		t.Fatalf("apply: %s%s", out, stderr)
	}
	if code, out, stderr := onramp(t, "", "freeradius", dir, "--data", data, "--aaa-secret-file", aaaFile); code != 0 {
		t.Fatalf("freeradius: %s%s", out, stderr)
	}
	clients, modules := read(t, filepath.Join(dir, "clients.conf")), read(t, filepath.Join(dir, "modules.conf"))
	if n := strings.Count(clients, "'"+secret+"'\n"); n != len(files) {
		t.Errorf("%d of %d access points have the secret:\n%s", n, len(files), clients)
	}
	if !strings.Contains(modules, "'"+aaaSecret+"'\n") {
		t.Errorf("FreeRADIUS is not given the AAA secret:\n%s", modules)
	}
}

// TestFoundF12RADIUSSecrets checks that apply refuses secrets that `onramp freeradius` cannot write
// or that are easy to guess, and that `onramp freeradius` writes all others.
func TestFoundF12RADIUSSecrets(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "raddb")
	startServe(t, data)
	refused := map[string]string{
		"empty":       "",
		"blank":       " \n",
		"one":         "x",
		"short":       "seven77",
		"long":        strings.Repeat("s", 129),
		"control":     "secret\x01secret",
		"lines":       "secret-1\nsecret-2",
		"NUL":         "secret\x00secret",
		"not-UTF-8":   "secret\xffsecret",
		"backslash":   `ends in one \`,
		"both-quotes": `\'"\"${and more`,
		"replaced":    "secret\ufffdsecret",
	}
	code, out, stderr := onramp(t, "", "apply", secretVenue(t, data, refused), "--data", data)
	if code != 1 {
		t.Errorf("apply of bad secrets ended with %d: %s%s", code, out, stderr)
	}
	if n := strings.Count(stderr, "secretFile"); n < len(refused) {
		t.Errorf("%d of %d are refused:\n%s", n, len(refused), stderr)
	}
	for name, secret := range refused {
		if secret = strings.TrimSpace(secret); len(secret) > 1 && strings.Contains(stderr, secret) {
			t.Errorf("the error shows the secret %s", name)
		}
	}
	taken := map[string]string{
		"eight":       "eight888",
		"longest":     strings.Repeat("s", 128),
		"quotes":      `both ' and "`,
		"expands":     "${confdir}%{User-Name}",
		"accents":     "é😀 secret",
		"backslashes": `back\slash\\es`,
	}
	if code, out, stderr := onramp(t, "", "apply", secretVenue(t, data, taken), "--data", data); code != 0 {
		t.Fatalf("apply of good secrets: %s%s", out, stderr)
	}
	if code, out, stderr := onramp(t, "", "freeradius", dir, "--data", data); code != 0 {
		t.Errorf("freeradius does not write secrets that apply accepted: %s%s", out, stderr)
	}
	if n := strings.Count(read(t, filepath.Join(dir, "clients.conf")), "client hotspot_"); n < len(taken) {
		t.Errorf("%d clients for %d access points", n, len(taken))
	}
}

// TestFoundF12ExposedKey checks that serve and doctor warn about a master key that other users can
// read.
func TestFoundF12ExposedKey(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	const warning = "readable by other users"
	if strings.Contains(s.output.String(), warning) {
		t.Errorf("a warning about a folder that serve made itself:\n%s", s.output)
	}
	s.stop()
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		if err := os.Chmod(filepath.Join(data, "master.key"), mode); err != nil {
			t.Fatal(err)
		}
		s.start()
		s.stop()
		if log := s.output.String(); !strings.Contains(log, warning) || !strings.Contains(log, "master.key") {
			t.Errorf("mode %v: no warning from serve:\n%s", mode, log)
		}
		if _, out, _ := onramp(t, "", "doctor", "--data", data); !strings.Contains(out, "warn  permissions") ||
			!strings.Contains(out, "master.key") {
			t.Errorf("mode %v: no warning from doctor:\n%s", mode, out)
		}
	}
}
