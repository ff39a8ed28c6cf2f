package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"onramp/onboarding/deployment"
	"onramp/onboarding/poster"
)

// posterCommand prints a poster for the door of a venue.
func posterCommand() *cobra.Command {
	var f flags
	var organization, location string
	var languages []string
	cmd := &cobra.Command{
		Use:   "poster",
		Short: "Print a poster of a sign-up page: one A4 page of HTML with the QR code, to print",
		Long: "Print a poster of an organization's sign-up page as one HTML file without references, which a browser " +
			"prints on one A4 page: the venue's logo, the address as QR code and as text, the steps, and the contact " +
			"for help. The QR code holds the address that link prints. The text is shorter: it leaves out https:// " +
			"and the location, so sign-ups by it count at the default location; give the organization a " +
			"portal.slug to make it short.",
		Example: "  onramp poster >poster.html",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.checkPublicURL(); err != nil {
				return err
			}
			if err := poster.CheckLanguages(languages); err != nil {
				return usageError{fmt.Errorf("--language: %w", err)}
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				p, err := findPortal(cmd.Context(), d, s, f.publicURL, organization, location)
				if err != nil {
					return err
				}
				if err := poster.Write(cmd.OutOrStdout(), p.Sheet(languages)); err != nil {
					return err
				}
				if p.Loopback() {
					fmt.Fprintf(cmd.ErrOrStderr(), "onramp: no phone reaches %s: give --public-url before you print\n",
						p.PublicURL)
				}
				return nil
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.publicURLFlag(cmd.Flags())
	f.organizationFlag(cmd, &organization, "ID of the organization; may be left out if there is only one")
	cmd.Flags().StringVar(&location, "location", "", "ID of a location: its name is shown, and sign-ups count there")
	cmd.Flags().StringSliceVar(&languages, "language", nil,
		"languages, one to three, the large one first (default the first of the organization that have texts)")
	return cmd
}
