package contacts

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// ContactRecord holds all data stored about a customer, except the password and the hashes of guids
// and links, with which a reader could act in the customer's name.
type ContactRecord struct {
	*Contact
	Credential    *onboarding.Credential
	Consents      []onboarding.Consent // the whole ledger, with addresses and agents
	DeviceGuids   []onboarding.DeviceGuid
	Links         []*onboarding.Link
	Devices       []*onboarding.Device
	Stations      []onboarding.Station
	Installations []*onboarding.Installation
	Downloads     []*onboarding.Download
	StationClaims []onboarding.StationClaim
	Connections   []RecordedConnection // oldest first
	Events        []EventAt            // oldest first, visits among them
	Disconnects   []*onboarding.Disconnect
	Attempts      []*onboarding.Attempt // oldest first
}

// RecordedConnection is a connection with the identifiers that the access point sent.
type RecordedConnection struct {
	Connection
	SSID, SessionID, CallingStation string
}

// Export returns all data stored about a contact.
func (s *Contacts) Export(ctx context.Context, by *onboarding.Caller, id string) (*ContactRecord, error) {
	contact, err := s.contact(ctx, by, id)
	if err != nil {
		return nil, err
	}
	r, err := s.record(ctx, contact)
	if err != nil {
		return nil, err
	}
	if err := s.access.NotDeleted(ctx, by, contact.Customer); err != nil {
		return nil, err
	}
	return r, s.recordRead(ctx, contact.Customer, onboarding.AuditContactExported, 0, "all")
}

// ExportOwn is Export for the customer, by a self-service link.
func (s *Contacts) ExportOwn(ctx context.Context, c *onboarding.Customer) (*ContactRecord, error) {
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	found, err := s.contacts(ctx, o, []*onboarding.Customer{c})
	if err != nil {
		return nil, err
	}
	r, err := s.record(ctx, found[0])
	if err != nil {
		return nil, err
	}
	return r, s.recordRead(ctx, c, onboarding.AuditContactExported, 0, "all")
}

// record reads all data about a contact.
func (s *Contacts) record(ctx context.Context, contact *Contact) (r *ContactRecord, err error) {
	id := contact.ID
	r = &ContactRecord{Contact: contact}
	if r.Credential, err = s.store.Credential(ctx, id); err != nil {
		return nil, err
	}
	if r.Consents, err = s.store.Consents(ctx, id); err != nil {
		return nil, err
	}
	r.Consents = withVersions(r.Consents)
	if r.DeviceGuids, err = s.store.DeviceGuids(ctx, id); err != nil {
		return nil, err
	}
	if r.Links, err = s.store.LinksOf(ctx, id); err != nil {
		return nil, err
	}
	if r.Devices, err = s.store.Devices(ctx, id); err != nil {
		return nil, err
	}
	if r.Stations, err = s.store.Stations(ctx, id); err != nil {
		return nil, err
	}
	if r.Installations, err = s.store.Installations(ctx, id); err != nil {
		return nil, err
	}
	if r.Downloads, err = s.store.Downloads(ctx, id); err != nil {
		return nil, err
	}
	slices.Reverse(r.Downloads)
	if r.StationClaims, err = s.store.StationClaims(ctx, id, ""); err != nil {
		return nil, err
	}
	slices.Reverse(r.StationClaims)
	if r.Disconnects, err = s.store.DisconnectsOf(ctx, id); err != nil {
		return nil, err
	}
	if r.Attempts, err = s.allAttempts(ctx, id); err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, contact.OrganizationID)
	if err != nil {
		return nil, err
	}
	if r.Connections, err = s.allConnections(ctx, o, id); err != nil {
		return nil, err
	}
	r.Events, err = s.allEvents(ctx, o, id)
	return r, err
}

// attemptPage is larger than the number of a customer's attempts that end at the same instant.
const attemptPage = 1000

func (s *Contacts) allAttempts(ctx context.Context, customerID string) ([]*onboarding.Attempt, error) {
	var all []*onboarding.Attempt
	seen := map[string]bool{}
	q := onboarding.AttemptQuery{CustomerID: customerID, Limit: attemptPage}
	for {
		page, err := s.store.Attempts(ctx, q)
		if err != nil {
			return nil, err
		}
		added := false
		for _, a := range page {
			if !seen[a.ID] {
				seen[a.ID], added = true, true
				all = append(all, a)
			}
		}
		if len(page) < q.Limit || !added {
			slices.Reverse(all)
			return all, nil
		}
		q.To = page[len(page)-1].Last.Add(time.Microsecond)
	}
}

func (s *Contacts) allConnections(
	ctx context.Context, o *onboarding.Organization, customerID string,
) ([]RecordedConnection, error) {
	var all []RecordedConnection
	q := onboarding.ConnectionQuery{CustomerID: customerID, Limit: MaxPageSize}
	for {
		page, err := s.store.Connections(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, session := range page {
			all = append(all, RecordedConnection{connection(session, o), session.SSID, session.SessionID,
				session.CallingStation})
		}
		if len(page) < q.Limit {
			slices.Reverse(all)
			return all, nil
		}
		last := page[len(page)-1]
		q.Start, q.UniqueID = last.Start(), last.UniqueID
	}
}

func (s *Contacts) allEvents(ctx context.Context, o *onboarding.Organization, customerID string) ([]EventAt, error) {
	var all []EventAt
	q := onboarding.EventQuery{OrganizationID: o.ID, CustomerID: customerID, OldestFirst: true, Limit: MaxPageSize}
	for {
		page, err := s.store.Events(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			all = append(all, EventAt{Event: e, Location: o.Location(e.LocationID)})
		}
		if len(page) < q.Limit {
			return all, nil
		}
		at := page[len(page)-1].Position(q.Order)
		q.After = &at
	}
}
