// Package history records the requests of concurrent clients with their times, and checks that a
// server answered them as if it had handled one after the other: that the history is linearizable.
//
// A request of unknown outcome, such as one without an answer, may have taken effect at any time
// until Settle. Reads after Settle show whether it did. Histories are checked one customer at a
// time, because no request concerns two.
package history

import (
	"errors"
	"sync"
	"time"
)

// Action is the kind of a request.
type Action string

// The actions of clients. Find searches by external ID and Read reads a contact; Use makes a
// request with a token that Login returned and Logout revokes. Authorize asks for an Access-Accept,
// Start and Stop report a connection.
const (
	Register          Action = "register"
	Find              Action = "find"
	Read              Action = "read"
	Consent           Action = "consent"
	Install           Action = "install"
	ReadInstallations Action = "read installations"
	Download          Action = "download"
	Authorize         Action = "authorize"
	Start             Action = "start"
	Stop              Action = "stop"
	ReadConnections   Action = "read connections"
	Login             Action = "login"
	Use               Action = "use"
	Logout            Action = "logout"
	Delete            Action = "delete"
)

// changes reports whether the action changes the state of a customer.
func (a Action) changes() bool {
	switch a {
	case Find, Read, ReadInstallations, Authorize, ReadConnections, Use:
		return false
	}
	return true
}

// Request is a request about one customer.
type Request struct {
	Action   Action
	Slot     int  // which installation or connection of the customer
	Accepted bool // the decision of a Consent
	MaxHits  int  // the downloads that the link of a Download allows
}

// Outcome is the kind of an answer. Refused is any answer that reports the absence of its object: a
// missing customer, a used-up link, a revoked token.
type Outcome string

// The outcomes. Repeated is the success of a request that was made before.
const (
	Unknown  Outcome = "unknown"
	Done     Outcome = "done"
	Repeated Outcome = "repeated"
	Refused  Outcome = "refused"
)

// Response is the answer to a request.
type Response struct {
	Outcome  Outcome
	ID       string // the customer's, of Register and Find
	Accepted bool   // the decision, of Read
	Rows     int    // the number of rows, of Find and of the lists
	Slots    Slots  // the installations or connections in a list
	Ended    Slots  // the connections that have ended
}

// Slots is a set of slots.
type Slots uint32

// With returns the set with a slot added.
func (s Slots) With(slot int) Slots { return s | 1<<slot }

// Has reports whether a slot is in the set.
func (s Slots) Has(slot int) bool { return s&(1<<slot) != 0 }

// Operation is a request and its response with their times since the start of the history.
type Operation struct {
	Customer     string
	Client       int
	Request      Request
	Response     Response
	Call, Return time.Duration
	open         bool // of unknown outcome and not settled
}

// ErrNotSent is returned by a request that cannot have reached a server.
var ErrNotSent = errors.New("the request was not sent")

// Recorder records operations. It is safe for concurrent use.
type Recorder struct {
	mu         sync.Mutex
	begun      time.Time
	operations []Operation
}

// NewRecorder returns a recorder whose history starts now.
func NewRecorder() *Recorder { return &Recorder{begun: time.Now()} }

// Do sends a request and records it with its response. A request that was not sent is left out. Any
// other error is a response of unknown outcome.
func (r *Recorder) Do(
	client int, customer string, request Request, send func() (Response, error),
) (Response, error) {
	o := Operation{Customer: customer, Client: client, Request: request, Call: time.Since(r.begun)}
	var err error
	o.Response, err = send()
	o.Return = time.Since(r.begun)
	if errors.Is(err, ErrNotSent) {
		return o.Response, err
	}
	if err != nil || o.Response.Outcome == "" {
		o.Response = Response{Outcome: Unknown}
	}
	o.open = o.Response.Outcome == Unknown
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations = append(r.operations, o)
	return o.Response, err
}

// Settle ends the operations of unknown outcome: those that did not take effect yet never will. The
// caller has ended all servers before.
func (r *Recorder) Settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Since(r.begun)
	for i := range r.operations {
		if o := &r.operations[i]; o.open {
			o.Return, o.open = now, false
		}
	}
}

// Len returns the number of recorded operations.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.operations)
}

// Check settles and checks the history.
func (r *Recorder) Check() Report {
	r.Settle()
	r.mu.Lock()
	defer r.mu.Unlock()
	return Check(r.operations)
}
