package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/audit"
	"onramp/onboarding/deployment"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Verify and export the audit: who changed or read what",
		Example: "  onramp audit verify\n  onramp audit export --format csv >audit.csv",
	}
	cmd.AddCommand(auditVerifyCommand(), auditExportCommand())
	return cmd
}

func auditVerifyCommand() *cobra.Command {
	var f flags
	var organization, head string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify the chains of the audit and print their heads",
		Long: "Verify the chains of the audit and print their heads.\n\n" +
			"Exit code 1: a row was changed, swapped, removed or added; the first one of each chain is named.\n" +
			"Keep a printed head elsewhere: with --head HEAD, a later run also finds that rows at the end were " +
			"removed.",
		Example: "  onramp audit verify",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				chains, err := s.AuditLog.Verify(cmd.Context(), organization, head)
				if err != nil {
					return err
				}
				if err := s.Access.RecordRead(cmd.Context(), onboarding.Act{
					OrganizationID: organization, Action: onboarding.AuditVerified, Count: len(chains),
				}); err != nil {
					return err
				}
				return printChains(cmd.OutOrStdout(), chains, head)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &organization, "verify only the organization with this ID")
	cmd.Flags().StringVar(&head, "head", "", "head of an earlier verification, which must still be in a chain")
	return cmd
}

// printChains prints the verified chains, and returns their first wrong rows as an error.
func printChains(w io.Writer, chains []audit.Chain, head string) error {
	var failed []error
	found := head == ""
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ORGANIZATION\tROWS\tSEQUENCE\tHEAD")
	for _, c := range chains {
		id := c.OrganizationID
		if id == "" {
			id = "(deployment)"
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", id, c.Rows, c.Sequence, c.Hash)
		found = found || c.HeadFound
		if c.Wrong != nil {
			failed = append(failed, c.Wrong)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if !found {
		failed = append(failed, errors.New("audit: no row has the head of --head: rows at the end were removed, "+
			"or retention has deleted the row"))
	}
	return errors.Join(failed...)
}

func auditExportCommand() *cobra.Command {
	var f flags
	var q audit.Query
	var from, to, format string
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Print the rows of the audit as JSON lines or CSV",
		Example: "  onramp audit export --format csv --from 2026-11-01T00:00:00Z >audit.csv",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, bound := range []struct {
				flag, text string
				into       **time.Time
			}{{"--from", from, &q.From}, {"--to", to, &q.To}} {
				if bound.text == "" {
					continue
				}
				at, err := time.Parse(time.RFC3339, bound.text)
				if err != nil {
					return usageError{
						fmt.Errorf("%s: %q is not a time such as 2026-11-29T03:00:00Z", bound.flag, bound.text)}
				}
				*bound.into = &at
			}
			if format != "json" && format != "csv" {
				return usageError{errors.New("--format must be json or csv")}
			}
			if q.CustomerID != "" && !onboarding.ValidID(q.CustomerID) {
				return usageError{errors.New("--customer must be a customer ID of 32 lower-case hex digits")}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				each, flush := auditPrinter(cmd.OutOrStdout(), format)
				_, err := s.AuditLog.Export(cmd.Context(), q, each)
				return errors.Join(err, flush())
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &q.OrganizationID, "print only the rows of the organization with this ID")
	cmd.Flags().StringVar(&q.CustomerID, "customer", "", "print only the rows about the customer with this ID")
	cmd.Flags().StringVar(&from, "from", "", "print only rows at or after this time (RFC 3339)")
	cmd.Flags().StringVar(&to, "to", "", "print only rows at or before this time (RFC 3339)")
	cmd.Flags().StringVar(&format, "format", "json", "json (one object per line) or csv")
	return cmd
}

// auditLine is a row as JSON.
type auditLine struct {
	ID             string   `json:"id"`
	OrganizationID string   `json:"organizationId,omitempty"`
	At             string   `json:"at"`
	Actor          string   `json:"actor"`
	ActorID        string   `json:"actorId,omitempty"`
	RequestID      string   `json:"requestId,omitempty"`
	Action         string   `json:"action"`
	Target         string   `json:"target,omitempty"`
	TargetID       string   `json:"targetId,omitempty"`
	Fields         []string `json:"fields,omitempty"`
	Count          int64    `json:"count"`
	Refused        string   `json:"refused,omitempty"`
	Sequence       int64    `json:"sequence"`
	Hash           string   `json:"hash"`
}

// auditPrinter returns a function that prints a row, and one that ends the output.
func auditPrinter(w io.Writer, format string) (each func(onboarding.AuditRow) error, flush func() error) {
	line := func(r onboarding.AuditRow) auditLine {
		return auditLine{
			r.ID, r.OrganizationID, r.At.Format("2006-01-02T15:04:05.000000Z"), string(r.Actor.Kind), r.Actor.ID,
			r.Actor.RequestID, string(r.Action), string(r.Target), r.TargetID, r.Fields, r.Count, string(r.Refused),
			r.Sequence, r.Hash,
		}
	}
	if format == "json" {
		encoder := json.NewEncoder(w)
		return func(r onboarding.AuditRow) error { return encoder.Encode(line(r)) }, func() error { return nil }
	}
	table := csv.NewWriter(w)
	err := table.Write([]string{
		"id", "organizationId", "at", "actor", "actorId", "requestId", "action", "target", "targetId", "fields",
		"count", "refused", "sequence", "hash",
	})
	each = func(r onboarding.AuditRow) error {
		l := line(r)
		return errors.Join(err, table.Write([]string{
			l.ID, l.OrganizationID, l.At, l.Actor, l.ActorID, l.RequestID, l.Action, l.Target, l.TargetID,
			strings.Join(l.Fields, " "), strconv.FormatInt(l.Count, 10), l.Refused, strconv.FormatInt(l.Sequence, 10),
			l.Hash,
		}))
	}
	return each, func() error { table.Flush(); return errors.Join(err, table.Error()) }
}
