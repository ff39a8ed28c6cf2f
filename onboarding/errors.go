package onboarding

import (
	"errors"
	"fmt"
	"time"
)

// GoneError returns the error for a link that was once valid.
func GoneError(message string) *Error { return &Error{Kind: Gone, Message: message} }

// Kind classifies an error. Each adapter (HTTP, pages, command line) translates kinds by one map.
type Kind string

const (
	// Invalid: a parameter breaks a rule. Error.Field names the parameter.
	Invalid Kind = "invalid"
	// Conflict: a well-formed request contradicts the stored state.
	Conflict Kind = "conflict"
	// Unauthenticated: the client credential is missing or unknown.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden: the token is invalid, or lacks a role, scope or proof.
	Forbidden Kind = "forbidden"
	// NotFound: the resource is unknown or belongs to another tenant. The two are
	// indistinguishable.
	NotFound Kind = "not found"
	// Gone: the link has expired or is used up.
	Gone Kind = "gone"
	// TooLarge: the request exceeds a size limit.
	TooLarge Kind = "too large"
	// TooMany: the caller exceeds its rate. Error.RetryAfter is the time to wait.
	TooMany Kind = "too many"
	// Unavailable: temporarily unable to serve the request. Nothing was written, and the same
	// request may be repeated.
	Unavailable Kind = "unavailable"
)

// Error is an error whose Message may be shown to the caller. Cause is for the log only.
type Error struct {
	Kind       Kind
	Field      string // the request's field or parameter as named on the wire; empty when none is at fault
	Message    string
	More       []Fault // further faults of the same request; Field and Message are the first
	RetryAfter time.Duration
	Cause      error
}

// Faults returns all faults of the error, Field and Message first.
func (e *Error) Faults() []Fault {
	if e.Field == "" {
		return nil
	}
	return append([]Fault{{e.Field, e.Message}}, e.More...)
}

func (e *Error) Error() string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the *Error in err's chain, or "" when err is internal or nil.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// InvalidField returns an Invalid error: the field breaks a rule.
func InvalidField(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// ConflictField returns a Conflict error: the field contradicts the stored state. An empty field
// means the request as a whole.
func ConflictField(field, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Field: field, Message: fmt.Sprintf(format, args...)}
}

// ErrNotFound is the error of a store for a resource that does not exist. Stores may wrap it.
var ErrNotFound = &Error{Kind: NotFound, Message: "not found"}

// ErrBusy is the error of a store whose queue is full: nothing was written.
var ErrBusy = &Error{Kind: Unavailable, Message: "too busy, try again", RetryAfter: time.Second}

func ForbiddenError(message string) *Error { return &Error{Kind: Forbidden, Message: message} }

func NotFoundError(noun string) *Error { return &Error{Kind: NotFound, Message: noun + " not found"} }

// LockedError returns the error for a password, profile or link that is withheld by a lock.
func LockedError() *Error { return ConflictField("", "the credential is locked") }

// Conflicts that a store must return, wrapped or not, so that callers can tell them apart with
// errors.Is.
var (
	// ErrUsernameTaken reports that a customer of the deployment already has the user name.
	ErrUsernameTaken = ConflictField("username", "is taken")
	// ErrKeyTaken reports that an unexpired answer is stored under the same Idempotency-Key.
	ErrKeyTaken = ConflictField("Idempotency-Key", "is in use")
)
