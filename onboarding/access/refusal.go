package access

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"onramp/onboarding"
)

const (
	// refusalsEvery is the pause between two writes of refusals.
	refusalsEvery = 5 * time.Second
	// refusalsApart is the least time between two rows of equal refusals.
	refusalsApart = time.Minute
	// maxRefusals limits the kinds of refusals in memory. Beyond it, refusals are counted together.
	maxRefusals = 4096
)

// refusals counts refused requests for the audit: those of one client key, route and reason are one
// row a minute, so that a caller cannot fill the database. Requests without a valid token are
// counted only at the login.
type refusals struct {
	mu     sync.Mutex
	counts map[refusalKey]*refusalCount
}

type refusalKey struct {
	organizationID string
	kind           onboarding.ActorKind
	id             string // of the client key or the operator's session
	route          string
	reason         onboarding.Kind
}

type refusalCount struct {
	n         int
	requestID string    // of the first
	recorded  time.Time // when the last row was written
}

// CountRefused counts a request of a client key or an operator if it was refused: without the role,
// scope or proof, for data of a missing customer or of another tenant, or beyond a limit.
func (s *Control) CountRefused(ctx context.Context, by *onboarding.Caller, route string, err error) {
	reason := onboarding.KindOf(err)
	switch reason {
	case onboarding.Forbidden, onboarding.NotFound, onboarding.TooMany:
		actor := onboarding.ActorOf(ctx)
		s.countRefusal(ctx, refusalKey{by.Principal.OrganizationID, actor.Kind, actor.ID, route, reason})
	}
}

// loginRoute names the login in refusals.
const loginRoute = "POST /v1/sts/login/services"

// refuseLogin counts a login with a wrong secret, or with an unknown key if key is nil.
func (s *Control) refuseLogin(ctx context.Context, key *onboarding.ServiceKey) {
	k := refusalKey{kind: onboarding.ActorVisitor, route: loginRoute, reason: onboarding.Unauthenticated}
	if key != nil {
		k.organizationID, k.kind, k.id = key.OrganizationID, onboarding.KeyActor(key.Role), key.ID
	}
	s.countRefusal(ctx, k)
}

func (s *Control) countRefusal(ctx context.Context, k refusalKey) {
	s.refusals.mu.Lock()
	defer s.refusals.mu.Unlock()
	if s.counts == nil {
		s.counts = map[refusalKey]*refusalCount{}
	}
	c := s.counts[k]
	if c == nil && len(s.counts) >= maxRefusals {
		k = refusalKey{kind: onboarding.ActorSystem, route: "any", reason: k.reason}
		c = s.counts[k]
	}
	if c == nil {
		c = &refusalCount{}
		s.counts[k] = c
	}
	if c.n++; c.n == 1 {
		c.requestID = onboarding.ActorOf(ctx).RequestID
	}
}

// RunRefusals records counted refusals until ctx ends, and once more then.
func (s *Control) RunRefusals(ctx context.Context, log *slog.Logger) {
	record := func(ctx context.Context, all bool) {
		if err := s.recordRefusals(ctx, all); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "recording refused requests failed", "error", err)
		}
	}
	onboarding.Repeat(ctx, refusalsEvery, func() { record(ctx, false) })
	record(context.WithoutCancel(ctx), true)
}

// recordRefusals records the refusals of each key whose last row is refusalsApart old, or of all.
func (s *Control) recordRefusals(ctx context.Context, all bool) error {
	now := s.clock.Now()
	rows, taken := s.takeRefusals(now, all)
	if len(rows) == 0 {
		return nil
	}
	err := s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.AppendAudit(ctx, rows...) })
	if err != nil {
		s.refusals.mu.Lock()
		defer s.refusals.mu.Unlock()
		for c, n := range taken {
			c.n += n
			c.recorded = time.Time{}
		}
	}
	return err
}

// takeRefusals returns the rows to write, and the counts that were taken for them. Keys without
// refusals since refusalsApart are forgotten.
func (s *Control) takeRefusals(now time.Time, all bool) ([]onboarding.AuditRow, map[*refusalCount]int) {
	s.refusals.mu.Lock()
	defer s.refusals.mu.Unlock()
	var rows []onboarding.AuditRow
	taken := map[*refusalCount]int{}
	for k, c := range s.counts {
		apart := now.Sub(c.recorded)
		switch due := all || apart < 0 || apart >= refusalsApart; {
		case due && c.n == 0:
			delete(s.counts, k)
		case due:
			by := onboarding.Actor{Kind: k.kind, ID: k.id, RequestID: c.requestID}
			rows = append(rows, s.auditor.Row(by, &onboarding.Act{
				OrganizationID: k.organizationID, Action: onboarding.AuditRequestRefused, Fields: []string{k.route},
				Count: c.n, Refused: k.reason,
			}))
			taken[c] = c.n
			c.n, c.recorded = 0, now
		}
	}
	return rows, taken
}
