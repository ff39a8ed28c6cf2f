package store

import (
	"context"

	"onramp/onboarding"
)

const tallyColumns = "customer_id, organization_id, total_visits, visited_locations, document"

func scanTally(row rows) (*onboarding.Tally, error) {
	var t onboarding.Tally
	var places int64 // for sorting
	err := row.Scan(&t.CustomerID, &t.OrganizationID, &t.Visits, &places, document{&t})
	return &t, err
}

func (r *reader) MetricsOf(ctx context.Context, customerIDs []string) (map[string]*onboarding.Tally, error) {
	condition, arg := r.db.among("customer_id", "$1", customerIDs)
	tallies, err := collect(ctx, r.db, scanTally, "SELECT "+tallyColumns+" FROM customer_metrics WHERE "+condition+r.db.forChange(), arg)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*onboarding.Tally, len(tallies))
	for _, t := range tallies {
		byID[t.CustomerID] = t
	}
	return byID, nil
}

func (r *reader) VisitBounds(ctx context.Context, customerID, locationID string) (onboarding.VisitBounds, error) {
	return first(collect(ctx, r.db, scanBounds, `SELECT min(begun), max(begun), max(until) FROM visits WHERE customer_id = $1 AND location_id = $2
		HAVING count(*) > 0`, customerID, locationID))
}

func scanBounds(row rows) (onboarding.VisitBounds, error) {
	var b onboarding.VisitBounds
	err := row.Scan(instant{&b.First}, instant{&b.Last}, instant{&b.Seen})
	return b, err
}

var (
	insertTally = insert("customer_metrics", tallyColumns) + " ON CONFLICT (customer_id) DO "
	beginTally  = insertTally + "NOTHING"
	putTally    = insertTally + "UPDATE SET " + excluded("total_visits, visited_locations, document")
)

func (t *transaction) BeginTally(ctx context.Context, organizationID, customerID string) error {
	return t.sendTally(ctx, beginTally, &onboarding.Tally{OrganizationID: organizationID, CustomerID: customerID})
}

func (t *transaction) PutTally(ctx context.Context, tally *onboarding.Tally) error {
	return t.sendTally(ctx, putTally, tally)
}

func (t *transaction) sendTally(ctx context.Context, statement string, tally *onboarding.Tally) error {
	text, err := encode(tally)
	if err != nil {
		return err
	}
	return t.db.send(ctx, nil, statement, tally.CustomerID, tally.OrganizationID, tally.Visits, tally.VisitedLocations(), text)
}

func (t *transaction) ForgetBehaviour(ctx context.Context, customerID string) error {
	for _, text := range []string{
		"DELETE FROM customer_metrics WHERE customer_id = $1",
		"DELETE FROM visits WHERE customer_id = $1",
		"DELETE FROM events WHERE customer_id = $1 AND type IN ('visit', 'login')",
		"UPDATE sessions SET profiled = FALSE WHERE customer_id = $1",
	} {
		if err := t.db.send(ctx, nil, text, customerID); err != nil {
			return err
		}
	}
	return nil
}
