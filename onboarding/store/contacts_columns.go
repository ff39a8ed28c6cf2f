package store

// A search is answered by one index, and this package picks it: of SQLite's planner, which has no statistics, one cannot know, and a query
// that is fast with ten thousand contacts must not turn into a scan of a million. The column of the index that is to serve stands in the query by
// its name; every other indexed column stands in an expression of the same value, which no index is built on.

// column is a column of customers, or a metric.
type column struct {
	name   string
	kind   kind
	index  index
	always bool // everybody has a value
	metric bool // a column of customer_metrics, which has no row of those who are not profiled
}

// kind is the type of a column's values.
type kind int

const (
	textual kind = iota
	numeric
)

// index is the one on organization, column and ID.
type index int

const (
	none index = iota
	whole
	sparse // without those who have no value
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
	segmentColumn  = column{name: "segment", index: whole} // stands for the segments' own table
)

// in is the column in a query that is served by the index on driver.
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

// orID is the driver where it decides how the ID is written: in the metrics' index. All others go on with the customer's own.
func (c column) orID() column {
	if c.metric {
		return c
	}
	return idColumn
}
