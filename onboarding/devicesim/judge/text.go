package judge

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns the content of a text file in UTF-8 without a byte order mark, which may have said that it is UTF-16.
func Text(data []byte) []byte {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	if err != nil {
		return data
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}
