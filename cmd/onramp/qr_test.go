package main

import (
	"image"
	"image/color"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"
)

// TestPrintLink decodes the QR code from the printed characters.
func TestPrintLink(t *testing.T) {
	for _, link := range []string{
		"http://127.0.0.1:8080/p/demo",
		"https://onramp.example/p/" + strings.Repeat("0123456789abcdef", 4) + "?language=it",
	} {
		var out strings.Builder
		printLink(&out, "Sign up", link)
		first, drawing, _ := strings.Cut(out.String(), "\n")
		if first != "Sign up: "+link {
			t.Errorf("first line %q", first)
		}
		if text, err := qr.Decode(photo(t, drawing)); err != nil || text != link {
			t.Errorf("%q, want %q: %v\n%s", text, link, err, drawing)
		}
	}
}

// photo renders the characters as an image with eight pixels per module.
func photo(t *testing.T, drawing string) image.Image {
	t.Helper()
	const scale = 8
	lines := strings.Split(strings.TrimRight(drawing, "\n"), "\n")
	width := len([]rune(lines[0]))
	img := image.NewGray(image.Rect(0, 0, width*scale, 2*len(lines)*scale))
	for row, line := range lines {
		modules := []rune(line)
		if len(modules) != width {
			t.Fatalf("line %d has %d characters, want %d", row, len(modules), width)
		}
		for column, character := range modules {
			for half, white := range []string{"█▀", "█▄"} {
				if !strings.ContainsRune(white, character) {
					continue
				}
				for i := range scale * scale {
					img.SetGray(column*scale+i%scale, (2*row+half)*scale+i/scale, color.Gray{Y: 255})
				}
			}
		}
	}
	return img
}
