-- Verifications of addresses, and the addresses that Onramp itself has verified. Codes, links, pages
-- and addresses are keyed hashes.
-- +goose Up

CREATE TABLE verifications (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT verifications_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C" REFERENCES customers (id) ON DELETE CASCADE,
	session         TEXT COLLATE "C" CONSTRAINT verifications_session UNIQUE, -- of the page of a sign-up; NULL: by the API
	form            TEXT COLLATE "C",
	channel         TEXT COLLATE "C" NOT NULL,
	recipient       TEXT COLLATE "C" NOT NULL,
	code            TEXT COLLATE "C" NOT NULL,
	link            TEXT COLLATE "C" CONSTRAINT verifications_link UNIQUE,
	link_form       TEXT COLLATE "C",
	tries           BIGINT NOT NULL,
	sent            BIGINT NOT NULL,
	key_id          TEXT COLLATE "C",
	box             BYTEA, -- the address and the sign-up
	created         BIGINT NOT NULL,
	resend          BIGINT NOT NULL,
	code_ends       BIGINT NOT NULL,
	expires         BIGINT NOT NULL,
	proven          BIGINT
);
CREATE UNIQUE INDEX verifications_customer_id_channel ON verifications (customer_id, channel) WHERE session IS NULL;
CREATE INDEX verifications_of_customer ON verifications (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX verifications_of_form ON verifications (form) WHERE form IS NOT NULL;
CREATE INDEX verifications_by_expiry ON verifications (expires);
CREATE INDEX verifications_with_content ON verifications (id) WHERE key_id IS NOT NULL;
CREATE TRIGGER verifications_sealed BEFORE INSERT OR UPDATE OF key_id ON verifications FOR EACH ROW
	WHEN (NEW.key_id IS NOT NULL) EXECUTE FUNCTION sealed_key_id();

CREATE TABLE verified_addresses (
	recipient       TEXT COLLATE "C" NOT NULL CONSTRAINT verified_addresses_recipient PRIMARY KEY, -- of the organization, channel and address
	organization_id TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	channel         TEXT COLLATE "C" NOT NULL,
	at              BIGINT NOT NULL,
	CONSTRAINT verified_addresses_customer_id_channel UNIQUE (customer_id, channel)
);

-- One row for each wrong code of an address in the last day.
CREATE TABLE wrong_codes (
	recipient TEXT COLLATE "C" NOT NULL,
	at        BIGINT NOT NULL,
	id        TEXT COLLATE "C" NOT NULL,
	CONSTRAINT wrong_codes_recipient_at_id PRIMARY KEY (recipient, at, id)
);
CREATE INDEX wrong_codes_by_time ON wrong_codes (at);
