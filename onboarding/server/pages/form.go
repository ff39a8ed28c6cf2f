package pages

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/server/web"
)

// formLifetime limits the age of a form that is sent. It is shorter than a link's life, so that the
// answer to a form that is sent twice still leads to a working link.
const formLifetime = 45 * time.Minute

// ticket is the sealed state of a form. It proves that this deployment issued the form for this
// purpose recently, and holds the captive portal's parameters. It is not bound to a cookie, because
// captive portal windows keep none; isCrossSite protects against requests from other sites.
type ticket struct {
	ID       string    `json:"id"` // random; the same form sent twice is one registration
	Issued   time.Time `json:"at"`
	Location string    `json:"location,omitempty"`
	Hotspot  string    `json:"hotspot,omitempty"`
	MAC      string    `json:"mac,omitempty"`
	SSID     string    `json:"ssid,omitempty"`
	Redirect string    `json:"redirect,omitempty"`
	Grant    string    `json:"grant,omitempty"` // sealed by sealGrant
	// Versions are those of the policies that a form asks for, by key.
	Versions map[string]string `json:"versions,omitempty"`
}

// formSeal seals tickets under a key that all replicas share.
type formSeal struct {
	access *access.Control
	key    access.SharedKey[*onboarding.Box]
}

// formKey names the key of the forms among the deployment's secrets.
const formKey = "form-key"

// box returns the box of tickets. New calls it to read the key before the first request.
func (f *formSeal) box(ctx context.Context) (*onboarding.Box, error) {
	return f.key.Get(ctx, f.access, formKey, onboarding.NewBox)
}

// seal returns a value as JSON, sealed for a purpose.
func (f *formSeal) seal(ctx context.Context, purpose string, value any) (string, error) {
	box, err := f.box(ctx)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(box.Seal(plain, purpose)), nil
}

// open decodes into value what seal has sealed for the same purpose. ok is false, and the value of
// no use, for any other text.
func (f *formSeal) open(ctx context.Context, purpose, sealed string, value any) (ok bool, err error) {
	box, err := f.box(ctx)
	if err != nil {
		return false, err
	}
	decoded, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return false, nil //nolint:nilerr // a verdict, not a failure
	}
	plain, err := box.Open(decoded, purpose)
	if err != nil {
		return false, nil //nolint:nilerr // a verdict, not a failure
	}
	return json.Unmarshal(plain, value) == nil, nil
}

// issue seals a ticket for a purpose ("portal" and an organization, or "resume").
func (f *formSeal) issue(ctx context.Context, place string, t ticket, now time.Time) (string, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	t.ID, t.Issued = base64.RawURLEncoding.EncodeToString(id), now.UTC().Truncate(time.Second)
	return f.seal(ctx, place, t)
}

// ticketState is the result of checking a ticket.
type ticketState int

const (
	ticketValid ticketState = iota
	ticketExpired
	// ticketForeign is a missing or forged ticket, or one of another purpose.
	ticketForeign
)

// check opens a ticket that issue sealed for the same purpose.
func (f *formSeal) check(ctx context.Context, place, sealed string, now time.Time) (ticket, ticketState, error) {
	var t ticket
	if ok, err := f.open(ctx, place, sealed, &t); err != nil || !ok {
		return ticket{}, ticketForeign, err
	}
	if age := now.Sub(t.Issued); age < -time.Minute || age > formLifetime {
		return t, ticketExpired, nil
	}
	return t, ticketValid, nil
}

// ticketForm reads the form in a request's body and checks its ticket for a purpose.
func (p *Pages) ticketForm(
	c echo.Context, purpose string,
) (typed url.Values, form ticket, standing ticketState, err error) {
	if typed, err = web.ReadForm(c); err != nil {
		return nil, ticket{}, ticketForeign, err
	}
	form, standing, err = p.forms.check(c.Request().Context(), purpose, typed.Get("form"), p.clock())
	return typed, form, standing, err
}

// isCrossSite reports whether another site caused the browser's request; see web.CrossSite.
func (p *Pages) isCrossSite(r *http.Request) bool { return web.CrossSite(r, p.publicURL) }
