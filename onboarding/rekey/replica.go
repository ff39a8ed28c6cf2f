package rekey

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

const (
	// followEvery is the interval at which a replica reads its file and the sealing key again.
	followEvery = 2 * time.Second
	// beatEvery is the interval of beats, unless something has changed.
	beatEvery = 10 * time.Second
)

// Replica follows the changes of the master key in a running server, and publishes the keys that
// the server holds.
type Replica struct {
	store  onboarding.Store
	sealer *onboarding.Sealer
	clock  onboarding.Clock
	log    *slog.Logger
	self   onboarding.Replica
	beaten time.Time
	failed string // the last error in the log
	// lacks is the error of the sealing key's absence, or nil.
	lacks atomic.Pointer[onboarding.MissingKeyError]
}

// NewReplica returns a Replica with a name that an operator recognizes.
func NewReplica(
	store onboarding.Store, sealer *onboarding.Sealer, name string, clock onboarding.Clock, log *slog.Logger,
) *Replica {
	return &Replica{
		store: store, sealer: sealer, clock: clock, log: onboarding.LogOrDiscard(log),
		self: onboarding.Replica{ID: onboarding.NewID(), Name: name},
	}
}

// Start publishes the keys for the first time. A server calls it before its first request. The
// sealing key is read after the publication: a change either finds this replica in the database, or
// this replica finds the change.
func (r *Replica) Start(ctx context.Context) error {
	if err := r.beat(ctx); err != nil {
		return err
	}
	return r.follow(ctx)
}

// ClearReplicas deletes all replicas. The only server of a database calls it before it starts: the
// others are those of killed processes.
func ClearReplicas(ctx context.Context, store onboarding.Store) error {
	replicas, err := store.Replicas(ctx)
	if err != nil || len(replicas) == 0 {
		return err
	}
	return store.Write(ctx, func(tx onboarding.Tx) error {
		for _, r := range replicas {
			if err := tx.DeleteReplica(ctx, r.ID, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// Run follows the changes until ctx ends, then ends the publication.
func (r *Replica) Run(ctx context.Context) {
	onboarding.Repeat(ctx, followEvery, func() { r.step(ctx) })
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := r.store.Write(end, func(tx onboarding.Tx) error { return tx.DeleteReplica(end, r.self.ID, 0) })
	if err != nil {
		r.log.WarnContext(end, "this server remains listed as a replica until the next rekey", "error", err)
	}
}

// Ready returns an error if the server does not hold the sealing key.
func (r *Replica) Ready() error {
	if missing := r.lacks.Load(); missing != nil {
		return missing
	}
	return nil
}

// step reads the file and the sealing key, and publishes a change at once.
func (r *Replica) step(ctx context.Context) {
	before := r.sealer.KeyID()
	err := r.follow(ctx)
	if seals := r.sealer.KeyID(); seals != before {
		r.log.InfoContext(ctx, "values are sealed under another master key", "masterKey", seals)
	}
	if !slices.Equal(r.self.Holds, r.sealer.KeyIDs()) || r.self.Seals != r.sealer.KeyID() ||
		time.Since(r.beaten) >= beatEvery {
		err = errors.Join(err, r.beat(ctx))
	}
	text := ""
	if err != nil && ctx.Err() == nil {
		text = err.Error()
	}
	if text != "" && text != r.failed {
		r.log.ErrorContext(ctx, "master keys are not current", "error", err)
	}
	r.failed = text
}

func (r *Replica) follow(ctx context.Context) error {
	reloaded := r.sealer.Reload()
	id, err := r.store.Setting(ctx, onboarding.SettingMasterKey)
	if err != nil {
		return errors.Join(reloaded, err)
	}
	err = r.sealer.SealUnder(id)
	missing, _ := errors.AsType[*onboarding.MissingKeyError](err)
	r.lacks.Store(missing)
	if err == nil {
		return r.sealer.Reload() // it fails if the key that sealed before has left the file
	}
	return errors.Join(reloaded, err)
}

func (r *Replica) beat(ctx context.Context) error {
	r.self.Seals, r.self.Holds = r.sealer.KeyID(), r.sealer.KeyIDs()
	r.self.Beat++
	r.self.Seen = r.clock.Now()
	r.beaten = time.Now()
	return r.store.Write(ctx, func(tx onboarding.Tx) error { return tx.PutReplica(ctx, r.self) })
}

// watched is a replica under observation.
type watched struct {
	beat  int64
	since time.Time // when the beat was first seen
	first time.Time // when the replica was first seen without the condition
}

// waitFor waits until the condition holds for every replica. A replica that still beats and does
// not fulfil it in time ends the wait with refuse's error. One that does not beat is deleted.
func (m *Master) waitFor(
	ctx context.Context, what string, holds func(onboarding.Replica) bool, refuse func(onboarding.Replica) error,
) error {
	seen := map[string]*watched{}
	told := false
	for {
		replicas, err := m.store.Replicas(ctx)
		if err != nil {
			return err
		}
		replicas = slices.DeleteFunc(replicas, holds)
		if len(replicas) == 0 {
			return nil
		}
		for _, r := range replicas {
			if err := m.watch(ctx, seen, r, refuse); err != nil {
				return err
			}
		}
		if !told && len(seen) > 0 && slices.ContainsFunc(replicas, func(r onboarding.Replica) bool {
			return time.Since(seen[r.ID].first) > 3*followEvery
		}) {
			m.notify("waiting until every replica is known to " + what + ": " + replicas[0].Name)
			told = true
		}
		if err := onboarding.Sleep(ctx, m.waits.Poll); err != nil {
			return err
		}
	}
}

// watch notes the beat of a replica that does not fulfil the condition.
func (m *Master) watch(
	ctx context.Context, seen map[string]*watched, r onboarding.Replica, refuse func(onboarding.Replica) error,
) error {
	now := time.Now()
	w := seen[r.ID]
	if w == nil {
		w = &watched{beat: r.Beat, since: now, first: now}
		seen[r.ID] = w
	}
	alive := w.beat != r.Beat
	if alive {
		w.beat, w.since = r.Beat, now
	}
	switch {
	case alive && now.Sub(w.first) >= m.waits.Live:
		return refuse(r)
	case now.Sub(w.since) >= m.waits.Gone:
		m.notify("replica " + r.Name + " has not been seen for " + m.waits.Gone.String() + " and counts as stopped")
		return m.write(ctx, func(tx onboarding.Tx) error { return tx.DeleteReplica(ctx, r.ID, r.Beat) })
	}
	return nil
}
