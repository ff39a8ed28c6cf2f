package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
	"onramp/onboarding/messages/mail"
	"onramp/onboarding/messages/sms"
)

// messageFlags are the flags about the servers that deliver e-mails and SMS.
type messageFlags struct {
	smtp, passwordFile, from string
	gateway                  string
}

func (m *messageFlags) add(set *pflag.FlagSet) {
	set.StringVar(&m.smtp, "smtp", "",
		"SMTP server, smtp://[USER@]HOST:PORT?tls=starttls|tls|none (default none: no e-mails)")
	set.StringVar(&m.passwordFile, "smtp-password-file", "", "file with the password of the user in --smtp")
	set.StringVar(&m.from, "mail-from", "", "e-mail address of the sender; required with --smtp")
	set.StringVar(&m.gateway, "sms-gateway", "",
		"YAML file that describes the HTTP gateway for SMS (default none: no SMS)")
}

// open reads the settings; nil where there are none.
func (m *messageFlags) open() (server *mail.Server, gateway *sms.Gateway, err error) {
	switch {
	case m.smtp != "":
		if server, err = mail.Parse(m.smtp, m.passwordFile, m.from); err != nil {
			return nil, nil, usageError{err}
		}
	case m.passwordFile != "" || m.from != "":
		return nil, nil, usageError{errors.New("--smtp-password-file and --mail-from need --smtp")}
	}
	if m.gateway != "" {
		if gateway, err = sms.Open(m.gateway); err != nil {
			return nil, nil, usageError{err}
		}
	}
	return server, gateway, nil
}

// deliver sets the servers of a deployment.
func (m *messageFlags) deliver(c *deployment.Config) error {
	server, gateway, err := m.open()
	if server != nil { // a nil pointer in an interface would count as a server
		c.Mail = server
	}
	if gateway != nil {
		c.SMS = gateway
	}
	return err
}

// checkTime bounds the doctor's session with the SMTP server.
const checkTime = 30 * time.Second

// missing returns the flag of the server that sends the codes of the organization's portal.verify,
// if it is not set, else "".
func (m *messageFlags) missing(o *onboarding.Organization) string {
	switch {
	case o.Portal.Verify == onboarding.VerifyEmail && m.smtp == "":
		return "--smtp"
	case o.Portal.Verify == onboarding.VerifySMS && m.gateway == "":
		return "--sms-gateway"
	}
	return ""
}

// missingForNotices returns the flag of the server that sends the notices of the organization's
// portal.renewalDays, if it is not set, else "".
func (m *messageFlags) missingForNotices(o *onboarding.Organization) string {
	switch {
	case o.Portal.RenewalDays == 0:
		return ""
	case o.Portal.Verify != onboarding.VerifyNone:
		return m.missing(o)
	case m.smtp == "" && m.gateway == "": // addresses that apps have verified
		return "--smtp"
	}
	return ""
}

// warnOfMissing logs a warning for each organization whose codes or notices cannot be sent.
func (m *messageFlags) warnOfMissing(ctx context.Context, store onboarding.OrganizationReader, log *slog.Logger) error {
	organizations, err := store.Organizations(ctx)
	for _, o := range organizations {
		if setting := m.missing(o); setting != "" {
			log.Warn("portal.verify lacks a setting: nobody can sign up on the page of this organization",
				"organization", o.ID, "verify", string(o.Portal.Verify), "setting", setting)
		}
		if setting := m.missingForNotices(o); setting != "" {
			log.Warn("portal.renewalDays lacks a setting: no notice is sent", "organization", o.ID,
				"renewalDays", o.Portal.RenewalDays, "setting", setting)
		}
	}
	return err
}

// checks returns the doctor's checks of the servers. SMS cost money, so that the gateway's file
// alone is checked.
func (m *messageFlags) checks(s doctor.Organizations) []doctor.Check {
	server, gateway, err := m.open()
	if err != nil {
		return []doctor.Check{doctor.Failed("messages", err)}
	}
	checks := []doctor.Check{doctor.Codes(s, m.missing, m.missingForNotices)}
	if server != nil {
		checks = append(checks, func(ctx context.Context) []doctor.Line {
			ctx, cancel := context.WithTimeout(ctx, checkTime)
			defer cancel()
			if err := server.Check(ctx); err != nil {
				return []doctor.Line{{Status: doctor.Fail, Check: "smtp", Text: err.Error()}}
			}
			return []doctor.Line{{Status: doctor.OK, Check: "smtp", Text: server.Describe()}}
		})
	}
	if gateway != nil {
		checks = append(checks, func(context.Context) []doctor.Line {
			return []doctor.Line{{Status: doctor.OK, Check: "sms gateway", Text: gateway.Describe()}}
		})
	}
	return checks
}

func messagesCommand() *cobra.Command {
	var f flags
	var organization string
	most := 50
	cmd := &cobra.Command{
		Use:     "messages",
		Short:   "List the last e-mails and SMS with their outcomes, without addresses and contents",
		Example: "  onramp messages --limit 20",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if most < 1 {
				return usageError{errors.New("--limit must be at least 1")}
			}
			return withService(cmd.Context(), &f, func(d *storage, _ *deployment.Deployment) error {
				return listMessages(cmd.Context(), cmd.OutOrStdout(), d.store, organization, most)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.tombstonesFlag(cmd.Flags())
	f.organizationFlag(cmd, &organization, "ID of an organization (default all)")
	cmd.Flags().IntVar(&most, "limit", most, "messages of each organization")
	return cmd
}

// listMessages prints the last messages of an organization, or of each if the ID is empty.
func listMessages(ctx context.Context, w io.Writer, store onboarding.Reader, organization string, most int) error {
	ids := []string{organization}
	if organization == "" {
		all, err := store.Organizations(ctx)
		if err != nil {
			return err
		}
		ids = nil
		for _, o := range all {
			ids = append(ids, o.ID)
		}
	} else if _, err := store.Organization(ctx, organization); err != nil {
		return fmt.Errorf("--organization: %w", err)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ORGANIZATION\tMESSAGE\tCREATED\tCHANNEL\tKIND\tATTEMPTS\tOUTCOME\tNEXT OR FINISHED")
	for _, id := range ids {
		last, err := store.LastMessages(ctx, id, most)
		if err != nil {
			return err
		}
		for _, m := range last {
			outcome, at := string(m.Outcome), m.Due
			if m.Finished != nil {
				at = *m.Finished
			} else {
				outcome = "waiting"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", id, m.ID, m.Created.Format(time.RFC3339), m.Channel,
				m.Kind, m.Attempts, outcome, at.Format(time.RFC3339))
		}
	}
	return table.Flush()
}
