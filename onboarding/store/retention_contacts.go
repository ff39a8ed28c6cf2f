package store

import (
	"context"
	"strconv"
	"time"

	"onramp/onboarding"
)

// oneRow ends a subquery of EXISTS. The offset keeps PostgreSQL from reading the whole table for a
// hash.
const oneRow = " LIMIT 1 OFFSET 0)"

// since is the condition that the customer has no row of a table with a column at or after $2.
func since(table, column string) string {
	return " AND NOT EXISTS (SELECT 1 FROM " + table + " t WHERE t.customer_id = c.id AND " + column + " >= $2" + oneRow
}

// without is the condition that the customer has no row of a table.
func without(table, condition string) string {
	return " AND NOT EXISTS (SELECT 1 FROM " + table + " t WHERE t.customer_id = c.id" + condition + oneRow
}

// inactive and unverified are the conditions on a customer c of the organization $1. $2 is the
// instant. In inactive, $3 is the earliest begin of open connections, and $4 that of the last
// login.
var (
	inactive = "NOT c.locked AND c.modified < $2 AND c.created < $2 AND (c.last_login IS NULL OR c.last_login < $4)" +
		" AND (c.ppd IS NULL OR c.ppd OR NOT EXISTS (SELECT 1 FROM credentials k WHERE k.customer_id = c.id" +
		" AND k.expires >= $2" + oneRow + ")" +
		without("sessions", " AND t.stopped IS NULL AND t.begun >= $3") +
		since("sessions", "t.seen") + since("stations", "t.last_seen") + since("downloads", "t.last") +
		since("installations", "t.recorded") + since("consents", "t.at") + since("activations", "t.created") +
		since("customer_guids", "COALESCE(t.confirmed, t.added)") +
		since("app_devices", "COALESCE(t.last_seen, t.registered)") + since("app_devices", "t.registered")
	unverified = "NOT c.locked AND c.modified < $2 AND c.created < $2 AND c.signup_method = 'portal'" +
		" AND NOT c.email_verified AND NOT c.phone_verified AND c.ext_id IS NULL AND (c.ppd IS NULL OR c.ppd)" +
		" AND c.last_login IS NULL AND c.logins = 0" +
		without("sessions", "") + without("stations", "") + without("downloads", " AND t.settings_id <> ''") +
		without("installations", "") + without("app_devices", "") + without("activations", " AND t.hits > 0")
)

// dormantTexts are the texts for one kind: of a page, and of one contact.
type dormantTexts struct{ page, one string }

func dormantTextsOf(condition string, args int) dormantTexts {
	last := func(n int) string { return "$" + strconv.Itoa(args+n) }
	return dormantTexts{
		page: "SELECT c.id, c.modified, " + condition + " FROM customers c WHERE c.organization_id = $1" +
			" AND c.modified < $2 AND (c.modified, c.id) > (" + last(1) + ", " + last(2) + ")" +
			" ORDER BY c.modified, c.id LIMIT " + last(3),
		one: "SELECT EXISTS (SELECT 1 FROM customers c WHERE c.id = " + last(1) + " AND c.organization_id = $1 AND " +
			condition + ")",
	}
}

var inactiveTexts, unverifiedTexts = dormantTextsOf(inactive, 4), dormantTextsOf(unverified, 2)

// dormantTextsFor returns the texts and the first arguments of a query.
func dormantTextsFor(q *onboarding.DormantContacts) (texts dormantTexts, args []any) {
	args = []any{q.OrganizationID, micros(q.Before)}
	if q.Kind == onboarding.RecordUnverifiedSignups {
		return unverifiedTexts, args
	}
	return inactiveTexts, append(args, micros(q.OpenSince), micros(q.LoginBefore))
}

// DormantContacts implements onboarding.RetentionReader.
func (r *reader) DormantContacts(ctx context.Context, q onboarding.DormantContacts) (
	ids []string, last *onboarding.DormantPosition, err error,
) {
	type examined struct {
		onboarding.DormantPosition
		dormant bool
	}
	scan := func(row rows) (e examined, err error) {
		err = row.Scan(&e.ID, instant{&e.Modified}, &e.dormant)
		return e, err
	}
	after := q.After.Modified
	if after.IsZero() { // before any
		after = time.Unix(0, 0).AddDate(-1, 0, 0)
	}
	texts, args := dormantTextsFor(&q)
	page, err := collect(ctx, r.db, scan, texts.page, append(args, micros(after), q.After.ID, q.Limit)...)
	if err != nil {
		return nil, nil, err
	}
	for i := range page {
		if page[i].dormant {
			ids = append(ids, page[i].ID)
		}
	}
	if len(page) == q.Limit && q.Limit > 0 {
		last = &page[len(page)-1].DormantPosition
	}
	return ids, last, nil
}

// IsDormant implements onboarding.RetentionReader.
func (r *reader) IsDormant(ctx context.Context, q onboarding.DormantContacts, customerID string) (bool, error) {
	texts, args := dormantTextsFor(&q)
	return r.exists(ctx, texts.one, append(args, customerID)...)
}
