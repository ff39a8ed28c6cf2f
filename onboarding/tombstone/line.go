package tombstone

import (
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"

	"onramp/onboarding"
)

// The form of a line, in which h stands for a hex digit. The last word is the CRC-32 of the text
// before it.
var forms = map[onboarding.TombstoneKind]string{
	onboarding.TombstoneDeleted:   "deleted " + digits(32) + " " + digits(8),
	onboarding.TombstoneMinimised: "minimised " + digits(32) + "-" + digits(16) + " " + digits(8),
}

func digits(n int) string { return strings.Repeat("#", n) }

// format returns the line of a tombstone with its line break.
func format(s onboarding.Tombstone) string {
	text := string(s.Kind) + " " + s.Hash
	if s.Occurrence != "" {
		text += "-" + s.Occurrence
	}
	return fmt.Sprintf("%s %08x\n", text, crc32.ChecksumIEEE([]byte(text)))
}

// lineState is the state of a line.
type lineState int

const (
	whole   lineState = iota
	torn              // the beginning of a line: its writer was killed, and nothing was answered
	damaged           // changed after it was written
)

// parse returns the tombstone of a line without its line break.
func parse(line string) (onboarding.Tombstone, lineState) {
	line = strings.TrimRight(line, "\x00") // left by a power cut
	for kind, form := range forms {
		if !begins(line, form) {
			continue
		}
		if len(line) < len(form) {
			return onboarding.Tombstone{}, torn
		}
		text, sum := line[:len(line)-9], line[len(line)-8:]
		if fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text))) != sum {
			return onboarding.Tombstone{}, damaged
		}
		hash, occurrence, _ := strings.Cut(text[len(kind)+1:], "-")
		return onboarding.Tombstone{Kind: kind, Hash: hash, Occurrence: occurrence}, whole
	}
	return onboarding.Tombstone{}, damaged
}

// begins reports whether the line is the beginning of a form.
func begins(line, form string) bool {
	if len(line) > len(form) {
		return false
	}
	for i := range line {
		digit := line[i] >= '0' && line[i] <= '9' || line[i] >= 'a' && line[i] <= 'f'
		if form[i] == '#' && !digit || form[i] != '#' && form[i] != line[i] {
			return false
		}
	}
	return true
}

// entry is a tombstone in memory.
type entry struct {
	hash       [16]byte
	occurrence [8]byte
	minimised  bool
}

func pack(s onboarding.Tombstone) (e entry) {
	_, _ = hex.Decode(e.hash[:], []byte(s.Hash))
	_, _ = hex.Decode(e.occurrence[:], []byte(s.Occurrence))
	e.minimised = s.Kind == onboarding.TombstoneMinimised
	return e
}

func (e entry) tombstone() onboarding.Tombstone {
	s := onboarding.Tombstone{Kind: onboarding.TombstoneDeleted, Hash: hex.EncodeToString(e.hash[:])}
	if e.minimised {
		s.Kind, s.Occurrence = onboarding.TombstoneMinimised, hex.EncodeToString(e.occurrence[:])
	}
	return s
}
