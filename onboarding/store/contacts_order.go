package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onramp/onboarding"
)

// ordering describes an order: a column, or groups for a column of few values.
type ordering struct {
	column  column
	reverse bool
	groups  []group // in the order of the walk; nil for a column
}

// group holds the condition for contacts with one value.
type group struct {
	value *string  // nil: no value
	where string   // a condition on a column that has no index
	ids   []string // else the locations; empty for contacts without one
}

var columnOrders = map[onboarding.ContactOrder]column{
	onboarding.ByID:               idColumn,
	onboarding.ByFirstName:        {name: "first_name"},
	onboarding.ByLastName:         {name: "last_name", index: whole},
	onboarding.ByBirthDate:        {name: "birth_date"},
	onboarding.ByCountry:          {name: "country"},
	onboarding.ByCreated:          createdColumn,
	onboarding.ByModified:         modifiedColumn,
	onboarding.ByEmail:            emailColumn,
	onboarding.ByPhone:            phoneColumn,
	onboarding.ByUsername:         usernameColumn,
	onboarding.BySystem:           {name: systemOf},
	onboarding.ByTotalVisits:      {name: "total_visits", kind: numeric, index: sparse, metric: true},
	onboarding.ByVisitedLocations: {name: "visited_locations", kind: numeric, index: sparse, metric: true},
}

// systemOf is the expression for onboarding.Customer.System.
const systemOf = `COALESCE(source, CASE WHEN NOT COALESCE(ppd, TRUE) THEN NULL WHEN kiosk THEN '` +
	onboarding.SystemKiosk + `' WHEN signup_method = 'app' THEN '` + onboarding.SystemApp +
	`' WHEN signup_method = 'portal' THEN '` + onboarding.SystemPortal + `' ELSE signup_method END)`

// groupOrders lists the columns of few values, with the values in order.
var groupOrders = map[onboarding.ContactOrder]struct {
	column string
	values []string // empty: false and true
	null   bool     // a value may be missing
}{
	onboarding.ByGender:             {"gender", []string{"female", "male", "other"}, true},
	onboarding.BySignupMethod:       {"signup_method", []string{"api", "app", "portal"}, false},
	onboarding.ByEmailVerified:      {"email_verified", nil, false},
	onboarding.ByPhoneVerified:      {"phone_verified", nil, false},
	onboarding.ByLocked:             {"locked", nil, false},
	onboarding.ByMktgCommunications: {"mktg_communications", nil, true},
	onboarding.ByAgeVerification:    {"age_verification", nil, true},
}

// ordering returns the query's order.
func (r *reader) ordering(ctx context.Context, q *onboarding.ContactQuery) (ordering, error) {
	if c, ok := columnOrders[q.Order]; ok {
		return ordering{column: c, reverse: q.Reverse}, nil
	}
	w := ordering{column: idColumn, reverse: q.Reverse}
	if q.Order == onboarding.ByLocationName {
		var err error
		if w.groups, err = r.locationGroups(ctx, q.OrganizationID); err != nil {
			return w, err
		}
	} else {
		g, ok := groupOrders[q.Order]
		if !ok {
			return w, fmt.Errorf("unknown order of contacts %q", q.Order)
		}
		if g.values == nil {
			w.groups = []group{
				{value: ref("false"), where: g.column + " = FALSE"}, {value: ref("true"), where: g.column + " = TRUE"},
			}
		}
		for _, v := range g.values {
			w.groups = append(w.groups, group{value: ref(v), where: g.column + " = '" + v + "'"})
		}
		if g.null {
			w.groups = append(w.groups, group{where: g.column + " IS NULL"})
		}
	}
	if w.reverse {
		slices.Reverse(w.groups)
		if without := w.groups[0]; without.value == nil { // stays last
			w.groups = append(w.groups[1:], without)
		}
	}
	return w, nil
}

// locationGroups returns the locations with customers, by name. Locations of equal name share a
// group.
func (r *reader) locationGroups(ctx context.Context, organizationID string) ([]group, error) {
	o, err := r.Organization(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	used, err := collect(ctx, r.db, scanText, `SELECT id FROM locations l WHERE organization_id = $1
		AND EXISTS (SELECT 1 FROM customers c WHERE c.organization_id = $1 AND c.location_id = l.id)`, organizationID)
	if err != nil {
		return nil, err
	}
	ids := map[string][]string{}
	for _, id := range used {
		if l := o.Location(id); l != nil {
			ids[l.Name] = append(ids[l.Name], id)
		}
	}
	groups := make([]group, 0, len(ids)+1)
	for name, ids := range ids {
		groups = append(groups, group{value: &name, ids: ids})
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(*a.value, *b.value) })
	return append(groups, group{}), nil
}

func ref[T any](v T) *T { return &v }

// condition returns the condition for the group's contacts, in a query served by the index on
// driver.
func (g *group) condition(s *statement, driver column) string {
	location := locationColumn.in(driver)
	switch {
	case g.where != "":
		return g.where
	case len(g.ids) == 0:
		return location + " IS NULL"
	case len(g.ids) == 1:
		return location + " = " + s.arg(g.ids[0])
	default:
		return location + " IN " + list(s, g.ids)
	}
}

// after returns the groups from the position on, and whether the position is within the first of
// them. The position of a group that no longer exists (a renamed location) is the place it would
// have.
func (w *ordering) after(p *onboarding.ContactPosition) (left []group, within bool) {
	if p == nil {
		return w.groups, false
	}
	for i := range w.groups {
		g := &w.groups[i]
		switch {
		case g.value == nil || p.Value == nil:
			if g.value == nil {
				return w.groups[i:], p.Value == nil
			}
		case *g.value == *p.Value:
			return w.groups[i:], true
		case *g.value > *p.Value != w.reverse:
			return w.groups[i:], false
		}
	}
	return nil, false
}

// parse returns the argument for a position's value.
func (k kind) parse(value string) (any, error) {
	if k == numeric {
		return strconv.ParseInt(value, 10, 64)
	}
	return value, nil
}
