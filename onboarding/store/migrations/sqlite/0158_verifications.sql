-- Verifications of addresses, and the addresses that Onramp itself has verified. Codes, links, pages
-- and addresses are keyed hashes.
-- +goose Up

CREATE TABLE verifications (
	id              TEXT   NOT NULL PRIMARY KEY,
	organization_id TEXT   NOT NULL,
	customer_id     TEXT   REFERENCES customers (id) ON DELETE CASCADE,
	session         TEXT   UNIQUE, -- of the page of a sign-up; NULL: by the API
	form            TEXT,
	channel         TEXT   NOT NULL,
	recipient       TEXT   NOT NULL,
	code            TEXT   NOT NULL,
	link            TEXT   UNIQUE,
	link_form       TEXT,
	tries           BIGINT NOT NULL,
	sent            BIGINT NOT NULL,
	key_id          TEXT,
	box             BLOB, -- the address and the sign-up
	created         BIGINT NOT NULL,
	resend          BIGINT NOT NULL,
	code_ends       BIGINT NOT NULL,
	expires         BIGINT NOT NULL,
	proven          BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX verifications_customer_id_channel ON verifications (customer_id, channel) WHERE session IS NULL;
CREATE INDEX verifications_of_customer ON verifications (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX verifications_of_form ON verifications (form) WHERE form IS NOT NULL;
CREATE INDEX verifications_by_expiry ON verifications (expires);
CREATE INDEX verifications_with_content ON verifications (id) WHERE key_id IS NOT NULL;
-- +goose StatementBegin
CREATE TRIGGER verifications_sealed_insert BEFORE INSERT ON verifications
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER verifications_sealed_update BEFORE UPDATE OF key_id ON verifications
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd

CREATE TABLE verified_addresses (
	recipient       TEXT   NOT NULL PRIMARY KEY, -- of the organization, channel and address
	organization_id TEXT   NOT NULL,
	customer_id     TEXT   NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	channel         TEXT   NOT NULL,
	at              BIGINT NOT NULL,
	UNIQUE (customer_id, channel)
) WITHOUT ROWID;

-- One row for each wrong code of an address in the last day.
CREATE TABLE wrong_codes (
	recipient TEXT   NOT NULL,
	at        BIGINT NOT NULL,
	id        TEXT   NOT NULL,
	PRIMARY KEY (recipient, at, id)
) WITHOUT ROWID;
CREATE INDEX wrong_codes_by_time ON wrong_codes (at);
