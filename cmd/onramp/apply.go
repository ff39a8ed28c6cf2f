package main

import (
	"github.com/spf13/cobra"

	"onramp/onboarding/deployment"
	"onramp/onboarding/tenantfile"
)

func applyCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "apply FILE...",
		Short: "Replace organizations with those in tenant files (- reads stdin)",
		Args:  atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				if err := tenantfile.Apply(cmd.Context(), s.Tenant, args, cmd.InOrStdin(), cmd.OutOrStdout(),
					cmd.ErrOrStderr()); err != nil {
					return err
				}
				return d.markInitialised(cmd.Context())
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.freshFlag(cmd.Flags())
	return cmd
}

func exportCommand() *cobra.Command {
	var f flags
	var organization string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print organizations as a tenant file",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return tenantfile.ExportTo(cmd.Context(), s.Tenant, organization, cmd.OutOrStdout())
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().StringVar(&organization, "organization", "", "print only the organization with this ID")
	return cmd
}
