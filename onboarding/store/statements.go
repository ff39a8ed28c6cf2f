package store

import (
	"strconv"
	"strings"
)

// placeholders returns "$1, $2, ... $n".
func placeholders(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		if i > 1 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i))
	}
	return b.String()
}

// insert returns the INSERT of one row into the columns (separated by commas) of a table.
func insert(table, columns string) string {
	return "INSERT INTO " + table + " (" + columns + ") VALUES (" + placeholders(strings.Count(columns, ",")+1) + ")"
}

// excluded returns "a = excluded.a, b = excluded.b" for the columns.
func excluded(columns string) string {
	names := strings.Split(columns, ", ")
	for i, name := range names {
		names[i] = name + " = excluded." + name
	}
	return strings.Join(names, ", ")
}

// statement is a query that is being put together.
type statement struct {
	strings.Builder
	args []any
}

// arg adds an argument and returns its placeholder.
func (s *statement) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// list adds arguments and returns their placeholders in parentheses.
func list[T ~string](s *statement, values []T) string {
	holders := make([]string, len(values))
	for i, v := range values {
		holders[i] = s.arg(string(v))
	}
	return "(" + strings.Join(holders, ", ") + ")"
}

func literal(yes bool) string {
	if yes {
		return "TRUE"
	}
	return "FALSE"
}
