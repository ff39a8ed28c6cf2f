package store

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// agedTable describes the records of a kind. Conditions use $1 for the organization, $2 for the
// instant, and $3 for the further argument of the kind, if it has one.
type agedTable struct {
	table, key string
	of         string // the condition of the organization; empty for kinds of the deployment
	at         string // the column by which records age; an index holds it after the organization
	and        string // a further condition of aged records; empty: none
	// outer repeats the condition of age outside of the batch, by which PostgreSQL finds an index.
	// SQLite would examine all aged records in each batch.
	outer string
}

const ofOrganizationOrNone = "COALESCE(organization_id, '') = $1"

var agedTables = map[onboarding.RecordKind]agedTable{
	// A connection is not seen before its begin, so that begun bounds the search.
	onboarding.RecordConnections: {
		table: "sessions", key: "unique_id", of: ofOrganizationOrNone + " AND (customer_id IS NOT NULL OR anonymous)",
		at: "begun", and: "seen < $2 AND (stopped IS NOT NULL OR begun < $3)",
	},
	onboarding.RecordUnknownStations: {
		table: "sessions", key: "unique_id", of: ofOrganizationOrNone + " AND customer_id IS NULL AND NOT anonymous",
		at: "seen",
	},
	onboarding.RecordEvents: {
		table: "events", key: "organization_id, at, id", of: "organization_id = $1", at: "at",
	},
	onboarding.RecordRefusals: {
		table: "login_failures", key: "organization_id, hour, access_point, hotspot_id, reason",
		of: "organization_id = $1", at: "hour",
	},
	onboarding.RecordStatistics: {
		table: "statistics", key: statisticsKey, of: "organization_id = $1", at: "slot",
	},
	onboarding.RecordAttempts: {table: "attempts", key: "id", of: "organization_id = $1", at: "last"},
	onboarding.RecordDisconnects: {
		table: "disconnects", key: "id", of: ofOrganizationOrNone + " AND finished IS NOT NULL", at: "finished",
	},
	onboarding.RecordProfileSettings: {
		table: "profile_settings", key: "id", of: "organization_id = $1", at: "first",
		and: "id <> $3 AND NOT EXISTS (SELECT 1 FROM downloads d WHERE d.settings_id = profile_settings.id" + oneRow,
	},
	onboarding.RecordStationAccepts: {table: "station_accepts", key: "station", at: "at"},
	onboarding.RecordStationClaims:  {table: "station_claims", key: "customer_id, mac", at: "at"},
	onboarding.RecordLinks:          {table: "activations", key: "token_hash", at: "expires"},
	onboarding.RecordAnswers:        {table: "idempotency", key: "service_id, idempotency_key", at: "expires"},
	onboarding.RecordTokenProofs:    {table: "token_proofs", key: "token_id, customer_id", at: "expires"},
	onboarding.RecordVerifications:  {table: "verifications", key: "id", at: "expires"},
	onboarding.RecordWrongCodes:     {table: "wrong_codes", key: "recipient, at, id", at: "at", outer: "at < $1 AND "},
	onboarding.RecordBudgets:        {table: "budgets", key: "key", at: "full_at"},
	onboarding.RecordRestarts:       {table: "restarts", key: "access_point, at", at: "at", outer: "at < $1 AND "},
	onboarding.RecordMessages:       {table: "messages", key: "id", at: "finished"},
	onboarding.RecordWebhooks: {table: "webhook_deliveries", key: "number", at: "kept_until",
		outer: "kept_until < $1 AND "},
	onboarding.RecordAccessPoints: {table: "access_points", key: "key", at: "last_seen"},
}

// agedStatements are the texts for one kind. The limit is the last argument.
type agedStatements struct {
	organization, further           bool
	count, oldest, remove, stations string
	people                          string // keeps what statistics count of the records
}

var agedTexts = func() map[onboarding.RecordKind]agedStatements {
	texts := map[onboarding.RecordKind]agedStatements{}
	for kind, table := range agedTables {
		texts[kind] = table.statements()
	}
	connections := texts[onboarding.RecordConnections]
	connections.stations = "DELETE FROM stations WHERE last_seen < $2 AND (customer_id, mac) IN " +
		"(SELECT customer_id, mac FROM sessions WHERE unique_id IN (" +
		agedTables[onboarding.RecordConnections].batch() + "))"
	connections.people = keepPeople("sessions.unique_id IN (" + agedTables[onboarding.RecordConnections].batch() + ")")
	texts[onboarding.RecordConnections] = connections
	return texts
}()

// numbers returns the placeholders of the instant and of the limit, and the condition of the
// organization with a conjunction.
func (a agedTable) numbers() (instant, limit, of string) {
	switch {
	case a.of == "":
		return "$1", "$2", ""
	case a.and == "":
		return "$2", "$3", a.of + " AND "
	}
	return "$2", "$4", a.of + " AND "
}

// aged returns the condition of aged records.
func (a agedTable) aged() string {
	instant, _, of := a.numbers()
	condition := of + a.at + " < " + instant
	if a.and != "" {
		condition += " AND " + a.and
	}
	return condition
}

// batch returns the query for the keys of a batch.
func (a agedTable) batch() string {
	_, limit, _ := a.numbers()
	return "SELECT " + a.key + " FROM " + a.table + " WHERE " + a.aged() + " ORDER BY " + a.at + " LIMIT " + limit
}

func (a agedTable) statements() agedStatements {
	instant, _, of := a.numbers()
	return agedStatements{
		organization: a.of != "", further: a.and != "",
		count: "SELECT count(*) FROM " + a.table + " WHERE " + a.aged(),
		oldest: "SELECT " + a.at + " FROM " + a.table + " WHERE " + of + a.at + " >= " + instant + " ORDER BY " + a.at +
			" LIMIT 1",
		remove: "DELETE FROM " + a.table + " WHERE " + a.outer + "(" + a.key + ") IN (" + a.batch() + ")",
	}
}

// args returns the arguments of a text, without the limit.
func (s *agedStatements) args(q *onboarding.AgedRecords, further bool) []any {
	var args []any
	if s.organization {
		args = append(args, q.OrganizationID)
	}
	args = append(args, micros(q.Before))
	switch {
	case !s.further || !further:
	case q.Kind == onboarding.RecordProfileSettings:
		args = append(args, q.SettingsID)
	default:
		args = append(args, micros(q.OpenSince))
	}
	return args
}

// CountAged implements onboarding.RetentionReader.
func (r *reader) CountAged(ctx context.Context, q onboarding.AgedRecords) (int, error) {
	texts := agedTexts[q.Kind]
	return r.count(ctx, texts.count, texts.args(&q, true)...)
}

// OldestKept implements onboarding.RetentionReader.
func (r *reader) OldestKept(ctx context.Context, q onboarding.AgedRecords) (*time.Time, error) {
	texts := agedTexts[q.Kind]
	var at time.Time
	err := r.one(ctx, texts.oldest, texts.args(&q, false), instant{&at})
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	return &at, err
}

// DeleteAged implements onboarding.RetentionWriter. Transactions of the same kind and organization
// wait for each other, so that none examines the rows that another is deleting.
func (t *transaction) DeleteAged(ctx context.Context, q onboarding.AgedRecords, limit int) (int, error) {
	if err := t.db.lockKeys(ctx, false, "retention "+string(q.Kind)+" "+q.OrganizationID); err != nil {
		return 0, err
	}
	texts := agedTexts[q.Kind]
	args := append(texts.args(&q, true), limit)
	if texts.people != "" {
		if err := t.db.send(ctx, nil, texts.people, args...); err != nil {
			return 0, err
		}
	}
	if texts.stations != "" {
		if err := t.db.send(ctx, nil, texts.stations, args...); err != nil {
			return 0, err
		}
	}
	return t.db.exec(ctx, texts.remove, args...)
}
