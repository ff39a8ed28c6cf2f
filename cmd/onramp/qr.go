package main

import (
	"fmt"
	"io"
	"strings"

	qr "github.com/piglig/go-qr"
)

// quietZone is the width of the light margin around a QR code, in modules (ISO/IEC 18004).
const quietZone = 4

// printLink prints a link and its QR code.
func printLink(w io.Writer, title, link string) {
	fmt.Fprintf(w, "%s: %s\n", title, link)
	if code, err := qr.EncodeText(link, qr.Low); err == nil {
		fmt.Fprintln(w, blocks(code))
	}
}

// blocks draws a QR code for a terminal with light text on a dark background. One character is two
// modules, one above the other.
func blocks(code *qr.QrCode) string {
	light := func(x, y int) bool { return !code.Module(x, y) } // Module is false outside the code
	var text strings.Builder
	end := code.Size() + quietZone
	for y := -quietZone; y < end; y += 2 {
		for x := -quietZone; x < end; x++ {
			switch upper, lower := light(x, y), y+1 < end && light(x, y+1); {
			case upper && lower:
				text.WriteRune('█')
			case upper:
				text.WriteRune('▀')
			case lower:
				text.WriteRune('▄')
			default:
				text.WriteRune(' ')
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}
