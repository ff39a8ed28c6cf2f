package freeradius

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Backlog is the state of the accounting records in a folder. The counts cover the last
// maxCounted bytes of each file: with longer files there may be more records.
type Backlog struct {
	Waiting, WaitingBytes int64 // records that FreeRADIUS will send later
	Refused, RefusedBytes int64 // records that Onramp refused, set aside for inspection
}

// maxCounted limits the bytes of a file that ReadBacklog reads.
const maxCounted = 16 << 20

// recordMark begins the line that ends each record. FreeRADIUS overwrites it in a record that it
// has sent.
var recordMark = []byte("\n\tTimestamp = ")

// ReadBacklog counts the records in the configuration folder dir. It returns nil if the folder is
// not on this machine.
func ReadBacklog(dir string) (*Backlog, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "accounting"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var b Backlog
	for _, entry := range entries {
		name := entry.Name()
		records, size := &b.Waiting, &b.WaitingBytes
		switch {
		case name == "refused":
			records, size = &b.Refused, &b.RefusedBytes
		case name == "backlog" || strings.HasPrefix(name, "backlog.") || name == "detail.work":
		default:
			continue
		}
		found, bytes, err := countRecords(filepath.Join(dir, "accounting", name))
		if errors.Is(err, fs.ErrNotExist) { // renamed or removed since
			continue
		}
		if err != nil {
			return nil, err
		}
		*records += found
		*size += bytes
	}
	return &b, nil
}

// countRecords returns the number of records at the end of a file, and its size.
func countRecords(name string) (records, size int64, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, 0, err
	}
	if _, err := file.Seek(max(0, info.Size()-maxCounted), io.SeekStart); err != nil {
		return 0, 0, err
	}
	buffer := make([]byte, 64<<10)
	kept := 0 // bytes at the start of the buffer that may begin a mark
	for in := io.LimitReader(file, maxCounted); ; {
		n, err := in.Read(buffer[kept:])
		part := buffer[:kept+n]
		records += int64(bytes.Count(part, recordMark))
		kept = copy(buffer, part[max(0, len(part)-len(recordMark)+1):])
		if errors.Is(err, io.EOF) {
			return records, info.Size(), nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}
