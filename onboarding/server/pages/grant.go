package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/grant"
	"onramp/onboarding/grant/unifi"
	"onramp/onboarding/server/web"
)

const (
	// grantLifetime limits the time between the controller's redirect and the request to it.
	grantLifetime = 2 * time.Hour
	// maxGrant limits the bytes of a sealed grant in an address.
	maxGrant = 4 << 10
)

// sealedGrant holds the parameters of an access controller's redirect.
type sealedGrant struct {
	Issued time.Time         `json:"at"`
	Values map[string]string `json:"values"`
}

func grantPurpose(o *onboarding.Organization) string { return "grant " + o.ID }

// sealGrant returns the controller's parameters in the address of a sign-up page, sealed for the
// pages that follow, or "" if the organization has no grant or they do not fit it.
func (p *Pages) sealGrant(ctx context.Context, o *onboarding.Organization, query url.Values) (string, error) {
	if o.Portal.Grant == nil {
		return "", nil
	}
	values := grant.Read(o.Portal.Grant, query)
	if values == nil {
		return "", nil
	}
	sealed, err := p.forms.seal(ctx, grantPurpose(o), sealedGrant{p.clock().UTC().Truncate(time.Second), values})
	if err != nil {
		return "", err
	}
	if len(sealed) > maxGrant { // openGrant would refuse it
		return "", nil
	}
	return sealed, nil
}

// keptGrant returns the sealed parameters of a controller's redirect that the address of a sign-up
// page holds: in the clear, or sealed by the page after a refusal.
func (p *Pages) keptGrant(c echo.Context, o *onboarding.Organization) (string, error) {
	query := c.QueryParams()
	sealed, err := p.sealGrant(c.Request().Context(), o, query)
	if err != nil || sealed != "" {
		return sealed, err
	}
	request, err := p.openGrant(c.Request().Context(), o, query.Get("grant"), p.publicURL)
	if err != nil || request == nil {
		return "", err
	}
	return query.Get("grant"), nil
}

// openGrant returns the request to the controller, by the organization's present settings. It
// returns nil if there is none, or if the sealed parameters are not from this deployment, expired,
// or lead to no allowed address. For a controller that this server calls, the request holds no
// address.
func (p *Pages) openGrant(
	ctx context.Context, o *onboarding.Organization, sealed, back string,
) (*grant.Request, error) {
	values, err := p.grantValues(ctx, o, sealed)
	if values == nil || err != nil {
		return nil, err
	}
	if _, isOurs := grant.Device(o.Portal.Grant, values); isOurs {
		return &grant.Request{Method: grant.Post}, nil
	}
	return grant.Of(o.Portal.Grant, values, back), nil
}

// grantValues returns the controller's parameters, nil unless this deployment has sealed them for
// the organization within grantLifetime.
func (p *Pages) grantValues(
	ctx context.Context, o *onboarding.Organization, sealed string,
) (map[string]string, error) {
	if o.Portal.Grant == nil || sealed == "" || len(sealed) > maxGrant {
		return nil, nil
	}
	var g sealedGrant
	if ok, err := p.forms.open(ctx, grantPurpose(o), sealed, &g); err != nil || !ok {
		return nil, err
	}
	if age := p.clock().Sub(g.Issued); age < -time.Minute || age > grantLifetime {
		return nil, nil
	}
	return g.Values, nil
}

// grantOf returns the request to the controller for the visitor.
func (p *Pages) grantOf(c echo.Context, v *visitor) (*grant.Request, error) {
	o := v.view.Organization
	back := p.publicURL + web.Address("/portal/"+o.ID+"/opened", "lang", v.lang)
	request, err := p.openGrant(c.Request().Context(), o, v.grant, back)
	switch {
	case request == nil:
	case request.URL == "":
		request.URL = web.Address("/activate/"+url.PathEscape(v.token)+"/access", "lang", v.lang, "ssid", v.ssid,
			"redirect_url", v.redirect, "grant", v.grant)
	case request.Method == grant.Post:
		c.Set(formOriginKey, request.Origin)
	}
	return request, err
}

// formOriginKey is the context key of the one other origin to which a form of the page goes.
const formOriginKey = "onramp.page.form-origin"

// policyOf returns the Content-Security-Policy of a page.
func policyOf(c echo.Context) string {
	if origin, ok := c.Get(formOriginKey).(string); ok {
		return strings.Replace(web.PagePolicy, "form-action 'self'", "form-action 'self' "+origin, 1)
	}
	return web.PagePolicy
}

// openedPage is the data of opened.html, to which the controller leads back.
type openedPage struct {
	Failed                bool // the controller has refused
	Leave, Enter, Address string
	Again, Label          string // address and text of another try, after a refusal
}

// showOpened answers GET /portal/{org}/opened. The page knows nothing of the visitor, because the
// controller's redirect may be readable in the air.
func (p *Pages) showOpened(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	c.Set(selfKey, "/portal/"+o.ID+"/opened")
	return p.renderOpened(c, http.StatusOK, o, "")
}

// renderNotOpened answers a visitor whom the controller has led back after it refused. Nothing of
// the controller's answer is shown, because anybody can write the address. The visitor has signed
// up, and goes on with the code that the page before showed; or begins again, with the parameters
// of the controller for another try.
func (p *Pages) renderNotOpened(c echo.Context, o *onboarding.Organization) error {
	query := c.QueryParams()
	visit := visitContext(o, query)
	sealed, err := p.keptGrant(c, o)
	if err != nil {
		return err
	}
	here := func(pairs ...string) string {
		return web.Address(o.PortalPath(), append(pairs, "location", visit.Location, "hotspot", visit.Hotspot,
			"mac", visit.MAC, "ssid", visit.SSID, "redirect_url", visit.Redirect, "grant", sealed)...)
	}
	name, value := grant.Refusal(o.Portal.Grant)
	c.Set(selfKey, here(name, value))
	return p.renderOpened(c, http.StatusOK, o, here("lang", chosenLanguage(c.Request(), o)))
}

// renderOpened renders the page after a request to the controller; again is set after a refusal.
func (p *Pages) renderOpened(c echo.Context, status int, o *onboarding.Organization, again string) error {
	e := recognise(c.Request().Header)
	return p.render(c, status, o, "opened", false, func(t *texts) any {
		page := &openedPage{
			Leave: t.must("way.other"), Enter: t.must("way.anyBrowser"),
			Address: strings.TrimPrefix(p.publicURL, "https://") + resumePath,
		}
		switch {
		case e.window == sheet && e.system == iOS:
			page.Leave, page.Enter = t.must("way.sheetClosed"), t.must("way.safari")
		case e.window == sheet && e.system == macOS:
			page.Leave = t.must("way.sheetClosedMac")
		}
		if again != "" {
			page.Failed, page.Again, page.Leave = true, again, t.must("opened.leave")
			page.Label = t.must("opened.again")
			if strings.HasPrefix(again, "/activate/") {
				page.Label = t.must("error.back")
			}
		}
		return page
	})
}

// openAccess answers POST /activate/{token}/access: it calls the organization's controller to open
// the internet for the device of the controller's redirect. The sign-up does not depend on it.
func (p *Pages) openAccess(c echo.Context) error {
	r := c.Request()
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	v, err := p.visitor(c, p.links.View)
	if err != nil {
		return err
	}
	o := v.view.Organization
	values, err := p.grantValues(r.Context(), o, v.grant)
	if err != nil {
		return err
	}
	g := o.Portal.Grant
	if g == nil || values == nil {
		return onboarding.NotFoundError("controller")
	}
	mac, isOurs := grant.Device(g, values)
	if !isOurs {
		return onboarding.NotFoundError("controller")
	}
	if err := p.access.LimitSelfService(r.Context(), v.view.Customer.ID); err != nil {
		return err
	}
	if err := p.callController(r.Context(), g, mac); err != nil {
		e := &onboarding.Error{
			Kind: onboarding.Unavailable, RetryAfter: time.Minute, Message: "the controller has not opened the access",
		}
		p.log.WarnContext(r.Context(), "controller has not opened an access", "organization", o.ID, "error", err)
		web.SetError(c, e)
		web.SetRetryAfter(c, web.Statuses[e.Kind], e.RetryAfter)
		c.Set(selfKey, v.page())
		return p.renderOpened(c, web.Statuses[e.Kind], o, v.link())
	}
	web.NoStore(c)
	return c.Redirect(http.StatusSeeOther, web.Address("/portal/"+o.ID+"/opened", "lang", v.lang))
}

// callController opens the access of a device.
func (p *Pages) callController(ctx context.Context, g *onboarding.Grant, mac string) error {
	key, err := p.access.GivenSecret(ctx, g.KeyName)
	if err != nil {
		return err
	}
	roots, err := grant.Roots(g)
	if err != nil {
		return err
	}
	return p.controllers.Authorize(ctx, unifi.Controller{
		URL: g.URL, Key: string(key), Roots: roots, Site: g.Site, Minutes: g.Minutes,
	}, mac)
}

// showGuest answers GET /guest/s/{site}/, to which a UniFi controller sends a visitor: it redirects
// to the sign-up page of the one organization with that site.
func (p *Pages) showGuest(c echo.Context) error {
	organizations, err := p.registration.PublicPortals(c.Request().Context())
	if err != nil {
		return err
	}
	site := strings.TrimRight(web.Param(c, "site"), "/")
	organizations = slices.DeleteFunc(slices.Clone(organizations), func(o *onboarding.Organization) bool {
		g := o.Portal.Grant
		return g == nil || g.Kind != grant.KindUniFi || g.Site != site
	})
	if len(organizations) != 1 {
		return onboarding.NotFoundError("site")
	}
	return p.toPortal(c, organizations[0])
}

// showGuestOf answers GET /portal/{org}/guest/s/{site}/ in the same way.
func (p *Pages) showGuestOf(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	return p.toPortal(c, o)
}
