package radius

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
)

// restartBatch is how many sessions are closed in one transaction: a controller may have thousands, and others write meanwhile.
const restartBatch = 100

// accountRestart closes what was open at an access point that starts or stops working.
func (s *AAA) accountRestart(ctx context.Context, r *AccountingRecord) error {
	place, err := s.place(ctx, s.store, &r.AccessPoint)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	received := *r
	received.Event = nil
	at, _ := received.at(now, time.Time{})
	if r.Event != nil && r.Event.Before(at) && at.Sub(*r.Event) < maxRestartDelay {
		at = *r.Event
	}
	first := true
	for {
		n := 0
		err := s.store.Write(ctx, func(tx onboarding.Tx) error {
			if first {
				for _, name := range place.restartNames() {
					if err := tx.PutRestart(ctx, name, at); err != nil {
						return err
					}
				}
				if !place.known() {
					if err := tx.PutAccessPoint(ctx, place.accessPoint(now)); err != nil {
						return err
					}
				}
			}
			open, err := tx.ConnectionsBefore(ctx, place.restarting(), at, restartBatch)
			if err != nil {
				return err
			}
			n = len(open)
			for _, was := range open {
				k := connectionsOf(was.Key, []*onboarding.Connection{was})
				if (was.Evidence.Later != onboarding.LaterStarts{}) {
					all, err := tx.ConnectionsOfKey(ctx, was.Key, at.Add(looseSlack))
					if err != nil {
						return err
					}
					k = connectionsOf(was.Key, all)
				}
				if err := k.close(ctx, tx, was.UniqueID); err != nil {
					return err
				}
				for _, c := range k.all {
					if _, err := s.putConnection(ctx, tx, c.was, &c.is); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || n < restartBatch {
			return err
		}
		first = false
	}
}

// A restart is kept under names. An access point's sessions may name it by its NAS-Identifier and its address, and its
// Accounting-On by one of them; several may share an address, as behind one router, and then have names of their own.
const unnamedSuffix = " unnamed" // of the sessions that have the address and no NAS-Identifier

func (p *place) restartNames() []string {
	if strings.HasPrefix(p.key, "nas ") && p.claim.Address != "" {
		return []string{p.key, "address " + p.claim.Address + unnamedSuffix}
	}
	return []string{p.key}
}

// restartNames are those of the restarts that end the session.
func restartNames(s *onboarding.Connection) [2]string {
	switch {
	case strings.HasPrefix(s.AccessPoint, "nas ") && s.NASAddress != "":
		return [2]string{s.AccessPoint, "address " + s.NASAddress}
	case strings.HasPrefix(s.AccessPoint, "address "):
		return [2]string{s.AccessPoint, s.AccessPoint + unnamedSuffix}
	}
	return [2]string{s.AccessPoint, s.AccessPoint}
}

func (p *place) restarting() onboarding.Restarting {
	r := onboarding.Restarting{AccessPoints: [2]string{p.key, p.key}}
	switch {
	case strings.HasPrefix(p.key, "nas ") && p.claim.Address != "":
		r.AccessPoints[1] = "address " + p.claim.Address
	case strings.HasPrefix(p.key, "address "):
		r.NASAddress = p.claim.Address
	}
	return r
}
