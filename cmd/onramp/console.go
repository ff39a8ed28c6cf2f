package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
	"onramp/onboarding/server/console/oidc"
)

// signOnFlags are the flags about the OpenID provider of the console.
type signOnFlags struct {
	issuer, clientID, secretFile, roleClaim string

	client *oidc.Client // of open; nil: off
}

func (f *signOnFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.issuer, "oidc-issuer", "",
		"URL of the OpenID provider by which operators sign in to the console (default none)")
	set.StringVar(&f.clientID, "oidc-client-id", "", "ID of the console at the OpenID provider")
	set.StringVar(&f.secretFile, "oidc-client-secret-file", "", "file with the secret of --oidc-client-id")
	set.StringVar(&f.roleClaim, "oidc-role-claim", "onramp_roles",
		"claim of the ID token that holds an operator's roles (form in the guide console)")
}

// open returns the client of the provider; nil without one. It makes no request.
func (f *signOnFlags) open(log *slog.Logger) (*oidc.Client, error) {
	if f.issuer == "" {
		if f.clientID != "" || f.secretFile != "" {
			return nil, usageError{errors.New("--oidc-client-id and --oidc-client-secret-file need --oidc-issuer")}
		}
		return nil, nil
	}
	if f.clientID == "" || f.secretFile == "" || f.roleClaim == "" {
		return nil, usageError{errors.New(
			"--oidc-issuer needs --oidc-client-id, --oidc-client-secret-file and --oidc-role-claim")}
	}
	data, err := os.ReadFile(f.secretFile)
	if err != nil {
		return nil, usageError{fmt.Errorf("--oidc-client-secret-file: %w", err)}
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" || len(secret) > 1024 || strings.ContainsAny(secret, "\r\n\x00") {
		return nil, usageError{fmt.Errorf("--oidc-client-secret-file: %s must hold one line", f.secretFile)}
	}
	client, err := oidc.New(oidc.Config{
		Issuer: f.issuer, ClientID: f.clientID, ClientSecret: secret, RoleClaim: f.roleClaim, Log: log, Now: clock,
	})
	if err != nil {
		return nil, usageError{fmt.Errorf("--oidc-%w", err)}
	}
	return client, nil
}

// checks returns the doctor's check of the provider, if there is one.
func (f *signOnFlags) checks() []doctor.Check {
	const name = "single sign-on"
	client, err := f.open(nil)
	switch {
	case err != nil:
		return []doctor.Check{doctor.Failed(name, err)}
	case client == nil:
		return nil
	}
	return []doctor.Check{func(context.Context) []doctor.Line {
		if err := client.Check(); err != nil {
			return []doctor.Line{{Status: doctor.Fail, Check: name, Text: err.Error()}}
		}
		return []doctor.Line{{Status: doctor.OK, Check: name, Text: f.issuer}}
	}}
}

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
				publicURL, err := publicURLOf(cmd.Context(), s, f.publicURL)
				if err != nil {
					return err
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
	f.organizationFlag(cmd, &organization, "ID of the organization that the session may see (default all)")
	cmd.Flags().StringVar(&role, "role", string(auth.OrganizationManager),
		"role of the session: organizationManager, locationManager or support")
	cmd.Flags().StringVar(&location, "location", "",
		"ID of the location whose people a locationManager sees: those who signed up there")
	cmd.Flags().BoolVar(&end, "end-sessions", false, "end all sessions and links of the console, on all replicas")
	cmd.MarkFlagsMutuallyExclusive("end-sessions", "organization")
	return cmd
}
