package radius

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// Account stores one accounting record. It is idempotent, and the order of records does not matter.
// Records of other types are ignored. An InvalidField error means that the record has no usable
// Acct-Unique-Session-Id; all other values are dropped where they are not usable.
func (s *AAA) Account(ctx context.Context, r *AccountingRecord) error {
	switch r.Type {
	case AccountingStart, AccountingInterim, AccountingStop:
		return s.accountConnection(ctx, r.check(s.clock.Now()))
	case AccountingOn, AccountingOff:
		return s.accountRestart(ctx, r.check(s.clock.Now()))
	}
	return nil
}

func (s *AAA) accountConnection(ctx context.Context, r *checkedRecord) error {
	if r.UniqueID == "" {
		return onboarding.InvalidField("Acct-Unique-Session-Id", "missing")
	}
	if err := onboarding.CheckText("Acct-Unique-Session-Id", r.UniqueID, maxAttributeText); err != nil {
		return err
	}
	from, err := s.originOf(ctx, &r.AccessPoint)
	if err != nil {
		return err
	}
	ref, err := s.referenceOf(ctx, r, &from)
	if err != nil {
		return err
	}
	ordered := false
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		var err error
		ordered, err = s.putRecord(ctx, newAccountingTx(tx), r, &from, &ref)
		return err
	})
	if ordered {
		s.Wake()
	}
	return err
}

// putRecord adds the record to its connection and stores the changes. It reports whether a
// disconnect was ordered.
func (s *AAA) putRecord(
	ctx context.Context, tx onboarding.Tx, r *checkedRecord, from *origin, ref *reference,
) (ordered bool, err error) {
	one, who, known, err := s.readRecord(ctx, tx, r, from, ref)
	if err != nil {
		return false, err
	}
	if one.CustomerID == "" && slices.ContainsFunc(known, func(s *onboarding.Connection) bool { return s.Anonymous }) {
		forget(&one.Connection) // of the same station at the same access point
	}
	k := connectionsOf(r.UniqueID, known)
	target := k.put(one)
	if err := k.close(ctx, tx, ""); err != nil {
		return false, err
	}
	if target.was == nil {
		if aged, err := s.aged(ctx, tx, &target.is); err != nil || aged {
			return false, err
		}
	}
	if target.was == nil && !from.declared() {
		if err := tx.PutAccessPoint(ctx, from.accessPoint(r.now)); err != nil {
			return false, err
		}
	}
	for _, c := range k.all {
		if c != target && c.was != nil && equal(c.was, &c.is) {
			continue
		}
		login, err := s.putConnection(ctx, tx, c.was, &c.is)
		if err != nil {
			return false, err
		}
		if c == target {
			if ordered, err = s.endRefused(ctx, tx, r, &who, login, &c.is); err != nil {
				return false, err
			}
		}
	}
	return ordered, nil
}

// aged reports whether retention would delete the new connection at once: a repeated record of a
// deleted connection must not count as another visit.
func (s *AAA) aged(ctx context.Context, tx onboarding.Tx, is *onboarding.Connection) (bool, error) {
	now := s.clock.Now()
	if is.CustomerID == "" || now.Sub(is.Seen()) <= onboarding.MinConnectionsKept {
		return false, nil
	}
	o, err := tx.Organization(ctx, is.OrganizationID)
	if err != nil {
		return false, err
	}
	before, ends := o.Retention.WithDefaults(onboarding.DefaultRetention).Connections.Before(now)
	return ends && is.Seen().Before(before) && (is.Stop() != nil || is.Start().Before(o.OpenSince(now))), nil
}

// readRecord returns the connection that the record describes, its owner, and the stored
// connections with the same key. Those are read first, so that all transactions lock a key before
// its customers.
func (s *AAA) readRecord(ctx context.Context, tx onboarding.Tx, r *checkedRecord, from *origin, ref *reference) (
	one record, who owner, known []*onboarding.Connection, err error,
) {
	at, _ := r.at(ref.notBefore)
	if err = tx.ReadAhead(ctx, r.reads(from, ref, at)); err != nil {
		return one, who, nil, err
	}
	if known, err = tx.ConnectionsOfKey(ctx, r.UniqueID, at.Add(looseSlack)); err != nil {
		return one, who, nil, err
	}
	if who, err = s.ownerOf(ctx, tx, ref, from); err != nil {
		return one, who, nil, err
	}
	one = r.connection(from, &who)
	if !one.Progress.At.Equal(at) { // the access point's clock is before the owner registered
		known, err = tx.ConnectionsOfKey(ctx, r.UniqueID, one.Progress.At.Add(looseSlack))
	}
	return one, who, known, err
}

// reads returns the reads that a record made at an instant probably needs. Others follow later.
func (r *checkedRecord) reads(from *origin, ref *reference, at time.Time) *onboarding.RecordReads {
	reads := &onboarding.RecordReads{
		Key: r.UniqueID, At: at.Add(looseSlack), CustomerID: ref.customerID, OrganizationID: from.OrganizationID,
	}
	if r.Type != AccountingStop {
		place := onboarding.Connection{AccessPoint: from.key, NASAddress: from.identity.Address}
		reads.AccessPoints = restartNames(&place)
		reads.RestartFrom = at
	}
	return reads
}
