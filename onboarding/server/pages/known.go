package pages

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// knownCookie is the name of the only cookie. A browser gets it with the proof of an address, and
// can then ask for codes to that address when strangers have used up its tries. Over https it has
// the prefix __Host- (RFC 6265bis, section 4.1.3.2), so that no other host of the domain, and no
// answer over http, can set one in its place.
const (
	knownCookie     = "onramp-known"
	hostKnownCookie = "__Host-" + knownCookie
)

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

// overTLS reports whether browsers reach the pages by https.
func (p *Pages) overTLS() bool { return strings.HasPrefix(p.publicURL, "https://") }

// knownOf returns the content of the request's cookie, empty without a valid one. A cookie without
// the prefix, of an earlier version, counts while there is none with it; rememberRecipient then
// replaces it.
func (p *Pages) knownOf(c echo.Context) known {
	names := []string{knownCookie}
	if p.overTLS() {
		names = []string{hostKnownCookie, knownCookie}
	}
	for _, name := range names {
		if k := p.openKnown(c, name); len(k.Recipients) > 0 {
			return k
		}
	}
	return known{}
}

// openKnown returns the content of a cookie, empty without a valid one.
func (p *Pages) openKnown(c echo.Context, name string) known {
	var k known
	cookie, err := c.Request().Cookie(name)
	if err != nil {
		return k
	}
	box, err := p.forms.box(c.Request().Context())
	if err != nil {
		return k
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return k
	}
	plain, err := box.Open(sealed, knownPurpose)
	if err != nil || json.Unmarshal(plain, &k) != nil || p.clock().Sub(k.Issued) > knownFor {
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
	plain, err := json.Marshal(k)
	if err != nil {
		return err
	}
	box, err := p.forms.box(c.Request().Context())
	if err != nil {
		return err
	}
	set := &http.Cookie{
		Name: knownCookie, Value: base64.RawURLEncoding.EncodeToString(box.Seal(plain, knownPurpose)), Path: "/",
		MaxAge: int(knownFor / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.overTLS(),
	}
	if p.overTLS() {
		set.Name = hostKnownCookie
		if _, err := c.Request().Cookie(knownCookie); err == nil {
			c.SetCookie(&http.Cookie{
				Name: knownCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: true,
			})
		}
	}
	c.SetCookie(set)
	return nil
}
