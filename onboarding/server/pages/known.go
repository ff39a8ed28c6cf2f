package pages

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// knownCookie is the name of the only cookie. A browser gets it with the proof of an address, and
// can then ask for codes to that address when strangers have used up its tries. See web.CookieName.
const knownCookie = "onramp-known"

const (
	knownPurpose = "known recipients"
	// knownFor is the life of the cookie, the longest that browsers grant (RFC 6265bis: 400 days).
	knownFor = 400 * 24 * time.Hour
	maxKnown = 8 // recipients of a cookie
)

// known is the sealed content of the cookie.
type known struct {
	Issued     time.Time `json:"at"`
	Recipients []string  `json:"to"` // keyed hashes, the latest last
}

// knownOf returns the content of the request's cookie, empty without a valid one. A cookie without
// the prefix, of an earlier version, counts while there is none with it; rememberRecipient then
// replaces it.
func (p *Pages) knownOf(c echo.Context) known {
	for _, name := range []string{web.CookieName(p.publicURL, knownCookie), knownCookie} {
		if k := p.openKnown(c, name); len(k.Recipients) > 0 {
			return k
		}
	}
	return known{}
}

// openKnown returns the content of a cookie, empty without a valid one.
func (p *Pages) openKnown(c echo.Context, name string) known {
	cookie, err := c.Request().Cookie(name)
	if err != nil {
		return known{}
	}
	var k known
	ok, err := p.forms.open(c.Request().Context(), knownPurpose, cookie.Value, &k)
	if err != nil || !ok || p.clock().Sub(k.Issued) > knownFor {
		return known{}
	}
	return k
}

// knownRecipients returns the function that reports whether the request's browser has verified a
// recipient.
func (p *Pages) knownRecipients(c echo.Context) func(recipient string) bool {
	k := p.knownOf(c)
	return func(recipient string) bool { return slices.Contains(k.Recipients, recipient) }
}

// rememberRecipient adds a recipient to the browser's cookie.
func (p *Pages) rememberRecipient(c echo.Context, recipient string) error {
	k := p.knownOf(c)
	k.Issued = p.clock().UTC().Truncate(time.Second)
	k.Recipients = slices.DeleteFunc(k.Recipients, func(r string) bool { return r == recipient })
	k.Recipients = append(k.Recipients, recipient)
	k.Recipients = k.Recipients[max(len(k.Recipients)-maxKnown, 0):]
	sealed, err := p.forms.seal(c.Request().Context(), knownPurpose, k)
	if err != nil {
		return err
	}
	name := web.CookieName(p.publicURL, knownCookie)
	if _, err := c.Request().Cookie(knownCookie); err == nil && name != knownCookie {
		c.SetCookie(web.NewCookie(p.publicURL, knownCookie, "", 0))
	}
	c.SetCookie(web.NewCookie(p.publicURL, name, sealed, knownFor))
	return nil
}
