package history

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// story is a history of one customer, written by hand.
type story struct{ operations []Operation }

// at adds an operation with its times in milliseconds.
func (s *story) at(call, end int, request Request, response Response) *story {
	s.operations = append(s.operations, Operation{Customer: "one", Request: request, Response: response,
		Call: time.Duration(call) * time.Millisecond, Return: time.Duration(end) * time.Millisecond})
	return s
}

// then adds an operation after all others.
func (s *story) then(request Request, response Response) *story {
	last := 0
	for _, o := range s.operations {
		last = max(last, int(o.Return/time.Millisecond))
	}
	return s.at(last+1, last+2, request, response)
}

var (
	done     = Response{Outcome: Done}
	repeated = Response{Outcome: Repeated}
	refused  = Response{Outcome: Refused}
	unknown  = Response{Outcome: Unknown}
	found    = Response{Outcome: Done, ID: "a", Rows: 1}
	hit      = Request{Action: Download, MaxHits: 2}
)

func act(a Action) Request { return Request{Action: a} }

// registered returns a story that begins with a registration.
func registered() *story {
	return (&story{}).then(act(Register), Response{Outcome: Done, ID: "a"})
}

// TestModel checks that the model accepts correct histories and finds made-up violations.
func TestModel(t *testing.T) {
	accept, refuse := Request{Action: Consent, Accepted: true}, Request{Action: Consent}
	accepted := Response{Outcome: Done, Accepted: true}
	slot := func(a Action, n int) Request { return Request{Action: a, Slot: n} }
	for _, c := range []struct {
		name  string
		right bool
		story *story
	}{
		{"a registration is found", true, registered().then(act(Find), found).then(act(Read), done)},
		{"a registration is lost", false, registered().then(act(Find), done)},
		{"a registration is lost by ID", false, registered().then(act(Read), refused)},
		{"a registration is made twice", false,
			registered().then(act(Find), Response{Outcome: Done, ID: "a", Rows: 2})},
		{"a repeat returns another ID", false, registered().then(act(Register), Response{Outcome: Done, ID: "b"})},
		{"an unknown registration took effect", true,
			(&story{}).then(act(Register), unknown).then(act(Find), found).then(act(Read), done)},
		{"an unknown registration took none", true, (&story{}).then(act(Register), unknown).then(act(Find), done)},
		{"an unknown registration appears between two reads after its end", false,
			(&story{}).then(act(Register), unknown).then(act(Find), done).then(act(Find), found)},
		{"a consent is read", true, registered().then(accept, done).then(act(Read), accepted)},
		{"a stale read after an acknowledged consent", false, registered().then(accept, done).then(act(Read), done)},
		{"a stale read during a consent", true, registered().at(10, 20, accept, done).at(11, 12, act(Read), done)},
		{"a read goes back during a consent", false,
			registered().at(10, 20, accept, done).at(11, 12, act(Read), accepted).at(13, 14, act(Read), done)},
		{"the later of two consents is lost", false,
			registered().then(accept, done).then(refuse, done).then(act(Read), accepted)},
		{"a deletion", true, registered().then(act(Delete), done).then(act(Read), refused).then(act(Find), done)},
		{"a deleted customer comes back", false, registered().then(act(Delete), done).then(act(Read), done)},
		{"a deleted customer is found again", false, registered().then(act(Delete), done).then(act(Find), found)},
		{"a deleted customer is authorized", false, registered().then(act(Delete), done).then(act(Authorize), done)},
		{"a deletion succeeds twice", false, registered().then(act(Delete), done).then(act(Delete), done)},
		{"an unknown deletion, then a repeat", true,
			registered().then(act(Delete), unknown).then(act(Delete), refused).then(act(Read), refused)},
		{"an unknown deletion is completed by a repeat", true,
			registered().then(act(Delete), unknown).then(act(Read), refused).then(act(Delete), done)},
		{"a deletion succeeds again after an unknown one that came later", false,
			registered().then(act(Delete), done).then(act(Delete), unknown).then(act(Delete), done)},
		{"accounting of a deleted customer", true, registered().then(act(Delete), done).then(slot(Start, 0), done)},
		{"hits up to the limit", true, registered().then(hit, done).then(hit, done).then(hit, refused)},
		{"a hit is lost", false, registered().then(hit, done).then(hit, done).then(hit, done)},
		{"a hit is counted twice", false, registered().then(hit, done).then(hit, refused)},
		{"an unknown hit is counted", true, registered().then(hit, unknown).then(hit, done).then(hit, refused)},
		{"an unknown hit is not counted", true,
			registered().then(hit, unknown).then(hit, done).then(hit, done).then(hit, refused)},
		{"an unknown hit is counted twice", false, registered().then(hit, unknown).then(hit, refused)},
		{"an installation is kept", true, registered().then(slot(Install, 3), done).then(slot(Install, 3), repeated).
			then(act(ReadInstallations), Response{Outcome: Done, Rows: 1, Slots: Slots(0).With(3)})},
		{"an installation is lost", false,
			registered().then(slot(Install, 3), done).then(act(ReadInstallations), done)},
		{"an installation is new twice", false,
			registered().then(slot(Install, 3), done).then(slot(Install, 3), done)},
		{"an installation is stored twice", false, registered().then(slot(Install, 3), done).
			then(act(ReadInstallations), Response{Outcome: Done, Rows: 2, Slots: Slots(0).With(3)})},
		{"a connection ends", true, registered().then(slot(Start, 1), done).then(slot(Stop, 1), done).
			then(act(ReadConnections), Response{Outcome: Done, Rows: 1, Slots: 2, Ended: 2})},
		{"a stop is lost", false, registered().then(slot(Start, 1), done).then(slot(Stop, 1), done).
			then(act(ReadConnections), Response{Outcome: Done, Rows: 1, Slots: 2})},
		{"a start is stored twice", false, registered().then(slot(Start, 1), done).
			then(act(ReadConnections), Response{Outcome: Done, Rows: 2, Slots: 2})},
		{"a token is revoked", true,
			registered().then(act(Login), done).then(act(Use), done).then(act(Logout), done).then(act(Use), refused)},
		{"a token is revoked twice", true,
			registered().then(act(Login), done).at(10, 20, act(Logout), done).at(10, 20, act(Logout), done)},
		{"a revoked token works", false,
			registered().then(act(Login), done).then(act(Logout), done).then(act(Use), done)},
		{"a live token is refused", false, registered().then(act(Login), done).then(act(Use), refused)},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := Check(c.story.operations)
			if right := len(report.Violations) == 0; right != c.right {
				t.Errorf("accepted: %t, want %t: %v", right, c.right, Violation{Operations: c.story.operations})
			}
		})
	}
}

// TestRecorder checks the times of operations: those of unknown outcome last until Settle.
func TestRecorder(t *testing.T) {
	r := NewRecorder()
	do := func(request Request, response Response, err error) {
		t.Helper()
		if _, got := r.Do(1, "one", request, func() (Response, error) { return response, err }); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
	}
	do(act(Register), Response{}, ErrNotSent)
	do(act(Register), Response{}, errors.New("connection reset"))
	do(act(Find), done, nil)
	do(act(Find), found, nil) // the registration may take effect in between
	if report := r.Check(); report.Operations != 3 || report.Unknown != 1 || len(report.Violations) != 0 {
		t.Errorf("%+v", report)
	}
	do(act(Find), done, nil)
	report := r.Check()
	if len(report.Violations) != 1 || report.Customers != 1 {
		t.Fatalf("%+v", report)
	}
	text := report.Violations[0].String()
	if strings.Count(text, "\n") != 5 || !strings.Contains(text, "find: done 1 a") {
		t.Error(text)
	}
}
