-- Tombstones: the deletions and minimisations that this database has seen.
-- +goose Up

CREATE TABLE tombstones (
	hash       TEXT COLLATE "C" NOT NULL, -- a keyed hash of the customer's ID, 32 hex digits
	occurrence TEXT COLLATE "C" NOT NULL, -- of a minimisation: 16 random hex digits; of a deletion: empty
	kind       TEXT COLLATE "C" NOT NULL, -- deleted or minimised
	CONSTRAINT tombstones_key PRIMARY KEY (hash, occurrence)
);
