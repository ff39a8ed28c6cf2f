package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/deployment"
	"onramp/onboarding/rekey"
)

// rekeyCommand is the group of the commands that change a key or secret of the deployment.
func rekeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rekey",
		Short: "Change a key or secret of the deployment while it serves",
		Args:  exactly(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(rekeyMasterCommand(), rekeySecretCommand(access.SecretJWT, "tokens"),
		rekeySecretCommand(access.SecretScroll, "cursors of scrolls"))
	return cmd
}

// masterFlags are the flags of rekey master.
type masterFlags struct {
	flags
	status, prepare bool
	forget          string
}

func rekeyMasterCommand() *cobra.Command {
	var f masterFlags
	cmd := &cobra.Command{
		Use:   "master",
		Short: "Change the master key, which seals every secret in the database",
		Long: `Change the master key, which seals every secret in the database.

A new key is added to the master key file. When every running server holds it, all seal under
it, and the values under the earlier key are sealed again. The earlier key stays in the file
until --forget removes it. After an interruption, repeat the command.

The guide /docs/master-key has the steps for several machines, and for a key that leaks.

Servers on several machines each have their own file: the command names a server that lacks
the new key, and seals nothing. Copy the line of the key to the file of that machine, then
repeat.`,
		Example: `  onramp rekey master --status
  onramp rekey master
  onramp rekey master --forget 0123456789abcdef`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.status && f.prepare || (f.status || f.prepare) && f.forget != "" {
				return usageError{errors.New("--status, --prepare and --forget exclude each other")}
			}
			return withService(cmd.Context(), &f.flags, func(d *storage, s *deployment.Deployment) error {
				return f.run(cmd, d, s)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().BoolVar(&f.status, "status", false, "only list the keys, the values under each, and the servers")
	cmd.Flags().BoolVar(&f.prepare, "prepare", false, "only add a new key to the file, to copy it to other machines")
	cmd.Flags().StringVar(&f.forget, "forget", "",
		"remove the earlier key with this ID; refused while anything is sealed under it")
	return cmd
}

func (f *masterFlags) run(cmd *cobra.Command, d *storage, s *deployment.Deployment) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	master := rekey.New(rekey.Config{
		Store: d.store, Sealer: d.sealer, Keys: d.keys, Audit: s.Audit, Clock: clock,
		Notify: func(message string) { fmt.Fprintln(cmd.ErrOrStderr(), message) },
	})
	switch {
	case f.status:
		return printMasterStatus(cmd, d)
	case f.prepare:
		id, err := master.Prepare(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Master key %s is in %s, where it only opens.\n", id, d.keys.Path())
		fmt.Fprintln(out, "Copy its line to the master key file of every other machine, then run onramp rekey master.")
		return nil
	case f.forget != "":
		holders, err := master.Forget(ctx, f.forget)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Master key %s is forgotten. Copies of the database that were made under it need its line: "+
			"keep that with them.\n", f.forget)
		if len(holders) > 0 {
			fmt.Fprintf(out, "Remove its line also from the files of: %s\n", strings.Join(holders, ", "))
		}
		return nil
	}
	report, err := master.Change(ctx)
	if report != nil {
		printChange(out, report)
	}
	return err
}

// printChange prints the result of a change and the next step.
func printChange(w io.Writer, r *rekey.Report) {
	fmt.Fprintf(w, "Master key %s seals; %d values were sealed again under it.\n", r.KeyID, r.Resealed)
	if r.Resumed {
		fmt.Fprintln(w, "This finished an earlier change. To change the key once more, repeat the command.")
	}
	for _, id := range r.Earlier {
		fmt.Fprintf(w, "Key %s only opens. To remove it: onramp rekey master --forget %s\n", id, id)
	}
}

// printMasterStatus prints the keys, the values under each key, and the servers with their keys.
func printMasterStatus(cmd *cobra.Command, d *storage) error {
	ctx := cmd.Context()
	known, err := d.store.MasterKeys(ctx)
	if err != nil {
		return err
	}
	counts, err := rekey.Counts(ctx, d.store)
	if err != nil {
		return err
	}
	replicas, err := d.store.Replicas(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "KEY\tSINCE\tSTATE\tIN FILE\n")
	for _, k := range known {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Since.Format(time.DateOnly), keyState(&k, d.sealer.KeyID()),
			yesNo(d.sealer.Holds(k.ID)))
	}
	for _, id := range d.sealer.KeyIDs() {
		if !slices.ContainsFunc(known, func(k onboarding.MasterKey) bool { return k.ID == id }) {
			fmt.Fprintf(w, "%s\t-\tprepared\tyes\n", id)
		}
	}
	fmt.Fprint(w, "\nKEY\tVALUES\tSEALED UNDER IT\n")
	for _, c := range counts {
		fmt.Fprintf(w, "%s\t%d\t%s\n", c.KeyID, c.Values, c.Place)
	}
	fmt.Fprint(w, "\nSERVER\tSEALS UNDER\tHOLDS\tLAST SEEN\n")
	for _, r := range replicas {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, r.Seals, strings.Join(r.Holds, " "), r.Seen.Format(time.RFC3339))
	}
	return w.Flush()
}

func keyState(k *onboarding.MasterKey, seals string) string {
	switch {
	case k.ID == seals:
		return "seals"
	case k.Retired != nil:
		return "forgotten " + k.Retired.Format(time.DateOnly)
	case k.Cleared != nil:
		return "unused since " + k.Cleared.Format(time.DateOnly)
	}
	return "opens"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// rekeySecretCommand returns the command that changes a rotating secret; values names what the
// secret protects.
func rekeySecretCommand(kind access.RotatingSecret, values string) *cobra.Command {
	var f flags
	var forget string
	var list bool
	cmd := &cobra.Command{
		Use:   string(kind),
		Short: "Change the key of " + values,
		Long: "Change the key of " + values + `.

Every server uses the new key 10 seconds later. The key before is accepted for 25 hours
after that, or until it is forgotten. The command can be repeated: while a new key is
announced, it makes no other.`,
		Example: fmt.Sprintf("  onramp rekey %[1]s\n  onramp rekey %[1]s --list\n  onramp rekey %[1]s --forget %[2]s",
			kind, kind.First()),
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list && cmd.Flags().Changed("forget") {
				return usageError{errors.New("--list and --forget must not be given together")}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				switch {
				case list:
				case cmd.Flags().Changed("forget"):
					if err := s.Access.ForgetSecret(cmd.Context(), kind, forget); err != nil {
						return fmt.Errorf("--forget: %w", err)
					}
				default:
					made, err := s.Access.Rekey(cmd.Context(), kind)
					if err != nil {
						return err
					}
					if !made {
						fmt.Fprintln(cmd.ErrOrStderr(), "a new key was announced seconds ago; no other was made")
					}
				}
				versions, err := s.Access.SecretVersions(cmd.Context(), kind)
				if err != nil {
					return err
				}
				return printVersions(cmd.OutOrStdout(), versions)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().BoolVar(&list, "list", false, "only print the keys")
	cmd.Flags().StringVar(&forget, "forget", "", "end the acceptance of the replaced key with this name now")
	return cmd
}

// printVersions prints the versions of a secret as a table.
func printVersions(w io.Writer, versions []access.SecretVersion) error {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.RFC3339)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tSTATE\tCREATED\tUSED FROM\tACCEPTED UNTIL")
	for _, v := range versions {
		begins := v.Begins
		if begins.IsZero() {
			begins = v.Created
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", v.Name, v.State, at(v.Created), at(begins), at(v.Ends))
	}
	return table.Flush()
}
