package pages

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// download answers GET /activate/{token}/{platform}: the profile, whole, to whoever holds the link. It asks for no cookie and no user agent, because
// a phone fetches it through several programs; only what nobody asked for yet gets no profile and costs no download.
func (p *Pages) download(c echo.Context) error {
	return p.serveProfile(c, web.Param(c, "token"), web.Param(c, "platform"))
}

func (p *Pages) downloadHeader(c echo.Context) error {
	return p.describeProfile(c, web.Param(c, "token"), web.Param(c, "platform"))
}

// deviceTypes are the platforms of the older form of the link.
var deviceTypes = map[string]string{"apple": "ios", "android": "android", "windows": "windows"}

// older reads the older form's parameters. A customer's ID in place of the token finds no link, like any other text.
func older(c echo.Context) (token, platform string, err error) {
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

// olderDownload answers GET /wifiprofile.
func (p *Pages) olderDownload(c echo.Context) error {
	token, platform, err := older(c)
	if err != nil {
		return err
	}
	return p.serveProfile(c, token, platform)
}

func (p *Pages) olderDownloadHeader(c echo.Context) error {
	token, platform, err := older(c)
	if err != nil {
		return err
	}
	return p.describeProfile(c, token, platform)
}

func (p *Pages) serveProfile(c echo.Context, token, platform string) error {
	r := c.Request()
	if looksAhead(r.Header) {
		return p.previewOf(c, token)
	}
	d, err := p.service.Download(r.Context(), token, platform)
	if err != nil {
		p.ended(c, token)
		return p.wrongLink(c, err)
	}
	c.Response().Header().Set("Accept-Ranges", "none") // a part of a profile is nothing: a range is answered whole
	return web.SendProfile(c, d)
}

// describeProfile answers HEAD. The length is left out: it is known only once the document is signed.
func (p *Pages) describeProfile(c echo.Context, token, platform string) error {
	d, err := p.service.DownloadHeader(c.Request().Context(), token, platform)
	if err != nil {
		p.ended(c, token)
		return p.wrongLink(c, err)
	}
	header := c.Response().Header()
	web.SetProfileHeader(c, d)
	header.Set("Accept-Ranges", "none")
	header.Set(echo.HeaderContentType, d.ContentType)
	c.Response().WriteHeader(http.StatusOK)
	return nil
}

// previewOf answers who looks at a download without having been asked for it: with a page that says whose it is.
func (p *Pages) previewOf(c echo.Context, token string) error {
	view, err := p.service.Activation(c.Request().Context(), token)
	if err != nil {
		p.ended(c, token)
		return p.wrongLink(c, err)
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	return p.render(c, http.StatusOK, view.Organization, "install", false, func(*texts) any {
		return &installPage{Network: networkOf(view.Organization), UsedUp: true, SignUp: "/portal/" + view.Organization.ID}
	})
}

// ended leaves for the error's page whose link it was, and the way back where the install page still stands.
func (p *Pages) ended(c echo.Context, token string) {
	view, err := p.service.Activation(c.Request().Context(), token)
	if view == nil {
		return
	}
	c.Set(organizationKey, view.Organization)
	if err == nil {
		c.Set(backKey, address("/activate/"+token, "lang", chosenLanguage(c.Request(), view.Organization)))
	}
}

// wrongLink counts a link that is unknown against the limit of such answers.
func (p *Pages) wrongLink(c echo.Context, err error) error {
	if onboarding.KindOf(err) != onboarding.NotFound {
		return err
	}
	return p.service.WrongLink(c.Request().Context(), web.CallerOf(c), err)
}
