package server

import (
	"crypto/sha256"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// guidBody is a body whose only member proves the customer.
type guidBody struct {
	Guid *string `json:"guid"`
}

// body is a decoded request body.
type body[T any] struct {
	*web.Body[T]
	sum [sha256.Size]byte // of the raw bytes
}

// bind decodes a body that is one JSON object. A guid in it becomes the caller's, unless a header
// gave one. Where a route requires a proof and an app gives none, bind returns that error before
// any other.
func bind[T any](c echo.Context) (*body[T], error) { return read[T](c, false) }

// bindOptional is bind for an optional body.
func bindOptional[T any](c echo.Context) (*body[T], error) { return read[T](c, true) }

func read[T any](c echo.Context, optional bool) (*body[T], error) {
	raw, err := web.ReadBody(c)
	if err != nil {
		return nil, err
	}
	decoded, err := web.Decode[T](raw)
	if err != nil {
		return nil, err
	}
	b := &body[T]{Body: decoded, sum: sha256.Sum256(raw)}
	if err := b.showGuid(c); err != nil {
		return nil, err
	}
	if b.Empty && !optional {
		return nil, web.ErrEmptyBody
	}
	return b, nil
}

// showGuid makes the body's guid the caller's.
func (b *body[T]) showGuid(c echo.Context) error {
	by := web.CallerOf(c)
	if b.Guid != nil && by.Guid == "" {
		by.Guid = *b.Guid
	}
	// the token is the only possible proof
	if web.RouteOf(c).Access == web.Proven && by.Guid == "" && !by.Principal.IsOperator() {
		if err := b.Err(); err != nil {
			return err
		}
		_, err := registrarOf(c).CustomerInfo(c.Request().Context(), by, web.Param(c, "id"))
		return err
	}
	return nil
}
