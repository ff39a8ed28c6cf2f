package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"onramp/certs/durable"
	"onramp/onboarding"
	"onramp/onboarding/datafolder"
)

// sealedFiles are files of the data folder, sealed under the master key, by their paths with
// slashes.
type sealedFiles map[string]onboarding.Sealed

// sealedPath matches the paths of the files that a backup may hold.
var sealedPath = regexp.MustCompile(`^(aaa\.secret|pki/[a-z]{1,32}/[a-z][a-z0-9.-]{0,63})$`)

// maxFile is the largest file that is sealed.
const maxFile = 1 << 20

func filePurpose(name string) string { return "backup " + name }

// sealFolder seals the AAA secret and the development PKI of a data folder.
func sealFolder(folder *datafolder.Folder, sealer *onboarding.Sealer) (sealedFiles, error) {
	root, err := os.OpenRoot(folder.Path(""))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	files := sealedFiles{}
	add := func(name string) error {
		text, err := root.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		if len(text) > maxFile {
			return fmt.Errorf("%s has %d bytes; the limit is %d", folder.Path(name), len(text), maxFile)
		}
		files[name] = sealer.Seal(text, filePurpose(name))
		return nil
	}
	if err := add("aaa.secret"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = fs.WalkDir(root.FS(), "pki", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".new-") {
			return fs.SkipDir
		}
		if err != nil || !entry.Type().IsRegular() || !sealedPath.MatchString(name) {
			return err
		}
		return add(name)
	})
	return files, err
}

func parseSealed(text []byte) (sealedFiles, error) {
	var files sealedFiles
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&files); err != nil {
		return nil, fmt.Errorf("%s: %w", sealedName, err)
	}
	for name := range files {
		if !sealedPath.MatchString(name) {
			return nil, fmt.Errorf("%s holds %q, which is no file of a backup", sealedName, name)
		}
	}
	return files, nil
}

// open returns the content of all files.
func (f sealedFiles) open(sealer *onboarding.Sealer) (map[string][]byte, error) {
	contents := map[string][]byte{}
	for name, sealed := range f {
		text, err := sealer.Open(sealed, filePurpose(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		contents[name] = text
	}
	return contents, nil
}

// place writes the files into a data folder. A file that exists stays, and must have the same
// content. It may be repeated.
func (f sealedFiles) place(folder *datafolder.Folder, sealer *onboarding.Sealer) error {
	contents, err := f.open(sealer)
	if err != nil {
		return err
	}
	halves := map[string][]durable.File{}
	for name, text := range contents {
		if err := differs(folder.Path(name), text); err != nil {
			return err
		}
		half := path.Dir(name)
		halves[half] = append(halves[half], durable.File{Name: path.Base(name), Content: text})
	}
	for half, files := range halves {
		if half == "." {
			err = durable.Create(folder.Path(files[0].Name), files[0].Content)
		} else {
			err = durable.CreateFolder(folder.Path(half), files...)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		for _, file := range files { // another process may have created them
			path := folder.Path(filepath.Join(half, file.Name))
			if err := differs(path, file.Content); err != nil {
				return err
			}
			if _, err := os.Lstat(path); err != nil {
				return fmt.Errorf("%w: move %s away, so that the backup's is used", err, folder.Path(half))
			}
		}
	}
	return nil
}

// differs returns an error if a file exists and has another content.
func differs(path string, content []byte) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !bytes.Equal(text, content) {
		err = fmt.Errorf("%s differs from that of the restored backup: move it away, so that the backup's is used",
			path)
	}
	return err
}
