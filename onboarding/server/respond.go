package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// statuses is the one translation of what went wrong into HTTP. A kind that is not here is an internal error.
var statuses = map[onboarding.Kind]int{
	onboarding.Invalid:         http.StatusConflict,
	onboarding.Conflict:        http.StatusConflict,
	onboarding.Unauthenticated: http.StatusUnauthorized,
	onboarding.Forbidden:       http.StatusForbidden,
	onboarding.NotFound:        http.StatusNotFound,
	onboarding.Gone:            http.StatusGone,
	onboarding.TooLarge:        http.StatusRequestEntityTooLarge,
	onboarding.TooMany:         http.StatusTooManyRequests,
	onboarding.Unavailable:     http.StatusServiceUnavailable,
}

// A failer tells the client an error in a form of its own: a page, an answer for FreeRADIUS. What it is given may be shown, and the headers
// that an error has (Retry-After, WWW-Authenticate) are set.
type failer func(c echo.Context, status int, e *onboarding.Error) error

// errTooLarge is the answer to a body beyond the route's limit.
var errTooLarge = &onboarding.Error{Kind: onboarding.TooLarge, Message: "the body is too large"}

// failure is the one shape of an error on the wire.
type failure struct {
	Status    string    `json:"status"`
	RespCode  string    `json:"respCode"`
	Generated timestamp `json:"generated"`
	Message   string    `json:"message"` // the first fault's
	Field     *string   `json:"field"`
	Fields    []fault   `json:"fields"` // all of them
	RequestID string    `json:"requestId"`
}

// fault is one thing that is wrong with a request.
type fault struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// stamp opens the answers that say OK.
type stamp struct {
	Status    string    `json:"status"`
	Generated timestamp `json:"generated"`
}

func (s *Server) stamp() stamp { return stamp{Status: "OK", Generated: s.generated()} }

// contactsStamp is stamp for the Contacts routes, whose times are in whole seconds.
func (s *Server) contactsStamp() stamp { return stamp{Status: "OK", Generated: s.generatedSecond()} }

// generated is the time of an answer, in the form of the mobile SDK's routes.
func (s *Server) generated() timestamp { return millis(s.clock()) }

// generatedSecond is the time of an answer, in the form of the Contacts routes.
func (s *Server) generatedSecond() timestamp { return seconds(s.clock()) }

// send answers with JSON.
func (s *Server) send(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	noStore(c)
	return c.Blob(status, echo.MIMEApplicationJSON, body)
}

// noStore keeps an answer about a person out of caches.
func noStore(c echo.Context) { c.Response().Header().Set(echo.HeaderCacheControl, "no-store") }

// fail answers with an error; what is internal goes to the log and not to the client.
func (s *Server) fail(c echo.Context, err error) {
	status, shown := translate(c.Request().Context(), err)
	note(c, shown)
	if status == http.StatusInternalServerError {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "internal error",
			slog.String("requestId", requestID(c)), slog.String("error", err.Error()))
	}
	if c.Response().Committed {
		return
	}
	header := c.Response().Header()
	noStore(c)
	switch status {
	case http.StatusUnauthorized:
		header.Set(echo.HeaderWWWAuthenticate, "Bearer") // Android's HttpURLConnection fails on a 401 without a challenge
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(retryAfter(shown.RetryAfter)))
	}
	if tell := s.failerOf(c); tell != nil {
		failed := tell(c, status, shown)
		if failed == nil || c.Response().Committed {
			return
		}
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "internal error",
			slog.String("requestId", requestID(c)), slog.String("error", failed.Error()))
	}
	if err := s.sendFailure(c, status, shown); err != nil {
		s.log.LogAttrs(c.Request().Context(), slog.LevelDebug, "answer not sent",
			slog.String("requestId", requestID(c)), slog.String("error", err.Error()))
	}
}

// sendFailure answers with the API's form of an error.
func (s *Server) sendFailure(c echo.Context, status int, shown *onboarding.Error) error {
	body := failure{
		Status: "KO", RespCode: strconv.Itoa(status), Generated: s.generated(),
		Message: shown.Message, Fields: []fault{}, RequestID: requestID(c),
	}
	if r := routeOf(c); r != nil && r.wholeSeconds {
		body.Generated = s.generatedSecond()
	}
	for _, one := range shown.Faults() {
		field := cut(one.Field, 200)
		body.Fields = append(body.Fields, fault{field, field + ": " + one.Message})
	}
	if len(body.Fields) > 0 {
		body.Field, body.Message = &body.Fields[0].Field, body.Fields[0].Message
	}
	return s.send(c, status, body)
}

// translate returns an error's status and what of it may be shown.
func translate(ctx context.Context, err error) (int, *onboarding.Error) {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		if status, known := statuses[e.Kind]; known {
			return status, e
		}
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < 500 { // the router's: no such route, no such method
		return e.Code, &onboarding.Error{Kind: onboarding.NotFound, Message: strings.ToLower(http.StatusText(e.Code))}
	}
	if ctx.Err() != nil { // the client went away, or was too slow: nothing is wrong here
		return http.StatusServiceUnavailable, &onboarding.Error{Kind: onboarding.Unavailable, Message: "the request was given up", Cause: err}
	}
	return http.StatusInternalServerError, &onboarding.Error{Message: "internal error", Cause: err}
}

// retryAfter is a wait in whole seconds, at least one.
func retryAfter(wait time.Duration) int { return max(int(math.Ceil(wait.Seconds())), 1) }

// cut shortens a text to at most n bytes of whole characters.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// orNull is a text on the wire: null where it is not known.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
