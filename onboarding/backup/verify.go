package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/store"
)

// Verified describes a backup that could be restored.
type Verified struct {
	Manifest  *Manifest
	Encrypted bool
	Sealed    int // secrets that the master key opened
	Opened    bool
	Took      time.Duration
}

// Verify restores a backup into a temporary folder and checks it: the hashes of the manifest, the
// structure of the database, its schema, its rows, and that this version of onramp can open it.
// With a sealer it also opens every sealed secret. temporary is the folder for the temporary one,
// which is private and deleted afterwards; empty: that of the system.
func Verify(
	ctx context.Context, from Source, sealer *onboarding.Sealer, temporary string,
) (*Verified, error) {
	work, err := os.MkdirTemp(temporary, "onramp-verify-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	return verify(ctx, from, sealer, work)
}

// verify is Verify in an existing folder, in which it may leave files.
func verify(
	ctx context.Context, from Source, sealer *onboarding.Sealer, work string,
) (*Verified, error) {
	began := time.Now()
	archive, encrypted, err := from.decrypt()
	if err != nil {
		return nil, err
	}
	m, sealed, err := readArchive(ctx, archive, work)
	if err != nil {
		return nil, err
	}
	v := &Verified{Manifest: m, Encrypted: encrypted}
	database := filepath.Join(work, databaseName)
	if err := checkDatabase(ctx, m, database); err != nil {
		return nil, err
	}
	// An older schema is migrated, as a restore does.
	s, err := store.OpenSQLite(ctx, database, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if sealer != nil {
		v.Opened = true
		v.Sealed, err = openAll(ctx, sealed, sealer, s)
	}
	err = errors.Join(err, s.Close())
	v.Took = time.Since(began)
	return v, err
}

// checkDatabase compares a database with its manifest and checks its structure.
func checkDatabase(ctx context.Context, m *Manifest, database string) error {
	version, err := store.SQLiteVersion(ctx, database)
	if err != nil {
		return err
	}
	if version != m.Schema {
		return fmt.Errorf("the database has schema version %d, the manifest says %d", version, m.Schema)
	}
	if err := store.CheckSQLite(ctx, database); err != nil {
		return err
	}
	rows, err := store.CountSQLite(ctx, database)
	if err != nil {
		return err
	}
	if !maps.Equal(rows, m.Rows) {
		return fmt.Errorf("the database has other numbers of rows than its manifest: %v and %v", rows, m.Rows)
	}
	return nil
}

// openAll opens the sealed files and every sealed value of a database, and returns their number.
func openAll(ctx context.Context, files sealedFiles, sealer *onboarding.Sealer, s onboarding.Reader) (int, error) {
	contents, err := files.open(sealer)
	if err != nil {
		return 0, err
	}
	n := len(contents)
	const page = 200
	for _, place := range s.SealedPlaces() {
		if err := onboarding.EachSealedPage(ctx, s, place, page, func(values []onboarding.SealedValue) error {
			for i := range values {
				if _, err := sealer.Open(values[i].Sealed, values[i].Purpose); err != nil {
					return err
				}
			}
			n += len(values)
			return nil
		}); err != nil {
			return n, fmt.Errorf("%s: %w", place, err)
		}
	}
	return n, nil
}
