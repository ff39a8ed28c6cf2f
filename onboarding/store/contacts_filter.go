package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/terms"
)

// equality is a filter on the value of an indexed column.
type equality struct {
	column column
	value  string
	meant  func(value string) []string // returns the stored values that match
}

// equalities returns the equalities of the filter, the best index first.
func equalities(f *onboarding.ContactFilter) []equality {
	all := []equality{
		{usernameColumn, f.Username, given}, {emailColumn, f.Email, emailKeys}, {phoneColumn, f.Phone, phonesMeant},
		{extIDColumn, f.ExtID, given}, {extProp1Column, f.ExtProp1, given}, {extProp2Column, f.ExtProp2, given},
	}
	return slices.DeleteFunc(all, func(e equality) bool { return e.value == "" })
}

// narrowMatches is the number of matches up to which it is cheaper to find all of them by the
// filter's index, and to sort them for each page, than to walk all contacts in order and skip the
// others.
const narrowMatches = 10000

// narrowSearch is narrowMatches for a filter with a search: people search for the name by which
// they sort, and a walk in that order may skip all other contacts.
const narrowSearch = 50000

// filter is a ContactFilter with the words of its search and the sets of its traits. If termColumn
// is the driver, it finds the matches of the first word.
type filter struct {
	*onboarding.ContactFilter
	words  terms.Query
	traits []traitSet
	exact  bool // the traits and the locations are all of the filter
	db     executor
}

func (r *reader) filter(f *onboarding.ContactFilter) *filter {
	traits, exact := traitsOf(f)
	return &filter{ContactFilter: f, words: terms.Parse(f.Search), traits: traits, exact: exact, db: r.db}
}

// driver selects the index for finding the filter's matches; false if there is none or there are
// too many matches.
func (r *reader) driver(ctx context.Context, organizationID string, f *filter, matches int) (column, bool, error) {
	driver, ok, err := r.filterDriver(ctx, organizationID, f, matches)
	if err != nil || len(f.words) == 0 || len(equalities(f.ContactFilter)) > 0 {
		return driver, ok, err
	}
	if matches > narrowSearch {
		return column{}, false, nil
	}
	few := true
	if ok || len(f.words) > 1 {
		if few, err = r.rarest(ctx, organizationID, f.words); err != nil {
			return column{}, false, err
		}
	}
	if ok && !few {
		return driver, true, nil
	}
	return termColumn, true, nil
}

// filterDriver is driver for a filter without a search.
func (r *reader) filterDriver(
	ctx context.Context, organizationID string, f *filter, matches int,
) (column, bool, error) {
	if equal := equalities(f.ContactFilter); len(equal) > 0 {
		return equal[0].column, true, nil
	}
	if few, err := r.fewByTraits(ctx, organizationID, f, matches); err != nil {
		return column{}, false, err
	} else if few && len(f.traits) > 0 {
		return traitsColumn, true, nil
	} else if few {
		return locationColumn, true, nil
	}
	if matches > narrowMatches {
		return column{}, false, nil
	}
	switch {
	case f.ModifiedFrom != nil || f.ModifiedTo != nil:
		return modifiedColumn, true, nil
	case f.CreatedFrom != nil || f.CreatedTo != nil:
		return createdColumn, true, nil
	case len(f.SegmentIDs) > 0:
		return segmentColumn, true, nil
	case len(f.LocationIDs) > 0:
		return locationColumn, true, nil
	}
	return column{}, false, nil
}

// fewByTraits reports whether the filter's traits and locations select few customers. They select
// at least the matches.
func (r *reader) fewByTraits(ctx context.Context, organizationID string, f *filter, matches int) (bool, error) {
	if matches > narrowMatches || len(f.traits) == 0 && len(f.LocationIDs) == 0 {
		return false, nil
	}
	if f.exact {
		return true, nil
	}
	n, err := r.countTraits(ctx, organizationID, f.traits, f.LocationIDs)
	return n <= narrowMatches, err
}

// found returns the SELECT of the customers that another table yields as the driver, else nothing.
// They are joined: for a list of IDs, SQLite may read an index of the whole organization.
func (s *statement) found(organization string, f *filter, driver column) string {
	switch driver {
	case termColumn:
		return s.customersOf(organization, &f.words[0])
	case segmentColumn:
		return fmt.Sprintf("SELECT customer_id FROM segment_members WHERE organization_id = %s AND segment_id IN %s",
			organization, list(s, f.SegmentIDs))
	}
	return ""
}

// from writes FROM and the conditions of the filter, for a query served by the index on driver.
// Unless after is empty, only customers with a greater ID match.
func (s *statement) from(organizationID string, f *filter, driver column, after string) {
	organization := s.arg(organizationID)
	if driver.metric { // SQLite joins the tables of a CROSS JOIN in the given order
		fmt.Fprintf(s, ` FROM (SELECT customer_id AS metrics_of, %s FROM customer_metrics WHERE organization_id = %s) m
			CROSS JOIN customers WHERE id = metrics_of`, driver.name, organization)
		if !f.Empty() { // always true otherwise, and PostgreSQL would estimate far too few rows
			s.WriteString(" AND organization_id = " + organization)
		}
	} else if ids := s.found(organization, f, driver); ids != "" {
		s.WriteString(" FROM (SELECT DISTINCT customer_id AS found_id FROM (" + ids + ") AS found) f" +
			" CROSS JOIN customers WHERE id = found_id AND organization_id = " + organization)
	} else if driver == traitsColumn {
		s.customersByTraits(f.db, organization, f.traits, f.LocationIDs)
	} else {
		s.WriteString(" FROM customers")
		if driver == locationColumn { // SQLite prefers an index that has the location as a further column
			s.WriteString(f.db.indexed("customers_of_location"))
		}
		s.WriteString(" WHERE organization_id = " + organization)
	}
	if after != "" || driver == idColumn { // selects this index on the organization
		fmt.Fprintf(s, " AND %s > %s", idColumn.in(driver.orID()), s.arg(after))
	}
	and := func(format string, args ...any) { fmt.Fprintf(s, " AND "+format, args...) }
	for _, e := range equalities(f.ContactFilter) {
		if values := e.meant(e.value); len(values) == 1 {
			and("%s = %s", e.column.in(driver), s.arg(values[0]))
		} else {
			and("%s IN %s", e.column.in(driver), list(s, values))
		}
	}
	for i := range f.words {
		if i > 0 || driver != termColumn {
			and("%s", s.matchesWord(organization, &f.words[i]))
		}
	}
	for i := range f.traits {
		switch {
		case driver == traitsColumn:
		case f.db.traits().stored:
			and("%s", f.traits[i].condition(f.db.traits().expression))
		default:
			and("%s", f.traits[i].columns)
		}
	}
	if _, ok := methodTraits(f.SignupMethods); !ok && len(f.SignupMethods) > 0 {
		and("signup_method IN %s", list(s, f.SignupMethods))
	}
	if len(f.LocationIDs) > 0 && driver != traitsColumn {
		and("%s", (&group{ids: f.LocationIDs}).condition(s, driver))
	}
	if len(f.SegmentIDs) > 0 && driver != segmentColumn {
		and("EXISTS (SELECT 1 FROM segment_members m WHERE m.customer_id = customers.id AND m.segment_id IN %s)",
			list(s, f.SegmentIDs))
	}
	for _, r := range []struct {
		column column
		from   bool
		at     any
	}{
		{createdColumn, true, microsOrNull(f.CreatedFrom)}, {createdColumn, false, microsOrNull(f.CreatedTo)},
		{modifiedColumn, true, microsOrNull(f.ModifiedFrom)}, {modifiedColumn, false, microsOrNull(f.ModifiedTo)},
	} {
		if r.at != nil && r.from {
			and("%s >= %s", r.column.in(driver), s.arg(r.at))
		} else if r.at != nil {
			and("%s <= %s", r.column.in(driver), s.arg(r.at))
		}
	}
	for _, policy := range slices.Sorted(maps.Keys(f.OptIns)) {
		if name, custom := strings.CutPrefix(policy, customPolicies); custom {
			s.customOptIn(f.db, name, f.OptIns[policy])
		}
	}
}

// customOptIn writes the condition on the consent to one of the tenant's own policies.
func (s *statement) customOptIn(db executor, name string, accepted bool) {
	place := db.position("custom_opt_ins", s.arg(customOptIn(name, true)))
	if accepted {
		fmt.Fprintf(s, " AND %s > 0", place)
	} else {
		fmt.Fprintf(s, " AND COALESCE(%s, 0) = 0", place)
	}
}
