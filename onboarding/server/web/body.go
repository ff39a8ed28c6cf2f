package web

import (
	"errors"
	"io"
	"net"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// maxDrained limits the bytes of a refused body that are read, so that a client that is still
// sending receives its answer.
const maxDrained = 4 << 20

// ReadBody reads a request's body up to its route's limit, whatever Content-Length announces. The
// bytes count against the budget until the request is answered.
func ReadBody(c echo.Context) ([]byte, error) {
	r, limit, share := c.Request(), RouteOf(c).BodyLimit, shareOf(c)
	raw := make([]byte, 0, bodyPortion)
	for {
		if err := share.Grow(int64(cap(raw))); err != nil {
			return nil, err
		}
		n, err := r.Body.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if int64(len(raw)) > limit {
			Drain(r.Body)
			return nil, ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			return raw, nil
		}
		if err != nil {
			return nil, &onboarding.Error{
				Kind: onboarding.Invalid, Message: "reading the body failed", Cause: withoutAddress(err),
			}
		}
		if len(raw) == cap(raw) {
			longer := make([]byte, len(raw), 2*cap(raw))
			copy(longer, raw)
			raw = longer
		}
	}
}

// withoutAddress returns an error without the client's address, for the log.
func withoutAddress(err error) error {
	if broken, ok := errors.AsType[*net.OpError](err); ok {
		return broken.Err
	}
	return err
}

// Drain discards the rest of a body, up to a limit.
func Drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, maxDrained) }
