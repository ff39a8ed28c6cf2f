package pages

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

	"onramp/onboarding/server/web"
)

func TestPictureHoldsTheLink(t *testing.T) {
	const link = "https://onramp.example/go/0123456789abcdef0123456789abcdef"
	address, err := web.QRPicture(link, qrPixels)
	if err != nil {
		t.Fatal(err)
	}
	encoded, ok := strings.CutPrefix(string(address), "data:image/png;base64,")
	if !ok {
		t.Fatal(address)
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := qr.Decode(img); err != nil || text != link {
		t.Errorf("%q, want %q: %v", text, link, err)
	}
}
