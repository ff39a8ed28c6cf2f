package tombstone

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"onramp/certs/durable"
	"onramp/onboarding"
)

const (
	headline = "onramp tombstones 1 " // followed by key.check
	maxLine  = 256
	// maxFile is the largest file that is read, of some 20 million deletions.
	maxFile = 1 << 30
)

// file is the log of tombstones. Its methods are safe for concurrent use, also by several
// processes: a batch is one write at the end of the file, which begins with a line break, so that
// the torn line of a killed process stays a line of its own.
type file struct {
	path, head string
	sync       func(*os.File) error

	mu      sync.Mutex
	waiting *batch // collects lines while another batch is being written; nil: none
	writing bool
}

// batch is the lines of one write.
type batch struct {
	lines strings.Builder
	done  chan struct{}
	err   error
}

func newFile(path string, k key) *file {
	return &file{path: path, head: headline + k.check() + "\n", sync: (*os.File).Sync}
}

// create creates the file unless it exists.
func (f *file) create() error {
	err := durable.Create(f.path, []byte(f.head))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// append returns when the tombstones are on the disk. Concurrent calls share one write.
func (f *file) append(added ...onboarding.Tombstone) error {
	f.mu.Lock()
	own := f.waiting
	if own == nil {
		own = &batch{done: make(chan struct{})}
		f.waiting = own
	}
	for _, s := range added {
		own.lines.WriteString(format(s))
	}
	if f.writing {
		f.mu.Unlock()
		<-own.done
		return own.err
	}
	f.writing = true
	for f.waiting != nil {
		b := f.waiting
		f.waiting = nil
		f.mu.Unlock()
		b.err = f.write("\n" + b.lines.String())
		close(b.done)
		f.mu.Lock()
	}
	f.writing = false
	f.mu.Unlock()
	return own.err
}

// write appends a text and syncs it. It opens the file anew, because an operator may move the file.
func (f *file) write(text string) (err error) {
	if err := f.create(); err != nil {
		return err
	}
	to, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	head := make([]byte, len(f.head))
	if _, err := to.ReadAt(head, 0); err != nil || string(head) != f.head {
		return f.foreign(head)
	}
	if _, err := to.WriteString(text); err != nil {
		return err
	}
	return f.sync(to)
}

// setAside renames the file of another deployment: it gets that deployment's check as its ending.
func (f *file) setAside() error {
	from, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	head := make([]byte, len(f.head))
	_, err = io.ReadFull(from, head)
	if err := errors.Join(err, from.Close()); err != nil {
		return f.foreign(nil)
	}
	check, known := strings.CutPrefix(string(head[:len(head)-1]), headline)
	if !known || !begins(check, digits(16)) || string(head) == f.head {
		return nil
	}
	return os.Rename(f.path, f.path+"."+check)
}

// foreign returns the error for another first line.
func (f *file) foreign(head []byte) error {
	if bytes.HasPrefix(head, []byte(headline)) {
		return fmt.Errorf("%s is the tombstone log of another deployment", f.path)
	}
	return fmt.Errorf("%s is not a tombstone log: its first line is not %q and 16 hex digits", f.path, headline)
}

// content is the content of a file.
type content struct {
	entries map[entry]struct{}
	torn    int
	damaged int // the number of the first damaged line; 0: none
}

// refuse returns an error if a line is damaged.
func (c *content) refuse(path string) error {
	if c.damaged == 0 {
		return nil
	}
	return fmt.Errorf("%s: line %d is damaged: use another copy of the log, or remove the line", path, c.damaged)
}

// read reads the file.
func (f *file) read() (*content, error) {
	from, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes; the limit is %d", f.path, info.Size(), maxFile)
	}
	lines := bufio.NewReaderSize(io.LimitReader(from, maxFile), maxLine)
	head, _ := lines.ReadSlice('\n')
	if string(head) != f.head {
		return nil, f.foreign(head)
	}
	c := &content{entries: map[entry]struct{}{}}
	for number := 2; ; number++ {
		line, err := lines.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = lines.ReadSlice('\n')
		}
		if text := strings.TrimSuffix(string(line), "\n"); text != "" || long {
			c.add(text, number, long)
		}
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (c *content) add(text string, number int, long bool) {
	s, state := parse(text)
	switch {
	case long, state == damaged:
		if c.damaged == 0 {
			c.damaged = number
		}
	case state == torn:
		c.torn++
	default:
		c.entries[pack(s)] = struct{}{}
	}
}
