package auth

import (
	"errors"
	"unicode/utf8"
)

var (
	// ErrGuid is returned for a guid that is too short, too long or not UTF-8.
	ErrGuid = errors.New("a guid must have 16 to 128 characters")

	// ErrCommonGuid is returned for a guid that is not unique to a device.
	ErrCommonGuid = errors.New("this guid is shared by many devices: it must be random")
)

// HashGuid returns the hash of a guid for the database: 64 lower-case hexadecimal
// digits, by which the guid is found again. The guid is a text that the app generates
// and by which it proves its device.
//
// A guid must have 16 to 128 characters of UTF-8, or HashGuid returns [ErrGuid]. A
// text that many devices share, such as a constant of a library, would let them prove
// each other's identity: HashGuid returns [ErrCommonGuid]. Since guids are checked
// before each use, a common guid that is already stored is unusable too.
func HashGuid(guid string) (string, error) {
	if n := utf8.RuneCountInString(guid); n < 16 || n > 128 || !utf8.ValidString(guid) {
		return "", ErrGuid
	}
	if commonGuid(guid) {
		return "", ErrCommonGuid
	}
	return hashText("guid", guid), nil
}
