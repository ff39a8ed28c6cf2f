package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onramp/certs/durable"
)

// timeMark stands for the time in the name of a series.
const timeMark = "{time}"

const timeForm = "20060102T150405Z"

// series is the file of one backup or of a series: with {time} in its name.
type series struct{ folder, name string }

func parseSeries(path string, keep int) (series, error) {
	s := series{filepath.Dir(path), filepath.Base(path)}
	switch {
	case path == "" || path == "-" || s.name == "." || s.name == string(filepath.Separator):
		return s, fmt.Errorf("%q is no name of a file", path)
	case strings.Contains(s.folder, timeMark) || strings.Count(s.name, timeMark) > 1:
		return s, fmt.Errorf("%s may be once in the name of the file, and not in its folder", timeMark)
	case keep > 0 && !strings.Contains(s.name, timeMark):
		return s, fmt.Errorf("--keep needs a series of files: put %s into the name, such as onramp-%s.age", timeMark,
			timeMark)
	}
	info, err := os.Stat(s.folder)
	if err != nil {
		return s, fmt.Errorf("folder of the backup: %w", err)
	}
	if !info.IsDir() {
		return s, fmt.Errorf("%s is no folder", s.folder)
	}
	return s, nil
}

// path returns the path of the backup of a time. It must not exist.
func (s series) path(at time.Time) (string, error) {
	path := filepath.Join(s.folder, strings.Replace(s.name, timeMark, at.UTC().Format(timeForm), 1))
	if _, err := os.Lstat(path); err == nil {
		return "", &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return path, nil
}

// member reports whether a name is one of the series, and returns its time.
func (s series) member(name string) (at time.Time, is bool) {
	before, after, marked := strings.Cut(s.name, timeMark)
	if !marked || len(name) != len(before)+len(timeForm)+len(after) || !strings.HasPrefix(name, before) ||
		!strings.HasSuffix(name, after) {
		return at, false
	}
	text := name[len(before) : len(before)+len(timeForm)]
	at, err := time.Parse(timeForm, text)
	return at, err == nil && at.Format(timeForm) == text
}

// prune deletes the oldest files of the series until keep are left, with the new one, which it
// never deletes. It returns the deleted ones.
func (s series) prune(keep int, fresh string) (deleted []string, err error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if _, is := s.member(e.Name()); is && e.Type().IsRegular() && e.Name() != filepath.Base(fresh) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names) // they differ only in their times, of one width
	for _, name := range names[:max(0, len(names)+1-keep)] {
		path := filepath.Join(s.folder, name)
		if err := durable.Remove(path); err != nil {
			return deleted, err
		}
		deleted = append(deleted, path)
	}
	return deleted, nil
}

// removeDrafts deletes the drafts that killed processes left in the folder.
func (s series) removeDrafts() {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		name, is := strings.CutPrefix(e.Name(), ".new-")
		i := strings.LastIndexByte(name, '-')
		if !is || i < 0 {
			continue
		}
		if _, is := s.member(name[:i]); is || name[:i] == s.name {
			durable.RemoveAbandoned(s.folder, name[:i])
		}
	}
}
