package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
)

func migrateCommand() *cobra.Command {
	var f flags
	var status, finish bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date; safe to run on several replicas at once",
		Long: `Bring the database's schema up to date; safe to run on several replicas at once.
Servers of the version before go on working: what this version stores in a new form
is written in the former one. With --finish, run once no server of the version before
runs, the numbers of identity documents are sealed, old and new ones, and budgets of
limits are stored under keyed hashes. It works beside running servers, and after an
interruption it is simply run again.`,
		Example: `  onramp migrate                 # before the first server of this version starts
  onramp migrate --status        # schema, and the form of identity documents
  onramp migrate --finish        # after the last server of the version before has stopped`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if status && finish {
				return usageError{errors.New("--status and --finish: give one of them")}
			}
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
			if finish {
				if err := finishMigration(cmd, &f); err != nil {
					return err
				}
			}
			return printMigration(cmd.Context(), cmd.OutOrStdout(), database)
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().BoolVar(&status, "status", false, "only print the schema version and what is pending")
	cmd.Flags().BoolVar(&finish, "finish", false,
		"seal identity documents and key the hashes of limits; the version before can then not read them")
	return cmd
}

// printMigration prints the schema version and the pending migrations.
func printMigration(ctx context.Context, w io.Writer, database string) error {
	s, err := store.Status(ctx, database, store.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "schema version %d, this binary needs %d\n", s.Version, s.Needs)
	for _, name := range s.Pending {
		fmt.Fprintln(w, "pending:", name)
	}
	if s.Version == 0 {
		return nil // no database yet
	}
	limits := "stored under keyed hashes"
	if s.Budgets != onboarding.BudgetsKeyed {
		limits = "stored under plain hashes; when no server of the version before runs: onramp migrate --finish"
	}
	fmt.Fprintln(w, "limits:", limits)
	switch s.Documents {
	case "":
		_, err = fmt.Fprintln(w, "identity documents: in clear; when no server of the version before runs: "+
			"onramp migrate --finish")
	case onboarding.DocumentsSealed:
		_, err = fmt.Fprintln(w, "identity documents: sealed")
	case onboarding.DocumentsSealing:
		_, err = fmt.Fprintln(w, "identity documents: new ones are sealed, older ones not all: "+
			"run onramp migrate --finish again")
	}
	return err
}

// finishMigration keys the hashes of budgets, seals the identity documents, and erases their
// remains in a SQLite file.
func finishMigration(cmd *cobra.Command, f *flags) error {
	return withService(cmd.Context(), f, func(d *storage, s *deployment.Deployment) error {
		if err := s.Access.ChangeSetting(asActor(cmd), onboarding.SettingBudgets, onboarding.BudgetsKeyed); err != nil {
			return err
		}
		sealed, err := s.Documents.Finish(asActor(cmd))
		if sealed > 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "identity documents sealed: %d\n", sealed)
		}
		if err != nil {
			return err
		}
		file, isFile := d.store.(interface{ Erase(context.Context) error })
		switch {
		case !isFile && sealed > 0:
			fmt.Fprintln(cmd.OutOrStdout(), "PostgreSQL keeps the former rows until a vacuum; to erase them now: "+
				"VACUUM FULL customers")
		case isFile:
			if err := file.Erase(cmd.Context()); err != nil {
				return fmt.Errorf("documents are sealed, but the file's log still holds numbers: "+
					"run onramp migrate --finish again (%w)", err)
			}
		}
		return nil
	})
}
