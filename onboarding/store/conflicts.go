package store

import (
	"fmt"
	"strings"

	"onramp/onboarding"
)

// conflicts maps a uniqueness rule to the error for its violation. A rule's name is the
// table and its columns, joined by underscores: the name of PostgreSQL's constraint, and for SQLite
// the result of ruleOf.
var conflicts = map[string]*onboarding.Error{
	"customers_username":                onboarding.ErrUsernameTaken,
	"customers_id":                      onboarding.ConflictField("id", "is taken"),
	"service_keys_id":                   onboarding.ConflictField("id", "is taken"),
	"service_keys_client_key":           onboarding.ConflictField("clientKey", "is taken"),
	"secrets_name":                      onboarding.ConflictField("name", "is taken"),
	"locations_id":                      onboarding.ConflictField("location", "belongs to another organization"),
	"hotspots_id":                       onboarding.ConflictField("hotspot", "belongs to another organization"),
	"hotspots_address":                  onboarding.ConflictField("address", "belongs to another hotspot"),
	"realms_realm":                      onboarding.ConflictField("realm", "belongs to another organization"),
	"slugs_slug":                        onboarding.ConflictField("slug", "belongs to another organization"),
	"credentials_customer_id":           onboarding.ConflictField("credential", "is already there"),
	"activations_token_hash":            onboarding.ConflictField("token", "is taken"),
	"verifications_id":                  onboarding.ConflictField("id", "is taken"),
	"verifications_session":             onboarding.ConflictField("session", "is taken"),
	"verifications_link":                onboarding.ConflictField("link", "is taken"),
	"verifications_customer_id_channel": onboarding.ConflictField("channel", "has a verification"),
	"consents_customer_id_policy_at_id": onboarding.ConflictField("id", "is taken"),
	"events_organization_id_at_id":      onboarding.ConflictField("id", "is taken"),
}

// conflict returns the Conflict for a violated uniqueness rule, with the text of the cause for the
// log. That text names the rule and not the value.
func conflict(rule string, cause error) error {
	violated, ok := conflicts[rule]
	if !ok {
		violated = onboarding.ConflictField("", "is already there")
	}
	return fmt.Errorf("%w: %v", violated, cause)
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
