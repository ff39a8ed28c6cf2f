package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onramp/onboarding"
)

func (r *reader) CountContacts(ctx context.Context, organizationID string, f *onboarding.ContactFilter) (int, error) {
	found := r.filter(f)
	if found.exact {
		return r.countTraits(ctx, organizationID, found.traits, f.LocationIDs)
	}
	driver, ok, err := r.driver(ctx, organizationID, found, 0)
	switch {
	case err != nil:
		return 0, err
	case ok:
	case r.db.traits().stored:
		driver = traitsColumn
	default:
		driver = idColumn
	}
	s := &statement{}
	if terms, ok := s.termsAlone(organizationID, found, driver); ok {
		return r.count(ctx, terms, s.args...)
	}
	s.WriteString("SELECT count(*)")
	s.from(organizationID, found, driver, "")
	return r.count(ctx, s.String(), s.args...)
}

// Contacts reads one more contact than it returns, to find out whether there are further ones.
func (r *reader) Contacts(
	ctx context.Context, q *onboarding.ContactQuery,
) ([]*onboarding.Customer, *onboarding.ContactPosition, error) {
	w, err := r.ordering(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	found := r.filter(&q.Filter)
	driver, few, err := r.driver(ctx, q.OrganizationID, found, q.Matches)
	if err != nil {
		return nil, nil, err
	}
	p := &page{reader: r, query: q, filter: found, limit: q.Limit + 1}
	switch {
	case !few && w.groups != nil:
		err = p.walkGroups(ctx, &w)
	case !few && w.column.index != none:
		err = p.walkColumn(ctx, &w)
	case few:
		err = p.sort(ctx, &w, driver)
	default:
		err = p.sort(ctx, &w, idColumn)
	}
	if err != nil || len(p.rows) <= q.Limit {
		return p.customers(), nil, err
	}
	p.rows = p.rows[:q.Limit]
	last := p.rows[q.Limit-1]
	return p.customers(), &onboarding.ContactPosition{Value: last.value, ID: last.customer.ID}, nil
}

// page collects the contacts of one page.
type page struct {
	*reader
	query  *onboarding.ContactQuery
	filter *filter
	limit  int
	rows   []contactRow
}

// contactRow is a contact and the value that it is ordered by.
type contactRow struct {
	customer *onboarding.Customer
	value    *string
}

func (p *page) customers() []*onboarding.Customer {
	all := make([]*onboarding.Customer, len(p.rows))
	for i := range p.rows {
		all[i] = p.rows[i].customer
	}
	return all
}

func (p *page) full() bool { return len(p.rows) >= p.limit }

// walk reads contacts in the order of the index on driver, up to the page's limit: those for which
// the condition more holds and, unless after is empty, with a greater ID. value is the expression
// that they are ordered by.
func (p *page) walk(
	ctx context.Context, driver column, value, order, after string, more func(s *statement) string,
) error {
	if p.full() {
		return nil
	}
	s := &statement{}
	s.from(p.query.OrganizationID, p.filter, driver, after)
	if more != nil {
		s.WriteString(" AND " + more(s))
	}
	fmt.Fprintf(s, " ORDER BY %s LIMIT %s", order, s.arg(p.limit-len(p.rows)))
	columns := "SELECT " + customerColumns + ", " + value
	query := columns + s.String()
	if p.filter.db.traits().stored && !p.filter.Empty() && driver.covering() {
		// SQLite reads the row before it checks a condition on the index, but not here.
		if rest, ok := strings.CutPrefix(order, driver.name); ok {
			order = driver.in(idColumn) + rest
		}
		query = columns + " FROM customers WHERE id IN (SELECT id" + s.String() + ") ORDER BY " + order
	}
	rows, err := collect(ctx, p.db, scanContactRow, query, s.args...)
	p.rows = append(p.rows, rows...)
	return err
}

func scanContactRow(row rows) (contactRow, error) {
	var value valueText
	c, err := scanCustomerAnd(row, &value)
	return contactRow{c, value.text}, err
}

// valueText scans text or a number as text; NULL is nil.
type valueText struct{ text *string }

// Scan implements sql.Scanner.
func (v *valueText) Scan(from any) error {
	var s sql.NullString
	if n, ok := from.(int64); ok {
		s.Valid, s.String = true, strconv.FormatInt(n, 10)
	} else if err := s.Scan(from); err != nil {
		return err
	}
	v.text = nil
	if s.Valid {
		v.text = &s.String
	}
	return nil
}

// walkColumn reads along an indexed column: the rest of the contacts with the position's value,
// those beyond it, those without a value.
func (p *page) walkColumn(ctx context.Context, w *ordering) error {
	c, after := w.column, ""
	if p.query.After != nil {
		after = p.query.After.ID
	}
	if c == idColumn {
		return p.walk(ctx, p.inOrderOfIDs(), "NULL", "id", after, nil)
	}
	if (p.query.After == nil || p.query.After.Value != nil) && !p.lacks(c) {
		if err := p.walkValues(ctx, w); err != nil || c.always {
			return err
		}
		after = ""
	}
	driver := c
	if c.index == sparse {
		driver = p.inOrderOfIDs()
	}
	return p.walk(ctx, driver, "NULL", "id", after, func(*statement) string { return c.in(driver) + " IS NULL" })
}

// lacks reports whether all matches of the filter lack a value of the column.
func (p *page) lacks(c column) bool {
	has := map[column]*bool{emailColumn: p.query.Filter.HasEmail, phoneColumn: p.query.Filter.HasPhone}[c]
	return has != nil && !*has
}

// inOrderOfIDs returns the index that yields the filter's matches in the order of IDs, with the
// fewest other contacts.
func (p *page) inOrderOfIDs() column {
	if len(p.query.Filter.LocationIDs) == 1 {
		return locationColumn
	}
	return idColumn
}

func (p *page) walkValues(ctx context.Context, w *ordering) error {
	c, id := w.column, "id" // the index's last column
	if w.column.metric {
		id = idColumn.in(w.column)
	}
	equal := func(value any, after string) error {
		return p.walk(ctx, c, c.name, id, after,
			func(s *statement) string { return c.name + " = " + s.arg(value) })
	}
	more := func(*statement) string { return c.name + " IS NOT NULL" }
	if after := p.query.After; after != nil {
		value, err := c.kind.parse(*after.Value)
		if err != nil {
			return err
		}
		if err := equal(value, after.ID); err != nil {
			return err
		}
		beyond := " > "
		if w.reverse {
			beyond = " < "
		}
		more = func(s *statement) string { return c.name + beyond + s.arg(value) }
	}
	if !w.reverse {
		return p.walk(ctx, c, c.name, c.name+", "+id, "", more)
	}
	// Backwards, the index yields equal values in descending order of IDs. Complete runs of equal
	// values are reversed. The last run may be cut by the page's limit; its first contacts are read
	// again.
	begin := len(p.rows)
	if err := p.walk(ctx, c, c.name, c.name+" DESC, "+id+" DESC", "", more); err != nil || len(p.rows) == begin {
		return err
	}
	rows := p.rows[begin:]
	complete := len(rows)
	if p.full() {
		for complete > 0 && *rows[complete-1].value == *rows[len(rows)-1].value {
			complete--
		}
	}
	reverseEquals(rows[:complete])
	if complete == len(rows) {
		return nil
	}
	last, err := c.kind.parse(*rows[complete].value)
	if err != nil {
		return err
	}
	p.rows = p.rows[:begin+complete]
	return equal(last, "")
}

// reverseEquals reverses each run of equal values.
func reverseEquals(rows []contactRow) {
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && *rows[n].value == *rows[0].value {
			n++
		}
		slices.Reverse(rows[:n])
		rows = rows[n:]
	}
}

// walkGroups reads one group after the other, each in the order of IDs. A group of few contacts is
// found by its traits, and sorted; a whole scroll reads each contact once for each other group.
// Groups of locations have an index.
func (p *page) walkGroups(ctx context.Context, w *ordering) error {
	left, within := w.after(p.query.After)
	for i := range left {
		g := &left[i]
		driver := p.inOrderOfIDs()
		if g.where == "" && len(g.ids) < 2 {
			driver = locationColumn
		}
		after := ""
		if within && i == 0 {
			after = p.query.After.ID
		}
		few, err := p.fewOf(ctx, g)
		if err != nil {
			return err
		}
		if few != nil {
			err = p.sortIDs(ctx, few, after)
		} else {
			err = p.walk(ctx, driver, "NULL", "id", after, func(s *statement) string { return g.condition(s, driver) })
		}
		if err != nil {
			return err
		}
		for j := range p.rows {
			if p.rows[j].value == nil {
				p.rows[j].value = g.value
			}
		}
	}
	return nil
}

// rare is the share of the contacts of a walk, one in so many, below which it is cheaper to find
// those of a group by their traits.
const rare = 10

// fewOf returns the filter for the matches in a group if its traits select few contacts, and far
// fewer than a walk passes; nil otherwise.
func (p *page) fewOf(ctx context.Context, g *group) (*filter, error) {
	if g.trait == nil || p.full() {
		return nil, nil
	}
	few := *p.filter
	few.traits = append(slices.Clip(few.traits), *g.trait)
	n, err := p.countTraits(ctx, p.query.OrganizationID, few.traits, few.LocationIDs)
	if err != nil || n > narrowMatches {
		return nil, err
	}
	all, err := p.countTraits(ctx, p.query.OrganizationID, nil, few.LocationIDs)
	if err != nil || n*rare >= all {
		return nil, err
	}
	return &few, nil
}

// sortIDs reads the matches of a filter, which its traits find, in the order of IDs after one.
func (p *page) sortIDs(ctx context.Context, f *filter, after string) error {
	inner := &statement{}
	inner.from(p.query.OrganizationID, f, traitsColumn, after)
	rows, err := collect(ctx, p.db, scanContactRow, "SELECT "+customerColumns+
		", NULL FROM customers WHERE id IN (SELECT id"+inner.String()+" ORDER BY id LIMIT "+
		inner.arg(p.limit-len(p.rows))+") ORDER BY id", inner.args...)
	p.rows = append(p.rows, rows...)
	return err
}

// sort finds the IDs of all matches by the index on driver, sorts them, and reads the page's
// contacts.
func (p *page) sort(ctx context.Context, w *ordering, driver column) error {
	s := &statement{}
	inner := &statement{}
	inner.from(p.query.OrganizationID, p.filter, driver, "")
	value, more, err := inner.sorted(w, p.query.After, driver)
	if err != nil {
		return err
	}
	direction := ""
	if w.reverse && w.groups == nil {
		direction = " DESC"
	}
	order := fmt.Sprintf(" ORDER BY %s%s NULLS LAST, %s", value, direction, idColumn.in(driver))
	if w.column == idColumn && w.groups == nil {
		order = " ORDER BY " + idColumn.in(driver)
	}
	fmt.Fprintf(s, "SELECT %s, %s FROM customers WHERE id IN (SELECT id%s%s%s LIMIT %s)%s",
		customerColumns, value, inner.String(), more, order, inner.arg(p.limit), order)
	if p.rows, err = collect(ctx, p.db, scanContactRow, s.String(), inner.args...); err != nil || w.groups == nil {
		return err
	}
	for i := range p.rows {
		rank, err := strconv.Atoi(*p.rows[i].value)
		if err != nil {
			return err
		}
		p.rows[i].value = nil
		if rank < len(w.groups) {
			p.rows[i].value = w.groups[rank].value
		}
	}
	return nil
}

// sorted returns the expression to sort by and the condition for contacts after the position.
func (s *statement) sorted(
	w *ordering, after *onboarding.ContactPosition, driver column,
) (value, more string, err error) {
	id := idColumn.in(driver)
	if w.groups != nil {
		return s.ranked(w, after, driver)
	}
	c := w.column
	value = c.in(driver)
	beyond := " > "
	if w.reverse {
		beyond = " < "
	}
	switch {
	case c == idColumn:
		value = "NULL"
		if after != nil {
			more = " AND " + id + " > " + s.arg(after.ID)
		}
	case after == nil:
	case after.Value == nil:
		more = fmt.Sprintf(" AND %s IS NULL AND %s > %s", value, id, s.arg(after.ID))
	default:
		at, err := c.kind.parse(*after.Value)
		if err != nil {
			return "", "", err
		}
		v := s.arg(at)
		more = fmt.Sprintf(" AND (%s%s%s OR %s = %s AND %s > %s OR %s IS NULL)",
			value, beyond, v, value, v, id, s.arg(after.ID), value)
	}
	return value, more, nil
}

// ranked is sorted for groups: the value is the group's index in the walk.
func (s *statement) ranked(
	w *ordering, after *onboarding.ContactPosition, driver column,
) (value, more string, err error) {
	value = "CASE"
	for i := range w.groups {
		value += fmt.Sprintf(" WHEN %s THEN %d", w.groups[i].condition(s, driver), i)
	}
	value += fmt.Sprintf(" ELSE %d END", len(w.groups))
	if after == nil {
		return value, "", nil
	}
	left, within := w.after(after)
	first := len(w.groups) - len(left)
	if within {
		return value, fmt.Sprintf(" AND (%s > %d OR %s = %d AND %s > %s)",
			value, first, value, first, idColumn.in(driver), s.arg(after.ID)), nil
	}
	return value, fmt.Sprintf(" AND %s >= %d", value, first), nil
}
