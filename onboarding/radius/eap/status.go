package eap

import (
	"context"
	"errors"
	"time"

	"layeh.com/radius"
)

// Health is the result of Status.
type Health struct {
	// Sent and Answered count the requests (without repetitions) and the valid answers, Resent the
	// repetitions, and Discarded the datagrams that were not valid answers.
	Sent, Answered, Resent, Discarded int
	// Fastest, Slowest and Mean are the times from a request to its answer; 0 without an answer.
	Fastest, Slowest, Mean time.Duration
	// Silence is the probable reason if none was answered; empty otherwise.
	Silence Silence
	// Err is the error of the last request without an answer; nil if all were answered.
	Err error
}

// Reachable reports whether the server answered, and so has the same secret.
func (h *Health) Reachable() bool { return h.Answered > 0 }

// maxStatus is the most requests of one call of Status.
const maxStatus = 100

// Status sends Status-Server requests (RFC 5997), one after another, until count (1 to 100) were
// sent or one stays without an answer. FreeRADIUS answers them if its status_server is on; other
// servers may not know them. waits.All limits the whole call.
func Status(ctx context.Context, s Server, count int, waits Waits) *Health {
	h := &Health{Silence: SilenceUnknown}
	if h.Err = s.check(); h.Err != nil {
		return h
	}
	waits = waits.withDefaults()
	limited, cancel := context.WithTimeout(ctx, waits.All)
	defer cancel()
	x, err := dial(limited, &s, waits)
	if err != nil {
		h.Err = err
		return h
	}
	defer x.socket.Close()
	var total time.Duration
	for range min(max(count, 1), maxStatus) {
		h.Sent++
		began := time.Now()
		answer, err := x.exchange(limited, radius.New(radius.CodeStatusServer, s.Secret), false)
		if err == nil && answer.Code != radius.CodeAccessAccept && answer.Code != radius.CodeAccountingResponse {
			err = errors.New("answer with another code than Access-Accept")
		}
		if err != nil {
			h.Err = err
			break
		}
		took := time.Since(began)
		if total += took; h.Answered == 0 || took < h.Fastest {
			h.Fastest = took
		}
		h.Answered++
		h.Slowest = max(h.Slowest, took)
	}
	h.Resent, h.Discarded = x.resent, x.discarded
	if h.Answered > 0 {
		h.Silence, h.Mean = "", total/time.Duration(h.Answered)
		return h
	}
	h.Silence = x.silence(ctx, h.Err)
	return h
}
