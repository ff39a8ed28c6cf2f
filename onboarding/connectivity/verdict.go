package connectivity

import (
	"time"

	"onramp/onboarding"
)

// State is the state of a person or a station.
type State string

// The states.
const (
	Connected      State = "connected"
	NotConnected   State = "not_connected"
	NeverConnected State = "never_connected"
)

// Confidence is the strength of a verdict's evidence.
type Confidence string

const (
	// Certain: the records leave no other explanation.
	Certain Confidence = "certain"
	// Likely: the records leave other explanations that are rare.
	Likely Confidence = "likely"
	// Possible: the verdict rests on a claim, on a MAC address that several people use, or on the
	// absence of records.
	Possible Confidence = "possible"
)

// Source is the kind of record from which a piece of evidence comes.
type Source string

// The sources.
const (
	SourceRADIUS       Source = "radius"       // an authentication
	SourceAccounting   Source = "accounting"   // a connection or a disconnect
	SourceProfile      Source = "profile"      // a download
	SourceInstallation Source = "installation" // a report of an app or a page
	SourceCredential   Source = "credential"
	SourceConsent      Source = "consent"
	SourceSettings     Source = "settings"    // the organization's declaration
	SourceCertificate  Source = "certificate" // the RADIUS server's
	SourceProbe        Source = "probe"       // a request to the RADIUS server
)

// Evidence is one observation.
type Evidence struct {
	At     time.Time
	Source Source
	Text   string // an English sentence without secrets
}

// MaxEvidence is the maximum number of pieces of evidence in a verdict; the latest remain.
const MaxEvidence = 40

// StationVerdict is the verdict on one station.
type StationVerdict struct {
	MAC   string
	State State
	// Since is the beginning of the state; nil if the station never connected.
	Since  *time.Time
	Cause  Cause // empty if connected
	Detail Detail
	// Confidence is that of this station's state and cause.
	Confidence Confidence
	// Claimed marks a station that only the portal's address names.
	Claimed bool
}

// Verdict is the answer to the question whether a person is connected and, if not, why.
type Verdict struct {
	Generated time.Time
	// CustomerID and OrganizationID are empty in a verdict on a MAC address of no known customer.
	CustomerID     string
	OrganizationID string
	State          State
	Since          *time.Time // the beginning of the state; nil if unknown
	LastSeen       *time.Time // the last record of any station; nil if there is none
	// Location and Hotspot are those of the last record; nil if unknown or another organization's.
	Location   *onboarding.Location
	Hotspot    *onboarding.Hotspot
	Cause      Cause // empty if connected
	Detail     Detail
	Confidence Confidence
	Evidence   []Evidence // oldest first
	// Visitor and Operator are the steps to take next.
	Visitor  VisitorStep
	Operator string           // an English sentence
	Stations []StationVerdict // the last seen first
	// Zone is the time zone of the Evidence's texts.
	Zone *time.Location
}
