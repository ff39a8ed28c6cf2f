// Package store keeps what the domain knows: in SQLite by default, in PostgreSQL when one machine is not enough. It
// implements onboarding.Store; onboarding/storetest says what that promises, and both engines pass it unchanged.
//
// # How it is laid out
//
// The queries are written once, in one file a concept (customers.go, consents.go ...), against the small interface dbtx. Both engines
// understand their text: placeholders are $1, $2 ..., upserts are ON CONFLICT. Where an engine needs another text it
// has its own; nothing is translated. A reader answers queries and works on any connection; a transaction adds the
// writes and exists only inside Store.Write.
//
// The schema is in migrations/sqlite and migrations/postgres: numbered, forward-only, embedded. A value that is
// unknown is NULL, an instant is microseconds since 1970 UTC, an identifier is compared byte by byte on either engine.
//
// # SQLite
//
// One goroutine owns the only connection that writes. It takes whatever transactions are queued, runs each
// inside a savepoint and commits them together, so that one fsync serves many callers; each is answered after that commit. A
// transaction that fails is undone to its savepoint and harms no neighbour. Readers have connections of their own and,
// thanks to the write-ahead log, never wait. Other processes (the command line) may write at any time.
//
// # PostgreSQL
//
// Transactions run at READ COMMITTED, and what a transaction reads by key it also locks until its end, so that a
// decision made on it still holds when it is written; on SQLite the single writer gives the same for free. Writes are
// held back and sent together with the next read or the commit, to save round trips.
package store
