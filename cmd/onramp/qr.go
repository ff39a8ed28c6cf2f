package main

import (
	"fmt"
	"io"

	qrcode "github.com/skip2/go-qrcode"
)

// printLink writes a link and its QR code for a phone's camera.
func printLink(w io.Writer, title, link string) {
	fmt.Fprintf(w, "%s: %s\n", title, link)
	if code, err := qrcode.New(link, qrcode.Low); err == nil {
		fmt.Fprintln(w, code.ToSmallString(false))
	}
}
