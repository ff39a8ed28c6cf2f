package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/brand"
	"onramp/onboarding/server/web"
)

// brandFolder holds the logos, by organization.
const brandFolder = "/brand/"

// accentStem starts the name of the style sheet of an accent: the accent's digits and a hash of the
// content follow.
const accentStem = "accent-"

// logoPolicy forbids a logo everything: it is a picture only, also when it is opened by itself.
const logoPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// contentHash returns the part of an address that changes with the content.
func contentHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:8])
}

// logoAddress returns the address of an organization's logo, or "".
func logoAddress(o *onboarding.Organization) string {
	if o.Portal.Brand.Logo == "" {
		return ""
	}
	return brandFolder + o.ID + "/" + contentHash(o.Portal.Brand.Logo) + ".svg"
}

// accentAddresses caches the addresses of the organizations' accents, because each is computed from
// some hundred colours.
var accentAddresses sync.Map

// accentAddress returns the address of an organization's accent's style sheet, or "".
func accentAddress(accent string) string {
	if !brand.ValidAccent(accent) {
		return ""
	}
	if known, ok := accentAddresses.Load(accent); ok {
		return known.(string)
	}
	address := assetsFolder + accentName(accent, brand.AccentsOf(accent).StyleSheet())
	accentAddresses.Store(accent, address)
	return address
}

// accentName returns the name of an accent's style sheet.
func accentName(accent, css string) string {
	return accentStem + accent[1:] + "-" + contentHash(css) + ".css"
}

// cacheForEver lets browsers keep content whose address has its hash. Other content is not kept: an
// address of another version, or of a logo that was replaced, gets the current content.
func cacheForEver(c echo.Context, matches bool) {
	if matches {
		c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	} else {
		web.NoStore(c)
	}
}

// logo serves an organization's logo.
func (p *Pages) logo(c echo.Context) error {
	name := web.Param(c, "name")
	if path.Ext(name) != ".svg" {
		return onboarding.NotFoundError("logo")
	}
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	logo := o.Portal.Brand.Logo
	if logo == "" {
		return onboarding.NotFoundError("logo")
	}
	header := c.Response().Header()
	header.Set("Content-Security-Policy", logoPolicy)
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Frame-Options", "DENY")
	cacheForEver(c, brandFolder+o.ID+"/"+name == logoAddress(o))
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(logo))
}

// accent serves the style sheet of the accent in its name. ok is false for any other name.
func (p *Pages) accent(c echo.Context, name string) (ok bool, err error) {
	digits, found := strings.CutPrefix(name, accentStem)
	digits, _, _ = strings.Cut(digits, "-")
	if !found || !brand.ValidAccent("#"+digits) {
		return false, nil
	}
	css := brand.AccentsOf("#" + digits).StyleSheet()
	cacheForEver(c, name == accentName("#"+digits, css))
	return true, c.Blob(http.StatusOK, "text/css; charset=utf-8", []byte(css))
}
