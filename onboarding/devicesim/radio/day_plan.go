package radio

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// A reboot is the restart of an access point during the day.
type reboot struct {
	ap int
	at time.Duration
}

// restart ends all connections of one access point at one time. It returns nil if there is no time
// with sufficient distance from other events.
func (p *Plan) restart(r *rand.Rand) *reboot {
	slices.SortStableFunc(p.sessions, func(a, b *daySession) int { return cmp.Compare(a.start, b.start) })
	for range 100 {
		s := p.sessions[r.IntN(len(p.sessions))]
		third := (s.end - s.start) / 3
		at := (s.start + third + time.Duration(r.Float64()*float64(third))).Truncate(time.Second)
		tooNear := func(t *daySession) bool {
			return t.ap == s.ap && (p.near(t.start, at) || p.near(t.end, at))
		}
		if slices.ContainsFunc(p.sessions, tooNear) {
			continue
		}
		for _, t := range p.sessions {
			if t.ap == s.ap && t.start < at && at < t.end {
				// Only the octets up to the restart are counted.
				part := float64(at-t.start) / float64(t.end-t.start)
				t.in, t.out = int64(part*float64(t.in)), int64(part*float64(t.out))
				t.end, t.cut, t.noStop, t.cause = at, true, true, ""
				p.report.Cut++
			}
		}
		p.report.Restarts = 1
		return &reboot{s.ap, at}
	}
	return nil
}

func (p *Plan) near(a, b time.Duration) bool { return a-b <= p.margin && b-a <= p.margin }

// numbers assigns session IDs, which an access point counts from one again after its restart. A
// device never gets the same ID twice at one access point, so that sessions are distinguishable.
func (p *Plan) numbers(r *rand.Rand, at *reboot) {
	today := r.Uint32() ^ uint32(p.day.Begin.Unix())
	next := make([]int, len(p.day.AccessPoints))
	type use struct {
		ap  int
		mac string
		id  int
	}
	used := map[use]bool{}
	restarted := false
	for _, s := range p.sessions {
		if at != nil && s.ap == at.ap && s.start > at.at && !restarted {
			next[s.ap], restarted = 0, true
		}
		next[s.ap]++
		for used[use{s.ap, s.mac, next[s.ap]}] {
			next[s.ap]++
		}
		used[use{s.ap, s.mac, next[s.ap]}] = true
		s.id = fmt.Sprintf("%08X-%08X", today, next[s.ap])
	}
}

// some returns a random 1/share of the fitting sessions, at least one if any fits.
func (p *Plan) some(r *rand.Rand, share int, fits func(*daySession) bool) []*daySession {
	var all []*daySession
	for _, s := range p.sessions {
		if fits(s) {
			all = append(all, s)
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:(len(all)+share-1)/share]
}

// faults selects the sessions whose records are lost, and those with more than 4 GiB. A day of
// fewer than four sessions loses none.
func (p *Plan) faults(r *rand.Rand) {
	for _, s := range p.some(r, 6, func(*daySession) bool { return true }) {
		s.in, s.out = s.in+r.Int64N(6<<30), s.out+5<<30+r.Int64N(40<<30)
		p.report.Gigawords++
	}
	if len(p.sessions) < 4 {
		return
	}
	for _, s := range p.some(r, 10, func(s *daySession) bool { return !s.cut }) {
		s.noStop = true
		p.report.WithoutStop++
	}
	for _, s := range p.some(r, 12, func(s *daySession) bool { return !s.noStop }) {
		s.noStart = true
		p.report.WithoutStart++
	}
}

// Values of Acct-Status-Type (RFC 2866).
const (
	kindStart   = 1
	kindStop    = 2
	kindInterim = 3
	kindOn      = 7
)

// dayRecord is one accounting request.
type dayRecord struct {
	kind    uint32
	session *daySession // nil for Accounting-On
	ap      int
	at      time.Duration // time of the event
	sent    time.Duration // time of sending, which only decides the order
}

// write creates the records in the order of sending.
func (p *Plan) write(r *rand.Rand, at *reboot) {
	for _, s := range p.sessions {
		add := func(kind uint32, made time.Duration) {
			p.records = append(p.records, dayRecord{kind, s, s.ap, made, made})
			s.records++
			s.counted = max(s.counted, made-s.start)
		}
		if !s.noStart {
			add(kindStart, s.start)
		}
		for made := s.start + p.day.Interim; made < s.end; made += p.day.Interim {
			if at == nil || s.ap != at.ap || !p.near(made, at.at) {
				add(kindInterim, made)
			}
		}
		if !s.noStop {
			add(kindStop, s.end)
			s.reported = true
		} else if at != nil && s.ap == at.ap && s.start+s.counted < at.at {
			s.restartedAt = at.at
		}
	}
	if at != nil {
		p.records = append(p.records, dayRecord{kind: kindOn, ap: at.ap, at: at.at, sent: at.at})
	}
	p.disorder(r)
	slices.SortStableFunc(p.records, func(a, b dayRecord) int { return cmp.Compare(a.sent, b.sent) })
}

// disorder duplicates some records, delays some until after the day, and some until after the next
// record of their connection: one in ten each, and at least one each in a day with three records.
func (p *Plan) disorder(r *rand.Rand) {
	n := len(p.records)
	order := r.Perm(n)
	share := (n + 9) / 10
	take := func() []int {
		if n < 3 {
			return nil
		}
		taken := order[:min(share, len(order))]
		order = order[len(taken):]
		return taken
	}
	for _, i := range take() {
		p.records[i].sent = p.day.Length + time.Duration(r.Int64N(int64(time.Hour)))
		p.report.Late++
	}
	for _, i := range take() {
		p.records[i].sent += p.day.Interim + p.day.Interim/2
		p.report.OutOfOrder++
	}
	for _, i := range take() {
		again := p.records[i]
		again.sent += time.Duration(r.Int64N(int64(2 * p.day.Interim)))
		p.records = append(p.records, again)
		p.report.Doubled++
	}
}

// octets returns the octets of a session after the elapsed time.
func (s *daySession) octets(elapsed time.Duration) (in, out int64) {
	whole := s.end - s.start
	if whole <= 0 || elapsed >= whole {
		return s.in, s.out
	}
	part := float64(elapsed) / float64(whole)
	return int64(part * float64(s.in)), int64(part * float64(s.out))
}
