package web

import (
	"encoding/base64"
	"html/template"
	"net/url"

	"github.com/labstack/echo/v4"
	qr "github.com/piglig/go-qr"
)

// PagePolicy allows a page its style sheets, inline images and forms to this host only. The answer
// to a form may redirect within this host only, so such redirects are relative.
const PagePolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

// SendPage answers with a page in a language under a Content-Security-Policy. Caches do not store
// it, and no other page can frame it.
func SendPage(c echo.Context, status int, language, policy string, page []byte) error {
	NoStore(c)
	header := c.Response().Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Frame-Options", "DENY")
	header.Set("Content-Language", language)
	return c.HTMLBlob(status, page)
}

// Address returns a path with parameters, without the empty ones. pairs alternates names and
// values.
func Address(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// QRPicture returns the QR code (ISO/IEC 18004) of an address as the data URL of a PNG image, with
// the pixels of a module and the standard's margin of four modules.
func QRPicture(link string, pixels int) (template.URL, error) {
	code, err := qr.EncodeText(link, qr.Medium)
	if err != nil {
		return "", err
	}
	png, err := code.ToPNGBytes(qr.NewQrCodeImgConfig(pixels, 4))
	if err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)), nil
}
