package radius

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"onramp/onboarding"
)

// Reasons for disconnects.
const (
	DisconnectLocked  = "locked"
	DisconnectRotated = "rotated"
	DisconnectDeleted = "deleted"
	disconnectExpired = "expired"
)

// endConnections orders every open connection of the customer to end. It belongs into the transaction that stops the credential.
func EndConnections(ctx context.Context, tx onboarding.Tx, customerID, reason string, now time.Time) error {
	open, err := tx.OpenConnections(ctx, customerID)
	if err != nil {
		return err
	}
	for _, session := range open {
		if err := orderDisconnect(ctx, tx, session, reason, now); err != nil {
			return err
		}
	}
	return nil
}

// orderDisconnect queues the end of one session. Where the access point has no declared address, that is recorded instead.
func orderDisconnect(ctx context.Context, tx onboarding.Tx, session *onboarding.Connection, reason string, now time.Time) error {
	d := &onboarding.Disconnect{
		ID: onboarding.NewID(), OrganizationID: session.OrganizationID, CustomerID: session.CustomerID, UniqueID: session.UniqueID,
		HotspotID: session.HotspotID, Reason: reason, Created: now, Due: now,
		SessionID: session.SessionID, CallingStation: session.CallingStation, NASIdentifier: session.NASIdentifier,
	}
	declared := false
	if session.HotspotID != "" {
		h, err := tx.Hotspot(ctx, session.HotspotID)
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

// disconnectAgain is how long an order for a connection is enough, though its access point still reports it.
const disconnectAgain = 10 * time.Minute

// endRefused orders the end of a connection whose record came when its customer may not connect any more: one that was not known
// when the credential was stopped. Of a deleted customer the order has what the access point needs, until it is finished, and the session
// nothing. It reports whether it ordered anything.
func (s *AAA) endRefused(ctx context.Context, tx onboarding.Tx, r *checkedRecord, who *owner, login *onboarding.Login, is *onboarding.Connection) (bool, error) {
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

// stopped returns why a customer's connections are to end; empty when they are not.
func (s *AAA) stopped(ctx context.Context, who *owner, login *onboarding.Login, now time.Time) (string, error) {
	switch {
	case login == nil && (who.gone || who.login != nil):
		return DisconnectDeleted, nil
	case login == nil || who.login == nil || login.CustomerID != who.login.CustomerID:
		return "", nil
	case login.Locked:
		return DisconnectLocked, nil
	case !now.Before(login.Expires):
		return disconnectExpired, nil
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

// DisconnectRequest is what is sent, and where.
type DisconnectRequest struct {
	Address netip.AddrPort
	Secret  []byte
	// What identifies the connection: empty ones are left out.
	SessionID, CallingStation, NASIdentifier string
}

// DisconnectAnswer is what came back.
type DisconnectAnswer struct {
	Acknowledged bool
	ErrorCause   int
}

// Disconnector sends a Disconnect-Request and waits for its answer. An error means that none came.
type Disconnector interface {
	Disconnect(ctx context.Context, r DisconnectRequest) (DisconnectAnswer, error)
}

const (
	disconnectAttempts = 8
	disconnectLease    = 30 * time.Second // longer than one attempt takes
	disconnectAtOnce   = 16
	// resourcesUnavailable is the one Error-Cause after which asking again makes sense.
	resourcesUnavailable = 506
)

// disconnectBackoff is how long to wait after an attempt: 2 s, 4 s, 8 s ... 2 min.
func disconnectBackoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt, 10), 2*time.Minute)
}

// SendDisconnects tries the orders that are due, each once, and returns how many there were. Several processes may do so at the same time: an order is
// claimed before it is sent. It is sent to the declared address of the session's hotspot and to no other.
func (s *AAA) SendDisconnects(ctx context.Context, sender Disconnector) (int, error) {
	due, err := s.store.DueDisconnects(ctx, s.clock.Now(), disconnectAtOnce)
	if err != nil {
		return 0, err
	}
	failed := make(chan error, len(due))
	for _, d := range due {
		go func() { failed <- s.sendDisconnect(ctx, sender, d) }()
	}
	for range due {
		err = errors.Join(err, <-failed)
	}
	return len(due), err
}

func (s *AAA) sendDisconnect(ctx context.Context, sender Disconnector, d *onboarding.Disconnect) error {
	claimed := false
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		var err error
		claimed, err = tx.LeaseDisconnect(ctx, d, s.clock.Now().Add(disconnectLease))
		return err
	})
	if err != nil || !claimed {
		return err
	}
	attempt := d.Attempts + 1
	outcome, cause, again, err := s.attemptDisconnect(ctx, sender, d)
	if err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		now := s.clock.Now()
		if again && attempt < disconnectAttempts {
			return tx.PostponeDisconnect(ctx, d.ID, outcome, now.Add(disconnectBackoff(attempt)))
		}
		return tx.FinishDisconnect(ctx, d.ID, outcome, cause, now)
	})
}

// attemptDisconnect sends once. again reports whether another attempt makes sense.
func (s *AAA) attemptDisconnect(ctx context.Context, sender Disconnector, d *onboarding.Disconnect) (outcome onboarding.DisconnectOutcome, cause int, again bool, err error) {
	session, err := s.store.Connection(ctx, d.UniqueID)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return "", 0, false, err
	}
	if err != nil || session.Stop() != nil {
		return onboarding.DisconnectEnded, 0, false, nil
	}
	request, err := s.disconnectRequest(ctx, d)
	if err != nil || request == nil {
		return onboarding.DisconnectNoAddress, 0, false, err
	}
	answer, err := sender.Disconnect(ctx, *request)
	switch {
	case err != nil:
		s.log.Warn("a disconnect was not answered", "hotspot", d.HotspotID, "attempt", d.Attempts+1, "error", err)
		return onboarding.DisconnectUnanswered, 0, true, nil
	case answer.Acknowledged:
		return onboarding.DisconnectAcknowledged, 0, false, nil
	default:
		return onboarding.DisconnectRefused, answer.ErrorCause, answer.ErrorCause == resourcesUnavailable, nil
	}
}

// disconnectRequest addresses an order by what the tenant declares now; nil when the hotspot has no address.
func (s *AAA) disconnectRequest(ctx context.Context, d *onboarding.Disconnect) (*DisconnectRequest, error) {
	ref, err := s.store.Hotspot(ctx, d.HotspotID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, ref.OrganizationID)
	if err != nil {
		return nil, err
	}
	_, h := o.Hotspot(ref.ID)
	if h == nil || h.Address == "" {
		return nil, nil
	}
	address, err := disconnectAddress(h)
	if err != nil {
		return nil, err
	}
	secret, err := s.HotspotSecret(ctx, h)
	if err != nil {
		return nil, err
	}
	return &DisconnectRequest{
		Address: address, Secret: secret,
		SessionID: d.SessionID, CallingStation: d.CallingStation, NASIdentifier: d.NASIdentifier,
	}, nil
}

func disconnectAddress(h *onboarding.Hotspot) (netip.AddrPort, error) {
	port := h.DisconnectPort
	if port == 0 {
		port = onboarding.DefaultDisconnectPort
	}
	return netip.ParseAddrPort(net.JoinHostPort(h.Address, strconv.Itoa(port)))
}

// RADIUSSecret is the shared secret of the clients that have none of their own: 32 hex digits, made once.
func (s *AAA) Secret(ctx context.Context) (string, error) {
	secret, err := s.access.Secret(ctx, secretRADIUS, 16)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(secret), nil
}

const secretRADIUS = "radius-secret"

// HotspotSecret is the RADIUS secret shared with the hotspot: its own or the common one.
func (s *AAA) HotspotSecret(ctx context.Context, h *onboarding.Hotspot) ([]byte, error) {
	if h.Secret == nil {
		secret, err := s.Secret(ctx)
		return []byte(secret), err
	}
	return s.sealer.Open(*h.Secret, onboarding.HotspotSecretPurpose(h.ID))
}

// expiryLookBack is how far back credentials are looked for whose end nobody noticed.
const expiryLookBack = 7 * 24 * time.Hour

// EndExpired orders the end of connections whose credential has expired. It may run in several processes at once.
func (s *AAA) EndExpired(ctx context.Context) (int, error) {
	now := s.clock.Now()
	found, err := s.store.ConnectionsPastExpiry(ctx, now.Add(-expiryLookBack), now, disconnectExpired, restartBatch)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		again, err := tx.ConnectionsPastExpiry(ctx, now.Add(-expiryLookBack), now, disconnectExpired, restartBatch)
		if err != nil {
			return err
		}
		for _, session := range again {
			if err := orderDisconnect(ctx, tx, session, disconnectExpired, now); err != nil {
				return err
			}
		}
		return nil
	})
	return len(found), err
}

// RunDisconnects sends orders and ends expired connections until ctx ends.
func (s *AAA) RunDisconnects(ctx context.Context, sender Disconnector) {
	expiry := time.NewTicker(30 * time.Second)
	defer expiry.Stop()
	queue := time.NewTicker(time.Second)
	defer queue.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-expiry.C:
			if _, err := s.EndExpired(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("ending expired connections", "error", err)
			}
		case <-queue.C:
		case <-s.aaa.ordered():
		}
		for n := disconnectAtOnce; n == disconnectAtOnce && ctx.Err() == nil; {
			var err error
			if n, err = s.SendDisconnects(ctx, sender); err != nil && ctx.Err() == nil {
				s.log.Error("sending disconnects", "error", err)
				break
			}
		}
	}
}

// wakeDisconnects lets RunDisconnects of this process look at the queue now.
func (s *AAA) Wake() { s.aaa.wake() }

// FreeRADIUSConfigured reports whether a FreeRADIUS configuration was ever written for this deployment: whether the secret that it
// carries exists.
func (s *AAA) FreeRADIUSConfigured(ctx context.Context) (bool, error) {
	_, err := s.store.Secret(ctx, secretRADIUS)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
