package durable

import (
	"errors"
	"os"
	"path/filepath"
)

const fileMode = 0o600 // os.CreateTemp uses the same mode

// syncFile writes a file's content to the disk. Tests replace it.
var syncFile = (*os.File).Sync

// File is a file to write.
type File struct {
	Name    string // path relative to the folder
	Content []byte
}

// Write creates or replaces files in a folder. The folders in their names must
// exist. All drafts are on the disk before the first file is replaced, and the
// files are replaced in the order given, each after the one before it is on the
// disk. A file that exists loses its permissions and gets mode 0600.
func Write(folder string, files ...File) error {
	drafts := make([]string, 0, len(files))
	defer func() {
		for _, draft := range drafts {
			_ = os.Remove(draft) // fails for the renamed ones
		}
	}()
	for _, file := range files {
		draft, err := writeDraft(filepath.Join(folder, file.Name), file.Content)
		if err != nil {
			return err
		}
		drafts = append(drafts, draft)
	}
	for i, file := range files {
		path := filepath.Join(folder, file.Name)
		if err := os.Rename(drafts[i], path); err != nil {
			return err
		}
		if err := syncFolder(filepath.Dir(path)); err != nil {
			return err
		}
	}
	return nil
}

// Create creates a file. If the file exists, it is unchanged and the error wraps
// [fs.ErrExist]; of several processes that create the same file, one succeeds.
func Create(path string, content []byte) error {
	draft, err := writeDraft(path, content)
	if err != nil {
		return err
	}
	defer os.Remove(draft)
	if err := os.Link(draft, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// writeDraft writes a draft of the file at path and returns the draft's path.
func writeDraft(path string, content []byte) (string, error) {
	draft, err := NewDraft(path)
	if err != nil {
		return "", err
	}
	if err := writeAndClose(draft.File, content); err != nil {
		_ = os.Remove(draft.Name())
		return "", err
	}
	return draft.Name(), nil
}

// writeNew writes a file that does not exist yet.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	return writeAndClose(f, content)
}

func writeAndClose(f *os.File, content []byte) error {
	_, err := f.Write(content)
	if err == nil {
		err = syncFile(f)
	}
	return errors.Join(err, f.Close())
}
