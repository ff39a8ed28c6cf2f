package history

import (
	"math/bits"

	"github.com/anishathalye/porcupine"
)

// phase is the stage of a customer's life.
type phase uint8

const (
	absent phase = iota
	present
	deleted
)

// tokenState is the state of the token of a customer's app.
type tokenState uint8

const (
	noToken tokenState = iota
	live
	revoked
)

// state is a customer as the requests so far have left it. States are compared by ==.
type state struct {
	phase     phase
	id        string // empty while no answer has shown it
	accepted  bool
	installed Slots
	hits      int
	connected Slots
	ended     Slots
	token     tokenState
	unsettled bool // deleted by a request that had no answer, which a repeat completes
}

// apply returns the state after a request and the only correct response. The ID in the response is
// empty where the state does not determine it.
func (s state) apply(r Request) (state, Response) {
	switch r.Action {
	case Login, Use, Logout:
		return s.applyToken(r.Action)
	case Register:
		return s.applyRegister()
	}
	if s.phase != present {
		switch r.Action {
		case Start, Stop: // of a deleted customer; it is stored without the person
			return s, Response{Outcome: Done}
		case Find:
			return s, Response{Outcome: Done}
		}
		return s, Response{Outcome: Refused}
	}
	return s.applyPresent(r)
}

// applyRegister treats the registration after a deletion as that of another customer.
func (s state) applyRegister() (state, Response) {
	switch s.phase {
	case absent:
		s.phase = present
		return s, Response{Outcome: Done}
	case deleted:
		return s, Response{Outcome: Done}
	default:
		return s, Response{Outcome: Done, ID: s.id}
	}
}

func (s state) applyToken(a Action) (state, Response) {
	switch {
	case a == Login:
		s.token = live
		return s, Response{Outcome: Done}
	case s.token != live:
		return s, Response{Outcome: Refused}
	case a == Logout:
		s.token = revoked
	}
	return s, Response{Outcome: Done}
}

func (s state) applyPresent(r Request) (state, Response) {
	out := Response{Outcome: Done}
	switch r.Action {
	case Find:
		out.ID, out.Rows = s.id, 1
	case Read:
		out.Accepted = s.accepted
	case Consent:
		s.accepted = r.Accepted
	case Install:
		if s.installed.Has(r.Slot) {
			out.Outcome = Repeated
		}
		s.installed = s.installed.With(r.Slot)
	case ReadInstallations:
		out.Slots, out.Rows = s.installed, s.installed.count()
	case Download:
		if s.hits >= r.MaxHits {
			return s, Response{Outcome: Refused}
		}
		s.hits++
	case Start:
		s.connected = s.connected.With(r.Slot)
	case Stop:
		s.connected, s.ended = s.connected.With(r.Slot), s.ended.With(r.Slot)
	case ReadConnections:
		out.Slots, out.Ended, out.Rows = s.connected, s.ended, s.connected.count()
	case Delete:
		token := s.token
		s = state{phase: deleted, token: token}
	}
	return s, out
}

func (s Slots) count() int { return bits.OnesCount32(uint32(s)) }

// step returns the states that a request with this response may lead to; none if the response is
// wrong. A request of unknown outcome may have had no effect.
func (s state) step(r Request, got Response) []state {
	next, want := s.apply(r)
	if got.Outcome == Unknown {
		next.unsettled = next.phase == deleted && (s.unsettled || s.phase == present)
		return []state{s, next}
	}
	if r.Action == Delete && s.unsettled && got.Outcome == Done {
		return []state{s}
	}
	if want.ID == "" && got.ID != "" && (r.Action == Register || want.Rows == 1) {
		if next.phase == present {
			next.id = got.ID
		}
		want.ID = got.ID
	}
	if r.Action == Logout && s.token == revoked {
		want.Outcome = got.Outcome // two at once may both succeed, and the token is revoked all the same
	}
	if want != got {
		return nil
	}
	return []state{next}
}

// model is the model of one customer.
var model = func() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{}} },
		Step: func(from, input, output any) []any {
			next := from.(state).step(input.(Request), output.(Response))
			all := make([]any, len(next))
			for i := range next {
				all[i] = next[i]
			}
			return all
		},
	}
	return m.ToModel()
}()
