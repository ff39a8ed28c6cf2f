package sqltables

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"strings"
)

// insert reads the rows of an INSERT.
func (d *dump) insert(begin token) error {
	t, err := d.next()
	for err == nil && (t.is("LOW_PRIORITY") || t.is("DELAYED") || t.is("HIGH_PRIORITY") || t.is("IGNORE") ||
		t.is("INTO")) {
		t, err = d.next()
	}
	if err != nil {
		return err
	}
	d.unread(t)
	name, err := d.qualified()
	if err != nil {
		return err
	}
	table := d.table(name.text)
	if table == nil {
		return d.skip(begin)
	}
	if d.dialect == unknown {
		return faultAt(begin.line, "a dump of MySQL or of PostgreSQL? The first lines, which name it, are missing")
	}
	table.known = true
	columns := table.columns
	if t, err = d.next(); err != nil {
		return err
	}
	d.unread(t)
	if t.is("(") {
		if columns, err = d.columns(false); err != nil {
			return err
		}
	}
	if columns == nil {
		return faultAt(begin.line, "the columns of %s are unknown: the dump needs its CREATE TABLE", table.Name)
	}
	places, err := table.places(columns, begin.line)
	if err != nil {
		return err
	}
	if err := d.values(); err != nil {
		return err
	}
	row := table.row()
	for {
		if err := d.tuple(table, row, places); err != nil {
			return err
		}
		switch t, err = d.next(); {
		case err != nil:
			return err
		case t.is(";"):
			return nil
		case t.kind == end:
			return faultAt(begin.line, "the statement that begins here has no end")
		case t.kind == word: // ON CONFLICT
			return d.skip(begin)
		case !t.is(","):
			return faultAt(t.line, "a comma or a semicolon is missing")
		}
	}
}

// values skips the keyword VALUES, and those before it.
func (d *dump) values() error {
	t, err := d.next()
	for err == nil && (t.is("OVERRIDING") || t.is("SYSTEM") || t.is("USER") || t.is("VALUE")) {
		t, err = d.next()
	}
	if err == nil && !t.is("VALUES") {
		err = faultAt(t.line, "VALUES is missing")
	}
	return err
}

// tuple reads the values of a row in parentheses, and sends the row.
func (d *dump) tuple(table *dumped, row Row, places []int) error {
	t, err := d.next()
	if err != nil {
		return err
	}
	if !t.is("(") {
		return faultAt(t.line, "the row of %s does not begin with a parenthesis", table.Name)
	}
	for i, place := range places {
		var after token
		if place < 0 {
			after, err = d.endOfValue()
		} else if row.Values[place], err = d.value(); err == nil {
			after, err = d.next()
		}
		last := i == len(places)-1
		switch {
		case err != nil:
			return err
		case after.is(")") && last:
			return d.send(row)
		case after.is(")") || after.is(",") && last:
			return faultAt(after.line, "a row of %s does not have %d values", table.Name, len(places))
		case !after.is(","):
			return faultAt(after.line, "a comma or a parenthesis is missing after a value of %s", table.Name)
		}
	}
	return nil
}

// value reads a string, a number or NULL.
func (d *dump) value() (sql.NullString, error) {
	t, err := d.next()
	if err != nil {
		return sql.NullString{}, err
	}
	switch adjacent := d.peek() == '\''; {
	case t.kind == text:
		return sql.NullString{String: t.text, Valid: true}, nil
	case t.is("-"):
		t, err = d.next()
		if err == nil && isNumber(t) {
			return sql.NullString{String: "-" + t.text, Valid: true}, nil
		}
	case isNumber(t):
		if digits, isHex := strings.CutPrefix(strings.ToLower(t.text), "0x"); isHex && d.dialect == mysqlDialect {
			return fromHex(digits, t.line)
		}
		return sql.NullString{String: t.text, Valid: true}, nil
	case t.is("NULL"):
		return sql.NullString{}, nil
	case t.is("E") && adjacent && d.dialect == postgresDialect:
		_, _ = d.get()
		s, err := d.quoted('\'', true, true)
		if errors.Is(err, io.EOF) {
			err = faultAt(t.line, "a quote that begins here has no end")
		}
		return sql.NullString{String: s, Valid: true}, err
	case t.is("X") && adjacent && d.dialect == mysqlDialect:
		if t, err = d.next(); err == nil {
			return fromHex(t.text, t.line)
		}
	case t.kind == word && strings.HasPrefix(t.text, "_") && d.dialect == mysqlDialect: // _binary '...'
		return d.value()
	}
	if err == nil {
		err = faultAt(t.line, "a value is neither a text, nor a number, nor NULL")
	}
	return sql.NullString{}, err
}

func isNumber(t token) bool { return t.kind == word && digit(t.text[0]) < 10 }

func fromHex(digits string, line int) (sql.NullString, error) {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return sql.NullString{}, faultAt(line, "a value in hexadecimal digits has another character")
	}
	return sql.NullString{String: string(b), Valid: true}, nil
}

// copy reads the rows of PostgreSQL's COPY ... FROM stdin.
func (d *dump) copy(begin token) error {
	d.take(postgresDialect)
	name, err := d.qualified()
	if err != nil {
		return err
	}
	var places []int
	table := d.table(name.text)
	if table != nil {
		table.known = true
		columns, err := d.columns(false)
		if err == nil {
			places, err = table.places(columns, begin.line)
		}
		if err != nil {
			return err
		}
		for _, want := range []string{"FROM", "stdin", ";"} {
			switch t, err := d.next(); {
			case err != nil:
				return err
			case !t.is(want):
				return faultAt(t.line, "%s is missing", want)
			}
		}
	} else if err := d.skip(begin); err != nil {
		return err
	}
	if _, err := d.restOfLine(); err != nil {
		return err
	}
	if table == nil {
		return d.skipCopied(begin)
	}
	row := table.row()
	for !d.follows("\\.\n") && !d.follows("\\.\r\n") {
		if err := d.copied(table, row, places); err != nil {
			return err
		}
	}
	_, err = d.restOfLine()
	return err
}

// skipCopied skips the rows of COPY.
func (d *dump) skipCopied(begin token) error {
	for !d.atEnd() {
		line, err := d.restOfLine()
		if err != nil {
			return err
		}
		if strings.TrimSuffix(string(line), "\r") == "\\." {
			return nil
		}
	}
	return faultAt(begin.line, "the rows that begin here have no end")
}

// copied reads a row of COPY, and sends it.
func (d *dump) copied(table *dumped, row Row, places []int) error {
	begin := d.line
	for i, place := range places {
		value, after, err := d.field()
		if errors.Is(err, io.EOF) {
			err = faultAt(begin, "the rows of %s have no end", table.Name)
		}
		if err != nil {
			return err
		}
		if last := i == len(places)-1; last != (after == '\n') {
			return faultAt(begin, "a row of %s does not have %d values", table.Name, len(places))
		}
		if place >= 0 {
			row.Values[place] = value
		}
	}
	return d.send(row)
}

// field reads a value of COPY and the tab or the end of the line after it.
func (d *dump) field() (sql.NullString, byte, error) {
	begin := d.line
	null, escaped := false, false
	var text []byte
	for {
		b, err := d.get()
		switch {
		case err != nil:
			return sql.NullString{}, 0, err
		case b == '\t' || b == '\n':
			if null && len(text) > 0 {
				return sql.NullString{}, 0, faultAt(begin, "a value begins with \\N")
			}
			if !escaped && b == '\n' && len(text) > 0 && text[len(text)-1] == '\r' { // a dump of Windows
				text = text[:len(text)-1]
			}
			return sql.NullString{String: string(text), Valid: !null}, b, nil
		case b == '\\':
			if b, err = d.get(); err != nil {
				return sql.NullString{}, 0, err
			}
			if b == 'N' && len(text) == 0 {
				null = true
				continue
			}
			text, escaped = d.appendPostgres(text, b), true
		default:
			text, escaped = append(text, b), false
		}
		if len(text) > maxToken {
			return sql.NullString{}, 0, faultAt(begin, "a text of more than %d bytes", maxToken)
		}
	}
}
