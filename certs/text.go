package certs

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns the content of a text file as other systems write it in the form that the rest of the program reads: UTF-8 without a
// byte order mark, and lines that end with a newline alone. UTF-16 is known by its byte order mark.
func Text(data []byte) []byte {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	if err != nil { // a decoder of Unicode replaces what it cannot read
		text = data
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}

// Line returns the content of a file that holds one value, such as a secret, without the blanks and line breaks around it.
func Line(data []byte) []byte { return bytes.TrimSpace(Text(data)) }
