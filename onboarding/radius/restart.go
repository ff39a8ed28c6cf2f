package radius

import (
	"context"
	"errors"
	"strings"
	"time"

	"onramp/onboarding"
)

// restartBatch is how many connections one transaction closes. A controller may have thousands, and
// other writers wait meanwhile.
const restartBatch = 100

// accountRestart closes the open connections of an access point that starts or stops working.
func (s *AAA) accountRestart(ctx context.Context, r *checkedRecord) error {
	from, err := s.originOf(ctx, &r.AccessPoint)
	if err != nil {
		return err
	}
	at := r.made
	if r.Event != nil && r.Event.Before(at) && at.Sub(*r.Event) < maxRestartDelay {
		at = *r.Event
	}
	first := true
	for {
		n := 0
		err := s.store.Write(ctx, func(tx onboarding.Tx) error {
			if first {
				if err := putRestart(ctx, tx, &from, at, r.now); err != nil {
					return err
				}
			}
			var err error
			n, err = s.closeOpen(ctx, newAccountingTx(tx), &from, at)
			return err
		})
		if err != nil || n < restartBatch {
			return err
		}
		first = false
	}
}

// putRestart stores the restart, and the access point if it matches no declared hotspot.
func putRestart(ctx context.Context, tx onboarding.Tx, from *origin, at, now time.Time) error {
	for _, name := range from.restartNames() {
		if err := tx.PutRestart(ctx, name, at); err != nil {
			return err
		}
	}
	if from.declared() {
		return nil
	}
	return tx.PutAccessPoint(ctx, from.accessPoint(now))
}

// closeOpen closes up to restartBatch connections that were open at the restart. It returns how
// many.
func (s *AAA) closeOpen(ctx context.Context, tx onboarding.Tx, from *origin, at time.Time) (int, error) {
	open, err := tx.ConnectionsBefore(ctx, from.restarting(), at, restartBatch)
	if err != nil {
		return 0, err
	}
	for _, was := range open {
		k := connectionsOf(was.Key, []*onboarding.Connection{was})
		if (was.Evidence.Later != onboarding.LaterStarts{}) {
			all, err := tx.ConnectionsOfKey(ctx, was.Key, at.Add(looseSlack))
			if err != nil {
				return 0, err
			}
			k = connectionsOf(was.Key, all)
		}
		if err := k.close(ctx, tx, was.UniqueID); err != nil {
			return 0, err
		}
		for _, c := range k.all {
			if _, err := s.putConnection(ctx, tx, c.was, &c.is); err != nil {
				return 0, err
			}
		}
	}
	return len(open), nil
}

// close finds the restarts that ended the changed connections, or the one with the given ID, and
// begins the connections whose Start record came after such a restart.
func (k *connections) close(ctx context.Context, r onboarding.AccessPointReader, uniqueID string) error {
	for i := 0; i < len(k.all); i++ { // release may append
		c := k.all[i]
		if c.was != nil && equal(c.was, &c.is) && c.is.UniqueID != uniqueID {
			continue
		}
		err := restarted(&c.is, func(from time.Time) (*time.Time, error) { return firstRestart(ctx, r, &c.is, from) })
		if err != nil {
			return err
		}
		k.release(c)
	}
	return nil
}

// restarted sets the restart that ended the connection. first returns the access point's first
// restart at or after an instant, or nil.
func restarted(s *onboarding.Connection, first func(time.Time) (*time.Time, error)) error {
	s.Restart = nil
	if s.Reported != nil {
		return nil
	}
	from := s.Progress.At
	if start := s.Start(); start.After(from) {
		from = start
	}
	at, err := first(from)
	s.Restart = at
	return err
}

func firstRestart(
	ctx context.Context, r onboarding.AccessPointReader, s *onboarding.Connection, from time.Time,
) (*time.Time, error) {
	at, err := r.FirstRestart(ctx, restartNames(s), from)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	return &at, err
}

// unnamedSuffix marks the restarts of connections that have an address but no NAS-Identifier.
//
// A restart is stored under names. The connections of an access point may have its NAS-Identifier
// and its address, and its Accounting-On only one of them. Several access points may share an
// address, for example behind one router, and then have different NAS-Identifiers.
const unnamedSuffix = " unnamed"

// restartNames returns the names under which a restart of the access point is stored.
func (o *origin) restartNames() []string {
	if strings.HasPrefix(o.key, onboarding.KeyOfNAS) && o.identity.Address != "" {
		return []string{o.key, onboarding.KeyOfAddress + o.identity.Address + unnamedSuffix}
	}
	return []string{o.key}
}

// restartNames returns the names of the restarts that end the connection.
func restartNames(s *onboarding.Connection) [2]string {
	switch {
	case strings.HasPrefix(s.AccessPoint, onboarding.KeyOfNAS) && s.NASAddress != "":
		return [2]string{s.AccessPoint, onboarding.KeyOfAddress + s.NASAddress}
	case strings.HasPrefix(s.AccessPoint, onboarding.KeyOfAddress):
		return [2]string{s.AccessPoint, s.AccessPoint + unnamedSuffix}
	}
	return [2]string{s.AccessPoint, s.AccessPoint}
}

// restarting selects the connections that a restart of the access point ends.
func (o *origin) restarting() onboarding.Restarting {
	r := onboarding.Restarting{AccessPoints: [2]string{o.key, o.key}}
	switch {
	case strings.HasPrefix(o.key, onboarding.KeyOfNAS) && o.identity.Address != "":
		r.AccessPoints[1] = onboarding.KeyOfAddress + o.identity.Address
	case strings.HasPrefix(o.key, onboarding.KeyOfAddress):
		r.NASAddress = o.identity.Address
	}
	return r
}
