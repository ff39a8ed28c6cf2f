package access

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"onramp/onboarding"
)

// secretAudit is the name of the secret of the audit's keyed hashes.
const secretAudit = "audit-key"

// openAuditor creates the Auditor of the deployment.
func (s *Control) openAuditor(ctx context.Context) error {
	key, err := s.Secret(ctx, secretAudit, onboarding.AuditKeySize)
	if err != nil {
		return err
	}
	if s.auditor, err = onboarding.NewAuditor(key, s.clock); err != nil {
		return fmt.Errorf("secret %s: %w", secretAudit, err)
	}
	return nil
}

// Auditor returns the Auditor of the deployment.
func (s *Control) Auditor() *onboarding.Auditor { return s.auditor }

// Record appends acts to the audit, in the transaction of the change.
func (s *Control) Record(ctx context.Context, tx onboarding.AuditAppender, acts ...onboarding.Act) error {
	return s.auditor.Record(ctx, tx, acts...)
}

// RecordRead appends acts to the audit and returns when they are durable. Call it before the answer
// that shows the data. Repeats by an app or a visitor are left out; see Repeatable.
func (s *Control) RecordRead(ctx context.Context, acts ...onboarding.Act) error {
	r := s.Repeatable(ctx, acts...)
	if len(r.acts) == 0 {
		return nil
	}
	if onboarding.ActorOf(ctx).Kind.IsOperator() {
		ctx = onboarding.Ahead(ctx) // a manager waits for data, behind the registrations of a crowd
	}
	if err := s.auditor.RecordRead(ctx, s.store, r.acts...); err != nil {
		return err
	}
	r.Settle()
	return nil
}

// Repeatable is acts that an app or a visitor repeats without a limit, such as an app that reads
// its own customer at each start. Of equal acts of one actor within an hour, the first is recorded
// in each process, so that the holder of one phone cannot fill the database. Every act of a manager
// or a command is recorded.
type Repeatable struct {
	control *Control
	acts    []onboarding.Act
	keys    []string // of acts to remember
}

// Repeatable returns the acts that are to be recorded.
func (s *Control) Repeatable(ctx context.Context, acts ...onboarding.Act) *Repeatable {
	by := onboarding.ActorOf(ctx)
	r := &Repeatable{control: s}
	if by.Kind != onboarding.ActorApp && by.Kind != onboarding.ActorVisitor {
		r.acts = acts
		return r
	}
	for i := range acts {
		a := &acts[i]
		k := strings.Join(append([]string{
			string(by.Kind), by.ID, a.OrganizationID, string(a.Action), a.CustomerID, a.TargetID,
		}, a.Fields...), "\x00")
		if !s.recent.holds(k, s.clock.Now()) {
			r.acts, r.keys = append(r.acts, *a), append(r.keys, k)
		}
	}
	return r
}

// Record appends the acts, in the transaction of the change.
func (r *Repeatable) Record(ctx context.Context, tx onboarding.AuditAppender) error {
	return r.control.Record(ctx, tx, r.acts...)
}

// Settle remembers the acts. Call it after the commit of the transaction.
func (r *Repeatable) Settle() {
	for _, k := range r.keys {
		r.control.recent.add(k, r.control.clock.Now())
	}
}

const (
	// repeatedWithin is the time within which an equal act of an app or a visitor is not recorded
	// again.
	repeatedWithin = time.Hour
	// maxRecent limits the acts in memory. Beyond it, the oldest are recorded again.
	maxRecent = 1 << 16
)

// recentActs are the acts that were recorded within repeatedWithin. Its methods are safe for
// concurrent use.
type recentActs struct {
	mu         sync.Mutex
	young, old map[string]time.Time // old is dropped when young is full
}

func (r *recentActs) holds(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, held := r.young[key]
	if !held {
		at, held = r.old[key]
	}
	age := now.Sub(at)
	return held && age >= 0 && age < repeatedWithin
}

func (r *recentActs) add(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.young == nil || len(r.young) >= maxRecent/2 {
		r.old, r.young = r.young, map[string]time.Time{}
	}
	r.young[key] = now
}
