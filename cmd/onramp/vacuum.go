package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"onramp/onboarding/datafolder"
	"onramp/onboarding/store"
)

func vacuumCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "vacuum",
		Short: "Rewrite the SQLite file to erase traces of people deleted by earlier versions",
		Long: `Rewrite the SQLite file to erase traces of people deleted by earlier versions.
Deletions by this version leave no traces, so one run is enough; doctor reports
if it is needed. It needs as much free space as the file's size, and writes of a
running server wait until it ends.`,
		Example: "  onramp vacuum",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := datafolder.Open(f.data)
			if err != nil {
				return err
			}
			database := f.databaseIn(folder)
			if err := f.refuseLostFile(folder, database); err != nil {
				return err
			}
			if err := store.Vacuum(cmd.Context(), database, store.Options{}); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "rewritten:", database)
			return err
		},
	}
	f.dataFlags(cmd.Flags())
	return cmd
}
