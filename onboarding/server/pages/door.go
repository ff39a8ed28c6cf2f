package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"onramp/onboarding"
	"onramp/onboarding/grant"
	"onramp/onboarding/server/web"
)

// doorPattern is the route of the front page.
const doorPattern = "/"

// SlugPattern is the route of the short addresses of sign-up pages.
const SlugPattern = "/:slug"

// doorPage is the data of door.html, the front page of a deployment with several organizations.
type doorPage struct {
	Venues       []venueLink
	Action, Form string // of the field for a resume code
}

type venueLink struct{ Name, Address, URL string }

// captiveParameters are the parameters that a captive portal adds to the address of a sign-up page.
var captiveParameters = []string{"location", "hotspot", "mac", "ssid", "redirect_url", "lang"}

// showDoor answers GET /. With one organization, it redirects to its sign-up page and keeps the
// captive portal's parameters.
func (p *Pages) showDoor(c echo.Context) error {
	r := c.Request()
	organizations, err := p.registration.PublicPortals(r.Context())
	if err != nil {
		return err
	}
	if len(organizations) == 1 {
		return p.toPortal(c, organizations[0])
	}
	sealed, err := p.forms.issue(r.Context(), "resume", ticket{}, p.clock())
	if err != nil {
		return err
	}
	c.Set(selfKey, doorPattern)
	return p.render(c, http.StatusOK, nil, "door", false, func(t *texts) any {
		page := &doorPage{Form: sealed, Action: web.Address(resumePath, "lang", chosenLanguage(r, nil))}
		for _, o := range organizations {
			page.Venues = append(page.Venues, venueLink{
				Name: cmp.Or(o.Names[t.code], o.Name), Address: o.Portal.Brand.Address,
				URL: web.Address(o.PortalPath(), "lang", chosenLanguage(r, nil)),
			})
		}
		order := collate.New(language.Make(t.code))
		slices.SortStableFunc(page.Venues, func(a, b venueLink) int { return order.CompareString(a.Name, b.Name) })
		return page
	})
}

// toPortal redirects to an organization's sign-up page with the captive portal's parameters. A
// browser must not keep the answer, because the organizations and their addresses change.
func (p *Pages) toPortal(c echo.Context, o *onboarding.Organization) error {
	query := c.QueryParams()
	names := captiveParameters
	if g := o.Portal.Grant; g != nil {
		names = slices.Concat(names, grant.Parameters(g), []string{grant.Result(g)})
	}
	var pairs []string
	if mac, ok := grant.Device(o.Portal.Grant, grant.Read(o.Portal.Grant, query)); ok && !query.Has("mac") {
		pairs = append(pairs, "mac", mac)
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		pairs = append(pairs, name, onboarding.CutText(query.Get(name), onboarding.MaxURL))
	}
	web.NoStore(c)
	return c.Redirect(http.StatusFound, web.Address(o.PortalPath(), pairs...))
}

// showSlug answers GET /{slug}, the short address of a sign-up page. An address that differs by
// case or a slash at the end redirects to the right one.
func (p *Pages) showSlug(c echo.Context) error {
	slug := web.Param(c, "slug")
	tidy := strings.ToLower(strings.TrimRight(slug, "/"))
	o, err := p.registration.PortalBySlug(c.Request().Context(), tidy)
	if err != nil {
		return err
	}
	c.Set(organizationKey, o)
	if tidy != slug {
		return p.toPortal(c, o)
	}
	return p.beginSignUp(c, o)
}

// failSlug answers a failed request to a short address; an unknown one is an address without a
// route.
func (p *Pages) failSlug(c echo.Context, status int, e *onboarding.Error) error {
	if e.Kind == onboarding.NotFound {
		return p.FailUnknown(c, status, &onboarding.Error{Kind: e.Kind, Message: "not found"})
	}
	return p.fail(c, status, e)
}
