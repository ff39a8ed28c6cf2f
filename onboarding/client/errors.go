package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An Error is an answer of the API other than a success.
type Error struct {
	Status     int           // of HTTP, such as 409
	RespCode   string        // the same as text; empty if the answer is not Onramp's, but a proxy's
	Message    string        // in English, for developers
	Field      string        // the first invalid member, parameter or header, or empty
	Fields     []FieldError  // all of them
	RequestID  string        // identifies the request in the operator's log
	RetryAfter time.Duration // after which the same request may be repeated, or 0
}

// A FieldError is one invalid member, parameter or header.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"` // begins with the field's name
}

// Error returns status, message and request ID.
func (e *Error) Error() string {
	text := "onramp: " + strconv.Itoa(e.Status) + " " + e.Message
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// Denied reports whether the client key, the token or the proof of the customer was refused: 401
// and 403 need the same remedies.
func (e *Error) Denied() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// NotFound reports whether the object does not exist or belongs to another organization. A 404 of a
// proxy is no such answer.
func (e *Error) NotFound() bool { return e.RespCode == "404" }

// denied reports whether an error is an Error that is Denied.
func denied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Denied()
}

// maxError limits the bytes that are read of an error's body.
const maxError = 1 << 20

// errorOf reads the error from an answer.
func errorOf(response *http.Response) *Error {
	e := &Error{
		Status: response.StatusCode, RequestID: response.Header.Get("X-Request-Id"),
		RetryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
		Message:    strings.ToLower(http.StatusText(response.StatusCode)),
	}
	var body struct {
		RespCode, Message, RequestID string
		Field                        *string
		Fields                       []FieldError
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxError))
	if err != nil || json.Unmarshal(text, &body) != nil || body.RespCode != strconv.Itoa(e.Status) {
		return e
	}
	e.RespCode, e.Message, e.RequestID, e.Fields = body.RespCode, body.Message, body.RequestID, body.Fields
	if body.Field != nil {
		e.Field = *body.Field
	}
	return e
}

// retryAfter parses the header Retry-After (RFC 9110, section 10.2.3): seconds or a date. It
// returns 0 for any other text.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
