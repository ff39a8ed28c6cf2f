package pages

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// download answers GET /activate/{token}/{platform} with the profile. It requires neither a cookie
// nor a user agent, because a phone downloads it with several programs. Prefetches and link
// previews get a page and do not count as downloads.
func (p *Pages) download(c echo.Context) error {
	return p.serveProfile(c, web.Param(c, "token"), web.Param(c, "platform"))
}

func (p *Pages) downloadHeader(c echo.Context) error {
	return p.describeProfile(c, web.Param(c, "token"), web.Param(c, "platform"))
}

// deviceTypes maps the device types of the legacy link to platforms.
var deviceTypes = map[string]string{"apple": "ios", "android": "android", "windows": "windows"}

// legacyLink reads the parameters of the legacy link. A customer's ID in place of the token is an
// unknown link.
func legacyLink(c echo.Context) (token, platform string, err error) {
	q, err := web.QueryOf(c)
	if err != nil {
		return "", "", err
	}
	token = q.Text("token")
	kind := q.Text("deviceType")
	if token == "" {
		q.Refuse("token", "missing")
	}
	platform, ok := deviceTypes[strings.ToLower(kind)]
	if !ok {
		q.Refuse("deviceType", "not apple, android or windows")
	}
	return token, platform, q.Err()
}

// legacyDownload answers GET /wifiprofile.
func (p *Pages) legacyDownload(c echo.Context) error {
	token, platform, err := legacyLink(c)
	if err != nil {
		return err
	}
	return p.serveProfile(c, token, platform)
}

func (p *Pages) legacyDownloadHeader(c echo.Context) error {
	token, platform, err := legacyLink(c)
	if err != nil {
		return err
	}
	return p.describeProfile(c, token, platform)
}

func (p *Pages) serveProfile(c echo.Context, token, platform string) error {
	r := c.Request()
	if isPrefetch(r.Header) {
		return p.renderPreview(c, token)
	}
	d, err := p.links.Download(r.Context(), token, platform)
	if err != nil {
		p.setLinkContext(c, token)
		return p.countUnknownLink(c, err)
	}
	c.Response().Header().Set("Accept-Ranges", "none") // ranges are ignored; an answer always has the whole profile
	return web.SendProfile(c, d)
}

// describeProfile answers HEAD.
func (p *Pages) describeProfile(c echo.Context, token, platform string) error {
	d, err := p.links.DownloadHeader(c.Request().Context(), token, platform)
	if err != nil {
		p.setLinkContext(c, token)
		return p.countUnknownLink(c, err)
	}
	c.Response().Header().Set("Accept-Ranges", "none")
	return web.DescribeProfile(c, d)
}

// renderPreview answers a prefetch or a link preview with a page that names the network.
func (p *Pages) renderPreview(c echo.Context, token string) error {
	view, err := p.links.View(c.Request().Context(), token)
	if err != nil {
		p.setLinkContext(c, token)
		return p.countUnknownLink(c, err)
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	return p.render(c, http.StatusOK, view.Organization, "install", false, func(*texts) any {
		return &installPage{
			Network: networkOf(view.Organization), UsedUp: true, SignUp: "/portal/" + view.Organization.ID,
		}
	})
}

// setLinkContext sets the link's organization, and the address of its install page if that still
// works, for an error page.
func (p *Pages) setLinkContext(c echo.Context, token string) {
	view, err := p.links.View(c.Request().Context(), token)
	if view == nil {
		return
	}
	c.Set(organizationKey, view.Organization)
	if err == nil {
		c.Set(backKey, web.Address("/activate/"+token, "lang", chosenLanguage(c.Request(), view.Organization)))
	}
}

// countUnknownLink counts an unknown link against the limit of such answers.
func (p *Pages) countUnknownLink(c echo.Context, err error) error {
	if onboarding.KindOf(err) != onboarding.NotFound {
		return err
	}
	return p.links.WrongLink(c.Request().Context(), web.CallerOf(c), err)
}
