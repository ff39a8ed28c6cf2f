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

// filter is a ContactFilter with the words of its search. If termColumn is the driver, it finds the
// matches of the first word.
type filter struct {
	*onboarding.ContactFilter
	words terms.Query
}

// driver selects the index for finding the filter's matches; false if there is none or there are
// too many matches.
func (r *reader) driver(
	ctx context.Context, organizationID string, f *onboarding.ContactFilter, matches int,
) (*filter, column, bool, error) {
	found := &filter{f, terms.Parse(f.Search)}
	driver, ok := filterDriver(f, matches)
	if len(found.words) == 0 || len(equalities(f)) > 0 {
		return found, driver, ok, nil
	}
	if matches > narrowSearch {
		return found, column{}, false, nil
	}
	few := true
	if ok || len(found.words) > 1 {
		var err error
		if few, err = r.rarest(ctx, organizationID, found.words); err != nil {
			return nil, column{}, false, err
		}
	}
	if ok && !few {
		return found, driver, true, nil
	}
	return found, termColumn, true, nil
}

// filterDriver is driver for a filter without a search.
func filterDriver(f *onboarding.ContactFilter, matches int) (column, bool) {
	if equal := equalities(f); len(equal) > 0 {
		return equal[0].column, true
	}
	if matches > narrowMatches {
		return column{}, false
	}
	switch {
	case f.ModifiedFrom != nil || f.ModifiedTo != nil:
		return modifiedColumn, true
	case f.CreatedFrom != nil || f.CreatedTo != nil:
		return createdColumn, true
	case len(f.SegmentIDs) > 0:
		return segmentColumn, true
	case len(f.LocationIDs) > 0:
		return locationColumn, true
	}
	return column{}, false
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
	} else {
		s.WriteString(" FROM customers WHERE organization_id = " + organization)
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
	for _, p := range []struct {
		column column
		has    *bool
	}{{emailColumn, f.HasEmail}, {phoneColumn, f.HasPhone}} {
		if p.has != nil && *p.has {
			and("%s IS NOT NULL", p.column.in(driver))
		} else if p.has != nil {
			and("%s IS NULL", p.column.in(driver))
		}
	}
	for _, p := range []struct {
		name string
		want *bool
	}{{"email_verified", f.EmailVerified}, {"phone_verified", f.PhoneVerified}} {
		if p.want != nil {
			and("%s = %s", p.name, literal(*p.want))
		}
	}
	if len(f.SignupMethods) > 0 {
		and("signup_method IN %s", list(s, f.SignupMethods))
	}
	if len(f.LocationIDs) > 0 {
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
		s.optIn(policy, f.OptIns[policy])
	}
}

// optIn writes the condition on one optional consent.
func (s *statement) optIn(policy string, accepted bool) {
	name, custom := strings.CutPrefix(policy, customPolicies)
	switch {
	case custom && accepted:
		fmt.Fprintf(s, " AND replace(custom_opt_ins, %s, '') <> custom_opt_ins", s.arg(customOptIn(name, true)))
	case custom:
		fmt.Fprintf(s, " AND (custom_opt_ins IS NULL OR replace(custom_opt_ins, %s, '') = custom_opt_ins)",
			s.arg(customOptIn(name, true)))
	case accepted:
		fmt.Fprintf(s, " AND %s", optInColumns[policy])
	default:
		fmt.Fprintf(s, " AND %s IS NOT TRUE", optInColumns[policy])
	}
}

var optInColumns = map[string]string{
	onboarding.MktgCommunication: "mktg_communications",
	onboarding.AgeVerification:   "age_verification",
}
