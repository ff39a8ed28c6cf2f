package web

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/brand"
)

// The folders of the files that pages link to.
const (
	AssetsFolder = "/assets/"
	BrandFolder  = "/brand/" // logos, by organization
)

// accentStem starts the name of the style sheet of an accent: the accent's digits and a hash of the
// content follow.
const accentStem = "accent-"

// ContentHash returns the part of an address that changes with the content.
func ContentHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:8])
}

// LogoAddress returns the address of an organization's logo, or "".
func LogoAddress(o *onboarding.Organization) string {
	if o.Portal.Brand.Logo == "" {
		return ""
	}
	return BrandFolder + o.ID + "/" + ContentHash(o.Portal.Brand.Logo) + ".svg"
}

// accentAddresses caches the addresses of the organizations' accents, because each is computed from
// some hundred colours.
var accentAddresses sync.Map

// AccentAddress returns the address of an organization's accent's style sheet, or "".
func AccentAddress(o *onboarding.Organization) string {
	accent := o.Portal.Brand.Accent
	if !brand.ValidAccent(accent) {
		return ""
	}
	if known, ok := accentAddresses.Load(accent); ok {
		return known.(string)
	}
	address := AssetsFolder + accentName(accent, brand.AccentsOf(accent).StyleSheet())
	accentAddresses.Store(accent, address)
	return address
}

// accentName returns the name of an accent's style sheet.
func accentName(accent, css string) string {
	return accentStem + accent[1:] + "-" + ContentHash(css) + ".css"
}

// AccentStyleSheet returns the style sheet of the accent in a file's name, or "". current reports
// whether the name has the hash of the content.
func AccentStyleSheet(name string) (css string, current bool) {
	digits, found := strings.CutPrefix(name, accentStem)
	digits, _, _ = strings.Cut(digits, "-")
	if !found || !brand.ValidAccent("#"+digits) {
		return "", false
	}
	css = brand.AccentsOf("#" + digits).StyleSheet()
	return css, name == accentName("#"+digits, css)
}

// CacheForEver lets browsers keep content whose address has its hash. Other content is not kept: an
// address of another version, or of a logo that was replaced, gets the current content.
func CacheForEver(c echo.Context, matches bool) {
	if matches {
		c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	} else {
		NoStore(c)
	}
}
