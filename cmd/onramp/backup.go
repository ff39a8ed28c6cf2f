package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/backup"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/templates"
)

func backupCommand() *cobra.Command {
	var f flags
	var recipients []string
	var keep int
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a verified backup of a SQLite deployment, also while serve runs",
		Long: `Write a verified backup of a SQLite deployment, also while serve runs.
It holds the database, and the AAA secret and the development certificates sealed
under the master key. It does not hold the master key nor the log of deletions:
copy data/master.key once, and data/tombstones often, to other places.

FILE must not exist. {time} in its name stands for the time; such files are a
series, of which --keep keeps the newest. The guide /docs/backup has the steps of a
restore.`,
		Example: `  onramp backup /backups/onramp-{time}.age --recipient age1... --keep 14
  onramp backup verify /backups/onramp-20261129T030000Z.age --identity key.txt`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keep < 0 || cmd.Flags().Changed("keep") && keep == 0 {
				return usageError{errors.New("--keep must be at least 1")}
			}
			if store.IsPostgres(f.database) {
				return backup.ErrPostgres
			}
			to, err := backup.ParseRecipients(recipients)
			if err != nil {
				return usageError{fmt.Errorf("--recipient: %w", err)}
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				done, err := backup.Create(cmd.Context(), backup.Config{
					Folder: d.folder, Database: f.databaseIn(d.folder), Sealer: d.sealer, File: args[0], Recipients: to,
					Keep: keep, Version: version(), Clock: onboarding.Clock(clock),
				})
				if done == nil || done.Size == 0 {
					return err
				}
				printCreated(cmd, done)
				return errors.Join(err, recordBackup(cmd.Context(), d, s, done))
			})
		},
	}
	f.dataFlags(cmd.Flags())
	cmd.Flags().StringArrayVar(&recipients, "recipient", nil,
		"public key that can decrypt the backup: age1... or an SSH public key; repeatable")
	cmd.Flags().IntVar(&keep, "keep", 0, "keep this many backups of the series, and delete older ones (default all)")
	cmd.AddCommand(verifyCommand(), scriptCommand())
	return cmd
}

// settingBackup is the setting with the time of the last backup, in microseconds since 1970. The
// scripts for PostgreSQL write it too.
const settingBackup = "backup-run"

// lastBackup returns the time of the last backup, ErrNotFound if there is none.
func lastBackup(ctx context.Context, s onboarding.Store) (time.Time, error) {
	text, err := s.Setting(ctx, settingBackup)
	if err != nil {
		return time.Time{}, err
	}
	micros, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("setting %s: %w", settingBackup, err)
	}
	return time.UnixMicro(micros).UTC(), nil
}

func recordBackup(ctx context.Context, d *storage, s *deployment.Deployment, done *backup.Created) error {
	return d.store.Write(ctx, func(tx onboarding.Tx) error {
		at := strconv.FormatInt(done.Manifest.Created.UnixMicro(), 10)
		if err := tx.PutSetting(ctx, settingBackup, at); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, onboarding.Act{
			Action: onboarding.AuditBackupCreated, Target: onboarding.TargetFile, TargetID: filepath.Base(done.File),
		})
	})
}

func printCreated(cmd *cobra.Command, done *backup.Created) {
	out, m := cmd.OutOrStdout(), done.Manifest
	fmt.Fprintf(out, "%s: %.1f MB, schema %d, %d customers; copied in %v, written in %v, verified in %v\n", done.File,
		float64(done.Size)/1e6, m.Schema, m.Rows["customers"], done.Copied.Round(time.Millisecond),
		done.Written.Round(time.Millisecond), done.Verified.Round(time.Millisecond))
	for _, path := range done.Deleted {
		fmt.Fprintln(out, "deleted:", path)
	}
	if !done.Encrypted {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s is not encrypted, and it holds personal data such as names and "+
			"phone numbers: give --recipient, or protect it like the database\n", done.File)
	}
}

// openBackup opens the file of a backup, standard input for -, and the identities.
func openBackup(cmd *cobra.Command, file, identity string) (backup.Source, error) {
	var s backup.Source
	if identity != "" {
		var err error
		if s.Identities, err = backup.ReadIdentities(identity); err != nil {
			return s, fmt.Errorf("--identity: %w", err)
		}
	}
	if file == "-" {
		s.Reader = io.NopCloser(standardInput(cmd))
		return s, nil
	}
	from, err := os.Open(file)
	s.Reader = from
	return s, err
}

func verifyCommand() *cobra.Command {
	var f flags
	var identity, temporary string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Restore a backup into a temporary folder and check it",
		Long: `Restore a backup into a private temporary folder, check it completely, and delete
the folder. FILE may be -, standard input. With the master key, of --data or
--master-key-file, every sealed secret is opened as well.`,
		Example: "  onramp backup verify onramp.age --identity key.txt\n" +
			"  age -d -i key.txt onramp.age | onramp backup verify -",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			sealer, err := f.knownSealer()
			if err != nil {
				return err
			}
			from, err := openBackup(cmd, args[0], identity)
			if err != nil {
				return err
			}
			defer from.Reader.Close()
			v, err := backup.Verify(cmd.Context(), from, sealer, temporary)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			m, out := v.Manifest, cmd.OutOrStdout()
			fmt.Fprintf(out, "%s: ok; of %s by onramp %s, schema %d, %d customers, checked in %v\n",
				args[0], m.Created.Format(time.RFC3339), m.Version, m.Schema, m.Rows["customers"],
				v.Took.Round(time.Millisecond))
			if v.Opened {
				fmt.Fprintf(out, "the master key opened all %d sealed secrets\n", v.Sealed)
			} else {
				fmt.Fprintf(out, "the sealed secrets were not opened: no master key here; it needs %s\n",
					m.MasterKeyID)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&f.data, "data", "./data", "data folder with the master key")
	cmd.Flags().StringVar(&f.masterKeyFile, "master-key-file", "",
		"file with the master key (default in the data folder)")
	identityFlag(cmd, &identity)
	cmd.Flags().StringVar(&temporary, "temporary", "", "folder for the temporary copy (default that of the system)")
	return cmd
}

func identityFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "identity", "", "file with the private key of a recipient: of age-keygen, or of SSH")
}

// knownSealer returns the sealer of the existing master key, nil if there is none.
func (f *flags) knownSealer() (*onboarding.Sealer, error) {
	if _, err := os.Stat(f.data); f.masterKeyFile == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	folder, err := datafolder.Open(f.data)
	if err != nil {
		return nil, err
	}
	keys := folder.MasterKeyFile(f.masterKeyFile)
	err = keys.Create(func() (bool, error) { return false, nil })
	if errors.Is(err, datafolder.ErrNoMasterKey) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return onboarding.OpenSealer(keys.Read)
}

func scriptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "script dump|restore|base|recover",
		Short: "Print a script that backs up or restores a PostgreSQL database",
		Long: `Print a script that backs up or restores a PostgreSQL database by its own tools.
dump and restore use one file; base and recover use base backups and the archive of
the write-ahead log, for a recovery to a point in time. Each begins with its usage.`,
		Example: "  onramp backup script dump > dump.sh",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"dump", "restore", "base", "recover"}, args[0]) {
				return usageError{fmt.Errorf("backup script: %q is not dump, restore, base or recover", args[0])}
			}
			text, err := templates.Backup.ReadFile("backup/" + args[0] + ".sh")
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}

func restoreCommand() *cobra.Command {
	var data, tombstones, identity string
	var without bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup into a data folder without a database",
		Long: `Restore a backup into a data folder without a database. FILE may be -, standard
input. The people in the log of deletions, --tombstones, are erased from the copy
before it gets its place. All tokens and links end; client keys and passwords stay.

The master key is not needed. Put master.key into the folder before the next serve.`,
		Example: "  onramp restore onramp.age --identity key.txt --data /var/lib/onramp --tombstones tombstones",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (tombstones == "") == !without {
				return usageError{errors.New("give --tombstones with the newest log of deletions, or " +
					"--without-tombstones to bring back people who were deleted since the backup")}
			}
			from, err := openBackup(cmd, args[0], identity)
			if err != nil {
				return err
			}
			defer from.Reader.Close()
			folder, err := datafolder.Open(data)
			if err != nil {
				return err
			}
			done, err := backup.Restore(cmd.Context(), backup.RestoreConfig{
				Folder: folder, From: from, Tombstones: tombstones, By: onboarding.ActorOf(cmd.Context()),
				Clock: onboarding.Clock(clock),
			})
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			m := done.Manifest
			fmt.Fprintf(cmd.OutOrStdout(), "restored in %v: the backup of %s with %d customers; %d erased by the "+
				"log of deletions\nNext: put master.key with the key %s into %s, and start serve\n",
				done.Took.Round(time.Millisecond), m.Created.Format(time.RFC3339), m.Rows["customers"],
				done.Applied.Deleted+done.Applied.Minimised, m.MasterKeyID, folder.Path(""))
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "./data", "data folder, which must not hold a database")
	cmd.Flags().StringVar(&tombstones, "tombstones", "", "newest log of deletions, which is applied to the backup")
	cmd.Flags().BoolVar(&without, "without-tombstones", false, "bring back people who were deleted since the backup")
	identityFlag(cmd, &identity)
	return cmd
}

// tombstonesIn returns the path of --tombstones, by default in the folder.
func (f *flags) tombstonesIn(folder *datafolder.Folder) string {
	if f.tombstones != "" {
		return f.tombstones
	}
	return folder.Tombstones()
}

// startRestored finishes a restore: it records that of `onramp restore`, and applies the log of
// deletions to a database that was restored from a copy.
func (f *serveFlags) startRestored(ctx context.Context, d *storage, s *deployment.Deployment) error {
	if err := backup.RecordRestore(ctx, d.folder, d.store, s.Audit); err != nil {
		return err
	}
	if database := f.databaseIn(d.folder); !store.IsPostgres(database) {
		backup.RemoveAbandoned(d.folder, database)
	}
	start := s.Tombstones.Start
	if f.fresh {
		start = s.Tombstones.StartFresh
	}
	applied, err := start(ctx)
	if err != nil {
		return fmt.Errorf("--tombstones: %w", err)
	}
	if applied.Tombstones == 0 {
		return nil
	}
	return s.Access.RecordRead(ctx, onboarding.Act{
		Action: onboarding.AuditTombstoneApplied, Count: applied.Deleted + applied.Minimised,
	})
}
