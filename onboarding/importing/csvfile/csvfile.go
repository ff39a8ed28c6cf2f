// Package csvfile reads people from CSV files (RFC 4180) as spreadsheets and other systems write
// them.
//
// The first line names the columns: members of a customer as in createCustomer, keys of policies,
// KEY.version, consentDate, consentSource and created. Cells are separated by commas, semicolons or
// tabs. The text is UTF-8, or UTF-16 with a byte order mark.
package csvfile

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/importing"
)

// maxRecord is the largest record in bytes. A quotation mark that is never closed would otherwise
// make the rest of the file one cell.
const maxRecord = 1 << 20

// File reads the records of a CSV file. It holds one record at a time, and some 40 bytes for each
// record before, to find people who occur twice.
type File struct {
	text    *boundedReader
	csv     *csv.Reader
	columns []column
	seed    maphash.Seed
	seen    map[uint64]seenRecord // by the hash of the key
	failed  error
}

// seenRecord is a record before the present one.
type seenRecord struct{ line, content uint32 }

// Open reads the header. Its errors name the line and the column.
func Open(r io.Reader, o *onboarding.Organization) (*File, error) {
	text, err := decode(r)
	if err != nil {
		return nil, err
	}
	f := &File{text: &boundedReader{r: text}, seed: maphash.MakeSeed(), seen: map[uint64]seenRecord{}}
	buffered := bufio.NewReaderSize(f.text, maxHeader)
	delimiter, err := delimiterOf(buffered)
	if err != nil {
		return nil, err
	}
	f.csv = csv.NewReader(buffered)
	f.csv.Comma, f.csv.FieldsPerRecord, f.csv.ReuseRecord = delimiter, -1, true
	header, err := f.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: the file is empty; the first line names the columns")
	}
	if err != nil {
		return nil, f.readError(err)
	}
	f.text.begin(f.csv.InputOffset())
	line, _ := f.csv.FieldPos(0)
	f.text.line = line
	if f.columns, err = columnsOf(header, o); err != nil {
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	return f, nil
}

// readError returns an error of the reader in the words of this package.
func (f *File) readError(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return errors.New(syntaxError(parse))
	}
	return err
}

// syntaxError returns the place and the reason of a record that is no CSV.
func syntaxError(parse *csv.ParseError) string {
	reason := parse.Err.Error()
	if errors.Is(parse, csv.ErrQuote) || errors.Is(parse, csv.ErrBareQuote) {
		reason = strayQuote
	}
	return fmt.Sprintf("line %d, column %d: %s", parse.Line, parse.Column, reason)
}

const strayQuote = `a quotation mark stands inside a cell or is not closed; ` +
	`enclose the cell in quotation marks and double those inside`

// Next implements importing.Source.
func (f *File) Next(context.Context) (*importing.Record, error) {
	for f.failed == nil {
		cells, err := f.csv.Read()
		parse, broken := errors.AsType[*csv.ParseError](err)
		switch {
		case broken && !errors.Is(err, errLongRecord):
			f.text.begin(f.csv.InputOffset())
			return brokenRecord(parse.StartLine, "", syntaxError(parse)), nil
		case errors.Is(err, errLongRecord):
			f.failed = fmt.Errorf("the record after line %d is longer than %d bytes: %s",
				f.text.line, maxRecord, strayQuote)
		case err != nil:
			f.failed = f.readError(err)
		default:
			line, _ := f.csv.FieldPos(0)
			f.text.begin(f.csv.InputOffset())
			f.text.line = line
			if slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
				return f.record(line, cells), nil
			}
		}
	}
	return nil, f.failed
}

func brokenRecord(line int, field, message string) *importing.Record {
	return &importing.Record{Line: line, Broken: onboarding.Faults{{Field: field, Message: message}}}
}

// record returns the record of a line.
func (f *File) record(line int, cells []string) *importing.Record {
	if len(cells) != len(f.columns) {
		return brokenRecord(line, "", fmt.Sprintf("has %d cells, the first line has %d", len(cells), len(f.columns)))
	}
	r := &importing.Record{Line: line, Field: fieldOf}
	for i, cell := range cells {
		column := &f.columns[i]
		if fault := f.encodingFault(i, cell); fault != "" {
			r.Broken.Refuse(column.name, fault)
		} else if fault := column.spreadsheetFault(cell); fault != "" {
			r.Broken.Refuse(column.name, fault)
		}
	}
	if len(r.Broken) > 0 {
		return r
	}
	values := &row{ImportRow: &r.Row}
	for i, cell := range cells {
		if cell != "" { // an empty cell keeps the value of a known customer
			f.columns[i].set(values, cell)
		}
	}
	values.finish(f.columns)
	if first := f.firstOf(r.Row.Key, line, cells); first != 0 {
		field, _, _ := strings.Cut(r.Row.Key, " ")
		r.Broken.Refuse(field, fmt.Sprintf("is that of line %d, whose other values differ", first))
	}
	return r
}

// firstOf returns the line of an earlier record with the same key and other values; 0: none. Such a
// record would undo the earlier one in every run.
func (f *File) firstOf(key string, line int, cells []string) (first int) {
	if key == "" {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(f.seed)
	for _, cell := range cells {
		maphash.WriteComparable(&h, cell)
	}
	content, id := uint32(h.Sum64()), maphash.String(f.seed, key)
	before, repeated := f.seen[id]
	switch {
	case !repeated:
		f.seen[id] = seenRecord{uint32(line), content}
	case before.content != content:
		return int(before.line)
	}
	return 0
}

// fieldOf returns the column of a customer's member.
func fieldOf(member string) string {
	policy, ok := strings.CutPrefix(member, "policies.")
	if ok && strings.HasSuffix(policy, ".date") {
		return "consentDate"
	}
	return policy
}

// boundedReader limits the length of a record.
type boundedReader struct {
	r     io.Reader
	read  int64
	begun int64 // the offset of the present record
	line  int   // of the last complete record
}

var errLongRecord = errors.New("the record is too long")

// begin begins the next record at an offset.
func (b *boundedReader) begin(offset int64) { b.begun = offset }

// Read implements io.Reader.
func (b *boundedReader) Read(p []byte) (int, error) {
	if b.read-b.begun > maxRecord {
		return 0, errLongRecord
	}
	n, err := b.r.Read(p)
	b.read += int64(n)
	return n, err
}
