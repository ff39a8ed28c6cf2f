package certs

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text converts the content of a text file to UTF-8 without a byte order mark and
// with "\n" line ends. It recognizes UTF-16 by its byte order mark.
func Text(data []byte) []byte {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	if err != nil { // unlikely: the decoders replace invalid input
		text = data
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}

// Line returns the content of a file that holds one value, such as a secret,
// converted as by Text and without surrounding white space.
func Line(data []byte) []byte { return bytes.TrimSpace(Text(data)) }
