package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"onramp/onboarding/store"
)

// writeArchive writes the archive of a database file and the sealed files.
func writeArchive(ctx context.Context, to io.Writer, m *Manifest, database string, sealed []byte) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	from, err := os.Open(database)
	if err != nil {
		return err
	}
	defer from.Close()
	archive := tar.NewWriter(to)
	for _, member := range []struct {
		name    string
		size    int64
		content io.Reader
	}{
		{manifestName, int64(len(text)), bytes.NewReader(text)},
		{databaseName, m.Files[0].Size, from},
		{sealedName, m.Files[1].Size, bytes.NewReader(sealed)},
	} {
		if err := archive.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: member.name, Size: member.size, Mode: 0o600, ModTime: m.Created,
		}); err != nil {
			return err
		}
		if _, err := io.Copy(archive, inContext(ctx, member.content)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// readArchive reads an archive, writes its database to the folder, and returns the manifest and the
// sealed files. It compares every member with the manifest, and reads to the end: only then it is
// known that nothing was cut off.
func readArchive(ctx context.Context, from io.Reader, folder string) (*Manifest, sealedFiles, error) {
	from = inContext(ctx, from)
	archive := tar.NewReader(from)
	text, err := readSmall(archive, manifestName, maxManifest)
	if err != nil {
		return nil, nil, err
	}
	m, err := parseManifest(text)
	if err != nil {
		return nil, nil, err
	}
	if err := needSpace(folder, m.Files[0].Size, "the database of the backup"); err != nil {
		return nil, nil, err
	}
	if err := readDatabase(archive, m.Files[0], filepath.Join(folder, databaseName)); err != nil {
		return nil, nil, err
	}
	text, err = readSmall(archive, sealedName, maxSealed)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(text)
	if err := m.Files[1].compare(int64(len(text)), sum[:]); err != nil {
		return nil, nil, err
	}
	sealed, err := parseSealed(text)
	if err != nil {
		return nil, nil, err
	}
	if h, err := archive.Next(); err == nil {
		return nil, nil, fmt.Errorf("the backup holds an unknown member %q", h.Name)
	} else if !errors.Is(err, io.EOF) {
		return nil, nil, unreadable(err)
	}
	return m, sealed, atEnd(from)
}

// next moves to the next member, which must be a plain file with that name.
func next(archive *tar.Reader, name string) (*tar.Header, error) {
	h, err := archive.Next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the file is incomplete or no backup: it has no %s", name)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if h.Typeflag != tar.TypeReg || h.Name != name {
		return nil, fmt.Errorf("the file is no backup of onramp: it has %q of type %q in place of the file %s",
			h.Name, h.Typeflag, name)
	}
	return h, nil
}

func readSmall(archive *tar.Reader, name string, most int64) ([]byte, error) {
	h, err := next(archive, name)
	if err != nil {
		return nil, err
	}
	if h.Size > most {
		return nil, fmt.Errorf("%s has %d bytes; the limit is %d", name, h.Size, most)
	}
	text, err := io.ReadAll(io.LimitReader(archive, most))
	if err != nil {
		return nil, unreadable(err)
	}
	return text, nil
}

// readDatabase writes the database of the archive to a new file.
func readDatabase(archive *tar.Reader, want File, path string) (err error) {
	h, err := next(archive, databaseName)
	if err != nil {
		return err
	}
	if h.Size != want.Size {
		return fmt.Errorf("%s has %d bytes, the manifest says %d", want.Name, h.Size, want.Size)
	}
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	hash := sha256.New()
	written := &failing{to: io.MultiWriter(to, hash)}
	n, err := io.Copy(written, io.LimitReader(archive, want.Size))
	if written.err != nil {
		return fmt.Errorf("writing %s: %w", path, written.err)
	}
	if err != nil {
		return unreadable(err)
	}
	return want.compare(n, hash.Sum(nil))
}

// compare returns an error if a member's content is not that of the manifest.
func (f File) compare(size int64, sum []byte) error {
	if size != f.Size || hex.EncodeToString(sum) != f.SHA256 {
		return fmt.Errorf("%s was altered or damaged: its size or SHA-256 is not that of the manifest", f.Name)
	}
	return nil
}

// atEnd reads the rest of an archive, which holds only zeros.
func atEnd(from io.Reader) error {
	buffer := make([]byte, 32<<10)
	for total := 0; ; {
		n, err := from.Read(buffer)
		for _, b := range buffer[:n] {
			if b != 0 {
				return errors.New("the file has data after the end of the backup")
			}
		}
		if total += n; total > 1<<20 {
			return errors.New("the file has more than 1 MiB after the end of the backup")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
	}
}

// unreadable describes an error of reading the archive.
func unreadable(err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file is incomplete: it ends early")
	case errors.Is(err, tar.ErrHeader):
		return errors.New("the file is no backup of onramp, or is damaged: it is no tar archive")
	}
	return fmt.Errorf("the file cannot be read, it is damaged or incomplete: %w", err)
}

// needSpace returns an error if the folder's file system has less space than an object needs.
func needSpace(folder string, size int64, object string) error {
	if free, known := store.FreeSpace(folder); known && uint64(size) > free { //nolint:gosec // size is positive
		return fmt.Errorf("%s has %d bytes, but only %d are free in %s", object, size, free, folder)
	}
	return nil
}

// failing remembers the error of a writer.
type failing struct {
	to  io.Writer
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	n, err := f.to.Write(p)
	f.err = err
	return n, err
}

// readerFunc is a reader that ends with a context.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func inContext(ctx context.Context, from io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return from.Read(p)
	})
}
