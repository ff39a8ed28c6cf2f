package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/retention"
)

func retentionCommand() *cobra.Command {
	var f flags
	var options retention.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Delete the records that are older than their periods, or count them",
		Long: `Delete the records that are older than their periods, or count them with --dry-run.
A running serve does the same each hour. The periods are those of the tenant file
(retention, radius.attemptsKept); the guide /docs/retention lists the defaults.

If the clock shows more than 48 hours since the last run, nothing of an organization
is deleted: check the clock, then repeat with --accept-clock.`,
		Example: "  onramp retention --dry-run",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				report, err := s.Retention.Run(cmd.Context(), options)
				if report != nil {
					print := printRetention
					if asJSON {
						print = printRetentionJSON
					}
					err = errors.Join(err, print(cmd.OutOrStdout(), report, options.DryRun))
				}
				if _, leapt := errors.AsType[*retention.ClockError](err); leapt {
					err = fmt.Errorf("%w; if the clock is right, repeat with --accept-clock", err)
				}
				return err
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.tombstonesFlag(cmd.Flags())
	set := cmd.Flags()
	set.BoolVar(&options.DryRun, "dry-run", false, "count the records and delete nothing")
	f.organizationFlag(cmd, &options.OrganizationID, "only the organization with this ID")
	set.BoolVar(&options.AcceptClock, "accept-clock", false, "delete also if the clock has leapt since the last run")
	set.DurationVar(&f.keepUnattributed, "keep-unattributed", onboarding.DefaultRetention.UnknownStations.Time,
		"as given to serve")
	set.BoolVar(&asJSON, "json", false, "print the counts as JSON")
	return cmd
}

// printRetention prints the rows as a table.
func printRetention(w io.Writer, report *retention.Report, dryRun bool) error {
	count := "DELETED"
	if dryRun {
		count = "OLDER"
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "ORGANIZATION\tRECORDS\tKEPT\t%s\tOLDEST KEPT\n", count)
	for _, row := range report.Rows {
		organization, oldest := row.OrganizationID, "-"
		if organization == "" {
			organization = "-"
		}
		if row.OldestKept != nil {
			oldest = row.OldestKept.Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", organization, row.Kind, row.Period, row.Count, oldest)
	}
	return table.Flush()
}

// retentionRow is the JSON form of a row.
type retentionRow struct {
	OrganizationID *string               `json:"organizationId"` // null: the deployment, or none known
	Records        onboarding.RecordKind `json:"records"`
	Kept           string                `json:"kept"`
	Count          int                   `json:"count"`
	OldestKept     *time.Time            `json:"oldestKept"`
}

func printRetentionJSON(w io.Writer, report *retention.Report, dryRun bool) error {
	answer := struct {
		At     time.Time      `json:"at"`
		DryRun bool           `json:"dryRun"`
		Rows   []retentionRow `json:"rows"`
	}{At: report.At, DryRun: dryRun, Rows: make([]retentionRow, len(report.Rows))}
	for i, row := range report.Rows {
		answer.Rows[i] = retentionRow{
			Records: row.Kind, Kept: row.Period.String(), Count: row.Count, OldestKept: row.OldestKept,
		}
		if row.OrganizationID != "" {
			answer.Rows[i].OrganizationID = &row.OrganizationID
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(answer)
}
