package store

// This package selects the one index, the driver, that serves a search: SQLite's planner has no
// statistics, and a query that is fast with ten thousand contacts must not scan a million. The
// query names the driver's column; it wraps every other indexed column in an expression of equal
// value, for which there is no index.

// column is a column of customers, or a metric.
type column struct {
	name   string
	kind   kind
	index  index
	always bool // never NULL
	metric bool // a column of customer_metrics, which has rows of profiled customers only
}

// kind is the type of a column's values.
type kind int

const (
	textual kind = iota
	numeric
)

// index is the kind of index on organization, column and ID.
type index int

const (
	none index = iota
	whole
	sparse // without NULL values
)

var (
	idColumn       = column{name: "id", index: whole, always: true}
	emailColumn    = column{name: "email_key", index: whole}
	phoneColumn    = column{name: "phone", index: whole}
	usernameColumn = column{name: "username", index: whole, always: true}
	extIDColumn    = column{name: "ext_id", index: sparse}
	extProp1Column = column{name: "ext_prop1", index: sparse}
	extProp2Column = column{name: "ext_prop2", index: sparse}
	createdColumn  = column{name: "created", kind: numeric, index: whole, always: true}
	modifiedColumn = column{name: "modified", kind: numeric, index: whole, always: true}
	locationColumn = column{name: "location_id", index: whole}
	segmentColumn  = column{name: "segment", index: whole} // represents the table segment_members
	termColumn     = column{name: "term", index: whole}    // represents the table customer_terms
	traitsColumn   = column{name: "traits", index: whole}  // with the location
)

// in returns the expression for the column in a query served by the index on driver.
func (c column) in(driver column) string {
	switch {
	case c == idColumn && driver.metric:
		return "metrics_of"
	case c.index == none || c == driver:
		return c.name
	case c.metric:
		return "(SELECT " + c.name + " FROM customer_metrics WHERE customer_id = customers.id)"
	case c.kind == numeric:
		return "(" + c.name + " + 0)"
	default:
		return "(" + c.name + " || '')"
	}
}

// orID returns the driver if it determines the expression for the ID, as a metric and the traits
// do, else the column of the customer's ID.
func (c column) orID() column {
	if c.metric || c == traitsColumn {
		return c
	}
	return idColumn
}

// covering reports whether SQLite's index on the column holds all columns that filters ask for,
// except the terms and segments, which are in other tables.
func (c column) covering() bool {
	return c == createdColumn || c == modifiedColumn || c == traitsColumn
}
