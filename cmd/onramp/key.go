package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
)

func keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "key", Short: "Manage client keys of apps and operators' tools",
		Example: "  onramp key create --role publicApp\n  onramp key list",
	}
	cmd.AddCommand(keyCreateCommand(), keyListCommand(), keyChangeCommand(), keyRotateCommand(), keyRevokeCommand())
	return cmd
}

func keyCreateCommand() *cobra.Command {
	var f flags
	var organization, role, location, scope, label, expires string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a client key; its secret is shown only once",
		Example: "  onramp key create --role publicApp\n" +
			"  onramp key create --organization 3a8ccd060216452e09b2b32e750cb5eb --role organizationManager",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if organization == "" {
				return usageError{
					errors.New("--organization is required: the ID of the organization that the key belongs to")}
			}
			if role == "" {
				return usageError{fmt.Errorf("--role is required: %s", roleNames())}
			}
			r, err := auth.ParseRole(role)
			if err != nil {
				return usageError{fmt.Errorf("--role: %w", err)}
			}
			scopes := auth.RoleScopes(r)
			if scope != "" {
				if scopes, err = auth.ParseScopes(r, scope); err != nil {
					return usageError{fmt.Errorf("--scope: %w", err)}
				}
			}
			if (r == auth.LocationManager) != (location != "") {
				return usageError{
					fmt.Errorf("--location is required for the role %s, and for no other", auth.LocationManager)}
			}
			n := access.NewKey{
				OrganizationID: organization, Role: r, LocationID: location, Scopes: scopes, Label: label,
			}
			at, err := parseExpiry(expires, onboarding.Clock(clock).Now())
			if err != nil {
				return err
			}
			if !at.IsZero() {
				n.Expires = &at
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				key, secret, err := s.Access.CreateLabelledKey(asActor(cmd), n)
				if err != nil {
					return err
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(
					map[string]string{"clientKey": key, "clientSecret": secret})
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &organization, "ID of the organization that the key belongs to")
	cmd.Flags().StringVar(&role, "role", "", roleNames())
	cmd.Flags().StringVar(&location, "location", "",
		"ID of the location whose people a locationManager sees: those who signed up there")
	cmd.Flags().StringVar(&scope, "scope", "", "comma-separated scopes (default all scopes of the role)")
	keyFlags(cmd, &label, &expires)
	return cmd
}

// roleNames returns the roles joined by "or".
func roleNames() string {
	var names []string
	for _, r := range auth.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, " or ")
}

// parseExpiry reads the value of --expires: a date, an instant, a duration from now such as 90d, or
// never. Of a date, the key works until its end in UTC. The zero time means never.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return now.AddDate(0, 0, n), nil
		}
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC().Truncate(time.Second), nil
	}
	return time.Time{}, usageError{fmt.Errorf("--expires: %q is not a date (2027-12-31), an instant "+
		"(2027-12-31T12:00:00Z), a number of days (90d) or never", text)}
}

func keyListCommand() *cobra.Command {
	var f flags
	var organization string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List client keys with their expiry, last use and the age of their secrets",
		Example: "  onramp key list",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				keys, err := s.Access.Keys(cmd.Context(), organization)
				if err != nil {
					return err
				}
				now := onboarding.Clock(clock).Now()
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "CLIENT KEY\tLABEL\tORGANIZATION\tROLE\tLOCATION\tSCOPES\tCREATED\tEXPIRES\t"+
					"LAST USE\tSECRET AGE\tOLD SECRET UNTIL\tREVOKED")
				for _, k := range keys {
					oldUntil := "-"
					if old := k.Old(now); old != nil {
						oldUntil = old.Ends.Format(time.RFC3339)
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ClientKey,
						cmp.Or(k.Label, "-"), k.OrganizationID, k.Role, cmp.Or(k.LocationID, "-"), k.Scopes,
						k.Created.Format(time.RFC3339), instantOrDash(k.Expires), instantOrDash(k.LastUsed),
						age(now.Sub(k.SecretSince())), oldUntil,
						instantOrDash(k.Revoked))
				}
				return table.Flush()
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &organization, "list only the keys of the organization with this ID")
	return cmd
}

func instantOrDash(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return at.Format(time.RFC3339)
}

// age returns whole days, or hours on the first day.
func age(d time.Duration) string {
	if d < 24*time.Hour {
		return fmt.Sprintf("%dh", max(0, int(d.Hours())))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

func keyChangeCommand() *cobra.Command {
	var f flags
	var label, expires string
	cmd := &cobra.Command{
		Use:   "change CLIENTKEY",
		Short: "Change the label or the expiry of a client key",
		Example: `  onramp key change ck-... --expires 365d
  onramp key change ck-... --label 'Booking system' --expires never`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var change access.KeyChange
			if cmd.Flags().Changed("label") {
				change.Label = &label
			}
			if cmd.Flags().Changed("expires") {
				at, err := parseExpiry(expires, onboarding.Clock(clock).Now())
				if err != nil {
					return err
				}
				change.Expires = &at
			}
			if change == (access.KeyChange{}) {
				return usageError{errors.New("--label or --expires is required")}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return s.Access.ChangeKey(asActor(cmd), args[0], change)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	keyFlags(cmd, &label, &expires)
	return cmd
}

// keyFlags adds the flags of a key's properties.
func keyFlags(cmd *cobra.Command, label, expires *string) {
	cmd.Flags().StringVar(label, "label", "", "name for operators, such as the system that uses the key")
	cmd.Flags().StringVar(expires, "expires", "never",
		"end of the key: a date (2027-12-31), an instant (2027-12-31T12:00:00Z), a number of days (90d), or never")
}

func keyRotateCommand() *cobra.Command {
	var f flags
	var overlap time.Duration
	var forgetOld, revokeTokens bool
	cmd := &cobra.Command{
		Use:   "rotate CLIENTKEY",
		Short: "Give a client key another secret; the old one works during an overlap",
		Long: `Give a client key another secret, which is shown only once. The old secret works
until the overlap ends, or until --forget-old, which makes no secret. Tokens live on until
they expire, a day after their login; --revoke-tokens with --forget-old ends all tokens of
the key at once, and its clients log in again.`,
		Example: `  onramp key rotate ck-...                  # then give the secret to the client
  onramp key rotate ck-... --forget-old     # when the client uses it
  onramp key rotate ck-... --overlap 0s     # the old secret ends now
  onramp key rotate ck-... --forget-old --revoke-tokens   # it has leaked`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if revokeTokens && !forgetOld {
				return usageError{errors.New("--revoke-tokens needs --forget-old")}
			}
			if forgetOld && cmd.Flags().Changed("overlap") {
				return usageError{errors.New("--overlap and --forget-old: give one of them")}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				if forgetOld {
					return s.Access.ForgetOldSecret(asActor(cmd), args[0], revokeTokens)
				}
				secret, ends, err := s.Access.RotateKey(asActor(cmd), args[0], overlap)
				if err != nil {
					return err
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]string{
					"clientKey": args[0], "clientSecret": secret, "oldSecretUntil": ends.Format(time.RFC3339),
				})
			})
		},
	}
	f.dataFlags(cmd.Flags())
	set := cmd.Flags()
	set.DurationVar(&overlap, "overlap", access.DefaultOverlap, "time for which the old secret goes on working")
	set.BoolVar(&forgetOld, "forget-old", false, "end the old secret now, and make no other")
	set.BoolVar(&revokeTokens, "revoke-tokens", false, "with --forget-old: end all tokens of the key now")
	return cmd
}

func keyRevokeCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:     "revoke CLIENTKEY",
		Short:   "Revoke a client key and every token issued to it",
		Example: "  onramp key revoke ck-...",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return s.Access.RevokeKey(cmd.Context(), args[0])
			})
		},
	}
	f.dataFlags(cmd.Flags())
	return cmd
}
