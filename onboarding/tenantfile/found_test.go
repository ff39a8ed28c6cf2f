package tenantfile

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestFoundC7 converts the escapes that JSON libraries write, and no similar text.
func TestFoundC7(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": "x\ud83d\ude00y"}`:                      `{"a": "x\U0001f600y"}`,
		`a: "\uD83D\uDE00"`:                            `a: "\U0001f600"`,
		`a: "\\ud83d\\ude00"`:                          `a: "\\ud83d\\ude00"`,
		`a: '\ud83d\ude00'`:                            `a: '\ud83d\ude00'`,
		"a: it's\nb: \"\\ud83d\\ude00\" # \"x":         "a: it's\nb: \"\\U0001f600\" # \"x",
		"{\n\t\"a\":\t\"tab\there\"\n}":                "{\n \"a\": \"tab\there\"\n}",
		`a: \ud83d\ude00`:                              `a: \ud83d\ude00`,
		`{"a": "b\/c"}`:                                `{"a": "b/c"}`,
		`a: "b\/c"`:                                    `a: "b/c"`,
		`a: 'b\/c' # "\/`:                              `a: 'b\/c' # "\/`,
		"- \"\\ud83d\\ude00\"\n- - \"\\ud83d\\ude00\"": "- \"\\U0001f600\"\n- - \"\\U0001f600\"",
	} {
		if got := string(fromJSON([]byte(text))); got != want {
			t.Errorf("%s became %s, not %s", text, got, want)
		}
	}
}

// TestFoundC1 reads a tenant file as other systems save it.
func TestFoundC1(t *testing.T) {
	plain := "organizations:\n  - name: Caffè\n"
	diagnostics := func(data []byte) string {
		var all []string
		for _, c := range Parse("venue.yaml", data, Environment{}).Diagnostics {
			all = append(all, c.String())
		}
		return strings.Join(all, "\n")
	}
	want := diagnostics([]byte(plain))
	crlf := strings.ReplaceAll(plain, "\n", "\r\n")
	wide := func(order binary.AppendByteOrder) []byte {
		out := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(crlf)) {
			out = order.AppendUint16(out, unit)
		}
		return out
	}
	for name, data := range map[string][]byte{
		"byte order mark": []byte("\xef\xbb\xbf" + plain), "CRLF": []byte(crlf), "trailing blanks": []byte(plain +
			"  \r\n \n"),
		"UTF-16LE": wide(binary.LittleEndian), "UTF-16BE": wide(binary.BigEndian),
	} {
		if got := diagnostics(data); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestFoundC7Zones accepts IANA zones, and no other file in the folder of a system's zones.
func TestFoundC7Zones(t *testing.T) {
	venue := readTestdata(t, "venue.yaml")
	if !strings.Contains(venue, "timezone: Europe/Rome") {
		t.Fatal("the venue has no such zone")
	}
	refused := func(zone string) bool {
		text := strings.ReplaceAll(venue, "timezone: Europe/Rome", "timezone: "+zone)
		for _, c := range allDiagnostics(Parse("venue.yaml", []byte(text), testEnvironment(t, nil))) {
			if strings.Contains(c.String(), "timezone") && strings.Contains(c.String(), "is not a time zone") {
				return true
			}
		}
		return false
	}
	for _, zone := range []string{
		"Europe/Rome", "UTC", "Etc/UTC", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5",
		"CET", "Asia/Kolkata",
	} {
		if refused(zone) {
			t.Errorf("%s is refused", zone)
		}
	}
	for _, zone := range []string{
		"localtime", "posixrules", "Factory", "Local", "local", "europe/rome", "Europe/rome", "EUROPE/ROME", "utc",
		"posix/Europe/Rome",
		"right/Europe/Rome", "/usr/share/zoneinfo/Europe/Rome", "../Europe/Rome", "Europe/../Europe/Rome", "./UTC",
		"Europe", "Europe/", "zone.tab",
		"tzdata.zi", "leapseconds", "'Europe/Rome '", `"Europe/Rome\u200b"`, `Europe\Rome`, "GMT+1", "+02:00", "CEST",
	} {
		if !refused(zone) {
			t.Errorf("%s is taken", zone)
		}
	}
}
