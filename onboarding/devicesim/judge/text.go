package judge

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns a text file in UTF-8 with LF line ends. A byte order mark selects UTF-8 or UTF-16
// and is removed.
func Text(data []byte) []byte {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	if err != nil {
		return data
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}
