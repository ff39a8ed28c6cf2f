package onboarding

import (
	"errors"
	"fmt"
	"time"
)

// errGone is the answer for a link that was good once.
func GoneError(message string) *Error { return &Error{Kind: Gone, Message: message} }

// Kind says what went wrong in terms that every front (HTTP, pages, command line) can translate by one map.
type Kind string

const (
	// Invalid is a parameter that breaks a rule; Error.Field names it.
	Invalid Kind = "invalid"
	// Conflict is a well-formed request that contradicts what is already there.
	Conflict Kind = "conflict"
	// Unauthenticated is a missing or unknown client credential.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden is a token that is invalid, or short of role, scope or proof.
	Forbidden Kind = "forbidden"
	// NotFound is an unknown resource, or another tenant's: the two must look the same.
	NotFound Kind = "not found"
	// Gone is a link that has expired or is used up.
	Gone Kind = "gone"
	// TooLarge is a request beyond a size limit.
	TooLarge Kind = "too large"
	// TooMany is a caller above its rate; Error.RetryAfter says when to come back.
	TooMany Kind = "too many"
	// Unavailable is "not now": nothing was written, and the same request may be repeated.
	Unavailable Kind = "unavailable"
)

// Error is an error whose Message may be shown to the caller. Cause is for the log only.
type Error struct {
	Kind       Kind
	Field      string // the request's member or parameter, in the wire's spelling; empty when none is to blame
	Message    string
	More       []Fault // further faults of the same request, after Field and Message, which are the first
	RetryAfter time.Duration
	Cause      error
}

// Faults returns everything that the error blames on a field, Field and Message first.
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

// InvalidField reports that field breaks a rule.
func InvalidField(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// ConflictField reports that field contradicts what is stored. An empty field blames the request as a whole.
func ConflictField(field, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Field: field, Message: fmt.Sprintf(format, args...)}
}

// ErrNotFound is what a store must return (wrapped or not) for a resource that is not there.
var ErrNotFound = &Error{Kind: NotFound, Message: "not found"}

// ErrBusy is what a store must return when its queue is full: nothing was written.
var ErrBusy = &Error{Kind: Unavailable, Message: "too busy, try again", RetryAfter: time.Second}

func ForbiddenError(message string) *Error { return &Error{Kind: Forbidden, Message: message} }

func NotFoundError(what string) *Error { return &Error{Kind: NotFound, Message: what + " not found"} }

// errLocked is the answer where a lock withholds password, profile or link.
func LockedError() *Error { return ConflictField("", "the credential is locked") }
