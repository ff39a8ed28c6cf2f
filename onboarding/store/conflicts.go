package store

import (
	"strings"

	"onramp/onboarding"
)

// conflicts maps a uniqueness rule to the field of a request that violates it. A rule's name is the
// table and its columns, joined by underscores: the name of PostgreSQL's constraint, and for SQLite
// the result of ruleOf.
var conflicts = map[string]struct{ field, message string }{
	"customers_username":                {"username", "is taken"},
	"customers_id":                      {"id", "is taken"},
	"service_keys_id":                   {"id", "is taken"},
	"service_keys_client_key":           {"clientKey", "is taken"},
	"secrets_name":                      {"name", "is taken"},
	"locations_id":                      {"location", "belongs to another organization"},
	"hotspots_id":                       {"hotspot", "belongs to another organization"},
	"hotspots_address":                  {"address", "belongs to another hotspot"},
	"realms_realm":                      {"realm", "belongs to another organization"},
	"credentials_customer_id":           {"credential", "is already there"},
	"activations_token_hash":            {"token", "is taken"},
	"consents_customer_id_policy_at_id": {"id", "is taken"},
	"events_organization_id_at_id":      {"id", "is taken"},
}

// conflict returns the Conflict for a violated uniqueness rule. The cause, for the log, names the
// rule and not the value.
func conflict(rule string, cause error) *onboarding.Error {
	violated, ok := conflicts[rule]
	if !ok {
		violated.message = "is already there"
	}
	e := onboarding.ConflictField(violated.field, "%s", violated.message)
	e.Cause = cause
	return e
}

// ruleOf returns the name of the rule that SQLite reports as "customers.username" or "t.a, t.b".
func ruleOf(columns string) string {
	var name strings.Builder
	for i, column := range strings.Split(columns, ", ") {
		table, column, _ := strings.Cut(column, ".")
		if i == 0 {
			name.WriteString(table)
		}
		name.WriteString("_" + column)
	}
	return name.String()
}
