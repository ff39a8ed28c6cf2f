package main

import (
	"cmp"
	"context"
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
		Use:     "rekey",
		Short:   "Change a key or secret of the deployment while it serves",
		Example: "  onramp rekey master --status",
		Args:    exactly(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(rekeyMasterCommand())
	for _, kind := range access.RotatingSecrets() {
		cmd.AddCommand(rekeySecretCommand(kind))
	}
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

// secretText describes a secret in the help of its command.
type secretText struct{ short, long, changing string }

var secretTexts = map[access.RotatingSecret]secretText{
	access.SecretJWT:    announcedText("tokens"),
	access.SecretScroll: announcedText("cursors of scrolls"),
	access.SecretAAA: {
		short: "Change the secret that FreeRADIUS sends to the AAA listener",
		long: `Change the secret that FreeRADIUS sends to the AAA listener.

Every server accepts the new secret at its next request, and the one before for 25 hours, or
until it is forgotten. On each machine of FreeRADIUS, run onramp freeradius DIR and restart
FreeRADIUS within that time. --list shows when each secret was last used, and by whom.

The first secret is that of --aaa-secret-file. Later ones are in the database, and the file
is not read any more when its secret has ended.

The command can be repeated: until the secret before has ended, it makes no other.`,
		changing: "a change is in progress; no other secret was made",
	},
	access.SecretRADIUS: {
		short: "Change the RADIUS secret of access points without one of their own",
		long: `Change the RADIUS secret of access points without one of their own.

Afterwards, on each machine of FreeRADIUS, run onramp freeradius DIR and restart FreeRADIUS.
It then has the new secret at another pair of ports, which onramp freeradius prints, and the
secret before where it was. Change one access point after the other to the new secret and
its ports. --list shows when each secret was last used, and by which access point. When no
access point uses the one before, forget it, run onramp freeradius DIR and restart again.

The secret before does not end by itself. The command can be repeated: until it is forgotten,
it makes no other. Access points with a secretFile in the tenant file are not concerned.`,
		changing: "a change is in progress; no other secret was made",
	},
}

func announcedText(values string) secretText {
	return secretText{
		short: "Change the key of " + values,
		long: "Change the key of " + values + `.

Every server uses the new key 10 seconds later. The key before is accepted for 25 hours
after that, or until it is forgotten. The command can be repeated: while a new key is
announced, it makes no other.`,
		changing: "a new key was announced seconds ago; no other was made",
	}
}

// secretFlags are the flags of the commands that change a rotating secret.
type secretFlags struct {
	flags
	forget      string
	list, force bool
}

// rekeySecretCommand returns the command that changes a rotating secret.
func rekeySecretCommand(kind access.RotatingSecret) *cobra.Command {
	var f secretFlags
	text := secretTexts[kind]
	cmd := &cobra.Command{
		Use:   string(kind),
		Short: text.short,
		Long:  text.long,
		Example: fmt.Sprintf("  onramp rekey %[1]s\n  onramp rekey %[1]s --list\n  onramp rekey %[1]s --forget %[2]s",
			kind, kind.First()),
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			forgets := cmd.Flags().Changed("forget")
			if f.list && forgets {
				return usageError{errors.New("--list and --forget must not be given together")}
			}
			if f.force && !forgets {
				return usageError{errors.New("--force is for --forget")}
			}
			return withService(cmd.Context(), &f.flags, func(d *storage, s *deployment.Deployment) error {
				return f.run(cmd, kind, forgets, d, s)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().BoolVar(&f.list, "list", false, "only print the keys")
	cmd.Flags().StringVar(&f.forget, "forget", "", "end the acceptance of the replaced key with this name now")
	if kind.Sent() {
		cmd.Flags().BoolVar(&f.force, "force", false, "forget it even if it is in use: those who send it are refused")
	}
	return cmd
}

func (f *secretFlags) run(
	cmd *cobra.Command, kind access.RotatingSecret, forgets bool, d *storage, s *deployment.Deployment,
) error {
	ctx := cmd.Context()
	switch {
	case f.list:
	case forgets:
		if err := s.Access.ForgetSecret(ctx, kind, f.forget, f.force); err != nil {
			return fmt.Errorf("--forget: %w", err)
		}
	default:
		made, err := s.Access.Rekey(ctx, kind)
		if err != nil {
			return err
		}
		if !made {
			fmt.Fprintln(cmd.ErrOrStderr(), secretTexts[kind].changing)
		}
		if kind == access.SecretAAA {
			if err := updateDemo(ctx, d, s); err != nil {
				return err
			}
		}
	}
	versions, err := s.Access.SecretVersions(ctx, kind)
	if err != nil {
		return err
	}
	return printVersions(cmd.OutOrStdout(), kind, versions)
}

// updateDemo replaces the AAA secret in demo.json, if there is one.
func updateDemo(ctx context.Context, d *storage, s *deployment.Deployment) error {
	demo, err := d.folder.ReadDemo()
	if err != nil || demo == nil {
		return err
	}
	before := demo.AAASecret
	demo.AAASecret, err = s.Access.AAASecret(ctx, func() ([]string, error) { return []string{before}, nil })
	if err != nil || demo.AAASecret == before {
		return err
	}
	return d.folder.WriteDemo(demo)
}

// printVersions prints the versions of a secret as a table.
func printVersions(w io.Writer, kind access.RotatingSecret, versions []access.SecretVersion) error {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.RFC3339)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "KEY\tSTATE\tCREATED\tUSED FROM\tACCEPTED UNTIL")
	if kind.Sent() {
		fmt.Fprint(table, "\tLAST USED\tBY")
	}
	fmt.Fprintln(table)
	if len(versions) == 0 {
		fmt.Fprintf(table, "%s\t%s\t-\t-\t-\t-\t-\n", kind.First(), access.SecretInUse)
	}
	for _, v := range versions {
		begins := v.Begins
		if begins.IsZero() {
			begins = v.Created
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s", v.Name, v.State, at(v.Created), at(begins), at(v.Ends))
		if kind.Sent() {
			fmt.Fprintf(table, "\t%s\t%s", at(v.Used), cmp.Or(v.UsedBy, "-"))
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}
