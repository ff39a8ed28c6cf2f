package web

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// Statuses is the one translation of what went wrong into HTTP. A kind that is not here is an internal error.
var Statuses = map[onboarding.Kind]int{
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
type Failer func(c echo.Context, status int, e *onboarding.Error) error

// ErrTooLarge is the answer to a body beyond the route's limit.
var ErrTooLarge = &onboarding.Error{Kind: onboarding.TooLarge, Message: "the body is too large"}

// failure is the one shape of an error on the wire.
type failure struct {
	Status    string    `json:"status"`
	RespCode  string    `json:"respCode"`
	Generated Timestamp `json:"generated"`
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

// Stamp opens the answers that say OK.
type Stamp struct {
	Status    string    `json:"status"`
	Generated Timestamp `json:"generated"`
}

// Send answers with JSON.
func Send(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	NoStore(c)
	return c.Blob(status, echo.MIMEApplicationJSON, body)
}

// NoStore keeps an answer about a person out of caches.
func NoStore(c echo.Context) { c.Response().Header().Set(echo.HeaderCacheControl, "no-store") }

// SendFailure answers with the API's form of an error.
func SendFailure(c echo.Context, at time.Time, status int, shown *onboarding.Error) error {
	body := failure{
		Status: "KO", RespCode: strconv.Itoa(status), Generated: Millis(at),
		Message: shown.Message, Fields: []fault{}, RequestID: RequestID(c),
	}
	if r := RouteOf(c); r != nil && r.WholeSeconds {
		body.Generated = Seconds(at)
	}
	for _, one := range shown.Faults() {
		field := Truncate(one.Field, 200)
		body.Fields = append(body.Fields, fault{field, field + ": " + one.Message})
	}
	if len(body.Fields) > 0 {
		body.Field, body.Message = &body.Fields[0].Field, body.Fields[0].Message
	}
	return Send(c, status, body)
}

// StampAt opens an answer of the mobile SDK's routes, whose times are in milliseconds.
func StampAt(at time.Time) Stamp { return Stamp{Status: "OK", Generated: Millis(at)} }

// Translate returns an error's status and what of it may be shown.
func Translate(ctx context.Context, err error) (int, *onboarding.Error) {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		if status, known := Statuses[e.Kind]; known {
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

// RetryAfter is a wait in whole seconds, at least one.
func RetryAfter(wait time.Duration) int { return max(int(math.Ceil(wait.Seconds())), 1) }

// Truncate shortens a text to at most n bytes of whole characters.
func Truncate(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// OrNull is a text on the wire: null where it is not known.
func OrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
