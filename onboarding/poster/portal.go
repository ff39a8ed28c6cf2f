package poster

import (
	"io"
	"net/url"
	"strings"

	qr "github.com/piglig/go-qr"

	"onramp/onboarding"
)

// Portal is an organization's sign-up page at a public URL.
type Portal struct {
	PublicURL    string // scheme and host, no trailing slash
	Organization *onboarding.Organization
	Location     *onboarding.Location // where sign-ups count; nil: none is given
	Only         bool                 // there is no other organization
}

// Link returns the address of the sign-up page, for the QR code.
func (p *Portal) Link() string {
	link := p.PublicURL + p.Organization.PortalPath()
	if p.Location != nil {
		link += "?" + url.Values{"location": {p.Location.ID}}.Encode()
	}
	return link
}

// Typed returns the shortest address that leads to the sign-up page, for typing: without https://
// and the location. The front page leads to the only organization.
func (p *Portal) Typed() string {
	address := p.PublicURL
	if p.Organization.Portal.Slug != "" || !p.Only {
		address += p.Organization.PortalPath()
	}
	return strings.TrimPrefix(address, "https://")
}

// Sheet returns the portal's poster in the given languages, or in those of LanguagesOf if there are
// none.
func (p *Portal) Sheet(languages []string) Sheet {
	if len(languages) == 0 {
		languages = LanguagesOf(p.Organization)
	}
	return Sheet{
		Organization: p.Organization, Location: p.Location, Link: p.Link(), Typed: p.Typed(), Languages: languages,
	}
}

// Loopback reports whether the public URL leads to the machine that opens it, so that no phone
// reaches it.
func (p *Portal) Loopback() bool {
	u, err := url.Parse(p.PublicURL)
	return err == nil && onboarding.IsLoopback(u.Hostname())
}

// codePixels is the width of a module in WriteCode's picture.
const codePixels = 10

// WriteCode writes the QR code of a link as an SVG picture.
func WriteCode(w io.Writer, link string) error {
	code, err := qr.EncodeText(link, qr.Medium)
	if err != nil {
		return err
	}
	return code.WriteAsSVG(qr.NewQrCodeImgConfig(codePixels, QuietZone, qr.WithOptimalSVG()), w)
}
