package radius

import (
	"context"
	"errors"

	"onramp/onboarding"
	"onramp/onboarding/visits"
)

// putConnection stores a connection and updates the station, the visits and the metrics of its
// customer. was is the stored connection, nil for a new one. It returns the customer, or nil if the
// connection has none.
func (s *AAA) putConnection(
	ctx context.Context, tx onboarding.Tx, was, is *onboarding.Connection,
) (*onboarding.Login, error) {
	var login *onboarding.Login
	if is.CustomerID != "" {
		var err error
		login, err = tx.LoginByID(ctx, is.CustomerID)
		switch {
		case errors.Is(err, onboarding.ErrNotFound):
			login = nil
			forget(is)
		case err != nil:
			return nil, err
		case login.Minimised:
			minimise(is)
		default:
			is.OrganizationID = login.OrganizationID
		}
	}
	setPlatform(was, is, login)
	if was != nil && equal(was, is) {
		return login, nil
	}
	if is.CustomerID != "" && !login.Connected && !login.Minimised {
		if err := s.countFirst(ctx, tx, login, firstConnection(is)); err != nil {
			return nil, err
		}
	}
	if err := tx.PutConnection(ctx, is); err != nil {
		return nil, err
	}
	if was != nil && was.CustomerID != "" && was.CustomerID != is.CustomerID {
		if err := s.withdrawConnection(ctx, tx, was); err != nil {
			return nil, err
		}
	}
	if is.CustomerID == "" || login.Minimised {
		return login, nil
	}
	if err := putStation(ctx, tx, was, is); err != nil {
		return nil, err
	}
	if !login.Profiled {
		return login, nil
	}
	if err := tx.QueueWebhooks(ctx, s.clock.Now(), connectionWebhooks(was, is)...); err != nil {
		return nil, err
	}
	return login, s.countVisit(ctx, tx, login, was, is)
}

// setPlatform sets the platform of the connection when it gets its customer. Later profiles do not
// change it.
func setPlatform(was, is *onboarding.Connection, login *onboarding.Login) {
	switch {
	case was != nil && (was.CustomerID == is.CustomerID || is.CustomerID == ""):
		is.Platform = was.Platform
	case is.CustomerID != "":
		is.Platform = login.Platform
	}
}

// firstConnection returns the connection as the customer's first one.
func firstConnection(s *onboarding.Connection) onboarding.FirstConnection {
	f := onboarding.FirstConnection{CustomerID: s.CustomerID, OrganizationID: s.OrganizationID, At: s.Start()}
	if !s.Abroad() {
		f.LocationID = s.LocationID
	}
	return f
}

// countVisit updates the visits and metrics of a profiled customer for a changed connection.
func (s *AAA) countVisit(
	ctx context.Context, tx onboarding.Tx, login *onboarding.Login, was, is *onboarding.Connection,
) error {
	moved := was != nil && was.CustomerID == is.CustomerID && was.LocationID != "" && was.LocationID != is.LocationID
	if is.LocationID == "" && !moved {
		return nil
	}
	o, err := tx.Organization(ctx, login.OrganizationID)
	if err != nil {
		return err
	}
	if moved {
		change, err := visits.WithdrawVisit(ctx, tx, o, was)
		if err == nil {
			err = s.visits.UpdateMetrics(ctx, tx, o, login.CustomerID, change)
		}
		if err != nil || is.LocationID == "" {
			return err
		}
		was = nil
	}
	change, err := visits.UpdateVisits(ctx, tx, o, was, is)
	if err != nil {
		return err
	}
	return s.visits.UpdateMetrics(ctx, tx, o, login.CustomerID, change)
}

// withdrawConnection removes a connection from the history of the customer it was attributed to.
func (s *AAA) withdrawConnection(ctx context.Context, tx onboarding.Tx, was *onboarding.Connection) error {
	login, err := tx.LoginByID(ctx, was.CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil // the deletion of the customer removed the history
	}
	if err != nil {
		return err
	}
	if was.MAC != "" {
		if err := tx.TightenStation(ctx, was.CustomerID, was.MAC); err != nil {
			return err
		}
	}
	if !login.Profiled || was.LocationID == "" {
		return nil
	}
	o, err := tx.Organization(ctx, login.OrganizationID)
	if err != nil {
		return err
	}
	change, err := visits.WithdrawVisit(ctx, tx, o, was)
	if err != nil {
		return err
	}
	return s.visits.UpdateMetrics(ctx, tx, o, login.CustomerID, change)
}

// forget removes the customer and the station from a connection.
func forget(s *onboarding.Connection) {
	s.Anonymous, s.Proven = true, false
	s.CustomerID, s.SessionID, s.CallingStation, s.MAC, s.Address = "", "", "", "", ""
}

// minimise reduces the connection of a customer who refused the processing of personal data to the
// values of a Disconnect-Request while it is open, and to none of the customer's afterwards.
func minimise(s *onboarding.Connection) {
	if s.Stop() != nil {
		forget(s)
	}
	s.MAC, s.Address = "", ""
}

// putStation counts a connection once for its station, and extends the time in which the station
// was seen.
func putStation(ctx context.Context, tx onboarding.Tx, was, is *onboarding.Connection) error {
	if is.MAC == "" {
		return nil
	}
	station := &onboarding.Station{
		CustomerID: is.CustomerID, MAC: is.MAC, Randomised: onboarding.RandomisedMAC(is.MAC),
		FirstSeen: is.Start(), LastSeen: is.Seen(), Connections: 1,
	}
	if was != nil && was.CustomerID == is.CustomerID && was.MAC == is.MAC {
		if is.Start().After(was.Start()) || is.Seen().Before(was.Seen()) {
			return tx.TightenStation(ctx, is.CustomerID, is.MAC)
		}
		if is.Start().Equal(was.Start()) && is.Seen().Equal(was.Seen()) {
			return nil
		}
		station.Connections = 0
	}
	return tx.PutStation(ctx, station)
}
