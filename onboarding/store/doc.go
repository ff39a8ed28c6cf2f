// Package store implements onboarding.Store in SQLite, the default, and in PostgreSQL, for
// deployments of several processes. Both engines pass the contract suite onboarding/storetest.
//
// # Layout
//
// Each noun has one file with its queries (customers.go, links.go, connections.go ...), written
// once against the interface executor. Both engines accept the same text: placeholders are $1, $2
// ..., upserts are ON CONFLICT. A difference between engines is a method of executor; no text is
// translated. A reader runs queries on any connection; a transaction adds the writes and exists
// only inside Store.Write. Files named sqlite_* and postgres_* serve one engine.
//
// The schema is in migrations/sqlite and migrations/postgres: numbered, forward-only, embedded.
// NULL is an unknown value, an instant is a number of microseconds since 1970 UTC, and identifiers
// are compared byte by byte on either engine.
//
// # SQLite
//
// One goroutine owns the only writing connection. It takes the queued transactions, runs each
// inside a savepoint and commits them together, so that one fsync serves many callers. Callers are
// answered after that commit. A failed transaction is rolled back to its savepoint without effect
// on the others. Readers have connections of their own and, thanks to the write-ahead log, never
// wait. Other processes (the command line) may write at any time.
//
// A transaction of a context of onboarding.Ahead is the next to run, and the batch commits soon
// after it. Reason: a manager's read is answered when its row of the audit is on disk, and would
// wait for the registrations of a crowd.
//
// # PostgreSQL
//
// Transactions run at READ COMMITTED. Rows that a transaction reads by key stay locked until it
// ends, so that a decision based on them still holds when it is written; on SQLite the single
// writer guarantees the same. Writes are buffered and sent together with the next read or the
// commit, to save round trips.
package store
