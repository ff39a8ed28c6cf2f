package csvfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxHeader is the longest first line in bytes.
const maxHeader = 64 << 10

var (
	utf8Mark    = []byte{0xef, 0xbb, 0xbf}
	utf16LEMark = []byte{0xff, 0xfe}
	utf16BEMark = []byte{0xfe, 0xff}
)

// decode returns the text as UTF-8 without a byte order mark. Only UTF-16 with a mark is converted;
// other encodings cannot be told apart, and encodingFault names their first byte.
func decode(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, maxHeader)
	begin, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var order unicode.Endianness
	switch {
	case bytes.HasPrefix(begin, utf8Mark):
		_, err := buffered.Discard(len(utf8Mark))
		return buffered, err
	case bytes.HasPrefix(begin, utf16LEMark):
		order = unicode.LittleEndian
	case bytes.HasPrefix(begin, utf16BEMark):
		order = unicode.BigEndian
	case bytes.IndexByte(begin, 0) >= 0:
		return nil, fmt.Errorf("line 1, column %d: a zero byte: UTF-16 needs a byte order mark; save the file as UTF-8",
			bytes.IndexByte(begin, 0)+1)
	default:
		return buffered, nil
	}
	decoder := unicode.UTF16(order, unicode.ExpectBOM).NewDecoder()
	return bufio.NewReaderSize(transform.NewReader(buffered, decoder), maxHeader), nil
}

// delimiterOf returns the separator of the first line: the most frequent of comma, semicolon and
// tab.
func delimiterOf(r *bufio.Reader) (rune, error) {
	begin, err := r.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	line, _, complete := bytes.Cut(begin, []byte("\n"))
	if !complete && err == nil {
		return 0, fmt.Errorf("line 1 is longer than %d bytes", maxHeader)
	}
	if bytes.IndexByte(bytes.TrimSuffix(line, []byte("\r")), '\r') >= 0 {
		return 0, errors.New("line 1: a carriage return without a line feed; " +
			"save the file with the line ends LF or CRLF")
	}
	best := ','
	for _, delimiter := range ";\t" {
		if bytes.Count(line, []byte(string(delimiter))) > bytes.Count(line, []byte(string(best))) {
			best = delimiter
		}
	}
	return best, nil
}

// encodingFault returns the fault of a cell that is not the text that was meant, or "".
func (f *File) encodingFault(index int, cell string) string {
	const save = "; save the file as UTF-8"
	if !utf8.ValidString(cell) {
		at := 0
		for at < len(cell) {
			r, size := utf8.DecodeRuneInString(cell[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		line, column := f.position(index, cell[:at])
		return fmt.Sprintf("line %d, column %d: the byte 0x%02X is not UTF-8%s", line, column, cell[at], save)
	}
	if before, _, lost := strings.Cut(cell, "\ufffd"); lost {
		line, column := f.position(index, before)
		return fmt.Sprintf("line %d, column %d: the replacement character U+FFFD: a character was lost%s",
			line, column, save)
	}
	return ""
}

// position returns the line and the column, in bytes from 1, after a part of a cell.
func (f *File) position(index int, before string) (line, column int) {
	line, column = f.csv.FieldPos(index)
	if lines := strings.Count(before, "\n"); lines > 0 {
		line += lines
		column = 1
		before = before[strings.LastIndexByte(before, '\n')+1:]
	}
	return line, column + len(before) + strings.Count(before, `"`) // doubled in the file
}
