-- Codes that continue a link in another browser, by their keyed hash, one per link. The link opened
-- by a code shares the hits of the first one.
-- +goose Up

CREATE TABLE resume_codes (
	code_hash  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	token_hash TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES activations (token_hash) ON DELETE CASCADE,
	created    BIGINT NOT NULL,
	expires    BIGINT NOT NULL
);

ALTER TABLE activations ADD COLUMN shares_hits_of TEXT COLLATE "C";
