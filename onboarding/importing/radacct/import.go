package radacct

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"onramp/onboarding/importing"
	"onramp/onboarding/radius"
)

// Importer stores connections of the past.
type Importer interface {
	ImportHistory(ctx context.Context, options radius.HistoryOptions, records []radius.HistoryRecord) (
		[]radius.HistoryOutcome, error)
}

// Report counts the rows of a run by their outcome.
type Report struct {
	Read     int
	Outcomes map[radius.HistoryOutcome]int
	// unknown counts the rows of user names that no imported customer has.
	unknown map[string]int
}

// UnknownUser is a user name that no imported customer has, with its rows.
type UnknownUser struct {
	Username    string `json:"username"`
	Connections int    `json:"connections"`
}

// maxUnknown is the most user names that are counted one by one.
const maxUnknown = 10_000

// UnknownUsers returns up to n of the unknown user names with the most rows, and the number of all,
// up to maxUnknown.
func (r *Report) UnknownUsers(n int) ([]UnknownUser, int) {
	users := make([]UnknownUser, 0, len(r.unknown))
	for name, connections := range r.unknown {
		users = append(users, UnknownUser{name, connections})
	}
	slices.SortFunc(users, func(a, b UnknownUser) int {
		return cmp.Or(cmp.Compare(b.Connections, a.Connections), cmp.Compare(a.Username, b.Username))
	})
	return users[:min(n, len(users))], len(users)
}

// batchSize is the number of connections of one transaction. Other writers wait for it.
const batchSize = 250

// Import imports all connections, or plans it in a dry run, and calls progress after each batch. It
// continues an earlier run that was interrupted, because connections that are there are skipped.
func (t *Table) Import(
	ctx context.Context, importer Importer, options radius.HistoryOptions, progress func(Report),
) (Report, error) {
	report := Report{Outcomes: map[radius.HistoryOutcome]int{}, unknown: map[string]int{}}
	rows, err := t.db.QueryContext(ctx, "SELECT * FROM radacct ORDER BY rowid")
	if err != nil {
		return report, err
	}
	defer rows.Close()
	var batch []radius.HistoryRecord
	write := func() error {
		var outcomes []radius.HistoryOutcome
		err := importing.Patiently(ctx, func() (err error) {
			outcomes, err = importer.ImportHistory(ctx, options, batch)
			return err
		})
		if err != nil {
			return err
		}
		for i, outcome := range outcomes {
			report.Outcomes[outcome]++
			name := batch[i].Username
			if _, known := report.unknown[name]; outcome == radius.HistoryUnknownUser &&
				(known || len(report.unknown) < maxUnknown) {
				report.unknown[name]++
			}
		}
		report.Read += len(batch)
		batch = batch[:0]
		progress(report)
		return nil
	}
	for rows.Next() {
		record, err := scan(rows)
		if err != nil {
			return report, err
		}
		if batch = append(batch, record); len(batch) == batchSize {
			if err := write(); err != nil {
				return report, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return report, err
	}
	return report, write()
}

func scan(rows *sql.Rows) (radius.HistoryRecord, error) {
	var r radius.HistoryRecord
	var started, updated, stopped sql.NullInt64
	err := rows.Scan(&r.ID, &r.SessionID, &r.Username, &r.AccessPoint.Address, &r.AccessPoint.CalledStation,
		&r.CallingStation, &r.Address, &r.Cause, &r.Duration, &r.Input, &r.Output, &started, &updated, &stopped,
		&r.OtherName)
	for _, at := range []struct {
		from sql.NullInt64
		to   **time.Time
	}{{started, &r.Started}, {updated, &r.Updated}, {stopped, &r.Stopped}} {
		if at.from.Valid {
			t := time.UnixMicro(at.from.Int64).UTC()
			*at.to = &t
		}
	}
	repairHour(&r)
	return r, err
}

// repairHour corrects an end before the beginning, which the hour has that local time repeats when
// daylight saving time ends.
func repairHour(r *radius.HistoryRecord) {
	if r.Started == nil || r.Stopped == nil || r.Duration <= 0 || !r.Stopped.Before(*r.Started) {
		return
	}
	stop := r.Started.Add(time.Duration(r.Duration) * time.Second)
	if difference := stop.Sub(*r.Stopped) - time.Hour; difference.Abs() <= time.Minute {
		r.Stopped = &stop
	}
}
