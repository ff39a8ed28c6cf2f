package store

import (
	"strconv"
	"strings"
)

// placeholders returns "$1, $2, ... $n".
func placeholders(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(names, ", ")
}

// insert returns the INSERT of one row into the columns, a comma-separated list, of a table.
func insert(table, columns string) string {
	return insertRows(table, columns, 1)
}

// insertRows returns the INSERT of a number of rows, whose arguments follow each other.
func insertRows(table, columns string, rows int) string {
	each := strings.Count(columns, ",") + 1
	values := make([]string, rows)
	for i := range values {
		names := make([]string, each)
		for j := range names {
			names[j] = "$" + strconv.Itoa(i*each+j+1)
		}
		values[i] = "(" + strings.Join(names, ", ") + ")"
	}
	return "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.Join(values, ", ")
}

// countUpTo returns the query that counts the rows of "table WHERE condition", and stops at a
// limit.
func countUpTo(from, limit string) string {
	return "SELECT count(*) FROM (SELECT 1 FROM " + from + " LIMIT " + limit + ") AS counted"
}

// excluded returns "a = excluded.a, b = excluded.b": an upsert that replaces the columns.
func excluded(columns string) string {
	return assignments(columns, func(name string) string { return "excluded." + name })
}

// excludedOrStored returns "a = COALESCE(excluded.a, t.a), ...": an upsert that replaces the
// columns of table t except where the new value is NULL.
func excludedOrStored(table, columns string) string {
	return assignments(columns, func(name string) string {
		return "COALESCE(excluded." + name + ", " + table + "." + name + ")"
	})
}

func assignments(columns string, value func(name string) string) string {
	names := strings.Split(columns, ", ")
	for i, name := range names {
		names[i] = name + " = " + value(name)
	}
	return strings.Join(names, ", ")
}

// statement is a query under construction, with its arguments.
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
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = s.arg(string(v))
	}
	return "(" + strings.Join(names, ", ") + ")"
}
