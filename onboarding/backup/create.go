package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"onramp/certs/durable"
	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/store"
)

// Config holds the settings of Create. All but Recipients and Keep are required.
type Config struct {
	Folder     *datafolder.Folder
	Database   string // path of the SQLite file
	Sealer     *onboarding.Sealer
	File       string // of the backup; {time} stands for the time
	Recipients []age.Recipient
	Keep       int // of the series, with the new one; 0: all
	Version    string
	Clock      onboarding.Clock
}

// Created describes a new backup.
type Created struct {
	Manifest  *Manifest
	File      string
	Size      int64
	Encrypted bool
	Deleted   []string // older files of the series
	// Copied, Written and Verified are the times of the copy of the database, of the archive, and
	// of the drill.
	Copied, Written, Verified time.Duration
}

// ErrPostgres is the error for a PostgreSQL database.
var ErrPostgres = errors.New("backup and restore are for SQLite; PostgreSQL has its own tools: " +
	"onramp backup script prints scripts that use them")

// Create writes a backup while other processes use the database, and verifies it. It holds every
// transaction that was committed before the call. The file appears complete and verified or not at
// all. Older files of the series are deleted afterwards; if that fails, the backup is returned with
// the error.
func Create(ctx context.Context, c Config) (*Created, error) {
	if store.IsPostgres(c.Database) {
		return nil, ErrPostgres
	}
	s, err := parseSeries(c.File, c.Keep)
	if err != nil {
		return nil, err
	}
	now := c.Clock.Now()
	done := &Created{Encrypted: len(c.Recipients) > 0}
	if done.File, err = s.path(now); err != nil {
		return nil, err
	}
	release, err := store.LockBackup(c.Database)
	if err != nil {
		return nil, err
	}
	defer release()
	removeWork(c.Folder)
	s.removeDrafts()
	work, err := os.MkdirTemp(c.Folder.Path(""), workPrefix)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)

	began := time.Now()
	sealed, err := c.copyInto(ctx, work, now, done)
	if err != nil {
		return nil, err
	}
	done.Copied = time.Since(began)
	if err := c.write(ctx, work, sealed, done); err != nil {
		return nil, err
	}
	if c.Keep > 0 {
		done.Deleted, err = s.prune(c.Keep, done.File)
	}
	return done, err
}

// workPrefix begins the names of the folders in a data folder in which backups work.
const workPrefix = ".backup-"

// removeWork deletes what killed backups left. The caller holds the lock.
func removeWork(folder *datafolder.Folder) {
	entries, _ := os.ReadDir(folder.Path(""))
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), workPrefix) {
			_ = os.RemoveAll(folder.Path(e.Name()))
		}
	}
}

// RemoveAbandoned deletes the copies of the database that a killed backup left in the folder,
// unless a backup is running.
func RemoveAbandoned(folder *datafolder.Folder, database string) {
	if release, err := store.LockBackup(database); err == nil {
		defer release()
		removeWork(folder)
	}
}

// copyInto copies the database into the folder and describes it. It returns the sealed files.
func (c *Config) copyInto(ctx context.Context, work string, now time.Time, done *Created) ([]byte, error) {
	size, err := store.SQLiteSize(ctx, c.Database)
	if err == nil {
		err = needSpace(work, size, "the copy of the database")
	}
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(work, databaseName)
	if err := store.CopySQLite(ctx, c.Database, copied); err != nil {
		return nil, err
	}
	files, err := sealFolder(c.Folder, c.Sealer)
	if err != nil {
		return nil, err
	}
	sealed, err := json.Marshal(files)
	if err != nil {
		return nil, err
	}
	if len(sealed) > maxSealed {
		return nil, fmt.Errorf("the files in %s have %d bytes; the limit is %d", c.Folder.PKI(), len(sealed), maxSealed)
	}
	m := &Manifest{Format: format, Version: c.Version, Created: now, MasterKeyID: c.Sealer.KeyID()}
	done.Manifest = m
	if m.Schema, err = store.SQLiteVersion(ctx, copied); err != nil {
		return nil, err
	}
	if m.Rows, err = store.CountSQLite(ctx, copied); err != nil {
		return nil, err
	}
	m.Tombstones = m.Rows["tombstones"]
	database, err := describe(ctx, copied)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(sealed)
	m.Files = []File{database, {sealedName, int64(len(sealed)), hex.EncodeToString(sum[:])}}
	return sealed, m.check()
}

// describe returns the size and the hash of the copied database.
func describe(ctx context.Context, path string) (File, error) {
	from, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer from.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, inContext(ctx, from))
	return File{databaseName, size, hex.EncodeToString(hash.Sum(nil))}, err
}

// write writes the archive of the copied database, verifies it and gives it its name.
func (c *Config) write(ctx context.Context, work string, sealed []byte, done *Created) error {
	if err := needSpace(filepath.Dir(done.File), done.Manifest.Files[0].Size, "the backup"); err != nil {
		return err
	}
	key, err := newEncryption(c.Recipients)
	if err != nil {
		return err
	}
	draft, err := durable.NewDraft(done.File)
	if err != nil {
		return err
	}
	defer draft.Discard()
	began := time.Now()
	copied := filepath.Join(work, databaseName)
	if err := c.encrypt(ctx, draft.File, key, done.Manifest, copied, sealed); err != nil {
		return fmt.Errorf("writing %s: %w", done.File, err)
	}
	// Before the drill, which needs the same space.
	if err := os.Remove(copied); err != nil {
		return err
	}
	if done.Size, err = draft.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	done.Written = time.Since(began)
	if _, err := draft.Seek(0, io.SeekStart); err != nil {
		return err
	}
	began = time.Now()
	v, err := verify(ctx, Source{draft.File, key.drill}, c.Sealer, work)
	if err == nil && v.Manifest.Files[0] != done.Manifest.Files[0] {
		err = errors.New("it holds another database")
	}
	if err != nil {
		return fmt.Errorf("the new backup was not kept, because its drill failed: %w", err)
	}
	done.Verified = time.Since(began)
	return draft.Commit()
}

func (c *Config) encrypt(
	ctx context.Context, to io.Writer, key *encryption, m *Manifest, database string, sealed []byte,
) error {
	buffered := bufio.NewWriterSize(to, 1<<20)
	w, err := key.to(buffered)
	if err != nil {
		return err
	}
	if err := writeArchive(ctx, w, m, database, sealed); err != nil {
		return err
	}
	return errors.Join(w.Close(), buffered.Flush())
}
