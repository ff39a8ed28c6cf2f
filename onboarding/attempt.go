package onboarding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Reason is the reason for which an authentication failed.
type Reason string

const (
	ReasonUnknownUser   Reason = "unknown-user" // or deleted
	ReasonWrongRealm    Reason = "wrong-realm"
	ReasonLocked        Reason = "locked"
	ReasonExpired       Reason = "expired"
	ReasonElsewhere     Reason = "other-organization" // at another organization's access point
	ReasonWrongPassword Reason = "wrong-password"
	// ReasonHandshake is a failed TLS handshake without a known cause.
	ReasonHandshake Reason = "handshake"
	// The device refused the RADIUS server's certificate with a TLS alert (RFC 8446, section 6.2).
	ReasonNotTrusted Reason = "server-not-trusted"
	// The device and the RADIUS server have no TLS version or cipher suite in common.
	ReasonTLSVersion Reason = "tls-version"
	// The device stopped answering during the handshake.
	ReasonStopped Reason = "handshake-stopped"
	// FreeRADIUS received no answer from Onramp.
	ReasonUnavailable Reason = "onramp-unavailable"
)

// Details of failed handshakes, by which a verdict refines the reason. Other details are for
// people.
const (
	// Alerts that the device sent (RFC 8446, section 6.2), by OpenSSL's names.
	AlertUnknownCA          = "alert unknown CA"
	AlertCertificateExpired = "alert certificate expired"
	AlertBadCertificate     = "alert bad certificate"
	AlertInternalError      = "alert internal error"
	AlertProtocolVersion    = "alert protocol version"
	// The device and the RADIUS server do not agree.
	NoCommonVersion   = "no common TLS version"
	NoCommonCipher    = "no common cipher suite"
	NoCommonSignature = "no common signature algorithm"
	NoCommonGroup     = "no common key exchange group"
	NoCommonMethod    = "no common EAP method"
	NoCommonInner     = "no common inner method"
	// The device stopped, by the last packet that it received.
	SilentAtStart       = "no answer to the identity request or the offered EAP method"
	SilentBeforeHello   = "no answer to the start of TLS"
	SilentAtCertificate = "no answer during the server's certificate"
	SilentAfterFlight   = "no answer after the server's certificate"
	SilentInTunnel      = "no answer after the TLS handshake"
)

// Attribution is the evidence by which an attempt belongs to a customer.
type Attribution string

const (
	// AttributedByName: the device sent the customer's user name within the tunnel. A rejected
	// attempt proves no more than that somebody knows the name.
	AttributedByName Attribution = "user-name"
	// AttributedByStation: the device sent no user name; its MAC address was last accepted as the
	// customer's at the same organization's access points.
	AttributedByStation Attribution = "station"
)

// Attempt counts the authentications of one station at one access point within an hour that have
// the same customer and result.
type Attempt struct {
	ID string // derived from the values that are counted together
	// OrganizationID is the customer's organization, or that of the access point if no customer is
	// known; empty if neither is known.
	OrganizationID string
	CustomerID     string // empty if unknown
	Attribution    Attribution
	// HostID, LocationID and HotspotID are those of the declared access point; empty as far as
	// unknown.
	HostID, LocationID, HotspotID string
	AccessPoint                   string // the AccessPoint's Key
	Station                       string // MAC address; empty if the access point sent none
	Reason                        Reason // empty: accepted
	// Detail is FreeRADIUS's own description of a failed handshake, at most MaxAttemptDetail bytes
	// of printable ASCII.
	Detail     string
	Method     string // outer and inner EAP method, such as "TTLS/PAP"; empty if unknown
	TLSVersion string // such as "1.2"; empty if unknown
	VLAN       int    // assigned by an Access-Accept; 0: none
	First      time.Time
	Last       time.Time
	Count      int64
}

// SetID sets the ID: a hash of the hour of Last and of the values that are counted together.
func (a *Attempt) SetID() {
	hash := sha256.New()
	fmt.Fprintf(hash, "%d\x00", a.Hour().Unix())
	for _, value := range []string{
		a.OrganizationID, a.CustomerID, string(a.Attribution), a.HostID, a.HotspotID, a.AccessPoint, a.Station,
		string(a.Reason), a.Detail, a.Method,
	} {
		fmt.Fprintf(hash, "%d\x00%s", len(value), value)
	}
	a.ID = hex.EncodeToString(hash.Sum(nil)[:16])
}

// Hour returns the hour in which the attempts are counted together.
func (a *Attempt) Hour() time.Time { return a.Last.Truncate(time.Hour) }

// Accepted reports whether the attempts ended with an Access-Accept.
func (a *Attempt) Accepted() bool { return a.Reason == "" }

// Limits of attempts.
const (
	MaxAttemptDetail = 200
	// AttemptsKept is the default time for which attempts are kept.
	AttemptsKept = 14 * 24 * time.Hour
	// Rows per hour. Beyond them, attempts are only counted, as LoginFailures are.
	MaxAttemptsOfAccessPoint = 500 // without a customer, at one access point
	// MaxAttemptsOfCustomer is the number of rows per hour of one customer that are accepted, and
	// that of failed ones by each Attribution: a flood with the customer's user name, which others
	// may know, displaces no others.
	MaxAttemptsOfCustomer = 100
	// MaxAttemptsOfHost is the number of rows per hour without a customer of one organization, and
	// that of all undeclared access points together.
	MaxAttemptsOfHost = 2000
)

// AttemptQuery selects attempts, the last ones first. Empty fields are ignored; at least one of
// CustomerID, Station, OrganizationID and AccessPoint must be set.
type AttemptQuery struct {
	CustomerID     string
	Station        string
	OrganizationID string
	AccessPoint    string
	CustomersOf    string // a location: only attempts of its customers
	Unattributed   bool   // only attempts without a customer
	Failed         bool   // only failed attempts
	Accepted       bool   // only accepted attempts
	From, To       time.Time
	Limit          int
}

// StationOwner is a customer whom a station authenticated.
type StationOwner struct {
	CustomerID string
	At         time.Time // of the last Access-Accept
}

// StationClaim is a MAC address in a portal's address. The caller chooses it, so that it proves
// nothing.
type StationClaim struct {
	CustomerID string
	MAC        string
	At         time.Time
}

// StationClaimLifetime is the time for which a claim may hint at a customer.
const StationClaimLifetime = 24 * time.Hour

// AttemptReader reads attempts.
type AttemptReader interface {
	// Attempts returns attempts, ordered by (Last, ID) descending.
	Attempts(ctx context.Context, q AttemptQuery) ([]*Attempt, error)
	// AttemptCounted reports whether there is an attempt with the ID that began at or before an
	// instant and ended at or after it.
	AttemptCounted(ctx context.Context, id string, at time.Time) (bool, error)
	// StationOwners returns up to limit customers whom the station authenticated since an instant
	// at the access points of an organization, or at one access point if hostID is empty; the
	// latest first.
	StationOwners(ctx context.Context, station, hostID, accessPoint string, since time.Time, limit int) (
		[]StationOwner, error)
	// StationClaims returns claims of a customer, or of a MAC address if the customer is empty,
	// the latest first and at most 100.
	StationClaims(ctx context.Context, customerID, mac string) ([]StationClaim, error)
	// FailuresBetween returns the counts of an organization within [from, to), the latest hour
	// first. An empty organization ID means unknown ones.
	FailuresBetween(ctx context.Context, organizationID string, from, to time.Time, limit int) (
		[]FailureCount, error)
}

// AttemptWriter writes attempts.
type AttemptWriter interface {
	// CountAttempt adds the attempt to the row with its ID, or creates that row. It changes
	// nothing if a new row would exceed a limit. A customer that does not exist, or refuses the
	// processing of personal data, is not stored, and the attempt neither.
	CountAttempt(ctx context.Context, a *Attempt) error
	// PutStationClaim stores a claim, or advances its time. It deletes the customer's oldest
	// claims beyond 10.
	PutStationClaim(ctx context.Context, c StationClaim) error
}
