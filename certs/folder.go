package certs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// staging marks the folders in which a PKI is prepared, beside the place where
// it will appear.
const staging = ".new-"

// createFolder makes the folder dir with the given files so that it exists
// either complete and on the disk, or not at all. If somebody else makes it
// first, theirs stays and there is no error.
func createFolder(dir string, names []string, contents [][]byte) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	draft, err := os.MkdirTemp(parent, staging+filepath.Base(dir)+"-") // mode 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // of no effect once it was renamed
	for i, name := range names {
		if err := writeFile(filepath.Join(draft, name), contents[i]); err != nil {
			return err
		}
	}
	if err := syncFolder(draft); err != nil {
		return err
	}
	if err := os.Rename(draft, dir); err != nil {
		// The name is taken: another process was faster. Anything else is
		// a real failure, and the folder will not be there.
		if _, there := os.Lstat(dir); there == nil {
			return nil
		}
		return err
	}
	return syncFolder(parent)
}

func writeFile(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes the names in a folder durable. Windows has no such call.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeAbandoned deletes drafts of processes that were killed. A draft that
// is in the making is seconds old.
func removeAbandoned(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), staging) {
			continue
		}
		if info, err := entry.Info(); err == nil && old(info) {
			os.RemoveAll(filepath.Join(parent, entry.Name()))
		}
	}
}

func old(info fs.FileInfo) bool { return time.Since(info.ModTime()) > 10*time.Minute }
