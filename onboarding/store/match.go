package store

import (
	"context"
	"slices"

	"onramp/onboarding"
)

// criterion is one given member of a Match as the SELECT of the IDs for which it holds; $1 is the organization.
type criterion struct {
	name   string   // of the key that a transaction holds
	query  string   // ends where the values follow
	values []string // any of which is meant
}

func criteria(m onboarding.Match) []criterion {
	const customers = "SELECT id FROM customers WHERE organization_id = $1 AND "
	all := []criterion{
		{"id", customers + "id", given(m.ID)},
		{"username", customers + "username", given(m.Username)},
		{"email", customers + "email_key", emailKeys(m.Email)},
		{"phone", customers + "phone", phonesMeant(m.Phone)},
		{"ext id", customers + "ext_id", given(m.ExtID)},
		{"ext prop 1", customers + "ext_prop1", given(m.ExtProp1)},
		{"ext prop 2", customers + "ext_prop2", given(m.ExtProp2)},
		{"guid", "SELECT customer_id FROM customer_guids WHERE organization_id = $1 AND " + current("customer_guids", "added") + " AND guid_hash",
			given(m.GuidHash)},
	}
	if m.VerifiedOnly {
		all = []criterion{
			{"email", customers + "email_verified AND email_key", emailKeys(m.Email)},
			{"phone", customers + "phone_verified AND phone", phonesMeant(m.Phone)},
		}
	}
	return slices.DeleteFunc(all, func(c criterion) bool { return c.values == nil })
}

// given is the list of one value, nil where it is empty.
func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// emailKeys are the values of email_key under which an address may be stored: the present one, and that of rows written by a version
// before it, which a running upgrade may still add.
func emailKeys(address string) []string {
	key, former := onboarding.EmailKey(address), fold(address)
	if key == former {
		return given(key)
	}
	return []string{key, former}
}

// phonesMeant are the numbers that a searched one stands for.
func phonesMeant(phone string) []string {
	if phone == "" {
		return nil
	}
	return onboarding.PhonesMeant(phone)
}

func (r *reader) MatchAll(ctx context.Context, organizationID string, m onboarding.Match, limit int) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " INTERSECT ", nil)
}

func (r *reader) MatchAny(ctx context.Context, organizationID string, m onboarding.Match, limit int) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " UNION ", nil)
}

// match joins one indexed SELECT a criterion: an OR over several columns would make an engine give up its indexes. Nothing given matches nobody.
// With evidence only customers whom it proves are matched, the newest first.
func (r *reader) match(
	ctx context.Context, organizationID string, m onboarding.Match, limit int, operator string, e *onboarding.Evidence,
) ([]*onboarding.Customer, error) {
	wanted := criteria(m)
	if len(wanted) == 0 || limit <= 0 {
		return nil, nil
	}
	var keys []string
	query := &statement{}
	query.arg(organizationID) // $1 of every criterion
	query.WriteString(selectCustomer + " WHERE organization_id = $1 AND id IN (")
	for i, c := range wanted {
		if i > 0 {
			query.WriteString(operator)
		}
		query.WriteString(c.query + " IN " + list(query, c.values))
		for _, value := range c.values {
			keys = append(keys, "match "+organizationID+" "+c.name+" "+value)
		}
	}
	order := "id"
	if e != nil {
		order = "id DESC"
		query.WriteString(") AND id IN (" + byGuid("organization_id", "$1", query.arg(e.GuidHash)) +
			" UNION " + byToken(query.arg(e.TokenID), query.arg(micros(e.Now))))
	}
	query.WriteString(") ORDER BY " + order + " LIMIT " + query.arg(int64(limit)) + r.db.forChange())
	if err := r.db.hold(ctx, false, keys...); err != nil {
		return nil, err
	}
	return collect(ctx, r.db, scanCustomer, query.String(), query.args...)
}
