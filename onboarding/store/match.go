package store

import (
	"context"
	"strconv"
	"strings"

	"onramp/onboarding"
)

// criterion is one given member of a Match as the SELECT of the IDs for which it holds; $1 is the organization.
type criterion struct {
	name  string // of the key that a transaction holds
	query string // ends where the placeholder of the value follows
	value string
}

func criteria(m onboarding.Match) []criterion {
	const customers = "SELECT id FROM customers WHERE organization_id = $1 AND "
	all := []criterion{
		{"id", customers + "id = ", m.ID},
		{"username", customers + "username = ", m.Username},
		{"email", customers + "email_key = ", fold(m.Email)},
		{"phone", customers + "phone = ", m.Phone},
		{"ext id", customers + "ext_id = ", m.ExtID},
		{"ext prop 1", customers + "ext_prop1 = ", m.ExtProp1},
		{"ext prop 2", customers + "ext_prop2 = ", m.ExtProp2},
		{"guid", "SELECT customer_id FROM customer_guids WHERE organization_id = $1 AND guid_hash = ", m.GuidHash},
	}
	given := all[:0]
	for _, c := range all {
		if c.value != "" {
			given = append(given, c)
		}
	}
	return given
}

func (r *reader) MatchAll(ctx context.Context, organizationID string, m onboarding.Match, limit int) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " INTERSECT ")
}

func (r *reader) MatchAny(ctx context.Context, organizationID string, m onboarding.Match, limit int) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " UNION ")
}

// match joins one indexed SELECT a criterion: an OR over several columns would make an engine give up its indexes. Nothing given matches nobody.
func (r *reader) match(ctx context.Context, organizationID string, m onboarding.Match, limit int, operator string) ([]*onboarding.Customer, error) {
	given := criteria(m)
	if len(given) == 0 || limit <= 0 {
		return nil, nil
	}
	keys := make([]string, len(given))
	args := append(make([]any, 0, len(given)+2), organizationID)
	var query strings.Builder
	query.WriteString(selectCustomer + " WHERE id IN (")
	for i, c := range given {
		if i > 0 {
			query.WriteString(operator)
		}
		query.WriteString(c.query + "$" + strconv.Itoa(i+2))
		keys[i] = "match " + organizationID + " " + c.name + " " + c.value
		args = append(args, c.value)
	}
	query.WriteString(") ORDER BY id LIMIT $" + strconv.Itoa(len(given)+2) + r.db.forChange())
	if err := r.db.hold(ctx, false, keys...); err != nil {
		return nil, err
	}
	return collect(ctx, r.db, scanCustomer, query.String(), append(args, int64(limit))...)
}
