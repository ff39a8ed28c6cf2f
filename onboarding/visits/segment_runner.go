package visits

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"onramp/onboarding"
)

const (
	segmentsEvery = 5 * time.Second
	// segmentsSettle is the delay between a change of declarations and the sweep over all
	// customers. After it, no running transaction still uses the old declarations.
	segmentsSettle = 5 * time.Second
	segmentsLease  = 30 * time.Second
	segmentsBatch  = 100 // customers per transaction; other writers run in between
)

// RunSegments keeps segments up to date where no request does: it recomputes an organization's
// customers after a change of its declarations, and a customer whose segments may change with
// time (a birthday, a month without a visit). Any number of processes may run it on one database:
// one process at a time holds an organization, and another continues where it stopped. It returns
// when ctx ends.
func (s *Visits) RunSegments(ctx context.Context) {
	r := segmentRunner{visits: s, holder: onboarding.NewID(), seen: map[string]*declared{}}
	onboarding.Repeat(ctx, segmentsEvery, func() {
		if err := r.run(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "segment refresh failed", "error", err)
		}
	})
}

// segmentRunner is one process's part of RunSegments.
type segmentRunner struct {
	visits *Visits
	holder string
	seen   map[string]*declared // by organization
}

// declared describes one version of an organization's declarations.
type declared struct {
	version     int64
	fingerprint string
	done        bool // the sweep over all customers is complete
}

// run does all work that is due.
func (r *segmentRunner) run(ctx context.Context) error {
	organizations, err := r.visits.store.Organizations(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, o := range organizations {
		if err := r.organization(ctx, o); err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

func (r *segmentRunner) organization(ctx context.Context, o *onboarding.Organization) error {
	d, err := r.declared(o)
	if err != nil {
		return err
	}
	for {
		if !d.done {
			sweep, err := r.visits.store.SegmentSweep(ctx, o.ID)
			switch {
			case errors.Is(err, onboarding.ErrNotFound) || err == nil && sweep.Declared != d.fingerprint:
				// The organization was applied by a version without sweeps.
				return r.visits.store.Write(ctx, func(tx onboarding.Tx) error {
					return r.visits.DeclareSegments(ctx, tx, o)
				})
			case err != nil:
				return err
			case !r.mine(sweep):
				return nil
			}
			d.done = sweep.Done
		}
		if d.done && len(o.Segments) == 0 {
			return nil
		}
		if d.done {
			due, err := r.visits.store.SegmentsDue(ctx, o.ID, r.visits.clock.Now(), 1)
			if err != nil || len(due) == 0 {
				return err
			}
		}
		more, err := r.batch(ctx, o.ID, d.fingerprint, nil)
		if err != nil {
			more, err = r.withoutUnreadable(ctx, o, d.fingerprint, err)
		}
		if err != nil || !more {
			return err
		}
	}
}

// declared returns the cached state for the organization's current version.
func (r *segmentRunner) declared(o *onboarding.Organization) (*declared, error) {
	if d := r.seen[o.ID]; d != nil && d.version == o.Version {
		return d, nil
	}
	fingerprint, err := segmentsFingerprint(o)
	if err != nil {
		return nil, err
	}
	r.seen[o.ID] = &declared{version: o.Version, fingerprint: fingerprint}
	return r.seen[o.ID], nil
}

// segmentsFingerprint returns a hash of all declarations that segments and tallies depend on.
func segmentsFingerprint(o *onboarding.Organization) (string, error) {
	zones := make(map[string]string, len(o.Locations))
	for i := range o.Locations {
		zones[o.Locations[i].ID] = o.Locations[i].Timezone
	}
	text, err := json.Marshal(struct {
		Segments []onboarding.Segment
		Zones    map[string]string
	}{o.Segments, zones})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// mine reports whether no other process holds the sweep.
func (r *segmentRunner) mine(sweep *onboarding.SegmentSweep) bool {
	return sweep.Holder == r.holder || !sweep.Held.After(r.visits.clock.Now())
}

// DeclareSegments starts a sweep over all customers if the apply, whose transaction this is,
// changed a declaration that segments or tallies depend on.
func (s *Visits) DeclareSegments(ctx context.Context, tx onboarding.Tx, o *onboarding.Organization) error {
	fingerprint, err := segmentsFingerprint(o)
	if err != nil {
		return err
	}
	sweep, err := tx.SegmentSweep(ctx, o.ID)
	if err == nil && sweep.Declared == fingerprint {
		return nil
	}
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return err
	}
	return tx.PutSegmentSweep(ctx, &onboarding.SegmentSweep{
		OrganizationID: o.ID, Declared: fingerprint, Held: s.clock.Now().Add(segmentsSettle),
		Done: sweep == nil && len(o.Segments) == 0, // there are no members yet
	})
}

// batch processes one portion of customers and reports whether there may be more: the next of a
// sweep, or else those that are due; or the given one.
func (r *segmentRunner) batch(
	ctx context.Context, organizationID, fingerprint string, given *portion,
) (more bool, err error) {
	s := r.visits
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		more = false
		o, err := tx.Organization(ctx, organizationID) // the same lock order as in an apply
		if err != nil {
			return err
		}
		sweep, err := tx.SegmentSweep(ctx, o.ID)
		if err != nil || sweep.Declared != fingerprint || !r.mine(sweep) {
			return err
		}
		var customers []*onboarding.Customer
		last := ""
		switch {
		case given != nil:
			customers, err = given.of(ctx, tx, o, sweep)
			more, last = given.more, given.last
		case sweep.Done:
			customers, err = r.due(ctx, tx, o)
			more = len(customers) == segmentsBatch
		default:
			customers, err = tx.CustomersAfter(ctx, o.ID, sweep.Position, segmentsBatch)
			if more = len(customers) == segmentsBatch; more {
				last = customers[len(customers)-1].ID
			}
		}
		if err != nil {
			return err
		}
		if !sweep.Done {
			sweep.Done = !more
			if more {
				sweep.Position = last
			}
		}
		sweep.Holder, sweep.Held = r.holder, s.clock.Now().Add(segmentsLease)
		if err := tx.PutSegmentSweep(ctx, sweep); err != nil {
			return err
		}
		return r.refresh(ctx, tx, o, customers)
	})
	return more && err == nil, err
}

func (r *segmentRunner) due(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization,
) ([]*onboarding.Customer, error) {
	ids, err := tx.SegmentsDue(ctx, o.ID, r.visits.clock.Now(), segmentsBatch)
	if err != nil {
		return nil, err
	}
	customers := make([]*onboarding.Customer, 0, len(ids))
	for _, id := range ids {
		c, err := tx.Customer(ctx, o.ID, id)
		if err != nil {
			return nil, err
		}
		customers = append(customers, c)
	}
	return customers, nil
}

// refresh recomputes the segments of customers. It recounts tallies that are missing or use an
// old time zone.
func (r *segmentRunner) refresh(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, customers []*onboarding.Customer,
) error {
	ids := make([]string, len(customers))
	for i, c := range customers {
		ids[i] = c.ID
	}
	tallies, err := tx.MetricsOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range customers {
		f := &facts{customer: c}
		if c.Profiled() {
			f.tally = tallies[c.ID]
			if f.tally == nil {
				f.tally = &onboarding.Tally{CustomerID: c.ID, OrganizationID: o.ID}
			}
			if tallies[c.ID] == nil || zoneChanged(f.tally, o) {
				if f.tally, err = retally(ctx, tx, o, f.tally); err != nil {
					return err
				}
				if err := tx.PutTally(ctx, f.tally); err != nil {
					return err
				}
			}
		}
		if err := r.visits.putSegments(ctx, tx, o, f); err != nil {
			return err
		}
	}
	return nil
}
