-- Codes that continue an activation link in another browser, by their keyed hash; one a link. The link that a code opens
-- shares the downloads of the first one.
-- +goose Up

CREATE TABLE resume_codes (
	code_hash  TEXT   NOT NULL PRIMARY KEY,
	token_hash TEXT   NOT NULL UNIQUE REFERENCES activations (token_hash) ON DELETE CASCADE,
	created    BIGINT NOT NULL,
	expires    BIGINT NOT NULL
) WITHOUT ROWID;

ALTER TABLE activations ADD COLUMN shares_hits_of TEXT;
