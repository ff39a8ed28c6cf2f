package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"onramp/cmd/onramp/terminal"
	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/importing"
	"onramp/onboarding/importing/contactsapi"
	"onramp/onboarding/importing/csvfile"
	"onramp/onboarding/importing/radacct"
	"onramp/onboarding/importing/radcheck"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
)

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Take over people from another system",
		Long: `Take over people from another system, with the dates and places of their consents.

The rules are those of createCustomer: a person without the mandatory policies is
refused. Rows that do not fit are reported, and the others are imported. An import
that was interrupted continues when it is started again, and a repeated one changes
nothing. The guide is /docs/import.`,
		Example: `  onramp import csv people.csv --dry-run`,
		Args:    exactly(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(importCSVCommand(), importContactsCommand(), importRadcheckCommand(), importRadacctCommand())
	return cmd
}

// importFlags are the flags of each source.
type importFlags struct {
	flags
	options     registration.ImportOptions
	deduplicate string
	asJSON      bool
}

func (f *importFlags) add(cmd *cobra.Command) {
	set := cmd.Flags()
	f.dataFlags(set)
	f.tombstonesFlag(set)
	set.StringVar(&f.options.OrganizationID, "organization", "",
		"ID of the organization that takes the people over (may be left out if there is only one)")
	set.BoolVar(&f.options.DryRun, "dry-run", false, "report what an import would do, and write nothing")
	set.BoolVar(&f.options.Deleted, "deleted", false,
		"also create the people again who were deleted since an earlier import")
	set.StringVar(&f.deduplicate, "deduplicate", "", "keys by which a row finds a known customer, of "+
		strings.Join(registration.DeduplicationKeys()[:5], ",")+" (default extId, else email, else phoneNumber)")
	set.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
}

// run opens the source for the organization, imports it, and prints the report.
func (f *importFlags) run(
	cmd *cobra.Command, open func(context.Context, *onboarding.Organization) (importing.Source, *position, error),
) error {
	for key := range strings.FieldsFuncSeq(f.deduplicate, func(r rune) bool { return r == ',' || r == ' ' }) {
		f.options.Deduplicate = append(f.options.Deduplicate, key)
	}
	return withService(cmd.Context(), &f.flags, func(_ *storage, s *deployment.Deployment) error {
		o, err := chosenOrganization(cmd.Context(), s, f.options.OrganizationID)
		if err != nil {
			return err
		}
		f.options.OrganizationID = o.ID
		source, at, err := open(cmd.Context(), o)
		if err != nil {
			return err
		}
		if at.close != nil {
			defer func() { _ = at.close(context.WithoutCancel(cmd.Context())) }() // the token ends by itself
		}
		report, err := newImportReport(cmd.OutOrStdout(), f.asJSON, f.options.DryRun)
		if err != nil {
			return err
		}
		defer report.close()
		bar := terminal.NewProgress(cmd.ErrOrStderr(), at.total, time.Now())
		counts, err := s.Imports.Run(cmd.Context(), importing.Options{
			ImportOptions: f.options, Source: source, Found: report.add,
			Progress: func(r importing.Report) { bar.ShowPart(r.Read, at.done()) },
		})
		bar.End()
		if err := errors.Join(report.end(counts), err); err != nil {
			return err
		}
		if counts.Refused > 0 {
			return fmt.Errorf("%d of %d rows are refused", counts.Refused, counts.Read)
		}
		return nil
	})
}

// chosenOrganization returns the organization of an ID, or the only one.
func chosenOrganization(ctx context.Context, s *deployment.Deployment, id string) (*onboarding.Organization, error) {
	all, err := s.Tenant.Export(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, usageError{errors.New("--organization is required when several exist")}
	}
	return all[0], nil
}

// position is the progress within a source: done of total, in a unit of the source. total is 0 if
// it is not known.
type position struct {
	total int
	done  func() int
	close func(context.Context) error // nil: nothing to close
}

func importCSVCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "csv FILE",
		Short: "Import people from a CSV file",
		Long: `Import people from a CSV file; - is the standard input.

The first line names the columns: members of a customer as in the API (username,
firstName, email, extId, custom.NAME ...), the keys of the organization's policies
with true or false, consentDate and consentSource. Cells are separated by commas,
semicolons or tabs; the text is UTF-8, or UTF-16 with a byte order mark.`,
		Example: `  onramp import csv people.csv --dry-run
  onramp import csv people.csv --organization 3a8ccd060216452e09b2b32e750cb5eb --json`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.options.Source = "csv"
			from, size, err := openImport(cmd, args[0])
			if err != nil {
				return err
			}
			if file, ok := from.(*os.File); ok {
				defer file.Close()
			}
			return f.run(cmd, func(_ context.Context, o *onboarding.Organization) (importing.Source, *position, error) {
				read := &countingReader{r: from}
				at := &position{total: size, done: read.count}
				source, err := csvfile.Open(read, o)
				if err != nil {
					return nil, nil, fmt.Errorf("%s: %w", args[0], err)
				}
				return source, at, nil
			})
		},
	}
	f.add(cmd)
	return cmd
}

// openImport opens a file, or standard input for -. The size is 0 if it is not known. Reading from
// anything but a file ends with the command's context.
func openImport(cmd *cobra.Command, name string) (from io.Reader, size int, err error) {
	if name == "-" {
		return standardInput(cmd), 0, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	open := func() (io.Reader, error) { return os.Open(name) }
	if !info.Mode().IsRegular() {
		return terminal.Input(cmd.Context(), open), 0, nil
	}
	from, err = open()
	return from, int(info.Size()), err
}

// tablesInput returns the source and the standard input of an import of tables. A named pipe, such
// as <(mysqldump ...), takes the place of standard input, so that its reading ends with the
// command's context.
func tablesInput(cmd *cobra.Command, name string) (source string, input io.Reader) {
	info, err := os.Stat(name)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return name, standardInput(cmd)
	}
	return "-", terminal.Input(cmd.Context(), func() (io.Reader, error) { return os.Open(name) })
}

func importContactsCommand() *cobra.Command {
	var f importFlags
	var config contactsapi.Config
	var keyFile string
	cmd := &cobra.Command{
		Use:   "contacts URL",
		Short: "Import people from the Contacts API of another deployment",
		Long: `Import people from the Contacts API of another deployment, or of a service with the
same API: their attributes, user names, consents with dates and versions, and times
of registration. The API gives no Wi-Fi passwords, so that each person gets a new
one, and needs a new profile.`,
		Example: `  onramp import contacts https://wifi.example.com --key-file key.json \
    --source-organization 3a8ccd060216452e09b2b32e750cb5eb --dry-run`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.options.Source, config.URL = "contacts", args[0]
			if keyFile == "" || config.OrganizationID == "" {
				return usageError{errors.New("--key-file and --source-organization are required")}
			}
			text, err := os.ReadFile(keyFile)
			if err != nil {
				return err
			}
			if json.Unmarshal(text, &config.Key) != nil { // its error may show a part of the secret
				return fmt.Errorf("%s: not the JSON that onramp key create prints", keyFile)
			}
			open := func(ctx context.Context, o *onboarding.Organization) (importing.Source, *position, error) {
				config.Organization = o
				source, err := contactsapi.Open(ctx, config)
				if err != nil {
					return nil, nil, err
				}
				return source, &position{total: source.Total(), done: source.Done, close: source.Close}, nil
			}
			return f.run(cmd, open)
		},
	}
	f.add(cmd)
	set := cmd.Flags()
	set.StringVar(&keyFile, "key-file", "",
		"file with a client key of the other deployment, as its onramp key create prints it")
	set.StringVar(&config.OrganizationID, "source-organization", "", "ID of the organization in the other deployment")
	set.StringSliceVar(&config.WithoutPolicies, "without-policy", nil,
		"key of a policy whose decisions are left out; without it, undeclared policies are refused")
	set.BoolVar(&config.DefaultLocation, "default-location", false,
		"take over people of unknown locations at the organization's default location")
	return cmd
}

func importRadcheckCommand() *cobra.Command {
	var f importFlags
	var config radcheck.Config
	var accepted []string
	var date, place string
	cmd := &cobra.Command{
		Use:   "radcheck DATABASE",
		Short: "Import people from FreeRADIUS's table radcheck, with their passwords",
		Long: `Import people from FreeRADIUS's table radcheck, with their passwords in clear text.
DATABASE is mysql://USER@HOST/NAME (MySQL, MariaDB), postgres://USER@HOST/NAME,
a SQLite file, or a dump as text by mysqldump or pg_dump; - is a dump on the
standard input. The password of a database comes from MYSQL_PWD or
--password-file, or from PGPASSWORD or ~/.pgpass. The table holds no consents:
--accepted declares the policies that all these people have accepted.`,
		Example: `  onramp import radcheck mysql://radius@db.example/radius --password-file radius.txt --dry-run \
    --accepted termsOfUse,privacy --consent-date 2021-05-01 --consent-source 'contract of the hotel'
  mysqldump radius radcheck radusergroup radgroupcheck | onramp import radcheck - --dry-run`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.options.Source = "radcheck"
			config.Tables.Source, config.Tables.Input = tablesInput(cmd, args[0])
			if len(accepted) > 0 && (date == "" || place == "") {
				return usageError{errors.New("--accepted needs --consent-date and --consent-source")}
			}
			var at time.Time
			if date != "" {
				day, err := onboarding.ParseStretch("--consent-date", date)
				if err != nil {
					return usageError{err}
				}
				at = day.Start
			}
			for _, policy := range accepted {
				config.Consents = append(config.Consents, registration.ImportedConsent{
					Policy: policy, Accepted: true, At: at, Place: place,
				})
			}
			open := func(ctx context.Context, o *onboarding.Organization) (importing.Source, *position, error) {
				for _, policy := range accepted {
					if !o.KnowsPolicy(policy) {
						return nil, nil, fmt.Errorf("--accepted: %q is not a policy of the organization", policy)
					}
				}
				source, err := radcheck.Open(ctx, config)
				if err != nil {
					return nil, nil, err
				}
				done := func(context.Context) error { source.Close(); return nil }
				return source, &position{total: source.Total(), done: source.Done, close: done}, nil
			}
			return f.run(cmd, open)
		},
	}
	f.add(cmd)
	set := cmd.Flags()
	set.StringVar(&config.Tables.PasswordFile, "password-file", "", "file with the password of a MySQL database")
	set.StringSliceVar(&accepted, "accepted", nil, "keys of the policies that all these people have accepted")
	set.StringVar(&date, "consent-date", "", "when they accepted, a date or a time")
	set.StringVar(&place, "consent-source", "", "where they accepted, for the ledger of consents")
	set.StringSliceVar(&config.WithoutAttributes, "without-attribute", nil,
		"check item that is left out, such as Simultaneous-Use; without it, unknown ones are refused")
	set.BoolVar(&config.NewPasswords, "new-passwords", false,
		"give people whose password is stored as a hash a new one; they need a new profile")
	return cmd
}

func importRadacctCommand() *cobra.Command {
	var f flags
	var options radius.HistoryOptions
	var config radacct.Config
	var zone string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "radacct DATABASE",
		Short: "Import the connections of imported people from FreeRADIUS's table radacct",
		Long: `Import the connections of people who were imported, with their devices, from
FreeRADIUS's table radacct. DATABASE is as in import radcheck. The connections count
in statistics; no webhook gets an event of them.`,
		Example: `  onramp import radacct mysql://radius@db.example/radius --time-zone Europe/Rome --dry-run`,
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config.Tables.Source, config.Tables.Input = tablesInput(cmd, args[0])
			if zone != "" {
				var err error
				if config.Zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
					return usageError{fmt.Errorf("--time-zone: %q is no time zone, such as Europe/Rome or UTC", zone)}
				}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				o, err := chosenOrganization(cmd.Context(), s, options.OrganizationID)
				if err != nil {
					return err
				}
				options.OrganizationID = o.ID
				table, err := radacct.Open(cmd.Context(), config)
				if err != nil {
					return err
				}
				defer table.Close()
				bar := terminal.NewProgress(cmd.ErrOrStderr(), table.Total(), time.Now())
				report, err := table.Import(cmd.Context(), s.RADIUS, options, func(r radacct.Report) {
					bar.Show(r.Read)
				})
				bar.End()
				err = errors.Join(printHistory(cmd.OutOrStdout(), &report, asJSON, options.DryRun), err)
				if refused := report.Outcomes[radius.HistoryRefused]; err == nil && refused > 0 {
					err = fmt.Errorf("%d of %d rows are refused: they have no acctuniqueid, or no possible times",
						refused, report.Read)
				}
				return err
			})
		},
	}
	set := cmd.Flags()
	f.dataFlags(set)
	set.StringVar(&options.OrganizationID, "organization", "",
		"ID of the organization of the people (may be left out if there is only one)")
	set.BoolVar(&options.DryRun, "dry-run", false, "report what an import would do, and write nothing")
	set.StringVar(&config.Tables.PasswordFile, "password-file", "", "file with the password of a MySQL database")
	set.StringVar(&zone, "time-zone", "", "time zone of the database's times, which MySQL stores without one")
	set.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// printHistory prints the counts of an import of connections, and the unknown user names with the
// most of them.
func printHistory(w io.Writer, r *radacct.Report, asJSON, dryRun bool) error {
	const most = 20
	users, all := r.UnknownUsers(most)
	n := r.Outcomes
	if asJSON {
		return json.NewEncoder(w).Encode(struct {
			Read         int                   `json:"read"`
			Imported     int                   `json:"imported"`
			Known        int                   `json:"known"`
			Open         int                   `json:"open"`
			TooOld       int                   `json:"tooOld"`
			NotAgreed    int                   `json:"notAgreed"`
			UnknownUser  int                   `json:"unknownUser"`
			Refused      int                   `json:"refused"`
			UnknownUsers []radacct.UnknownUser `json:"unknownUsers"`
		}{
			r.Read, n[radius.HistoryImported], n[radius.HistoryKnown], n[radius.HistoryOpen], n[radius.HistoryTooOld],
			n[radius.HistoryNotAgreed], n[radius.HistoryUnknownUser], n[radius.HistoryRefused], users,
		})
	}
	begin := ""
	if dryRun {
		begin = "dry run: "
	}
	text := fmt.Sprintf("%s%d read, %d imported, %d imported before; left out: %d open, %d too old, "+
		"%d without agreement, %d of unknown user names, %d refused\n", begin, r.Read, n[radius.HistoryImported],
		n[radius.HistoryKnown], n[radius.HistoryOpen], n[radius.HistoryTooOld], n[radius.HistoryNotAgreed],
		n[radius.HistoryUnknownUser], n[radius.HistoryRefused])
	if all > 0 {
		text += fmt.Sprintf("%d unknown user names; those with the most connections:\n", all)
	}
	for _, u := range users {
		text += fmt.Sprintf("  %q %d\n", u.Username, u.Connections)
	}
	_, err := io.WriteString(w, text)
	return err
}

// importReport prints the findings and the counts of an import. Findings of JSON wait in a
// temporary file, because the counts precede them.
type importReport struct {
	w       io.Writer
	dryRun  bool
	waiting *os.File // nil: text
	found   int
}

func newImportReport(w io.Writer, asJSON, dryRun bool) (*importReport, error) {
	r := &importReport{w: w, dryRun: dryRun}
	if asJSON {
		var err error
		if r.waiting, err = os.CreateTemp("", "onramp-import-*"); err != nil {
			return nil, err
		}
		_ = os.Remove(r.waiting.Name()) // now, so that kill -9 leaves nothing; Windows removes it at the end
		_ = os.Remove(r.waiting.Name()) // Unix: none is left by kill -9, either
	}
	return r, nil
}

func (r *importReport) close() {
	if r.waiting != nil {
		r.waiting.Close()
		os.Remove(r.waiting.Name())
	}
}

// add prints a finding.
func (r *importReport) add(f importing.Finding) error {
	r.found++
	if r.waiting == nil {
		text := f.Message
		if f.Field != "" {
			text = f.Field + ": " + text
		}
		_, err := fmt.Fprintf(r.w, "line %d: %s\n", f.Line, terminal.Visible(text))
		return err
	}
	line, err := json.Marshal(struct {
		Line    int    `json:"line"`
		Field   string `json:"field"`
		Message string `json:"message"`
	}{f.Line, f.Field, f.Message})
	if err == nil && r.found > 1 {
		line = append([]byte(","), line...)
	}
	if err == nil {
		_, err = r.waiting.Write(line)
	}
	return err
}

// end prints the counts.
func (r *importReport) end(c importing.Report) error {
	if r.waiting == nil {
		begin := ""
		if r.dryRun {
			begin = "dry run: "
		}
		_, err := fmt.Fprintf(r.w, "%s%d read, %d created, %d updated, %d unchanged, %d refused\n", begin, c.Read,
			c.Created, c.Updated, c.Read-c.Created-c.Updated-c.Refused, c.Refused)
		return err
	}
	if _, err := r.waiting.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(r.w, `{"read":%d,"created":%d,"updated":%d,"refused":[`,
		c.Read, c.Created, c.Updated); err != nil {
		return err
	}
	if _, err := io.Copy(r.w, r.waiting); err != nil {
		return err
	}
	_, err := io.WriteString(r.w, "]}\n")
	return err
}

// countingReader counts the bytes that were read.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) count() int { return int(c.n.Load()) }

// Read implements io.Reader.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
