package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding"
)

// kindPeriod is a kind of records with the period of an organization.
type kindPeriod struct {
	kind   onboarding.RecordKind
	period onboarding.Period
}

// kindsOf returns the kinds of an organization's records, except contacts and the audit.
func (r *Retention) kindsOf(o *onboarding.Organization) []kindPeriod {
	p := r.periods(o)
	return []kindPeriod{
		{onboarding.RecordConnections, p.Connections}, {onboarding.RecordEvents, p.Events},
		{onboarding.RecordRefusals, p.Refusals}, {onboarding.RecordDisconnects, p.Disconnects},
		{onboarding.RecordUnknownStations, p.UnknownStations}, {onboarding.RecordAttempts, attemptsOf(o)},
		{onboarding.RecordStatistics, onboarding.Period{Time: onboarding.StatisticsKept}},
	}
}

// The lifetimes of the deployment's records.
const (
	// linkMemory is how long an expired link is kept, so that its page can explain the expiry.
	linkMemory = 30 * 24 * time.Hour
	// verificationMemory is how long an ended sign-up is kept, for the same reason.
	verificationMemory = time.Hour
	restartsKept       = 90 * 24 * time.Hour
	accessPointsKept   = 90 * 24 * time.Hour
	// messagesKept is also the time for which a refused address is not tried again.
	messagesKept = 30 * 24 * time.Hour
	// settingsKept is the least age of profile settings without a download.
	settingsKept = 30 * 24 * time.Hour
)

// ofDeployment are the deployment's records with their lifetimes.
var ofDeployment = []kindPeriod{
	{onboarding.RecordStationAccepts, onboarding.Period{Time: onboarding.StationAcceptLifetime}},
	{onboarding.RecordStationClaims, onboarding.Period{Time: onboarding.StationClaimLifetime}},
	{onboarding.RecordLinks, onboarding.Period{Time: linkMemory}},
	{onboarding.RecordAnswers, onboarding.Period{}},
	{onboarding.RecordTokenProofs, onboarding.Period{}},
	{onboarding.RecordVerifications, onboarding.Period{Time: verificationMemory}},
	{onboarding.RecordWrongCodes, onboarding.Period{Time: onboarding.VerificationTriesDay}},
	{onboarding.RecordBudgets, onboarding.Period{}},
	{onboarding.RecordRestarts, onboarding.Period{Time: restartsKept}},
	{onboarding.RecordAccessPoints, onboarding.Period{Time: accessPointsKept}},
	{onboarding.RecordMessages, onboarding.Period{Time: messagesKept}},
	{onboarding.RecordWebhooks, onboarding.Period{}}, // each has its own end
}

// Run deletes the aged records once, or counts them. It returns the rows so far with an error, and
// an *ClockError if the clock has leapt: then only records of the deployment were deleted.
func (r *Retention) Run(ctx context.Context, options Options) (*Report, error) {
	run := run{Retention: r, Options: options, Report: &Report{At: r.Clock.Now()}}
	err := run.all(ctx)
	deleted := 0
	for _, row := range run.Report.Rows {
		deleted += row.Count
	}
	if deleted > 0 && !options.DryRun {
		r.Log.InfoContext(ctx, "retention", "deleted", run.counts())
		err = errors.Join(err, run.record(context.WithoutCancel(ctx)))
	}
	return run.Report, err
}

// run is one run.
type run struct {
	*Retention
	Options
	Report *Report
}

func (r *run) all(ctx context.Context) error {
	organizations, err := r.Store.Organizations(ctx)
	if err != nil {
		return err
	}
	if r.OrganizationID == "" {
		if err := r.deployment(ctx); err != nil {
			return err
		}
		organizations = append(organizations, &onboarding.Organization{})
	} else {
		organizations = slices.DeleteFunc(slices.Clone(organizations), func(o *onboarding.Organization) bool {
			return o.ID != r.OrganizationID
		})
		if len(organizations) == 0 {
			return onboarding.NotFoundError("organization")
		}
	}
	if err := r.admit(ctx, organizations); err != nil {
		return err
	}
	var failed error
	for _, o := range organizations {
		if err := r.organization(ctx, o); err != nil {
			failed = errors.Join(failed, fmt.Errorf("organization %q: %w", o.ID, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	if r.DryRun || failed != nil {
		return failed
	}
	if !r.SkipContacts && r.OrganizationID == "" {
		r.mu.Lock()
		r.contacts = time.Now()
		r.mu.Unlock()
	}
	return r.finish(ctx)
}

// deployment deletes the expired records of the deployment.
func (r *run) deployment(ctx context.Context) error {
	if !r.DryRun {
		if err := r.Store.Write(ctx, func(tx onboarding.Tx) error {
			if err := tx.SweepOperators(ctx, r.Report.At); err != nil {
				return err
			}
			return tx.SweepRevocations(ctx, r.Report.At)
		}); err != nil {
			return err
		}
	}
	for _, k := range ofDeployment {
		if err := r.records(ctx, onboarding.AgedRecords{Kind: k.kind}, k.period); err != nil {
			return err
		}
	}
	return nil
}

// organization deletes the records and contacts of one organization, or those of no known
// organization. Dormant contacts are found before the connections that show their activity are
// deleted.
func (r *run) organization(ctx context.Context, o *onboarding.Organization) error {
	var dormant []dormantContacts
	if o.ID != "" && !r.SkipContacts {
		var err error
		if dormant, err = r.findDormant(ctx, o); err != nil {
			return err
		}
	}
	for _, k := range r.kindsOf(o) {
		q := onboarding.AgedRecords{Kind: k.kind, OrganizationID: o.ID, OpenSince: o.OpenSince(r.Report.At)}
		if err := r.records(ctx, q, k.period); err != nil {
			return err
		}
	}
	if o.ID == "" {
		return r.audit(ctx, o)
	}
	settings := onboarding.AgedRecords{
		Kind: onboarding.RecordProfileSettings, OrganizationID: o.ID, SettingsID: r.SettingsID(o),
	}
	if err := r.records(ctx, settings, onboarding.Period{Time: settingsKept}); err != nil {
		return err
	}
	var failed error
	for _, d := range dormant {
		failed = errors.Join(failed, r.deleteDormant(ctx, o, d))
		if ctx.Err() != nil {
			return failed
		}
	}
	return errors.Join(failed, r.audit(ctx, o))
}

// records deletes or counts the records of a kind, and adds a row.
func (r *run) records(ctx context.Context, q onboarding.AgedRecords, period onboarding.Period) error {
	row := Row{OrganizationID: q.OrganizationID, Kind: q.Kind, Period: period}
	var err error
	before, ends := period.Before(r.Report.At)
	if q.Before = before; ends {
		if r.DryRun {
			row.Count, err = r.Store.CountAged(ctx, q)
		} else {
			row.Count, err = r.delete(ctx, q)
		}
	} else {
		q.Before = time.Unix(0, 0).AddDate(-1, 0, 0)
	}
	if err == nil {
		row.OldestKept, err = r.Store.OldestKept(ctx, q)
	}
	r.Report.Rows = append(r.Report.Rows, row)
	return err
}

// audit prunes the organization's audit.
func (r *run) audit(ctx context.Context, o *onboarding.Organization) error {
	if r.PruneAudit == nil {
		return nil
	}
	row := Row{OrganizationID: o.ID, Kind: onboarding.RecordAudit, Period: r.periods(o).Audit}
	var err error
	if before, ends := row.Period.Before(r.Report.At); ends {
		if row.Count, err = r.PruneAudit(ctx, o.ID, before, r.DryRun); err == nil && !r.DryRun {
			r.Observer.Deleted(row.Kind, row.Count)
		}
	}
	r.Report.Rows = append(r.Report.Rows, row)
	return err
}

// The sizes of batches. A batch of a large table takes a few milliseconds.
const (
	firstBatch  = 100
	maxBatch    = 1000
	batchTarget = 20 * time.Millisecond
	minPause    = time.Millisecond
)

// delete deletes all selected records in batches and returns their number.
func (r *Retention) delete(ctx context.Context, q onboarding.AgedRecords) (total int, err error) {
	for size, n := firstBatch, 0; ; {
		started := time.Now()
		if err := r.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
			n, err = tx.DeleteAged(ctx, q, size)
			return err
		}); err != nil {
			return total, err
		}
		total += n
		if n > 0 {
			r.Observer.Deleted(q.Kind, n)
		}
		if n < size {
			return total, nil
		}
		took := time.Since(started)
		if err := pause(ctx, took); err != nil {
			return total, err
		}
		if took > batchTarget {
			size = max(size/2, 10)
		} else {
			size = min(size*2, maxBatch)
		}
	}
}

// pause waits as long as the last transaction took, so that other writers have half of the time.
func pause(ctx context.Context, took time.Duration) error {
	return onboarding.Sleep(ctx, max(took, minPause))
}

// counts returns the deleted records by kind, for the log.
func (r *run) counts() map[onboarding.RecordKind]int {
	counts := map[onboarding.RecordKind]int{}
	for _, row := range r.Report.Rows {
		if row.Count > 0 {
			counts[row.Kind] += row.Count
		}
	}
	return counts
}

// record appends an act for each kind of which records of an organization, or of no known one, were
// deleted. The deployment's own records are short-lived and appear in the log and the metrics only.
func (r *run) record(ctx context.Context) error {
	var acts []onboarding.Act
	for _, row := range r.Report.Rows {
		if row.Count == 0 || row.Kind == onboarding.RecordAudit ||
			slices.ContainsFunc(ofDeployment, func(k kindPeriod) bool { return k.kind == row.Kind }) {
			continue
		}
		acts = append(acts, onboarding.Act{
			OrganizationID: row.OrganizationID, Action: onboarding.AuditRowsDeleted,
			Target: onboarding.TargetOrganization, TargetID: row.OrganizationID,
			Fields: []string{string(row.Kind)}, Count: row.Count,
		})
	}
	if len(acts) == 0 {
		return nil
	}
	return r.Audit.RecordRead(ctx, r.Store, acts...)
}
