package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Draft is a new file that is written in pieces. It has mode 0600, and appears under its name with
// Commit only.
type Draft struct {
	*os.File
	path string
}

// NewDraft begins a file at path. Its folder must exist.
func NewDraft(path string) (*Draft, error) {
	f, err := os.CreateTemp(filepath.Dir(path), draftPrefix(filepath.Base(path))+"*")
	if err != nil {
		return nil, err
	}
	return &Draft{f, path}, nil
}

// Commit writes the file to the disk and gives it its name. If a file with that name exists, it is
// unchanged and the error wraps [fs.ErrExist]. The draft is removed in any case.
func (d *Draft) Commit() error {
	defer d.Discard()
	if err := syncFile(d.File); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // cannot rename an open file
		if err := d.Close(); err != nil {
			return err
		}
	}
	return Place(d.Name(), d.path)
}

// Discard closes and removes the draft. After Commit it has no effect.
func (d *Draft) Discard() {
	_ = d.Close()
	_ = os.Remove(d.Name())
}

// Sync writes the content of the file at path to the disk.
func Sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncFile(f)
}

// Place moves a file that is on the disk to another name on the same file system. If a file with
// that name exists, both are unchanged and the error wraps [fs.ErrExist].
func Place(from, to string) error {
	if err := os.Link(from, to); err != nil {
		if _, exists := os.Lstat(to); exists == nil {
			return &fs.PathError{Op: "create", Path: to, Err: fs.ErrExist}
		}
		// A file system without hard links, such as that of a USB stick.
		if err := os.Rename(from, to); err != nil {
			return err
		}
		return syncFolder(filepath.Dir(to))
	}
	if err := syncFolder(filepath.Dir(to)); err != nil {
		return err
	}
	return os.Remove(from)
}

// Remove deletes a file if it exists, durably.
func Remove(path string) error {
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
