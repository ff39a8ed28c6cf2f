package store

// Fate is the effect of an erasure on the rows of a customer in one table.
type Fate string

// The fates of rows.
const (
	FateNone      Fate = ""          // the table holds no rows of a customer
	FateDeleted   Fate = "deleted"   // the rows are deleted
	FateAnonymous Fate = "anonymous" // the rows stay; only the kept columns hold values of before
	FateKept      Fate = "kept"      // the rows stay, with the customer's ID
)

// ErasureRule declares what a deletion and a minimisation of a customer do to one table, and what
// becomes of its other rows.
type ErasureRule struct {
	Table string
	// Customer is the column with the customer's ID.
	Customer string
	// Through is the column of a row that belongs to a customer through another table's row.
	Through            string
	Deleted, Minimised Fate
	// Keeps are the columns of an anonymous row that keep their values. They identify no person.
	Keeps []string
	// Refused are the columns that hold personal values even of a customer who refuses the
	// processing of personal data, because access to the network needs them.
	Refused []string
	// Others is the end of the rows that belong to no customer, and why they identify no person.
	Others string
}

// ErasureRules has one rule for each table of the schema.
var ErasureRules = []ErasureRule{
	{Table: "customers", Customer: "id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"id", "username", "username_realm"}},
	{Table: "credentials", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"username", "box", "notice"}},
	{Table: "customer_guids", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"guid_hash"}},
	{Table: "consents", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateKept,
		Keeps:   []string{"id"}, // with policy, version, decision, channel and time: the evidence
		Refused: []string{"id", "address", "agent"}},
	{Table: "app_devices", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "installations", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "activations", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"token_hash", "shares_hits_of"}},
	{Table: "resume_codes", Through: "token_hash", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"code_hash", "token_hash"}},
	{Table: "verifications", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted,
		Others: "sign-ups without a proof, sealed; retention deletes them after the life of their page"},
	{Table: "verified_addresses", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "token_proofs", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"token_id"}},
	{Table: "idempotency", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "events", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateAnonymous,
		Keeps:   []string{"id"},
		Refused: []string{"id", "customer_id"}, // of consents and of the credential
		Others:  "retention deletes events after the organization's period"},
	{Table: "sessions", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateAnonymous,
		Keeps: []string{"unique_id", "session_key", "evidence"},
		// The identifiers that a Disconnect-Request needs, of an open connection.
		Refused: []string{"unique_id", "session_key", "evidence", "customer_id", "session_id", "calling_station"},
		Others:  "retention deletes connections after the organization's period"},
	{Table: "disconnects", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateKept,
		Keeps:   []string{"id", "unique_id", "session_id", "calling_station"}, // until the request is answered
		Refused: []string{"id", "unique_id", "session_id", "calling_station"},
		Others:  "finished requests have no address of a station; retention deletes them"},
	{Table: "messages", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateAnonymous,
		Keeps:   []string{"id"},
		Refused: []string{"id"},
		Others:  "finished messages hold a keyed hash of the address; deleted by retention"},
	{Table: "webhook_deliveries", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"id", "webhook_id", "customer_id", "body", "reason"}, // of sign-up, consents and credential
		Others:  "counts of refusals, and deletions, which hold the ID of a customer until they are delivered"},
	{Table: "visits", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "stations", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "station_accepts", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateAnonymous,
		Keeps:   []string{"station"}, // a keyed hash of access point and station
		Refused: []string{"station"},
		Others:  "expire after the longest life of a connection"},
	{Table: "imported_rows", Customer: "customer_id", Deleted: FateAnonymous, Minimised: FateKept,
		Keeps:   []string{"row_key", "content"}, // keyed hashes, by which a later import skips the row
		Refused: []string{"row_key", "content"}},
	{Table: "station_claims", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "attempts", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted,
		Others: "attempts without a customer are deleted with those of the same station, and by retention"},
	{Table: "downloads", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "customer_metrics", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateDeleted},
	{Table: "customer_terms", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept,
		Refused: []string{"term"}}, // of the user name
	{Table: "segment_members", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept},
	{Table: "segment_checks", Customer: "customer_id", Deleted: FateDeleted, Minimised: FateKept},

	{Table: "tombstones", Others: "keyed hashes of the IDs of deleted customers; kept as long as copies are"},
	{Table: "audit_rows", Others: "keyed hashes of customer IDs, and names of fields; pruned by retention"},
	{Table: "audit_heads", Others: "hashes of chains"},
	{Table: "wrong_codes", Others: "keyed hashes of addresses, and times; deleted by retention after a day"},
	{Table: "budgets", Others: "keyed hashes of addresses and names; deleted when the budget is full again"},
	{Table: "revoked_tokens", Others: "IDs of tokens of client keys; deleted after the tokens' expiry"},
	{Table: "revocation_sweeps", Others: "numbers of sweeps"},
	{Table: "customer_counts", Others: "numbers of contacts by location and traits"},
	{Table: "login_failures", Others: "counts per hour and access point; deleted by retention"},
	{Table: "sign_in_links", Others: "hashes of the links by which operators sign in; end when used, or with time"},
	{Table: "operator_sessions", Others: "hashes of operators' cookies and browsers; end with time"},
	{Table: "statistics", Others: "counts per quarter of an hour and location; deleted by retention"},
	{Table: "statistics_changes", Others: "counts that are added to the statistics within seconds"},
	{Table: "access_points", Others: "devices of venues; the oldest are removed"},
	{Table: "restarts", Others: "times of access points; deleted by retention"},
	{Table: "segment_sweeps", Others: "the progress of a recomputation; its position may be a customer's ID"},
	{Table: "profile_settings", Others: "settings of networks; deleted after the last download"},
	{Table: "organizations", Others: "declared by the tenant file"},
	{Table: "organization_versions", Others: "texts and brand of venues; the oldest are deleted"},
	{Table: "locations", Others: "declared by the tenant file, replaced with their organization"},
	{Table: "hotspots", Others: "declared by the tenant file, replaced with their organization"},
	{Table: "realms", Others: "declared by the tenant file, replaced with their organization"},
	{Table: "slugs", Others: "declared by the tenant file, replaced with their organization"},
	{Table: "webhooks", Others: "declared by the tenant file, with the state of the receiver"},
	{Table: "webhook_secrets", Others: "secrets of webhooks; deleted with them"},
	{Table: "service_keys", Others: "client keys of organizations; revoked by an operator"},
	{Table: "secrets", Others: "secrets of the deployment"},
	{Table: "settings", Others: "settings of the deployment"},
	{Table: "master_keys", Others: "IDs and times of master keys"},
	{Table: "replicas", Others: "running servers; deleted when they stop"},
	{Table: "goose_db_version", Others: "the migrations of the schema"},
}
