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

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// Statuses maps the kinds of errors to HTTP statuses. Any other kind is an internal error.
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

// Failer writes an error in a form other than the API's: as a page, or as an answer for FreeRADIUS.
// The error may be shown; the headers that an error has (Retry-After, WWW-Authenticate) are set.
type Failer func(c echo.Context, status int, e *onboarding.Error) error

// ErrTooLarge is the answer to a body over the route's limit.
var ErrTooLarge = &onboarding.Error{Kind: onboarding.TooLarge, Message: "the body is too large"}

// failure is the API's form of an error.
type failure struct {
	Status    string    `json:"status"`
	RespCode  string    `json:"respCode"`
	Generated Timestamp `json:"generated"`
	Message   string    `json:"message"` // of the first fault
	Field     *string   `json:"field"`
	Fields    []fault   `json:"fields"` // every fault
	RequestID string    `json:"requestId"`
}

// fault is one invalid field of a request.
type fault struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Stamp starts every successful answer.
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

// NoStore forbids caches to store an answer about a person.
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
		field := onboarding.CutText(one.Field, 200)
		body.Fields = append(body.Fields, fault{field, field + ": " + one.Message})
	}
	if len(body.Fields) > 0 {
		body.Field, body.Message = &body.Fields[0].Field, body.Fields[0].Message
	}
	return Send(c, status, body)
}

// StampAt returns the Stamp of the mobile SDK's routes, whose times are in milliseconds.
func StampAt(at time.Time) Stamp { return Stamp{Status: "OK", Generated: Millis(at)} }

// Translate returns an error's status and its public part.
func Translate(ctx context.Context, err error) (int, *onboarding.Error) {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		if status, known := Statuses[e.Kind]; known {
			return status, e
		}
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < 500 { // from the router: unknown route or method
		return e.Code, &onboarding.Error{Kind: onboarding.NotFound, Message: strings.ToLower(http.StatusText(e.Code))}
	}
	if ctx.Err() != nil { // the client went away or timed out; not a server error
		return http.StatusServiceUnavailable, &onboarding.Error{
			Kind: onboarding.Unavailable, Message: "the request was cancelled", Cause: err,
		}
	}
	return http.StatusInternalServerError, &onboarding.Error{Message: "internal error", Cause: err}
}

// SetRetryAfter sets the header Retry-After of an answer that asks the client to wait: whole
// seconds, rounded up, at least one.
func SetRetryAfter(c echo.Context, status int, wait time.Duration) {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		seconds := max(int(math.Ceil(wait.Seconds())), 1)
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	}
}

// OrNull returns nil for an empty text, which JSON shows as null.
func OrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
