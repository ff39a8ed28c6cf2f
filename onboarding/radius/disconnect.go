package radius

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// The reasons of disconnects.
const (
	DisconnectLocked  = "locked"
	DisconnectRotated = "rotated"
	DisconnectDeleted = "deleted"
	DisconnectExpired = "expired"
)

// EndConnections orders a disconnect of every open connection of the customer. Call it in the
// transaction that stops the credential.
func EndConnections(ctx context.Context, tx onboarding.Tx, customerID, reason string, now time.Time) error {
	open, err := tx.OpenConnections(ctx, customerID)
	if err != nil {
		return err
	}
	for _, c := range open {
		if err := orderDisconnect(ctx, tx, c, reason, now); err != nil {
			return err
		}
	}
	return nil
}

// orderDisconnect queues the disconnect of one connection. If its hotspot has no declared address,
// it stores a disconnect that is finished with DisconnectNoAddress instead.
func orderDisconnect(
	ctx context.Context, tx onboarding.Tx, c *onboarding.Connection, reason string, now time.Time,
) error {
	d := &onboarding.Disconnect{
		ID: onboarding.NewID(), OrganizationID: c.OrganizationID, CustomerID: c.CustomerID, UniqueID: c.UniqueID,
		HotspotID: c.HotspotID, Reason: reason, Created: now, Due: now,
		SessionID: c.SessionID, CallingStation: c.CallingStation, NASIdentifier: c.NASIdentifier,
	}
	declared := false
	if c.HotspotID != "" {
		h, err := tx.Hotspot(ctx, c.HotspotID)
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		declared = err == nil && h.Address != ""
	}
	if !declared {
		d.Outcome, d.Finished = onboarding.DisconnectNoAddress, &now
		d.SessionID, d.CallingStation, d.NASIdentifier = "", "", ""
	}
	return tx.InsertDisconnect(ctx, d)
}

// disconnectAgain is the minimum time between two orders for a connection that its access point
// still reports.
const disconnectAgain = 10 * time.Minute

// endRefused orders a disconnect if the customer of an open connection may no longer connect: the
// connection was unknown when the credential was stopped. For a deleted customer, the order holds
// the attributes that the access point needs until it is finished, and the connection holds none.
// It reports whether it ordered a disconnect.
func (s *AAA) endRefused(
	ctx context.Context, tx onboarding.Tx, r *checkedRecord, who *owner, login *onboarding.Login,
	is *onboarding.Connection,
) (bool, error) {
	if r.Type == AccountingStop || is.Stop() != nil {
		return false, nil
	}
	reason, err := s.stopped(ctx, who, login, r.now)
	if err != nil || reason == "" {
		return false, err
	}
	ordered, err := tx.DisconnectOrdered(ctx, is.UniqueID, reason, r.now.Add(-disconnectAgain))
	if err != nil || ordered {
		return false, err
	}
	order := *is
	if reason == DisconnectDeleted {
		order.SessionID, order.CallingStation = r.SessionID, r.CallingStation
	}
	return true, orderDisconnect(ctx, tx, &order, reason, r.now)
}

// stopped returns the reason to end a connection of the record's owner, or "" if there is none.
// login is the connection's customer, nil if it has none.
func (s *AAA) stopped(
	ctx context.Context, who *owner, login *onboarding.Login, now time.Time,
) (string, error) {
	switch {
	case login == nil && (who.gone || who.login != nil):
		return DisconnectDeleted, nil
	case login == nil || who.login == nil || login.CustomerID != who.login.CustomerID:
		return "", nil
	case login.Locked:
		return DisconnectLocked, nil
	case !now.Before(login.Expires):
		return DisconnectExpired, nil
	case who.class != nil:
		outdated, err := s.outdated(ctx, who.class, login)
		if err != nil || !outdated {
			return "", err
		}
		return DisconnectRotated, nil
	case !who.accepted.IsZero() && who.accepted.Before(login.CredentialCreated):
		return DisconnectRotated, nil
	}
	return "", nil
}
