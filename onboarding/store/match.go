package store

import (
	"context"
	"slices"

	"onramp/onboarding"
)

// criterion is one non-empty field of a Match, as the SELECT of the IDs of matching customers; $1
// is the organization.
type criterion struct {
	name   string   // of the key that a transaction locks
	query  string   // up to the list of values
	values []string // alternatives
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
		{"guid", "SELECT customer_id FROM customer_guids WHERE organization_id = $1 AND " +
			current("customer_guids", "added") + " AND guid_hash", given(m.GuidHash)},
	}
	if m.VerifiedOnly {
		all = []criterion{
			{"email", customers + "email_verified AND email_key", emailKeys(m.Email)},
			{"phone", customers + "phone_verified AND phone", phonesMeant(m.Phone)},
		}
	}
	return slices.DeleteFunc(all, func(c criterion) bool { return c.values == nil })
}

// given returns a list of the value; nil if it is empty.
func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// emailKeys returns the values of email_key under which an address may be stored: the current form
// and that of the previous version, which may still write rows during an upgrade.
func emailKeys(address string) []string {
	key, former := onboarding.EmailKey(address), fold(address)
	if key == former {
		return given(key)
	}
	return []string{key, former}
}

// phonesMeant returns the numbers that a searched one matches.
func phonesMeant(phone string) []string {
	if phone == "" {
		return nil
	}
	return onboarding.PhonesMeant(phone)
}

func (r *reader) MatchAll(
	ctx context.Context, organizationID string, m onboarding.Match, limit int,
) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " INTERSECT ", nil)
}

func (r *reader) MatchAny(
	ctx context.Context, organizationID string, m onboarding.Match, limit int,
) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " UNION ", nil)
}

// match combines one indexed SELECT per criterion; for an OR over several columns the engines would
// not use the indexes. An empty Match matches no customer. With evidence, it returns only customers
// proven by it, the newest first.
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
	query.WriteString(")")
	if m.LocationID != "" {
		query.WriteString(" AND location_id = " + query.arg(m.LocationID))
	}
	order := "id"
	if e != nil {
		order = "id DESC"
		query.WriteString(" AND id IN (" + byGuid("organization_id", "$1", query.arg(e.GuidHash)) +
			" UNION " + byToken(query.arg(e.TokenID), query.arg(micros(e.Now))) + ")")
	}
	query.WriteString(" ORDER BY " + order + " LIMIT " + query.arg(limit) + r.db.lockRows())
	if err := r.db.lockKeys(ctx, false, keys...); err != nil {
		return nil, err
	}
	return collect(ctx, r.db, scanCustomer, query.String(), query.args...)
}
