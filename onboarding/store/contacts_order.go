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
	value *string   // nil: no value
	where string    // a condition on a column that has no index
	ids   []string  // else the locations; empty for contacts without one
	trait *traitSet // the same contacts by their traits; nil for locations
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

// groupOrder is a column of few values.
type groupOrder struct {
	column string
	trait  int      // the lowest bit of the column's trait
	values []string // in order; empty: false and true
	traits []int    // of the values
	null   bool     // a value may be missing, which is the trait 0
}

var groupOrders = map[onboarding.ContactOrder]groupOrder{
	onboarding.ByGender: {"gender", traitGender, []string{"female", "male", "other"}, []int{1, 2, 3}, true},
	onboarding.BySignupMethod: {"signup_method", traitSignupMethod, []string{"api", "app", "portal"}, []int{0, 1, 2},
		false},
	onboarding.ByEmailVerified:      {"email_verified", traitEmailVerified, nil, []int{0, 1}, false},
	onboarding.ByPhoneVerified:      {"phone_verified", traitPhoneVerified, nil, []int{0, 1}, false},
	onboarding.ByLocked:             {"locked", traitLocked, nil, []int{0, 1}, false},
	onboarding.ByMktgCommunications: {"mktg_communications", traitMktg, nil, []int{1, 2}, true},
	onboarding.ByAgeVerification:    {"age_verification", traitAge, nil, []int{1, 2}, true},
}

// groups returns one group for each value.
func (o *groupOrder) groups() (all []group) {
	mask := o.trait
	if o.null || len(o.values) > 2 {
		mask = twoBits * o.trait
	}
	add := func(value *string, where string, trait int) {
		all = append(all, group{value: value, where: where, trait: &traitSet{mask, []int{trait * o.trait}, where}})
	}
	values := o.values
	if values == nil {
		values = []string{"false", "true"}
	}
	for i, v := range values {
		literal := "'" + v + "'"
		if o.values == nil {
			literal = strings.ToUpper(v)
		}
		add(&v, o.column+" = "+literal, o.traits[i])
	}
	if o.null {
		add(nil, o.column+" IS NULL", 0)
	}
	return all
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
		w.groups = g.groups()
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
