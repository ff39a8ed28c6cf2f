package sqltables

import (
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// dump is a dump that is read.
type dump struct {
	scanner
	tables []*dumped
	add    func(Row) error
}

// dumped is a table of a dump.
type dumped struct {
	Table
	known   bool     // the dump has created it, or holds rows of it
	columns []string // all, of CREATE TABLE
}

func readDump(r *bufio.Reader, tables []Table, add func(Row) error) error {
	if err := readable(r); err != nil {
		return err
	}
	d := &dump{scanner: scanner{r: r, line: 1}, add: add}
	for _, t := range tables {
		d.tables = append(d.tables, &dumped{Table: t})
	}
	for {
		switch more, err := d.statement(); {
		case err != nil:
			return err
		case !more:
			return d.complete()
		}
	}
}

// readable reports forms of a dump that are not text.
func readable(r *bufio.Reader) error {
	start, err := r.Peek(len("PGDMP"))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.HasPrefix(start, []byte("PGDMP")):
		return errors.New("a dump in PostgreSQL's own format: make it text by pg_restore -f -")
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return errors.New("a compressed dump: decompress it by gunzip first")
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return errors.New("a dump in UTF-16, as PowerShell's > writes it: write it by --result-file or --file")
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, _ = r.Discard(len("\ufeff"))
	}
	return nil
}

// complete checks that nothing of the dump is missing.
func (d *dump) complete() error {
	if d.begun && !d.whole {
		return faultAt(d.line, "the dump is cut off: its last line, that it is complete, is missing")
	}
	var names, missing []string
	for _, t := range d.tables {
		names = append(names, t.Name)
		if !t.known {
			missing = append(missing, t.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the dump lacks %s: it needs the tables %s, each with its CREATE TABLE",
			strings.Join(missing, " and "), strings.Join(names, ", "))
	}
	return nil
}

// table returns the table of a name if it is read; nil otherwise.
func (d *dump) table(name string) *dumped {
	for _, t := range d.tables {
		if strings.EqualFold(t.Name, name) {
			return t
		}
	}
	return nil
}

// statement reads a statement; false at the end of the dump.
func (d *dump) statement() (bool, error) {
	t, err := d.next()
	switch {
	case err != nil:
		return false, err
	case t.kind == end:
		return false, nil
	case t.is(";"):
	case t.is("\\"): // a command of psql
		_, err = d.restOfLine()
	case t.is("DELIMITER"):
		err = d.routines()
	case t.is("CREATE"):
		err = d.create(t)
	case t.is("INSERT"), t.is("REPLACE"):
		err = d.insert(t)
	case t.is("COPY"):
		err = d.copy(t)
	case t.is("SET"):
		err = d.set(t)
	case t.kind == word:
		err = d.skip(t)
	default:
		err = faultAt(t.line, "no statement begins like this")
	}
	return true, err
}

// skip reads to the end of the statement that begins with a token.
func (d *dump) skip(begin token) error {
	for {
		t, err := d.token(false)
		switch {
		case err != nil:
			return err
		case t.is(";"):
			return nil
		case t.kind == end:
			return faultAt(begin.line, "the statement that begins here has no end")
		}
	}
}

// routines skips the triggers and routines of MySQL after DELIMITER ;; until DELIMITER ;.
func (d *dump) routines() error {
	begin := d.line
	if _, err := d.restOfLine(); err != nil {
		return err
	}
	for !d.atEnd() {
		line, err := d.restOfLine()
		if err != nil {
			return err
		}
		if fields := strings.Fields(string(line)); len(fields) == 2 && strings.EqualFold(fields[0], "DELIMITER") &&
			fields[1] == ";" {
			d.within = 0
			return nil
		}
	}
	return faultAt(begin, "the DELIMITER that is set here is never set back")
}

// set reads the settings that change the meaning of the texts.
func (d *dump) set(begin token) error {
	var last token
	setting := "" // whose value is next
	for {
		t, err := d.next()
		switch {
		case err != nil:
			return err
		case t.is(";"):
			return nil
		case t.kind == end:
			return faultAt(begin.line, "the statement that begins here has no end")
		case t.is("NAMES"):
			setting = "names"
		case (t.is("=") || t.is("TO")) && last.kind == word:
			setting = strings.ToLower(last.text)
		case setting != "" && (t.kind == word || t.kind == text):
			if err := d.apply(setting, t); err != nil {
				return err
			}
			setting = ""
		}
		last = t
	}
}

// apply applies a setting.
func (d *dump) apply(setting string, value token) error {
	switch v := strings.ToLower(value.text); setting {
	case "names":
		if !slices.Contains([]string{"utf8", "utf8mb3", "utf8mb4", "binary"}, v) {
			return faultAt(value.line, "the encoding is %.40s: write the dump by --default-character-set=utf8mb4", v)
		}
	case "client_encoding":
		if !slices.Contains([]string{"utf8", "utf-8", "unicode", "sql_ascii"}, v) {
			return faultAt(value.line, "the encoding is %.40s: write the dump by --encoding=UTF8", v)
		}
	case "standard_conforming_strings":
		d.take(postgresDialect)
		d.escapes = v == "off" || v == "false" || v == "0"
	case "sql_mode":
		if d.dialect == mysqlDialect && value.kind == text {
			d.escapes = !strings.Contains(v, "no_backslash_escapes")
		}
	}
	return nil
}

// qualified returns the last part of the name that is next, such as table in schema.table.
func (d *dump) qualified() (token, error) {
	for {
		t, err := d.next()
		if err != nil {
			return t, err
		}
		if t.kind == text && d.dialect == mysqlDialect { // "name", by --compatible
			t.kind = name
		}
		if t.kind != word && t.kind != name {
			return t, faultAt(t.line, "a name is missing")
		}
		point, err := d.next()
		if err != nil {
			return t, err
		}
		if !point.is(".") {
			d.unread(point)
			return t, nil
		}
	}
}

// create reads the columns of a CREATE TABLE.
func (d *dump) create(begin token) error {
	t, err := d.next()
	for err == nil && (t.is("GLOBAL") || t.is("LOCAL") || t.is("TEMPORARY") || t.is("UNLOGGED")) {
		t, err = d.next()
	}
	if err != nil {
		return err
	}
	if !t.is("TABLE") {
		d.unread(t)
		return d.skip(begin)
	}
	if t, err = d.next(); err != nil {
		return err
	}
	if t.is("IF") { // NOT EXISTS
		for range 2 {
			if _, err := d.next(); err != nil {
				return err
			}
		}
	} else {
		d.unread(t)
	}
	name, err := d.qualified()
	if err != nil {
		return err
	}
	table := d.table(name.text)
	if table == nil {
		return d.skip(begin)
	}
	if table.known {
		return faultAt(begin.line, "a second table %s: the dump must be of one database", table.Name)
	}
	table.known = true
	if table.columns, err = d.columns(true); err != nil {
		return err
	}
	if _, err := table.places(table.columns, begin.line); err != nil {
		return err
	}
	return d.skip(begin)
}

// constraints are the words that begin a part of CREATE TABLE which is no column.
var constraints = []string{
	"primary", "key", "unique", "constraint", "index", "fulltext", "spatial", "foreign", "check", "exclude", "like",
	"period",
}

// maxColumns is the most columns of a table.
const maxColumns = 1000

// columns returns the names in parentheses, without their types in a declaration.
func (d *dump) columns(declaration bool) (names []string, err error) {
	t, err := d.next()
	if err != nil {
		return nil, err
	}
	if !t.is("(") {
		return nil, faultAt(t.line, "the names of the columns are missing")
	}
	for len(names) < maxColumns {
		column, err := d.next()
		switch {
		case err != nil:
			return nil, err
		case column.kind == text && d.dialect != mysqlDialect, column.kind == end, column.kind == character:
			return nil, faultAt(column.line, "the name of a column is missing")
		case column.kind != word || !declaration || !slices.Contains(constraints, strings.ToLower(column.text)):
			names = append(names, strings.ToLower(column.text))
		}
		after, err := d.next()
		if declaration && err == nil {
			d.unread(after)
			after, err = d.endOfValue()
		}
		switch {
		case err != nil:
			return nil, err
		case after.is(")"):
			return names, nil
		case !after.is(","):
			return nil, faultAt(after.line, "a comma or a parenthesis is missing")
		}
	}
	return nil, faultAt(t.line, "more than %d columns", maxColumns)
}

// endOfValue skips to the comma or parenthesis that ends a value or a declaration.
func (d *dump) endOfValue() (token, error) {
	begin := d.line
	for depth := 0; ; {
		t, err := d.token(false)
		switch {
		case err != nil:
			return t, err
		case t.kind == end || t.is(";"):
			return t, faultAt(begin, "a parenthesis is missing")
		case depth == 0 && (t.is(",") || t.is(")")):
			return t, nil
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
	}
}

// places returns for each of the given columns its place among those to read; -1 for another.
func (t *dumped) places(columns []string, line int) ([]int, error) {
	places := make([]int, len(columns))
	found := 0
	for i, column := range columns {
		if places[i] = slices.Index(t.Columns, column); places[i] >= 0 {
			found++
		}
		if slices.Contains(columns[:i], column) {
			return nil, faultAt(line, "the column %.80s occurs twice", column)
		}
	}
	if found < len(t.Columns) {
		return nil, faultAt(line, "%s needs the columns %s", t.Name, strings.Join(t.Columns, ", "))
	}
	return places, nil
}

// send passes a row on.
func (d *dump) send(row Row) error {
	for _, v := range row.Values {
		if !utf8.ValidString(v.String) {
			return faultAt(d.line, "a value of %s is not UTF-8, in which the dump must be", row.Table)
		}
	}
	row.FromMySQL = d.dialect == mysqlDialect
	return d.add(row)
}

// row returns an empty row of a table.
func (t *dumped) row() Row {
	return Row{Table: t.Name, Values: make([]sql.NullString, len(t.Columns))}
}
