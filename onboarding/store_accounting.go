package onboarding

import (
	"context"
	"time"
)

// HotspotRef is a declared hotspot as returned by a store.
type HotspotRef struct {
	ID, OrganizationID, LocationID string
	MAC, NASIdentifier, Address    string
	HasSecret                      bool // the hotspot has its own RADIUS secret
}

// Restarting selects the connections that end with a restart of an access point.
type Restarting struct {
	AccessPoints [2]string // connections at an access point with one of these keys
	NASAddress   string    // and those with a NAS-Identifier at this address; empty: none
}

// AccountingReader combines the reading interfaces of package radius.
type AccountingReader interface {
	LoginReader
	AttemptReader
	HotspotReader
	AccessPointReader
	ConnectionReader
	VisitReader
	StationReader
	StationAcceptReader
	DisconnectReader
}

// RecordReads holds the arguments of the reads that the processing of an accounting record begins
// with. An empty one leaves its reads out.
type RecordReads struct {
	Key string // of ConnectionsOfKey, with At
	At  time.Time
	// CustomerID is that of LoginByID and MetricsOf, OrganizationID that of Organization.
	CustomerID     string
	OrganizationID string
	// AccessPoints and RestartFrom are those of FirstRestart.
	AccessPoints [2]string
	RestartFrom  time.Time
}

// AccountingWriter combines the writing interfaces of package radius.
type AccountingWriter interface {
	// ReadAhead reads all of r in one round trip, where the engine has any, in the order of
	// its fields. The first call of each method with the same arguments returns the rows read
	// then, unless the transaction has written in between.
	ReadAhead(ctx context.Context, r *RecordReads) error
	LoginWriter
	AttemptWriter
	AccessPointWriter
	ConnectionWriter
	VisitWriter
	StationWriter
	StationAcceptWriter
	DisconnectWriter
}

// Login holds everything that an authentication needs about a customer, from one read.
type Login struct {
	CustomerID     string
	OrganizationID string
	Locked         bool
	Profiled       bool
	Minimised      bool
	Password       Sealed
	Expires        time.Time
	// Registered is the creation time of the customer, CredentialCreated that of the current
	// password.
	Registered        time.Time
	CredentialCreated time.Time
	Connected         bool   // the customer's first connection is counted
	Platform          string // of the latest profile, for statistics; empty if unknown
}

// LoginReader reads customers for RADIUS.
type LoginReader interface {
	// LoginByUsername finds the user name in the whole deployment, compared exactly.
	LoginByUsername(ctx context.Context, username string) (*Login, error)
	LoginByID(ctx context.Context, customerID string) (*Login, error)
}

// LoginFailure is the place and the reason of a failed authentication.
type LoginFailure struct {
	OrganizationID string // of the hotspot, or else of the customer; empty if neither is known
	HotspotID      string
	AccessPoint    string // the AccessPoint's Key
	Reason         Reason
}

// FailureCount is the number of failures of one kind within an hour.
type FailureCount struct {
	LoginFailure
	Hour  time.Time
	Count int64
	Last  time.Time
}

// MaxFailureCounts is the maximum number of failure counts of an organization within an hour, and
// of those without a known organization.
const MaxFailureCounts = 1000

// LoginWriter records authentications.
type LoginWriter interface {
	// CountLogin increments the customer's number of logins and advances the time of the last
	// one, unless the customer refused the processing of personal data.
	CountLogin(ctx context.Context, customerID string, at time.Time) error
	// CountFailure counts a failure. Beyond MaxFailureCounts in an hour, those that would need a
	// count of their own are counted together by reason, without a hotspot and an access point.
	CountFailure(ctx context.Context, f LoginFailure, at time.Time) error
}

// HotspotReader reads declared hotspots.
type HotspotReader interface {
	Hotspot(ctx context.Context, id string) (*HotspotRef, error)
	// HotspotsMatching returns the hotspots that match any of the three. Empty arguments are
	// ignored.
	HotspotsMatching(ctx context.Context, mac, nasIdentifier, address string) ([]HotspotRef, error)
}

// AccessPointReader reads the facts learned from access points.
type AccessPointReader interface {
	// AccessPoints returns those that match no declared hotspot, the most recently seen first.
	AccessPoints(ctx context.Context, limit int) ([]AccessPoint, error)
	// FirstRestart returns the first restart recorded under one of the names at or after from;
	// ErrNotFound if there is none.
	FirstRestart(ctx context.Context, names [2]string, from time.Time) (time.Time, error)
}

// AccessPointWriter writes the facts learned from access points.
type AccessPointWriter interface {
	// PutAccessPoint creates the row, or advances LastSeen and sets MAC, SSID and address unless
	// they are empty. It may skip the update of a row seen less than a minute before. The least
	// recently seen rows beyond MaxAccessPoints are deleted.
	PutAccessPoint(ctx context.Context, a *AccessPoint) error
	// PutRestart records a restart under a name. It is idempotent.
	PutRestart(ctx context.Context, name string, at time.Time) error
}

// ConnectionQuery selects a page of a customer's connections, newest first.
type ConnectionQuery struct {
	CustomerID string
	Limit      int
	// Start and UniqueID are those of the last connection of the previous page; zero for the
	// first page.
	Start    time.Time
	UniqueID string
}

// ConnectionReader reads connections.
type ConnectionReader interface {
	Connection(ctx context.Context, uniqueID string) (*Connection, error)
	// ConnectionsOfKey returns connections with an Acct-Unique-Session-Id, at most twenty: the
	// first one, the latest of those that began at or before at, and the earliest of those after.
	ConnectionsOfKey(ctx context.Context, key string, at time.Time) ([]*Connection, error)
	// Connections returns a page, ordered by (Start, UniqueID) descending.
	Connections(ctx context.Context, q ConnectionQuery) ([]*Connection, error)
	// ConnectionsAt returns the customer's connections at a location that began within [from,
	// to].
	ConnectionsAt(ctx context.Context, customerID, locationID string, from, to time.Time) ([]*Connection, error)
	// OpenConnections returns the customer's connections that have not ended.
	OpenConnections(ctx context.Context, customerID string) ([]*Connection, error)
	// CountOpenConnections counts, up to most, the connections of the whole deployment that began
	// at or after since and have not ended.
	CountOpenConnections(ctx context.Context, since time.Time, most int) (int, error)
	// CountConnected counts the organization's customers with such a connection. It reads at most
	// most of the deployment's, those that began last.
	CountConnected(ctx context.Context, organizationID string, since time.Time, most int) (int, error)
	// ConnectionsBefore returns up to limit of the connections that a restart at the instant
	// ends: without a Stop record, started and last updated at or before it, and not closed by an
	// earlier restart.
	ConnectionsBefore(ctx context.Context, of Restarting, at time.Time, limit int) ([]*Connection, error)
	// ConnectionsPastExpiry returns open connections of customers whose credential expired within
	// [from, to], and for which no disconnect with that reason is recorded.
	ConnectionsPastExpiry(ctx context.Context, from, to time.Time, reason string, limit int) ([]*Connection, error)
}

// ConnectionWriter writes connections.
type ConnectionWriter interface {
	// PutConnection creates or replaces a connection as a whole.
	PutConnection(ctx context.Context, s *Connection) error
}

// VisitReader reads visits.
type VisitReader interface {
	// VisitsNear returns the customer's visits at the location that overlap [from, to], oldest
	// first.
	VisitsNear(ctx context.Context, customerID, locationID string, from, to time.Time) ([]Visit, error)
	// Visits returns all the customer's visits, oldest first.
	Visits(ctx context.Context, customerID string) ([]Visit, error)
}

// VisitWriter writes visits.
type VisitWriter interface {
	PutVisit(ctx context.Context, v *Visit) error
	DeleteVisit(ctx context.Context, id string) error
}

// StationReader reads stations.
type StationReader interface {
	// Stations returns the customer's stations, the most recently seen first.
	Stations(ctx context.Context, customerID string) ([]Station, error)
}

// StationWriter writes stations.
type StationWriter interface {
	// PutStation creates the row, or widens [FirstSeen, LastSeen] and adds Connections.
	PutStation(ctx context.Context, s *Station) error
	// TightenStation recomputes the row from the connections of the customer and the station; it
	// deletes the row if there are none.
	TightenStation(ctx context.Context, customerID, mac string) error
}

// DisconnectReader reads the queue of disconnect orders and its history.
type DisconnectReader interface {
	// DueDisconnects returns up to limit waiting orders whose time has come, the longest due
	// first.
	DueDisconnects(ctx context.Context, now time.Time, limit int) ([]*Disconnect, error)
	// Disconnects returns the organization's orders, newest first.
	Disconnects(ctx context.Context, organizationID string, limit int) ([]*Disconnect, error)
	// CountWaitingDisconnects counts, up to most, the waiting orders of the whole deployment.
	CountWaitingDisconnects(ctx context.Context, most int) (int, error)
	// LastDisconnects returns up to limit of the customer's orders, newest first.
	LastDisconnects(ctx context.Context, customerID string, limit int) ([]*Disconnect, error)
	// DisconnectOrdered reports whether an order for the connection with that reason is waiting,
	// was made at or after since, or could not be sent.
	DisconnectOrdered(ctx context.Context, uniqueID, reason string, since time.Time) (bool, error)
}

// DisconnectWriter writes disconnect orders.
type DisconnectWriter interface {
	// InsertDisconnect adds an order, unless one for the same connection is already waiting.
	InsertDisconnect(ctx context.Context, d *Disconnect) error
	// LeaseDisconnect moves the due time of a waiting order to until and counts an attempt. It
	// returns false if another process has moved the due time.
	LeaseDisconnect(ctx context.Context, d *Disconnect, until time.Time) (bool, error)
	// FinishDisconnect records the outcome of a waiting order and drops the attributes that
	// identify the device. ErrNotFound if the order is already finished.
	FinishDisconnect(ctx context.Context, id string, outcome DisconnectOutcome, errorCause int, at time.Time) error
	// PostponeDisconnect moves the due time of a waiting order and records the outcome of the
	// last attempt.
	PostponeDisconnect(ctx context.Context, id string, last DisconnectOutcome, due time.Time) error
}

// StationAcceptLifetime is the time for which an Access-Accept identifies its station.
const StationAcceptLifetime = UnboundedTimeout

// UnboundedTimeout is the longest connection if the tenant sets no limit. Some access points
// count milliseconds in 32 bits and cannot count longer.
const UnboundedTimeout = 30 * 24 * time.Hour

// StationAcceptReader reads the last Access-Accept of a station.
type StationAcceptReader interface {
	// StationAccept returns the customer of the station's last Access-Accept and its time. The
	// customer is empty if deleted or if it refuses the processing of personal data. ErrNotFound
	// if there was none.
	StationAccept(ctx context.Context, station string) (customerID string, at time.Time, err error)
}

// StationAcceptWriter writes the last Access-Accept of a station.
type StationAcceptWriter interface {
	// PutStationAccept replaces the station's row unless the stored one is later. A customer that
	// does not exist is stored as empty.
	PutStationAccept(ctx context.Context, station, customerID string, at time.Time) error
}
