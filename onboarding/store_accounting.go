package onboarding

import (
	"context"
	"time"
)

// Reason says why an authentication failed.
type Reason string

const (
	ReasonUnknownUser   Reason = "unknown-user" // or a deleted one
	ReasonWrongRealm    Reason = "wrong-realm"
	ReasonLocked        Reason = "locked"
	ReasonExpired       Reason = "expired"
	ReasonElsewhere     Reason = "other-organization" // at another organization's access point
	ReasonWrongPassword Reason = "wrong-password"
	ReasonHandshake     Reason = "handshake" // the device and the RADIUS server did not agree on TLS: mostly an untrusted certificate
)

// HotspotRef is a declared hotspot as a store finds it.
type HotspotRef struct {
	ID, OrganizationID, LocationID string
	MAC, NASIdentifier, Address    string
	HasSecret                      bool // it has a RADIUS secret of its own
}

// Restarting tells whose sessions a restart ends.
type Restarting struct {
	AccessPoints [2]string // sessions with one of these keys
	NASAddress   string    // and those with a NAS-Identifier and this address; empty: none
}

// AccountingReader is what the RADIUS side reads.
type AccountingReader interface {
	LoginReader
	HotspotReader
	AccessPointReader
	ConnectionReader
	VisitReader
	StationReader
	StationAcceptReader
	DisconnectReader
}

// AccountingWriter is what it writes.
type AccountingWriter interface {
	LoginWriter
	AccessPointWriter
	ConnectionWriter
	VisitWriter
	StationWriter
	StationAcceptWriter
	DisconnectWriter
}

// Login is what an authentication needs to know of a customer, in one read.
type Login struct {
	CustomerID     string
	OrganizationID string
	Locked         bool
	Profiled       bool
	Minimised      bool
	Password       Sealed
	Expires        time.Time
	// Registered is when the customer was made, CredentialCreated when the present password was.
	Registered        time.Time
	CredentialCreated time.Time
}

// LoginReader finds customers for RADIUS.
type LoginReader interface {
	// LoginByUsername compares exactly, over the deployment.
	LoginByUsername(ctx context.Context, username string) (*Login, error)
	LoginByID(ctx context.Context, customerID string) (*Login, error)
}

// LoginFailure is where and why an authentication failed.
type LoginFailure struct {
	OrganizationID string // of the hotspot, or else of the customer; empty when neither is known
	HotspotID      string
	AccessPoint    string // the AccessPoint's Key
	Reason         Reason
}

// FailureCount counts failures of one kind within an hour.
type FailureCount struct {
	LoginFailure
	Hour  time.Time
	Count int64
	Last  time.Time
}

// LoginWriter records authentications.
type LoginWriter interface {
	// CountLogin adds one to the customer's logins and moves the last one forward, unless the customer refused the processing of personal
	// data.
	CountLogin(ctx context.Context, customerID string, at time.Time) error
	CountFailure(ctx context.Context, f LoginFailure, at time.Time) error
}

// HotspotReader finds declared hotspots.
type HotspotReader interface {
	Hotspot(ctx context.Context, id string) (*HotspotRef, error)
	// HotspotsMatching returns the hotspots that have any of the three; empty ones do not count.
	HotspotsMatching(ctx context.Context, mac, nasIdentifier, address string) ([]HotspotRef, error)
}

// AccessPointReader reads what access points told.
type AccessPointReader interface {
	// AccessPoints returns those that fit no declared hotspot, the latest seen first.
	AccessPoints(ctx context.Context, limit int) ([]AccessPoint, error)
	// FirstRestart returns the first restart under one of the names at or after an instant; ErrNotFound if there was none.
	FirstRestart(ctx context.Context, names [2]string, from time.Time) (time.Time, error)
	// Failures returns the counts of the organization's hotspots (of unknown ones when its ID is empty) since an instant, the latest hour first.
	Failures(ctx context.Context, organizationID string, since time.Time, limit int) ([]FailureCount, error)
}

// AccessPointWriter keeps it.
type AccessPointWriter interface {
	// PutAccessPoint creates the row, or moves LastSeen forward and takes MAC, SSID and address when they are not empty. It may leave a row that was
	// seen less than a minute before as it is.
	PutAccessPoint(ctx context.Context, a *AccessPoint) error
	// PutRestart records a restart under a name; again is no error.
	PutRestart(ctx context.Context, name string, at time.Time) error
}

// ConnectionQuery is a page of a customer's connections, newest first.
type ConnectionQuery struct {
	CustomerID string
	Limit      int
	// Start and UniqueID are those of the last one of the page before; zero for the first page.
	Start    time.Time
	UniqueID string
}

// ConnectionReader reads connections.
type ConnectionReader interface {
	Connection(ctx context.Context, uniqueID string) (*Connection, error)
	// ConnectionsOfKey returns the connections with an Acct-Unique-Session-Id: the first one, the latest of those that began no later than at,
	// and the earliest of those after, at most twenty in all.
	ConnectionsOfKey(ctx context.Context, key string, at time.Time) ([]*Connection, error)
	// Sessions returns a page, ordered by (Start, UniqueID) descending.
	Connections(ctx context.Context, q ConnectionQuery) ([]*Connection, error)
	// ConnectionsAt returns the customer's at a location that began within [from, to].
	ConnectionsAt(ctx context.Context, customerID, locationID string, from, to time.Time) ([]*Connection, error)
	// OpenConnections returns the customer's that have not ended.
	OpenConnections(ctx context.Context, customerID string) ([]*Connection, error)
	// SessionsBefore returns up to limit of the sessions that a restart at the instant ends: without a Stop record, begun and last heard of no later
	// than at, and not closed by an earlier restart.
	SessionsBefore(ctx context.Context, of Restarting, at time.Time, limit int) ([]*Connection, error)
	// ConnectionsPastExpiry returns open sessions of customers whose credential ended within [from, to], and for which no disconnect with
	// that reason is recorded.
	ConnectionsPastExpiry(ctx context.Context, from, to time.Time, reason string, limit int) ([]*Connection, error)
}

// ConnectionWriter writes connections.
type ConnectionWriter interface {
	// PutConnection creates or replaces the whole session.
	PutConnection(ctx context.Context, s *Connection) error
	// DeleteUnattributed deletes up to limit sessions of no known customer, anonymous ones excepted, that were last heard of before
	// the instant, and returns how many.
	DeleteUnattributed(ctx context.Context, before time.Time, limit int) (int, error)
	// DeleteStationAccepts deletes up to limit that are older than the instant, and returns how many.
	DeleteStationAccepts(ctx context.Context, before time.Time, limit int) (int, error)
}

// VisitReader reads visits.
type VisitReader interface {
	// VisitsNear returns the customer's visits at the location that overlap [from, to], oldest first.
	VisitsNear(ctx context.Context, customerID, locationID string, from, to time.Time) ([]Visit, error)
	// Visits returns all of the customer's, oldest first.
	Visits(ctx context.Context, customerID string) ([]Visit, error)
}

// VisitWriter writes visits.
type VisitWriter interface {
	PutVisit(ctx context.Context, v *Visit) error
	DeleteVisit(ctx context.Context, id string) error
}

// StationReader reads devices.
type StationReader interface {
	// Stations returns the customer's, the latest seen first.
	Stations(ctx context.Context, customerID string) ([]Station, error)
}

// StationWriter writes devices.
type StationWriter interface {
	// PutStation creates the row, or widens [FirstSeen, LastSeen] and adds Connections.
	PutStation(ctx context.Context, s *Station) error
	// TightenStation makes the row what the sessions of customer and device say; without any it goes.
	TightenStation(ctx context.Context, customerID, mac string) error
}

// DisconnectReader reads the queue of disconnects and its history.
type DisconnectReader interface {
	// DueDisconnects returns up to limit that wait and whose time has come, the longest due first.
	DueDisconnects(ctx context.Context, now time.Time, limit int) ([]*Disconnect, error)
	// Disconnects returns the organization's, newest first.
	Disconnects(ctx context.Context, organizationID string, limit int) ([]*Disconnect, error)
	// DisconnectOrdered reports whether one for the session with that reason waits, or was made since the instant or could not be sent.
	DisconnectOrdered(ctx context.Context, uniqueID, reason string, since time.Time) (bool, error)
}

// DisconnectWriter writes them.
type DisconnectWriter interface {
	// InsertDisconnect keeps a new one. If one for the same session waits already, that one is enough.
	InsertDisconnect(ctx context.Context, d *Disconnect) error
	// LeaseDisconnect moves the due time of one that waits from its present one, and counts an attempt; false if another did.
	LeaseDisconnect(ctx context.Context, d *Disconnect, until time.Time) (bool, error)
	// FinishDisconnect records the answer of one that waits; what identified the device is dropped. ErrNotFound if it is finished.
	FinishDisconnect(ctx context.Context, id string, outcome DisconnectOutcome, errorCause int, at time.Time) error
	// PostponeDisconnect moves the due time of one that waits and keeps what the last attempt came to.
	PostponeDisconnect(ctx context.Context, id string, last DisconnectOutcome, due time.Time) error
}

// StationAcceptLifetime is how long an Access-Accept identifies its station.
const StationAcceptLifetime = UnboundedTimeout

// UnboundedTimeout is the longest session where the tenant sets no limit: some access points count
// milliseconds in 32 bits.
const UnboundedTimeout = 30 * 24 * time.Hour

// StationAcceptReader finds what a station was last accepted as.
type StationAcceptReader interface {
	// StationAccept returns the customer, empty for one who is deleted or refuses the processing of personal data, and when it was; ErrNotFound
	// without any.
	StationAccept(ctx context.Context, station string) (customerID string, at time.Time, err error)
}

// StationAcceptWriter keeps it.
type StationAcceptWriter interface {
	// PutStationAccept replaces the station's unless it has a later one. A customer who is not there counts as none.
	PutStationAccept(ctx context.Context, station, customerID string, at time.Time) error
}
