package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
)

func keyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Manage client keys of apps and operators' tools"}
	cmd.AddCommand(keyCreateCommand(), keyListCommand(), keyRevokeCommand())
	return cmd
}

func keyCreateCommand() *cobra.Command {
	var f flags
	var organization, role, scope string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a client key; its secret is shown only once",
		Args:  exactly(0),
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
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				key, secret, err := s.Access.CreateKey(cmd.Context(), organization, r, scopes)
				if err != nil {
					return err
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(
					map[string]string{"clientKey": key, "clientSecret": secret})
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().StringVar(&organization, "organization", "", "ID of the organization that the key belongs to")
	cmd.Flags().StringVar(&role, "role", "", roleNames())
	cmd.Flags().StringVar(&scope, "scope", "", "comma-separated scopes (default all scopes of the role)")
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

func keyListCommand() *cobra.Command {
	var f flags
	var organization string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List client keys",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				keys, err := s.Access.Keys(cmd.Context(), organization)
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "CLIENT KEY\tORGANIZATION\tROLE\tSCOPES\tCREATED\tREVOKED")
				for _, k := range keys {
					revoked := "-"
					if k.Revoked != nil {
						revoked = k.Revoked.Format(time.RFC3339)
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ClientKey, k.OrganizationID, k.Role, k.Scopes,
						k.Created.Format(time.RFC3339), revoked)
				}
				return table.Flush()
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().StringVar(&organization, "organization", "", "list only the keys of the organization with this ID")
	return cmd
}

func keyRevokeCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "revoke CLIENTKEY",
		Short: "Revoke a client key and every token issued to it",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return s.Access.RevokeKey(cmd.Context(), args[0])
			})
		},
	}
	f.dataFlags(cmd.Flags())
	return cmd
}
