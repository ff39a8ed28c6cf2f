package onboarding

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// Fault is one error in a request.
type Fault struct {
	Field   string // as named on the wire
	Message string
}

// Faults collects the errors of a request, at most one per field, in the order in which they were
// found.
type Faults []Fault

// maxFaults is the maximum number of faults in a response.
const maxFaults = 100

// Add records an error that names a field. It returns any other error, which ends the check.
func (f *Faults) Add(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != Invalid || e.Field == "" {
		return err
	}
	for _, one := range e.Faults() {
		f.Refuse(one.Field, one.Message)
	}
	return nil
}

// Refuse records that a field breaks a rule. Of several faults of one field the first is kept.
// Parts of a field that could not be parsed as a whole get no faults of their own.
func (f *Faults) Refuse(field, message string) {
	covered := func(known Fault) bool {
		return known.Field == field || strings.HasPrefix(field, known.Field+".")
	}
	if len(*f) >= maxFaults || slices.ContainsFunc(*f, covered) {
		return
	}
	*f = append(*f, Fault{field, message})
}

// Err returns the faults as one error, nil if there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Field: f[0].Field, Message: f[0].Message, More: slices.Clone(f[1:])}
}

// InOrder sorts the faults by the order of members, and those of one member in the order in which
// they were found. A field that is not among the members comes last.
func (f Faults) InOrder(members []string) Faults {
	rank := func(one Fault) int {
		name, _, _ := strings.Cut(one.Field, ".")
		if i := slices.Index(members, name); i >= 0 {
			return i
		}
		return len(members)
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return cmp.Compare(rank(a), rank(b)) })
	return f
}
