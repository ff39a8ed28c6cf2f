-- Customers, their credentials and the hashed guids of their devices.
-- +goose Up

-- Searched, sorted or compared values have columns; all others share the JSON document
-- "attributes".
CREATE TABLE customers (
	id              TEXT    NOT NULL PRIMARY KEY,
	organization_id TEXT    NOT NULL,
	location_id     TEXT,
	hotspot_id      TEXT,
	username        TEXT    NOT NULL UNIQUE,
	username_realm  TEXT,            -- the text after the last @, lower case
	first_name      TEXT,
	last_name       TEXT,
	email           TEXT,
	email_key       TEXT,            -- lower case, for comparing
	email_verified  BOOLEAN NOT NULL,
	phone           TEXT,
	phone_verified  BOOLEAN NOT NULL,
	gender          TEXT,
	birth_date      TEXT,
	language        TEXT,
	country         TEXT,
	ext_id          TEXT,
	ext_prop1       TEXT,
	ext_prop2       TEXT,
	profiling       BOOLEAN,
	ppd             BOOLEAN,
	locked          BOOLEAN NOT NULL,
	source          TEXT,
	signup_method   TEXT    NOT NULL,
	created         BIGINT  NOT NULL,
	modified        BIGINT  NOT NULL,
	last_login      BIGINT,
	logins          BIGINT  NOT NULL,
	attributes      TEXT
) WITHOUT ROWID;
CREATE INDEX customers_by_email ON customers (organization_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX customers_by_phone ON customers (organization_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX customers_by_ext_id ON customers (organization_id, ext_id) WHERE ext_id IS NOT NULL;
CREATE INDEX customers_by_ext_prop1 ON customers (organization_id, ext_prop1) WHERE ext_prop1 IS NOT NULL;
CREATE INDEX customers_by_ext_prop2 ON customers (organization_id, ext_prop2) WHERE ext_prop2 IS NOT NULL;
CREATE INDEX customers_of_location ON customers (organization_id, location_id);
CREATE INDEX customers_by_realm ON customers (username_realm) WHERE username_realm IS NOT NULL;

CREATE TABLE credentials (
	customer_id     TEXT   NOT NULL PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
	organization_id TEXT   NOT NULL,
	username        TEXT   NOT NULL,
	key_id          TEXT   NOT NULL,
	box             BLOB   NOT NULL,
	created         BIGINT NOT NULL,
	expires         BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE customer_guids (
	customer_id     TEXT   NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	guid_hash       TEXT   NOT NULL,
	organization_id TEXT   NOT NULL,
	added           BIGINT NOT NULL,
	PRIMARY KEY (customer_id, guid_hash)
) WITHOUT ROWID;
CREATE INDEX customer_guids_by_hash ON customer_guids (organization_id, guid_hash);
