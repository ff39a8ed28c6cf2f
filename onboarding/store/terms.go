package store

import (
	"context"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/terms"
)

// The column terms_of of a customer is its modification at the time its terms were written. It
// differs in rows that the version before has written, which has no terms.

// staleTerms is the condition of the partial index customers_stale_terms.
const staleTerms = "terms_of IS DISTINCT FROM modified"

// insertTerms inserts the terms of a customer. Existing ones are left as they are.
func (t *transaction) insertTerms(ctx context.Context, c *onboarding.Customer, all []string) error {
	values, arg := t.db.unnested("$3", all)
	return t.db.send(ctx, nil, "INSERT INTO customer_terms (organization_id, term, customer_id) "+
		"SELECT $1, value, $2 FROM ("+values+") AS terms WHERE TRUE ON CONFLICT DO NOTHING",
		c.OrganizationID, c.ID, arg)
}

// putTerms replaces the terms of a customer.
func (t *transaction) putTerms(ctx context.Context, c *onboarding.Customer) error {
	all := terms.Of(c)
	among, arg := t.db.anyOf("term", "$2", all)
	if err := t.db.send(ctx, nil, "DELETE FROM customer_terms WHERE customer_id = $1 AND NOT ("+among+")",
		c.ID, arg); err != nil {
		return err
	}
	return t.insertTerms(ctx, c, all)
}

// FillTerms implements onboarding.TermWriter.
func (t *transaction) FillTerms(ctx context.Context, limit int) (filled int, last bool, err error) {
	customers, err := collect(ctx, t.db, scanCustomer,
		selectCustomer+" WHERE "+staleTerms+" ORDER BY id LIMIT $1"+t.db.lockFreeRows(), limit)
	if err != nil {
		return 0, false, err
	}
	for _, c := range customers {
		if c.OrganizationID == "" { // retired by the version before
			err = t.db.send(ctx, nil, "DELETE FROM customer_terms WHERE customer_id = $1", c.ID)
		} else {
			err = t.putTerms(ctx, c)
		}
		if err != nil {
			return 0, false, err
		}
		if err := t.db.send(ctx, nil, "UPDATE customers SET terms_of = modified WHERE id = $1", c.ID); err != nil {
			return 0, false, err
		}
	}
	last, err = t.exists(ctx, "SELECT NOT EXISTS (SELECT 1 FROM customers WHERE "+staleTerms+")")
	return len(customers), last, err
}

// afterPrefix ends the range of the texts that begin with a prefix. No term holds this character.
const afterPrefix = "\U0010ffff"

// begins returns the condition that a column begins with one of the prefixes.
func (s *statement) begins(column string, prefixes []string) string {
	all := make([]string, len(prefixes))
	for i, prefix := range prefixes {
		all[i] = column + " >= " + s.arg(prefix) + " AND " + column + " < " + s.arg(prefix+afterPrefix)
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

// customersOf returns the SELECT of the IDs of customers that a word matches, with duplicates and,
// by their stations, with those of other organizations. Each prefix is a range of an index.
func (s *statement) customersOf(organization string, w *terms.Word) string {
	var all []string
	for _, prefix := range w.Terms {
		all = append(all, "SELECT customer_id FROM customer_terms WHERE organization_id = "+organization+
			" AND "+s.begins("term", []string{prefix}))
	}
	for _, prefix := range w.Stations {
		all = append(all, "SELECT customer_id FROM stations WHERE "+s.begins("mac", []string{prefix}))
	}
	return strings.Join(all, " UNION ALL ")
}

// termsAlone returns the count of a search that the terms answer without their customers: one word,
// which is no station's, and no other filter.
func (s *statement) termsAlone(organizationID string, f *filter, driver column) (query string, ok bool) {
	if driver != termColumn || len(f.words) != 1 || len(f.words[0].Stations) > 0 {
		return "", false
	}
	others := *f.ContactFilter
	if others.Search = ""; !others.Empty() {
		return "", false
	}
	return "SELECT count(DISTINCT customer_id) FROM (" + s.customersOf(s.arg(organizationID), &f.words[0]) +
		") AS found", true
}

// matchesWord returns the condition that a word matches the row of customers.
func (s *statement) matchesWord(organization string, w *terms.Word) string {
	condition := "EXISTS (SELECT 1 FROM customer_terms t WHERE t.customer_id = customers.id AND t.organization_id = " +
		organization + " AND " + s.begins("t.term", w.Terms) + ")"
	if len(w.Stations) == 0 {
		return condition
	}
	return "(" + condition + " OR EXISTS (SELECT 1 FROM stations s WHERE s.customer_id = customers.id AND " +
		s.begins("s.mac", w.Stations) + "))"
}

// rarest moves the word with the fewest matches to the front, and reports whether they are at most
// narrowMatches. It counts few matches first, which suffices where one word has few.
func (r *reader) rarest(ctx context.Context, organizationID string, q terms.Query) (few bool, err error) {
	for _, most := range []int{narrowMatches / 20, narrowMatches} {
		if few, err = r.rarestOf(ctx, organizationID, q, most); few || err != nil {
			return few, err
		}
	}
	return false, nil
}

// rarestOf is rarest with another maximum of matches.
func (r *reader) rarestOf(
	ctx context.Context, organizationID string, q terms.Query, most int,
) (few bool, err error) {
	s := &statement{}
	organization := s.arg(organizationID)
	limit := s.arg(most + 1)
	for i := range q {
		if i > 0 {
			s.WriteString(" UNION ALL ")
		}
		s.WriteString("SELECT count(*) FROM (SELECT 1 FROM (" + s.customersOf(organization, &q[i]) +
			") AS found LIMIT " + limit + ") AS counted")
	}
	counts, err := collect(ctx, r.db, scanCount, s.String(), s.args...)
	if err != nil {
		return false, err
	}
	first := 0
	for i, n := range counts {
		if n < counts[first] {
			first = i
		}
	}
	q[0], q[first] = q[first], q[0]
	return counts[first] <= int64(most), nil
}

func scanCount(row rows) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}
