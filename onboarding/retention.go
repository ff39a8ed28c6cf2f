package onboarding

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"
)

// Period is the time for which records are kept: a number of calendar months, a duration, or for
// ever. The json tags are its stored form.
type Period struct {
	Months int           `json:"months,omitempty"`
	Time   time.Duration `json:"time,omitempty"`
	Never  bool          `json:"never,omitempty"` // records are never deleted
}

// Days returns a period of days of 24 hours.
func Days(n int) Period { return Period{Time: time.Duration(n) * 24 * time.Hour} }

// Months returns a period of calendar months.
func Months(n int) Period { return Period{Months: n} }

// Before returns the instant before which records are older than the period at now; false if they
// never are. A month before the last day of a month is the last day of the month before, where that
// is shorter.
func (p Period) Before(now time.Time) (time.Time, bool) {
	if p.Never {
		return time.Time{}, false
	}
	if p.Months == 0 {
		return now.Add(-p.Time), true
	}
	now = now.UTC()
	first := time.Date(now.Year(), now.Month()-time.Month(p.Months), 1, now.Hour(), now.Minute(), now.Second(),
		now.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(now.Day(), last)-1), true
}

// Longest returns the largest duration that the period may have. It is meaningless for Never.
func (p Period) Longest() time.Duration {
	const month = 31 * 24 * time.Hour
	return time.Duration(p.Months)*month + p.Time
}

// String returns the period as a tenant file has it: "never", "24 months", "30d" or "36h".
func (p Period) String() string {
	const day = 24 * time.Hour
	switch {
	case p.Never:
		return "never"
	case p.Months == 1:
		return "1 month"
	case p.Months > 0:
		return strconv.Itoa(p.Months) + " months"
	case p.Time > 0 && p.Time%day == 0:
		return strconv.FormatInt(int64(p.Time/day), 10) + "d"
	}
	return FormatDuration(p.Time)
}

// FormatDuration returns Go's form of a duration without trailing units of zero.
func FormatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Retention holds the periods of an organization's records. The zero Period means the default.
type Retention struct {
	// Connections are kept from their last accounting record, events from their time, refusals from
	// their hour, and disconnect orders from their end.
	Connections Period `json:"connections,omitzero"`
	Events      Period `json:"events,omitzero"`
	Refusals    Period `json:"refusals,omitzero"`
	Disconnects Period `json:"disconnects,omitzero"`
	// UnknownStations is the period of connections of stations without a known customer. Its
	// default is a setting of the deployment.
	UnknownStations Period `json:"unknownStations,omitzero"`
	// InactiveContacts is the time after which contacts without activity are deleted, and
	// UnverifiedSignups that of sign-ups in the portal which were never verified or used.
	InactiveContacts  Period `json:"inactiveContacts,omitzero"`
	UnverifiedSignups Period `json:"unverifiedSignups,omitzero"`
	Audit             Period `json:"audit,omitzero"`
}

// MinConnectionsKept is the shortest period of connections: an access point that reports a
// connection late must find it.
const MinConnectionsKept = 7 * 24 * time.Hour

// DefaultRetention holds the default of every Period.
var DefaultRetention = Retention{
	Connections: Months(24), Events: Months(24), Refusals: Days(366), Disconnects: Days(90), UnknownStations: Days(30),
	InactiveContacts: Period{Never: true}, UnverifiedSignups: Days(30), Audit: Months(24),
}

// WithDefaults returns the retention with d's periods in place of zero ones.
func (r Retention) WithDefaults(d Retention) Retention {
	return Retention{
		Connections: cmp.Or(r.Connections, d.Connections), Events: cmp.Or(r.Events, d.Events),
		Refusals: cmp.Or(r.Refusals, d.Refusals), Disconnects: cmp.Or(r.Disconnects, d.Disconnects),
		UnknownStations:   cmp.Or(r.UnknownStations, d.UnknownStations),
		InactiveContacts:  cmp.Or(r.InactiveContacts, d.InactiveContacts),
		UnverifiedSignups: cmp.Or(r.UnverifiedSignups, d.UnverifiedSignups), Audit: cmp.Or(r.Audit, d.Audit),
	}
}

// OpenSince returns the earliest begin of a connection of the organization's customers that may be
// open at now.
func (o *Organization) OpenSince(now time.Time) time.Time {
	return now.Add(-max(o.RADIUS.SessionTimeout, UnboundedTimeout))
}

// RecordKind is a kind of records that are deleted with age.
type RecordKind string

// The kinds with a period in each organization.
const (
	RecordConnections       RecordKind = "connections"
	RecordEvents            RecordKind = "events"
	RecordRefusals          RecordKind = "refusals"
	RecordDisconnects       RecordKind = "disconnects"
	RecordUnknownStations   RecordKind = "unknownStations"
	RecordAttempts          RecordKind = "attempts"   // RADIUSReply.AttemptLifetime
	RecordStatistics        RecordKind = "statistics" // StatisticsKept
	RecordInactiveContacts  RecordKind = "inactiveContacts"
	RecordUnverifiedSignups RecordKind = "unverifiedSignups"
	RecordAudit             RecordKind = "audit"
)

// The kinds with one lifetime in the whole deployment.
const (
	RecordStationAccepts  RecordKind = "stationAccepts"
	RecordStationClaims   RecordKind = "stationClaims"
	RecordLinks           RecordKind = "links"   // and their codes
	RecordAnswers         RecordKind = "answers" // to requests with an Idempotency-Key
	RecordTokenProofs     RecordKind = "tokenProofs"
	RecordVerifications   RecordKind = "verifications"
	RecordWrongCodes      RecordKind = "wrongCodes"
	RecordBudgets         RecordKind = "budgets"
	RecordRestarts        RecordKind = "restarts"
	RecordAccessPoints    RecordKind = "accessPoints"    // undeclared ones
	RecordProfileSettings RecordKind = "profileSettings" // without a download
	RecordMessages        RecordKind = "messages"        // finished ones
	RecordWebhooks        RecordKind = "webhooks"        // finished deliveries
)

// RecordKinds returns all kinds.
func RecordKinds() []RecordKind {
	return []RecordKind{
		RecordConnections, RecordEvents, RecordRefusals, RecordDisconnects, RecordUnknownStations, RecordAttempts,
		RecordStatistics, RecordInactiveContacts, RecordUnverifiedSignups, RecordAudit, RecordStationAccepts,
		RecordStationClaims, RecordLinks, RecordAnswers, RecordTokenProofs, RecordVerifications, RecordWrongCodes,
		RecordBudgets, RecordRestarts, RecordAccessPoints, RecordProfileSettings, RecordMessages,
		RecordWebhooks,
	}
}

// AgedRecords selects the records of a kind that are older than an instant.
type AgedRecords struct {
	Kind RecordKind
	// OrganizationID is empty for the records of no known organization, and for kinds of the whole
	// deployment.
	OrganizationID string
	Before         time.Time
	// OpenSince keeps connections that have not ended and began at or after it.
	OpenSince time.Time
	// SettingsID keeps the profile settings with this ID.
	SettingsID string
}

// DormantContacts selects contacts without activity, of RecordInactiveContacts or
// RecordUnverifiedSignups. Locked contacts are never selected.
//
// A contact is inactive if it was created and changed before an instant, and has since then no
// login, connection, station, download, installation, consent, link, confirmed guid, and no report
// of a device. The activity of a contact who refuses the processing of personal data is not stored;
// such a contact counts as active until its credential ends.
//
// An unverified sign-up was made in the portal before an instant, has neither a verified e-mail
// address nor a verified phone number nor an ID of another system, and never had a login, a
// connection, an answered download, an installation, a device or a used link.
type DormantContacts struct {
	Kind           RecordKind
	OrganizationID string
	Before         time.Time
	OpenSince      time.Time // keeps contacts with a connection that is open and began at or after it
	// LoginBefore is Before, or earlier where connections are deleted sooner than contacts: a
	// connection may have gone on after its login.
	LoginBefore time.Time
	// After is the end of the previous page.
	After DormantPosition
	Limit int // contacts to examine
}

// DormantPosition is the last contact that a page examined.
type DormantPosition struct {
	Modified time.Time
	ID       string
}

// RetentionReader counts and finds aged records.
type RetentionReader interface {
	// CountAged counts the selected records.
	CountAged(ctx context.Context, q AgedRecords) (int, error)
	// OldestKept returns the time of the oldest record that is not selected, nil if there is none.
	OldestKept(ctx context.Context, q AgedRecords) (*time.Time, error)
	// DormantContacts examines a page of contacts in the order of their last change. It returns the
	// IDs of dormant ones, and the position of the page's last contact; nil after the last page.
	DormantContacts(ctx context.Context, q DormantContacts) ([]string, *DormantPosition, error)
	// IsDormant reports whether the contact is dormant.
	IsDormant(ctx context.Context, q DormantContacts, customerID string) (bool, error)
}

// RetentionWriter deletes aged records.
type RetentionWriter interface {
	// DeleteAged deletes up to limit of the selected records, the oldest first, and returns their
	// number. With a customer's connections it deletes the stations that were not seen since.
	DeleteAged(ctx context.Context, q AgedRecords, limit int) (int, error)
}
