package radio

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// A reboot is an access point's, in the middle of the day.
type reboot struct {
	ap int
	at time.Duration
}

// restart cuts off whoever is connected at one access point at one instant. It is nil when there is no instant that everything else keeps away
// from.
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
				// The octets that it would still have counted.
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

// numbers gives the sessions the IDs that an access point counts up, from the beginning again after its restart. A device is not given one that it
// had there before, this day or another: nobody could tell those two sessions apart.
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

// some picks a share of the sessions that fit, one at least if any does.
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

// faults chooses whose records are lost, and who fetches more than four gigabytes. A single connection loses nothing.
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

// The kinds of record, as RFC 2866 numbers them.
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
	at      time.Duration // when it was made
	sent    time.Duration // when it is sent, which decides on the order only
}

// write makes the records and their order.
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

// disorder sends some records again, some after the day is over, and some after the next one of their connection. One in ten of each, and at least
// one of each in a day that has three.
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

// octets are what a session has counted in the time since it began.
func (s *daySession) octets(elapsed time.Duration) (in, out int64) {
	whole := s.end - s.start
	if whole <= 0 || elapsed >= whole {
		return s.in, s.out
	}
	part := float64(elapsed) / float64(whole)
	return int64(part * float64(s.in)), int64(part * float64(s.out))
}
