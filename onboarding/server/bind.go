package server

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// maxDrained is how much of a body that is not taken is read away, so that the client, still sending, gets to see its answer.
const maxDrained = 4 << 20

// body is a request's body, read.
type body struct {
	*object
	sum [sha256.Size]byte // of its bytes
}

// bind reads a body that is one JSON object, and of it the members that are wanted. A guid in it becomes the caller's,
// unless a header showed one. Of an app that proves nothing where a proof is needed, nothing else is looked at.
func bind(c echo.Context, of *wanted) (*body, error) { return read(c, of, false) }

// bindOptional is bind for a body that may be left out.
func bindOptional(c echo.Context, of *wanted) (*body, error) { return read(c, of, true) }

func read(c echo.Context, of *wanted, optional bool) (*body, error) {
	raw, err := readBody(c)
	if err != nil {
		return nil, err
	}
	b := &body{object: &object{members: map[string]any{}, faults: new(onboarding.Faults)}, sum: sha256.Sum256(raw)}
	empty := len(bytes.TrimSpace(raw)) == 0
	if !empty {
		if b.members, err = parseObject(raw, of); err != nil {
			return nil, err
		}
	}
	if err := b.showGuid(c); err != nil {
		return nil, err
	}
	if empty && !optional {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is empty: a JSON object is needed"}
	}
	return b, nil
}

// showGuid takes the body's guid as the caller's.
func (b *body) showGuid(c echo.Context) error {
	by := callerOf(c)
	if guid := b.text("guid"); guid != nil && by.Guid == "" {
		by.Guid = *guid
	}
	if routeOf(c).who == proven && by.Guid == "" && !by.Principal.IsManager() { // then only the token may prove
		if err := b.err(); err != nil {
			return err
		}
		_, err := serviceOf(c).CustomerInfo(c.Request().Context(), by, param(c, "id"))
		return err
	}
	return nil
}

// readBody reads at most as many bytes as the route takes, whatever Content-Length said. They are counted against the budget of
// all bodies until the request is answered.
func readBody(c echo.Context) ([]byte, error) {
	r, limit, share := c.Request(), routeOf(c).body, shareOf(c)
	raw := make([]byte, 0, bodyPortion)
	for {
		if err := share.grow(int64(cap(raw))); err != nil {
			return nil, err
		}
		n, err := r.Body.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if int64(len(raw)) > limit {
			drain(r.Body)
			return nil, errTooLarge
		}
		if errors.Is(err, io.EOF) {
			return raw, nil
		}
		if err != nil {
			return nil, &onboarding.Error{
				Kind: onboarding.Invalid, Message: "the body could not be read to its end", Cause: withoutAddress(err),
			}
		}
		if len(raw) == cap(raw) {
			longer := make([]byte, len(raw), 2*cap(raw))
			copy(longer, raw)
			raw = longer
		}
	}
}

// withoutAddress is the error as it may be logged: the network's own text names the client's address.
func withoutAddress(err error) error {
	if broken, ok := errors.AsType[*net.OpError](err); ok {
		return broken.Err
	}
	return err
}

// drain reads the rest of a body away, within bounds.
func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, maxDrained) }
