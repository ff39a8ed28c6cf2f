-- Customers, their credentials and the hashed guids of their devices.
-- +goose Up

-- Searched, sorted or compared values have columns; all others share the JSON document
-- "attributes".
CREATE TABLE customers (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT customers_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C",
	hotspot_id      TEXT COLLATE "C",
	username        TEXT COLLATE "C" NOT NULL CONSTRAINT customers_username UNIQUE,
	username_realm  TEXT COLLATE "C", -- the text after the last @, lower case
	first_name      TEXT COLLATE "C",
	last_name       TEXT COLLATE "C",
	email           TEXT COLLATE "C",
	email_key       TEXT COLLATE "C", -- lower case, for comparing
	email_verified  BOOLEAN          NOT NULL,
	phone           TEXT COLLATE "C",
	phone_verified  BOOLEAN          NOT NULL,
	gender          TEXT COLLATE "C",
	birth_date      TEXT COLLATE "C",
	language        TEXT COLLATE "C",
	country         TEXT COLLATE "C",
	ext_id          TEXT COLLATE "C",
	ext_prop1       TEXT COLLATE "C",
	ext_prop2       TEXT COLLATE "C",
	profiling       BOOLEAN,
	ppd             BOOLEAN,
	locked          BOOLEAN          NOT NULL,
	source          TEXT COLLATE "C",
	signup_method   TEXT COLLATE "C" NOT NULL,
	created         BIGINT           NOT NULL,
	modified        BIGINT           NOT NULL,
	last_login      BIGINT,
	logins          BIGINT           NOT NULL,
	attributes      TEXT COLLATE "C"
);
CREATE INDEX customers_by_email ON customers (organization_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX customers_by_phone ON customers (organization_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX customers_by_ext_id ON customers (organization_id, ext_id) WHERE ext_id IS NOT NULL;
CREATE INDEX customers_by_ext_prop1 ON customers (organization_id, ext_prop1) WHERE ext_prop1 IS NOT NULL;
CREATE INDEX customers_by_ext_prop2 ON customers (organization_id, ext_prop2) WHERE ext_prop2 IS NOT NULL;
CREATE INDEX customers_of_location ON customers (organization_id, location_id);
CREATE INDEX customers_by_realm ON customers (username_realm) WHERE username_realm IS NOT NULL;

CREATE TABLE credentials (
	customer_id     TEXT COLLATE "C" NOT NULL CONSTRAINT credentials_customer_id PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
	organization_id TEXT COLLATE "C" NOT NULL,
	username        TEXT COLLATE "C" NOT NULL,
	key_id          TEXT COLLATE "C" NOT NULL,
	box             BYTEA            NOT NULL,
	created         BIGINT           NOT NULL,
	expires         BIGINT           NOT NULL
);

CREATE TABLE customer_guids (
	customer_id     TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	guid_hash       TEXT COLLATE "C" NOT NULL,
	organization_id TEXT COLLATE "C" NOT NULL,
	added           BIGINT           NOT NULL,
	CONSTRAINT customer_guids_customer_id_guid_hash PRIMARY KEY (customer_id, guid_hash)
);
CREATE INDEX customer_guids_by_hash ON customer_guids (organization_id, guid_hash);
