package server

import (
	"crypto/sha256"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// guidBody holds the one member of a body that only proves the customer.
var guidBody = web.ObjectOf("guid")

// body is a request's body, read.
type body struct {
	*web.Object
	sum [sha256.Size]byte // of its bytes
}

// bind reads a body that is one JSON object, and of it the members that are wanted. A guid in it becomes the caller's,
// unless a header showed one. Of an app that proves nothing where a proof is needed, nothing else is looked at.
func bind(c echo.Context, of *web.Wanted) (*body, error) { return read(c, of, false) }

// bindOptional is bind for a body that may be left out.
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

// showGuid takes the body's guid as the caller's.
func (b *body) showGuid(c echo.Context) error {
	by := web.CallerOf(c)
	if guid := b.Text("guid"); guid != nil && by.Guid == "" {
		by.Guid = *guid
	}
	if web.RouteOf(c).Access == web.Proven && by.Guid == "" && !by.Principal.IsManager() { // then only the token may prove
		if err := b.Err(); err != nil {
			return err
		}
		_, err := serviceOf(c).CustomerInfo(c.Request().Context(), by, web.Param(c, "id"))
		return err
	}
	return nil
}
