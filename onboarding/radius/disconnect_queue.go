package radius

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"onramp/onboarding"
)

// DisconnectRequest holds the destination and the attributes of a Disconnect-Request.
type DisconnectRequest struct {
	Address netip.AddrPort
	Secret  []byte
	// SessionID, CallingStation and NASIdentifier identify the connection. Empty ones are omitted.
	SessionID, CallingStation, NASIdentifier string
}

// DisconnectAnswer holds the access point's answer.
type DisconnectAnswer struct {
	Acknowledged bool
	ErrorCause   int // of a Disconnect-NAK (RFC 5176 section 3.5); 0 if it has none
}

// Disconnector sends a Disconnect-Request and waits for its answer. It returns an error if it
// receives none.
type Disconnector interface {
	Disconnect(ctx context.Context, r DisconnectRequest) (DisconnectAnswer, error)
}

const (
	disconnectAttempts = 8
	disconnectLease    = 30 * time.Second // exceeds the duration of an attempt
	disconnectAtOnce   = 16
	// resourcesUnavailable is the only Error-Cause that is temporary.
	resourcesUnavailable = 506
)

// disconnectBackoff returns the pause after an attempt: 2 s, 4 s, 8 s ... 2 min.
func disconnectBackoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt, 10), 2*time.Minute)
}

// SendDisconnects attempts each order that is due once, and returns their number. Several processes
// may call it concurrently, because each order is leased before it is sent. It sends only to
// declared addresses of hotspots.
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
	leased := false
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		var err error
		leased, err = tx.LeaseDisconnect(ctx, d, s.clock.Now().Add(disconnectLease))
		return err
	})
	if err != nil || !leased {
		return err
	}
	attempt := d.Attempts + 1
	outcome, cause, again, err := s.attemptDisconnect(ctx, sender, d)
	if err != nil {
		return err
	}
	finished := !again || attempt >= disconnectAttempts
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		now := s.clock.Now()
		if !finished {
			return tx.PostponeDisconnect(ctx, d.ID, outcome, now.Add(disconnectBackoff(attempt)))
		}
		return tx.FinishDisconnect(ctx, d.ID, outcome, cause, now)
	})
	if err == nil && finished {
		s.observer.DisconnectFinished(outcome)
	}
	return err
}

// attemptDisconnect sends one request. again reports whether another attempt may succeed.
func (s *AAA) attemptDisconnect(ctx context.Context, sender Disconnector, d *onboarding.Disconnect) (
	outcome onboarding.DisconnectOutcome, cause int, again bool, err error,
) {
	connection, err := s.store.Connection(ctx, d.UniqueID)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return "", 0, false, err
	}
	if err != nil || connection.Stop() != nil {
		return onboarding.DisconnectEnded, 0, false, nil //nolint:nilerr // no connection: it has ended
	}
	requests, err := s.disconnectRequests(ctx, d)
	if err != nil || len(requests) == 0 {
		return onboarding.DisconnectNoAddress, 0, false, err
	}
	answer, err := sendAny(ctx, sender, requests)
	switch {
	case err != nil:
		s.log.Warn("disconnect request timed out", "hotspot", d.HotspotID, "attempt", d.Attempts+1, "error", err)
		return onboarding.DisconnectUnanswered, 0, true, nil
	case answer.Acknowledged:
		return onboarding.DisconnectAcknowledged, 0, false, nil
	default:
		return onboarding.DisconnectRefused, answer.ErrorCause, answer.ErrorCause == resourcesUnavailable, nil
	}
}

// sendAny sends requests that differ in the secret at once, and returns the first answer. An access
// point drops a request with another secret than its own.
func sendAny(ctx context.Context, sender Disconnector, requests []DisconnectRequest) (DisconnectAnswer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		DisconnectAnswer
		error
	}
	results := make(chan result, len(requests))
	for _, r := range requests {
		go func() {
			answer, err := sender.Disconnect(ctx, r)
			results <- result{answer, err}
		}()
	}
	var failed error
	for range requests {
		r := <-results
		if r.error == nil {
			return r.DisconnectAnswer, nil
		}
		failed = errors.Join(failed, r.error)
	}
	return DisconnectAnswer{}, failed
}

// disconnectRequests returns the requests for an order, with the address and the secrets that the
// tenant declares now; none if the hotspot has no address.
func (s *AAA) disconnectRequests(ctx context.Context, d *onboarding.Disconnect) ([]DisconnectRequest, error) {
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
	secrets, err := s.HotspotSecrets(ctx, h)
	if err != nil {
		return nil, err
	}
	var requests []DisconnectRequest
	for _, secret := range secrets {
		requests = append(requests, DisconnectRequest{
			Address: address, Secret: secret,
			SessionID: d.SessionID, CallingStation: d.CallingStation, NASIdentifier: d.NASIdentifier,
		})
	}
	return requests, nil
}

func disconnectAddress(h *onboarding.Hotspot) (netip.AddrPort, error) {
	port := h.DisconnectPort
	if port == 0 {
		port = onboarding.DefaultDisconnectPort
	}
	return netip.ParseAddrPort(net.JoinHostPort(h.Address, strconv.Itoa(port)))
}
