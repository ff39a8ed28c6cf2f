package store

import (
	"context"

	"onramp/onboarding"
)

const tallyColumns = "customer_id, organization_id, total_visits, visited_locations, document"

func scanTally(row rows) (*onboarding.Tally, error) {
	var t onboarding.Tally
	var visitedLocations int64 // also part of the document; the column is for sorting
	err := row.Scan(&t.CustomerID, &t.OrganizationID, &t.Visits, &visitedLocations, jsonText{&t})
	return &t, err
}

func (r *reader) metricsOf(customerIDs []string) plannedRead {
	condition, arg := r.db.anyOf("customer_id", "$1", customerIDs)
	return plannedRead{
		text: "SELECT " + tallyColumns + " FROM customer_metrics WHERE " + condition + r.db.lockRows(),
		args: []any{arg},
	}
}

func (r *reader) MetricsOf(ctx context.Context, customerIDs []string) (map[string]*onboarding.Tally, error) {
	read := r.metricsOf(customerIDs)
	tallies, err := collect(ctx, r.db, scanTally, read.text, read.args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*onboarding.Tally, len(tallies))
	for _, t := range tallies {
		byID[t.CustomerID] = t
	}
	return byID, nil
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
	return t.db.send(ctx, nil, statement,
		tally.CustomerID, tally.OrganizationID, tally.Visits, tally.VisitedLocations(), text)
}
