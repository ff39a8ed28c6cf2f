-- Tombstones: the deletions and minimisations that this database has seen.
-- +goose Up

CREATE TABLE tombstones (
	hash       TEXT NOT NULL, -- a keyed hash of the customer's ID, 32 hex digits
	occurrence TEXT NOT NULL, -- of a minimisation: 16 random hex digits; of a deletion: empty
	kind       TEXT NOT NULL, -- deleted or minimised
	PRIMARY KEY (hash, occurrence)
) WITHOUT ROWID;
