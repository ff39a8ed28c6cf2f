package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"onramp/certs/durable"
	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/store"
	"onramp/onboarding/tombstone"
)

// RestoreConfig holds the settings of Restore.
type RestoreConfig struct {
	Folder     *datafolder.Folder
	From       Source
	Tombstones string // path of the log of deletions; empty: none is applied
	By         onboarding.Actor
	Clock      onboarding.Clock
}

// Restored describes a restore.
type Restored struct {
	Manifest *Manifest
	Applied  tombstone.Applied
	Took     time.Duration
}

// The names in a data folder during and after a restore.
const (
	restoringName = "restoring" // folder; exists without a database while a restore has not finished
	restoredName  = "restored"  // file of a report; exists until a process with the master key finishes it
)

// report is what a restore leaves for the next process with the master key.
type report struct {
	ID      string           `json:"id"`
	Created time.Time        `json:"created"` // of the backup
	By      onboarding.Actor `json:"by"`
	Erased  int              `json:"erased"` // people
	Files   sealedFiles      `json:"files"`
}

// Restore makes a backup the database of a folder that holds none. It needs no master key. The
// tombstones are applied and their traces erased before the database gets its name; tokens and
// links that were handed out before are ended, because the copy does not know their revocations.
// After an error the folder holds nothing of the backup. A killed process leaves a folder that
// Unfinished reports, and that another call restores.
func Restore(ctx context.Context, c RestoreConfig) (done *Restored, err error) {
	began := time.Now()
	release, err := store.LockServe(c.Folder.Database())
	if err != nil {
		return nil, err
	}
	defer release()
	if err := refuseDatabase(c.Folder); err != nil {
		return nil, err
	}
	if c.Tombstones != "" {
		if _, err := os.Stat(c.Tombstones); err != nil {
			return nil, fmt.Errorf("--tombstones: %w", err)
		}
	}
	staging := c.Folder.Path(restoringName)
	if err := errors.Join(os.RemoveAll(staging), durable.MakeFolder(staging),
		durable.Remove(c.Folder.Path(restoredName))); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, durable.Remove(c.Folder.Path(restoredName)))
		}
		err = errors.Join(err, os.RemoveAll(staging))
	}()
	archive, _, err := c.From.decrypt()
	if err != nil {
		return nil, err
	}
	m, files, err := readArchive(ctx, archive, staging)
	if err != nil {
		return nil, err
	}
	database := filepath.Join(staging, databaseName)
	if err := checkDatabase(ctx, m, database); err != nil {
		return nil, err
	}
	done = &Restored{Manifest: m}
	if done.Applied, err = c.prepare(ctx, database); err != nil {
		return nil, err
	}
	r := report{onboarding.NewID(), m.Created, c.By, done.Applied.Deleted + done.Applied.Minimised, files}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if err := durable.Write(c.Folder.Path(""), durable.File{Name: restoredName, Content: text}); err != nil {
		return nil, err
	}
	if err := durable.Sync(database); err != nil {
		return nil, err
	}
	if err := durable.Place(database, c.Folder.Database()); err != nil {
		return nil, err
	}
	done.Took = time.Since(began)
	return done, nil
}

// prepare brings the copied database up to date and erases the people of the tombstones.
func (c *RestoreConfig) prepare(ctx context.Context, database string) (applied tombstone.Applied, err error) {
	options := store.Options{Log: slog.New(slog.DiscardHandler)}
	s, err := store.OpenSQLite(ctx, database, options)
	if err != nil {
		return applied, err
	}
	if c.Tombstones != "" {
		applied, err = tombstone.Apply(ctx, s, c.Tombstones)
		if err == nil && applied.Missing > 0 {
			err = fmt.Errorf("%s lacks %d deletions that the backup knows, so it is older than the backup: give the "+
				"newest copy of the log, or --without-tombstones if there is no newer one", c.Tombstones,
				applied.Missing)
		}
	}
	if err == nil {
		err = s.Write(ctx, func(tx onboarding.Tx) error { return tx.EndIssued(ctx, c.Clock.Now()) })
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return applied, err
	}
	if err := store.Vacuum(ctx, database, options); err != nil {
		return applied, err
	}
	if _, err := os.Lstat(database + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return applied, errors.Join(errors.New("the database's log could not be emptied"), err)
	}
	return applied, nil
}

// refuseDatabase returns an error if the folder holds a database or a part of one.
func refuseDatabase(folder *datafolder.Folder) error {
	for _, ending := range []string{"", "-wal", "-shm", "-journal"} {
		path := folder.Database() + ending
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s exists: restore into a folder without a database, or move it away", path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Unfinished returns an error if a restore into the folder was interrupted. If it was complete, it
// deletes the remains.
func Unfinished(folder *datafolder.Folder) error {
	staging := folder.Path(restoringName)
	if _, err := os.Lstat(staging); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(folder.Database()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a restore into %s is running or was interrupted: repeat onramp restore, or delete %s to "+
			"give it up", folder.Path(""), staging)
	}
	return os.RemoveAll(staging)
}

// PlaceFiles writes the files of a restored backup, which the master key opens, into the data
// folder.
func PlaceFiles(folder *datafolder.Folder, sealer *onboarding.Sealer) error {
	r, err := readReport(folder)
	if err != nil || r == nil {
		return err
	}
	if err := r.Files.place(folder, sealer); err != nil {
		return fmt.Errorf("restored backup: %w", err)
	}
	return nil
}

// settingRestored is the setting with the ID of the last restore that the audit has.
const settingRestored = "restored"

// RecordRestore records in the audit that the folder's database was restored.
func RecordRestore(
	ctx context.Context, folder *datafolder.Folder, s onboarding.Store, auditor *onboarding.Auditor,
) error {
	r, err := readReport(folder)
	if err != nil || r == nil {
		return err
	}
	ctx = onboarding.WithActor(ctx, r.By)
	err = s.Write(ctx, func(tx onboarding.Tx) error {
		if id, err := tx.Setting(ctx, settingRestored); err == nil && id == r.ID {
			return nil
		} else if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		if err := tx.PutSetting(ctx, settingRestored, r.ID); err != nil {
			return err
		}
		return auditor.Record(ctx, tx, onboarding.Act{
			Action: onboarding.AuditBackupRestored, Target: onboarding.TargetFile,
			TargetID: "backup of " + r.Created.UTC().Format(time.RFC3339), Count: r.Erased,
		})
	})
	if err != nil {
		return err
	}
	return durable.Remove(folder.Path(restoredName))
}

// readReport returns the report of an unfinished restore, nil if there is none.
func readReport(folder *datafolder.Folder) (*report, error) {
	path := folder.Path(restoredName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return &r, nil
}
