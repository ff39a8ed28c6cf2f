package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
)

// consoleCommand prints a link that signs an operator in to the console.
func consoleCommand() *cobra.Command {
	var f flags
	var organization, location, role string
	var end bool
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Print a link that signs one browser in to the operator's pages, once, within ten minutes",
		Long: "Print a link that signs one browser in to the operator's pages, once, within ten minutes. The session " +
			"sees all organizations, or the one of --organization; it ends after an hour without use, after twelve " +
			"hours, and with --end-sessions. The link begins with the public URL of the last serve.",
		Example: "  onramp console --organization 3a8ccd060216452e09b2b32e750cb5eb",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.checkPublicURL(); err != nil {
				return err
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				if end {
					n, err := s.Access.EndSessions(cmd.Context())
					if err == nil {
						fmt.Fprintf(cmd.OutOrStdout(), "ended sessions: %d\n", n)
					}
					return err
				}
				publicURL := f.publicURL
				if publicURL == "" {
					var err error
					if publicURL, err = optionalSetting(cmd.Context(), s, settingPublicURL); err != nil {
						return err
					}
				}
				if publicURL == "" {
					return errors.New("no serve has run on this database: give --public-url")
				}
				token, expires, err := s.Access.NewSignInLink(cmd.Context(), access.NewSignIn{
					OrganizationID: organization, Role: auth.Role(role), LocationID: location,
				})
				if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Field != "" {
					return usageError{fmt.Errorf("--%s: %s", e.Field, e.Message)}
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Open this link by %s, in the browser that shall be signed in:\n%s\n",
					expires.Local().Format(time.TimeOnly), publicURL+"/console/sign-in/"+token)
				return nil
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.publicURLFlag(cmd.Flags())
	cmd.Flags().StringVar(&organization, "organization", "",
		"ID of the organization that the session may see (default all)")
	cmd.Flags().StringVar(&role, "role", string(auth.OrganizationManager),
		"role of the session: organizationManager, locationManager or support")
	cmd.Flags().StringVar(&location, "location", "",
		"ID of the location whose people a locationManager sees: those who signed up there")
	cmd.Flags().BoolVar(&end, "end-sessions", false, "end all sessions and links of the console, on all replicas")
	cmd.MarkFlagsMutuallyExclusive("end-sessions", "organization")
	return cmd
}
