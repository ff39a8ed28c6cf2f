package pages

import (
	"net/http"
	"path"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// logoPolicy forbids a logo everything: it is a picture only, also when it is opened by itself.
const logoPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

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
	web.CacheForEver(c, web.BrandFolder+o.ID+"/"+name == web.LogoAddress(o))
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(logo))
}

// accent serves the style sheet of the accent in its name. ok is false for any other name.
func (p *Pages) accent(c echo.Context, name string) (ok bool, err error) {
	css, current := web.AccentStyleSheet(name)
	if css == "" {
		return false, nil
	}
	web.CacheForEver(c, current)
	return true, c.Blob(http.StatusOK, "text/css; charset=utf-8", []byte(css))
}
