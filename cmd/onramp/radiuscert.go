package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"onramp/certs"
	"onramp/onboarding/deployment"
	"onramp/onboarding/forecast"
)

func radiusCertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "radius-cert", Short: "Prepare a change of the RADIUS server's certificate",
		Example: "  onramp radius-cert check new.pem\n  onramp radius-cert plan",
	}
	cmd.AddCommand(radiusCertCheckCommand(), radiusCertPlanCommand())
	return cmd
}

// certificateFlags are the flags of both commands.
type certificateFlags struct {
	flags
	chain, organization string
	json                bool
}

func (f *certificateFlags) add(cmd *cobra.Command) {
	f.dataFlags(cmd.Flags())
	cmd.Flags().StringVar(&f.chain, "chain", "", "intermediate certificates (PEM) that follow those in the file")
	f.organizationFlag(cmd, &f.organization, "only the organization with this ID")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
}

// load returns the chain that the server would send. Errors are usage errors, so that exit code 1
// means that a profile refuses the certificate.
func (f *certificateFlags) load(file string) ([]*x509.Certificate, error) {
	chain, err := certs.LoadCertificates(file)
	if err == nil && f.chain != "" {
		var more []*x509.Certificate
		more, err = certs.LoadCertificates(f.chain)
		chain = append(chain, more...)
	}
	if err == nil {
		err = serverFirst(chain)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return chain, nil
}

// serverFirst returns an error if the first certificate is the issuer of another one: FreeRADIUS
// sends the first as its own.
func serverFirst(chain []*x509.Certificate) error {
	first := chain[0]
	for i, c := range chain[1:] {
		if bytes.Equal(c.RawIssuer, first.RawSubject) && !bytes.Equal(c.RawSubject, first.RawSubject) {
			return fmt.Errorf("certificate 1 (%s) is the issuer of certificate %d (%s): the server's own must be first",
				first.Subject, i+2, c.Subject)
		}
	}
	return nil
}

func radiusCertCheckCommand() *cobra.Command {
	var f certificateFlags
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Predict which profiles on phones accept a new RADIUS certificate",
		Long: "Predict which profiles on phones accept a new RADIUS certificate.\n\n" +
			"FILE (PEM) holds the certificate and then the intermediates that FreeRADIUS will send.\n" +
			"Exit code 0: no profile refuses it; 1: at least one does, or the command failed; 2: wrong usage.",
		Example: "  onramp radius-cert check new.pem",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			chain, err := f.load(args[0])
			if err != nil {
				return err
			}
			return withService(cmd.Context(), &f.flags, func(_ *storage, s *deployment.Deployment) error {
				summary, err := f.check(cmd.Context(), cmd.OutOrStdout(), s.Forecasts, chain, nil)
				if err != nil {
					return err
				}
				return refusedError(summary)
			})
		},
	}
	f.add(cmd)
	return cmd
}

func radiusCertPlanCommand() *cobra.Command {
	var f certificateFlags
	cmd := &cobra.Command{
		Use:   "plan [FILE]",
		Short: "Record a new RADIUS certificate and show the share of profiles that accept it",
		Long: "Record a new RADIUS certificate and show the share of profiles that accept it.\n\n" +
			"Without FILE, it shows the share for the recorded certificate. The customers in the list still\n" +
			"hold an old profile. Exit codes are those of check.",
		Example: "  onramp radius-cert plan new.pem",
		Args:    atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var chain []*x509.Certificate
			var err error
			if len(args) == 1 {
				if chain, err = f.load(args[0]); err != nil {
					return err
				}
			} else if f.chain != "" {
				return usageError{errors.New("--chain needs a FILE")}
			}
			return withService(cmd.Context(), &f.flags, func(_ *storage, s *deployment.Deployment) error {
				candidate, chain, err := candidateOf(cmd.Context(), s.Forecasts, chain)
				if err != nil {
					return err
				}
				summary, err := f.check(cmd.Context(), cmd.OutOrStdout(), s.Forecasts, chain, candidate)
				if err != nil {
					return err
				}
				return refusedError(summary)
			})
		},
	}
	f.add(cmd)
	return cmd
}

// candidateOf records a chain as the candidate, or returns the recorded one if chain is empty.
func candidateOf(
	ctx context.Context, s *forecast.Forecasts, chain []*x509.Certificate,
) (*forecast.Candidate, []*x509.Certificate, error) {
	if len(chain) > 0 {
		candidate, err := s.RecordCandidate(ctx, forecast.Query{Chain: chain})
		return candidate, chain, err
	}
	candidate, err := s.Candidate(ctx)
	if err != nil {
		return nil, nil, err
	}
	chain, err = certs.ParseCertificates([]byte(candidate.Chain))
	return candidate, chain, err
}

// check prints a forecast. Profiles are printed as they are read, so the summary follows them. The
// candidate is nil for the command check.
func (f *certificateFlags) check(
	ctx context.Context, out io.Writer, s *forecast.Forecasts, chain []*x509.Certificate,
	candidate *forecast.Candidate,
) (*forecast.Summary, error) {
	w := bufio.NewWriter(out)
	var report certificateReport = &certificateText{w: w, chain: chain, candidate: candidate}
	if f.json {
		report = &certificateJSON{w: w, chain: chain, candidate: candidate}
	}
	summary, err := s.Check(ctx, forecast.Query{OrganizationID: f.organization, Chain: chain}, report.profile)
	if err == nil {
		err = report.end(summary)
	}
	if err == nil {
		err = w.Flush()
	}
	return summary, err
}

// certificateReport is a form of the output.
type certificateReport interface {
	profile(forecast.Profile) error
	end(*forecast.Summary) error
}

func refusedError(s *forecast.Summary) error {
	if s.Refuse == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d profiles refuse the certificate", s.Refuse, s.Profiles)
}
