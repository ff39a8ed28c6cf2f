package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const folderMode = 0o700 // os.MkdirTemp uses the same mode

// CreateFolder creates a folder with files, and its missing parents. If a folder
// that is not empty exists, it is unchanged and the error wraps [fs.ErrExist]; of
// several processes that create the same folder, one succeeds.
func CreateFolder(path string, files ...File) error {
	parent := filepath.Dir(path)
	if err := MakeFolder(parent); err != nil {
		return err
	}
	draft, err := os.MkdirTemp(parent, draftPrefix(filepath.Base(path))) // mode 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // has no effect after the rename
	for _, file := range files {
		if err := writeNew(filepath.Join(draft, file.Name), file.Content); err != nil {
			return err
		}
	}
	if err := syncFolder(draft); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		if _, exists := os.Lstat(path); exists == nil {
			return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
		}
		return err
	}
	return syncFolder(parent)
}

// MakeFolder creates a folder and its missing parents. Existing folders and their
// modes are unchanged.
func MakeFolder(path string) error {
	var parents []string // of the missing folders
	for folder := filepath.Clean(path); ; {
		parent := filepath.Dir(folder)
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || parent == folder {
			break
		}
		parents = append(parents, parent)
		folder = parent
	}
	if err := os.MkdirAll(path, folderMode); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := syncFolder(parent); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder writes the names in a folder to the disk. Windows has no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(syncFile(f), f.Close())
}
