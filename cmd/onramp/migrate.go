package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"onramp/onboarding/datafolder"
	"onramp/onboarding/store"
)

func migrateCommand() *cobra.Command {
	var f flags
	var status bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date; safe to run on several replicas at once",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			database := f.database
			if database == "" {
				folder, err := datafolder.Open(f.data)
				if err != nil {
					return err
				}
				database = folder.Database()
				if err := f.refuseLostFile(folder, database); err != nil {
					return err
				}
			}
			if !status {
				if err := store.Migrate(cmd.Context(), database, store.Options{}); err != nil {
					return err
				}
			}
			s, err := store.Status(cmd.Context(), database, store.Options{})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "schema version %d, this binary needs %d\n", s.Version, s.Needs)
			for _, name := range s.Pending {
				fmt.Fprintln(cmd.OutOrStdout(), "pending:", name)
			}
			return nil
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().BoolVar(&status, "status", false, "only print the schema version and the pending migrations")
	return cmd
}
