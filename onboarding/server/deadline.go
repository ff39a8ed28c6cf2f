package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// Time limits of a request. They end its waits: for its turn, a database statement, or a body.
const (
	requestTime  = 15 * time.Second
	longRequests = 2 // times requestTime, for routes that read many rows
)

// inTime limits the time of a route's requests. A request that exceeds it is answered 503 and has
// changed nothing: a write that was committed is answered as such, however long it took.
func (s *Server) inTime(r *web.Route, handle echo.HandlerFunc) echo.HandlerFunc {
	limit := s.requestTime
	if r.Long {
		limit *= longRequests
	}
	return func(c echo.Context) error {
		request := c.Request()
		ctx, cancel := context.WithTimeout(request.Context(), limit)
		defer cancel()
		c.SetRequest(request.WithContext(ctx))
		// The limit does not apply to the answer of an error or panic.
		defer func() { c.SetRequest(c.Request().WithContext(request.Context())) }()
		err := handle(c)
		if ctx.Err() != nil && request.Context().Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return &onboarding.Error{
				Kind: onboarding.Unavailable, RetryAfter: 5 * time.Second, Cause: err,
				Message: fmt.Sprintf("the request exceeded its time limit of %v; ask for less, or retry later", limit),
			}
		}
		return err
	}
}
