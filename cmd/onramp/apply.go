package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"onramp/cmd/onramp/terminal"
	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/poster"
	"onramp/onboarding/tenantfile"
)

func applyCommand() *cobra.Command {
	var f flags
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "apply FILE...",
		Short: "Replace organizations with those in tenant files (- reads stdin)",
		Long: "Replace organizations with those in tenant files (- reads stdin); all others are unchanged. Nothing\n" +
			"is changed unless every file is right: all errors of all files are printed at once, with file, line\n" +
			"and key. After the change, it prints the addresses of the sign-up pages, in a terminal with a QR\n" +
			"code.\n\n" +
			"With --dry-run, nothing is written: it prints each value that would be added (+), removed (-) or\n" +
			"changed (~), and no secret.\n\n" +
			"The exit code is 0 if the files are accepted, also by a dry run that shows changes, and 1 if they are\n" +
			"refused.",
		Example: "  onramp apply venue.yaml\n  onramp apply --dry-run venue.yaml\n  onramp export | onramp apply -",
		Args:    atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkPublicURL(); err != nil {
				return err
			}
			if dryRun {
				return f.dryRun(cmd, args)
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				applied, err := tenantfile.Apply(cmd.Context(), s.Tenant, args, standardInput(cmd), cmd.OutOrStdout(),
					cmd.ErrOrStderr())
				if err != nil {
					return err
				}
				if err := d.markInitialised(cmd.Context()); err != nil {
					return err
				}
				return f.printPortals(cmd, d, s, applied)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.freshFlag(cmd.Flags())
	f.publicURLFlag(cmd.Flags())
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the changes and write nothing")
	return cmd
}

// dryRun prints the changes of an apply. Where there is no data folder yet, it compares with an
// empty one that it removes again.
func (f *flags) dryRun(cmd *cobra.Command, names []string) (err error) {
	if _, missing := os.Lstat(f.data); f.database == "" && errors.Is(missing, fs.ErrNotExist) {
		folder, err := os.MkdirTemp("", "onramp-dry-run-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		f.data, f.masterKeyFile = folder, ""
	}
	return withService(cmd.Context(), f, func(_ *storage, s *deployment.Deployment) error {
		return tenantfile.DryRun(cmd.Context(), s.Tenant, names, standardInput(cmd), cmd.OutOrStdout(),
			cmd.ErrOrStderr())
	})
}

// printPortals prints the addresses of the organizations' sign-up pages, in a terminal with the QR
// code of one.
func (f *flags) printPortals(
	cmd *cobra.Command, d *storage, s *deployment.Deployment, organizations []*onboarding.Organization,
) error {
	if len(organizations) == 0 {
		return nil
	}
	publicURL, err := lastPublicURL(cmd.Context(), s, f.publicURL)
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if publicURL == "" {
		fmt.Fprintln(w, "After the first serve, onramp link prints the address of the sign-up page.")
		return nil
	}
	for _, o := range organizations {
		p := &poster.Portal{PublicURL: publicURL, Organization: o}
		title := "Sign-up page of " + o.Name
		if len(organizations) == 1 && terminal.Is(w) {
			printLink(w, title, p.Link())
		} else {
			fmt.Fprintf(w, "%s: %s\n", title, p.Link())
		}
	}
	return nil
}

func exportCommand() *cobra.Command {
	var f flags
	var organization string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print organizations as a tenant file",
		Example: "  onramp export >venues.yaml\n" +
			"  onramp export --organization 3a8ccd060216452e09b2b32e750cb5eb",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return tenantfile.ExportTo(cmd.Context(), s.Tenant, organization, cmd.OutOrStdout())
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &organization, "print only the organization with this ID")
	return cmd
}
