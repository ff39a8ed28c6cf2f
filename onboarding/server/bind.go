package server

import (
	"crypto/sha256"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// guidBody holds the only member of a body that proves the customer.
var guidBody = web.ObjectOf("guid")

// body is a decoded request body.
type body struct {
	*web.Object
	sum [sha256.Size]byte // of the raw bytes
}

// bind decodes a body that is one JSON object. A guid in it becomes the caller's, unless a header
// gave one. Where a route requires a proof and an app gives none, bind returns that error before
// any other.
func bind(c echo.Context, of *web.Wanted) (*body, error) { return read(c, of, false) }

// bindOptional is bind for an optional body.
func bindOptional(c echo.Context, of *web.Wanted) (*body, error) { return read(c, of, true) }

func read(c echo.Context, of *web.Wanted, optional bool) (*body, error) {
	raw, err := web.ReadBody(c)
	if err != nil {
		return nil, err
	}
	o, empty, err := web.DecodeObject(raw, of)
	if err != nil {
		return nil, err
	}
	b := &body{Object: o, sum: sha256.Sum256(raw)}
	if err := b.showGuid(c); err != nil {
		return nil, err
	}
	if empty && !optional {
		return nil, web.ErrEmptyBody
	}
	return b, nil
}

// showGuid makes the body's guid the caller's.
func (b *body) showGuid(c echo.Context) error {
	by := web.CallerOf(c)
	if guid := b.Text("guid"); guid != nil && by.Guid == "" {
		by.Guid = *guid
	}
	// the token is the only possible proof
	if web.RouteOf(c).Access == web.Proven && by.Guid == "" && !by.Principal.IsManager() {
		if err := b.Err(); err != nil {
			return err
		}
		_, err := serviceOf(c).Registration.CustomerInfo(c.Request().Context(), by, web.Param(c, "id"))
		return err
	}
	return nil
}
