package store

import (
	"strings"

	"onramp/onboarding"
)

// conflicts says which field of a request is to blame for a broken uniqueness rule, by the rule's name: the table and its columns with
// underscores between. PostgreSQL tells the constraint's name; SQLite tells table and columns, from which ruleOf makes it.
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

// conflict returns the domain's error for a broken uniqueness rule. The cause is for the log: it names the rule, not the value.
func conflict(rule string, cause error) *onboarding.Error {
	blame, ok := conflicts[rule]
	if !ok {
		blame.message = "is already there"
	}
	e := onboarding.ConflictField(blame.field, "%s", blame.message)
	e.Cause = cause
	return e
}

// ruleOf turns SQLite's "customers.username" or "t.a, t.b" into the rule's name.
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
