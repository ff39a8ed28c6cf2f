package statistics

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// DefaultPeriod is the period of a report without from.
const DefaultPeriod = 30 * 24 * time.Hour

// Unknown is the key of a row without a location or a platform.
const Unknown = "unknown"

// Groupings are the values by which a report may be grouped.
var Groupings = []onboarding.StatisticsBy{
	onboarding.ByDay, onboarding.ByHour, onboarding.ByLocation, onboarding.ByPlatform,
}

// Row holds the counts of one key.
type Row struct {
	// Key is a local date (2026-05-01), the beginning of an hour (RFC 3339, UTC), the ID of a
	// location or a platform, or Unknown.
	Key string
	onboarding.Counts
	People int64
}

// Report is the answer to a question for statistics.
type Report struct {
	// From and To bound the quarters of an hour that are counted, To exclusive.
	From, To time.Time
	Rows     []Row // ordered by Key
	// Total counts the whole period. Its People is not the sum of the rows.
	Total Row
}

// Report counts the organization's events from the quarter of an hour of from to that of to. A
// missing from is 30 days before to, a missing to is now. A caller with a location sees what was
// counted there.
func (s *Statistics) Report(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time, grouping string,
) (*Report, error) {
	report, q, err := s.report(ctx, by, organizationID, from, to, onboarding.StatisticsQuery{
		By: onboarding.StatisticsBy(grouping),
	})
	if err != nil {
		return nil, err
	}
	total, err := s.total(ctx, q)
	if err != nil {
		return nil, err
	}
	report.Total.People = total.People
	return report, nil
}

// Total returns the total of Report.
func (s *Statistics) Total(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time,
) (*Row, error) {
	if _, err := s.access.Organization(ctx, by, organizationID); err != nil {
		return nil, err
	}
	q, err := s.bounded(by, organizationID, from, to, onboarding.StatisticsQuery{})
	if err != nil {
		return nil, err
	}
	return s.total(ctx, q)
}

// total returns the counts of all groups of a query as one row.
func (s *Statistics) total(ctx context.Context, q onboarding.StatisticsQuery) (*Row, error) {
	q.By = onboarding.ByNothing
	rows, err := s.store.Statistics(ctx, q)
	if err != nil || len(rows) == 0 {
		return &Row{}, err
	}
	return &Row{Counts: rows[0].Counts, People: rows[0].People}, nil
}

// Sums is Report without People, which are 0. Its time does not grow with the number of
// connections.
func (s *Statistics) Sums(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time, grouping string,
) (*Report, error) {
	report, _, err := s.report(ctx, by, organizationID, from, to, onboarding.StatisticsQuery{
		By: onboarding.StatisticsBy(grouping), WithoutPeople: true,
	})
	return report, err
}

// report returns the rows of a report and the sums of its total, with the query for the rows.
func (s *Statistics) report(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time,
	q onboarding.StatisticsQuery,
) (*Report, onboarding.StatisticsQuery, error) {
	if _, err := s.access.Organization(ctx, by, organizationID); err != nil {
		return nil, q, err
	}
	if !slices.Contains(Groupings, q.By) {
		return nil, q, onboarding.InvalidField("by", "must be day, hour, location or platform")
	}
	q, err := s.bounded(by, organizationID, from, to, q)
	if err != nil {
		return nil, q, err
	}
	rows, err := s.store.Statistics(ctx, q)
	if err != nil {
		return nil, q, err
	}
	report := &Report{From: q.From, To: q.To, Rows: []Row{}}
	for i := range rows {
		r := Row{Key: keyOf(q.By, &rows[i]), Counts: rows[i].Counts}
		if !q.WithoutPeople {
			r.People = rows[i].People
		}
		report.Rows = append(report.Rows, r)
		report.Total.Add(&r.Counts)
	}
	slices.SortFunc(report.Rows, func(a, b Row) int { return cmp.Compare(a.Key, b.Key) })
	return report, q, nil
}

func keyOf(by onboarding.StatisticsBy, r *onboarding.StatisticsRow) string {
	switch by {
	case onboarding.ByDay:
		return r.At.Format(time.DateOnly)
	case onboarding.ByHour:
		return r.At.Format(time.RFC3339)
	}
	return cmp.Or(r.Name, Unknown)
}

// bounded returns the query for an organization, of what the caller may see, and for the quarters
// of an hour of a report.
func (s *Statistics) bounded(
	by *onboarding.Caller, organizationID string, from, to *time.Time, q onboarding.StatisticsQuery,
) (onboarding.StatisticsQuery, error) {
	begin, end, err := onboarding.ReportPeriod(from, to, s.clock.Now(), DefaultPeriod)
	if err != nil {
		return q, err
	}
	q.OrganizationID, q.LocationID = organizationID, by.LocationID()
	q.From = begin.UTC().Truncate(onboarding.StatisticsSlot)
	q.To = end.UTC().Truncate(onboarding.StatisticsSlot).Add(onboarding.StatisticsSlot)
	return q, nil
}
