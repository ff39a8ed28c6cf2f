// Package retention deletes records with age: those of each organization after the periods that its
// tenant file sets, contacts without activity, and expired records of the deployment.
//
// # Decisions
//
// A run computes all instants from one reading of the clock. Reason: a dry run and a run then
// select the same records.
//
// Records are deleted in transactions of up to maxBatch rows, whose size follows the measured
// duration, with pauses of the same length. Reason: other writers wait for one transaction only,
// and always have half of the time. A run keeps no position: it may be interrupted anywhere, and
// any number of replicas may run on one database.
//
// The deletion of a contact is that of the API, by package registration. A contact is examined
// outside of any transaction and again in the one that deletes it.
//
// A run deletes no organization's records if the clock shows more than maxLeap since the last run.
// Reason: a wrong clock makes everything look old. It deletes them after maxHeld such runs in one
// process, or with Options.AcceptClock; until then it logs errors. Expired records of the
// deployment are short-lived and are deleted under any clock; revocations of tokens outlast their
// deletion.
//
// Visits, tallies and consents have no period. Visits and tallies end with the consent to profiling
// and with the contact; a tally is recounted from the visits after a change of a time zone.
// Consents are evidence: the deletion of a contact leaves them without the person.
package retention

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"onramp/onboarding"
)

// Store is the storage that retention uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.SecretReader
	onboarding.EventReader
	onboarding.RetentionReader
	onboarding.Writer
}

// Contacts deletes contacts.
type Contacts interface {
	// DeleteDormant deletes a contact that is dormant, and reports whether it did.
	DeleteDormant(ctx context.Context, q onboarding.DormantContacts, customerID string) (bool, error)
}

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// Deleted is called with the number of deleted records of a kind.
	Deleted(kind onboarding.RecordKind, n int)
	// RetentionHeld is called by each run with whether the clock was refused.
	RetentionHeld(held bool)
}

type unobserved struct{}

func (unobserved) Deleted(onboarding.RecordKind, int) {}
func (unobserved) RetentionHeld(bool)                 {}

// Config holds the dependencies of Retention. Store, Contacts and Audit are required.
type Config struct {
	Store    Store
	Contacts Contacts
	Audit    *onboarding.Auditor
	Clock    onboarding.Clock
	Log      *slog.Logger
	Observer Observer
	// UnknownStations is the default period of connections without a known customer; 0:
	// that of onboarding.DefaultRetention.
	UnknownStations time.Duration
	// SettingsID returns the ID of the settings in an organization's profiles.
	SettingsID func(o *onboarding.Organization) string
	// PruneAudit deletes an organization's audit rows before an instant and returns their number.
	// In a dry run it only counts them. nil: the audit is kept.
	PruneAudit func(ctx context.Context, organizationID string, before time.Time, dryRun bool) (int, error)
}

// Retention deletes records with age. Its methods are safe for concurrent use.
type Retention struct {
	Config
	defaults onboarding.Retention

	mu       sync.Mutex
	held     int       // runs in a row that refused the clock
	contacts time.Time // the last search for dormant contacts
}

// New returns the use case.
func New(c Config) *Retention {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	c.Log = onboarding.LogOrDiscard(c.Log)
	defaults := onboarding.DefaultRetention
	if c.UnknownStations != 0 {
		defaults.UnknownStations = onboarding.Period{Time: c.UnknownStations}
	}
	return &Retention{Config: c, defaults: defaults}
}

const (
	runEvery     = time.Hour
	budgetsEvery = time.Minute
	// contactsEvery is the interval of the search for dormant contacts, which reads all contacts.
	contactsEvery = 24 * time.Hour
)

// RunRetention runs now and each hour until ctx ends; it deletes full budgets each minute. Any
// number of processes may do so on one database.
func (r *Retention) RunRetention(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() {
		onboarding.Repeat(ctx, budgetsEvery, func() {
			_, err := r.delete(ctx, onboarding.AgedRecords{Kind: onboarding.RecordBudgets, Before: r.Clock.Now()})
			if err != nil && ctx.Err() == nil {
				r.Log.ErrorContext(ctx, "budget sweep failed", "error", err)
			}
		})
	})
	all.Go(func() {
		onboarding.Repeat(ctx, runEvery, func() {
			if _, err := r.Run(ctx, Options{SkipContacts: !r.contactsDue()}); err != nil && ctx.Err() == nil {
				r.Log.ErrorContext(ctx, "retention run failed", "error", err)
			}
		})
	})
	all.Wait()
}

// contactsDue reports whether the next run should search for dormant contacts.
func (r *Retention) contactsDue() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.contacts.IsZero() || time.Since(r.contacts) >= contactsEvery
}

// Options are the options of one run.
type Options struct {
	DryRun         bool   // counts the records and deletes nothing
	OrganizationID string // runs for this organization only; empty: all, and the deployment
	SkipContacts   bool
	AcceptClock    bool // deletes also if the clock has leapt
}

// Row is the result of a run for one kind of records.
type Row struct {
	OrganizationID string // empty: of no known organization, or of the deployment
	Kind           onboarding.RecordKind
	Period         onboarding.Period
	Count          int        // deleted, or to be deleted in a dry run
	OldestKept     *time.Time // nil: none, or unknown
}

// Report is the result of a run.
type Report struct {
	At   time.Time
	Rows []Row
}

// ClockError is the error of a run that refused the clock.
type ClockError struct{ Last, Now time.Time }

func (e *ClockError) Error() string {
	return "the clock shows " + e.Now.Format(time.RFC3339) + ", but the last run was at " +
		e.Last.Format(time.RFC3339) + ": nothing was deleted"
}

// periods returns an organization's periods.
func (r *Retention) periods(o *onboarding.Organization) onboarding.Retention {
	return o.Retention.WithDefaults(r.defaults)
}

// attemptsOf returns the period of an organization's attempts.
func attemptsOf(o *onboarding.Organization) onboarding.Period {
	return onboarding.Period{Time: o.RADIUS.AttemptLifetime()}
}
