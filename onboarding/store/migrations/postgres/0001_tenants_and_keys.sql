-- Organizations, client keys and the deployment's secrets.
--
-- Conventions of the whole schema: identifiers are text compared byte by byte (COLLATE "C"),
-- instants are microseconds since 1970 UTC, an unknown value is NULL and never an empty text. A
-- constraint is named after its table and columns: the store maps that name to the field of the
-- request that violates it.
-- +goose Up

-- An organization is one JSON document, replaced as a whole. Every change increments version, so
-- that a process compares one integer to find out whether its parsed document is current.
CREATE TABLE organizations (
	id       TEXT COLLATE "C" NOT NULL CONSTRAINT organizations_id PRIMARY KEY,
	version  BIGINT           NOT NULL,
	document TEXT COLLATE "C" NOT NULL
);

-- Values of the document that are unique in the deployment, or looked up without the organization.
CREATE TABLE locations (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT locations_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX locations_of_organization ON locations (organization_id);

CREATE TABLE hotspots (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT hotspots_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C" NOT NULL,
	mac             TEXT COLLATE "C",
	nas_identifier  TEXT COLLATE "C",
	address         TEXT COLLATE "C",
	secret_key_id   TEXT COLLATE "C"  -- the master key that seals its secret in the document
);
CREATE INDEX hotspots_of_organization ON hotspots (organization_id);
CREATE INDEX hotspots_by_mac ON hotspots (mac) WHERE mac IS NOT NULL;
CREATE INDEX hotspots_by_nas_identifier ON hotspots (nas_identifier) WHERE nas_identifier IS NOT NULL;
CREATE UNIQUE INDEX hotspots_address ON hotspots (address) WHERE address IS NOT NULL;

CREATE TABLE realms (
	realm           TEXT COLLATE "C" NOT NULL CONSTRAINT realms_realm PRIMARY KEY, -- lower case
	organization_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX realms_of_organization ON realms (organization_id);

CREATE TABLE service_keys (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT service_keys_id PRIMARY KEY,
	client_key      TEXT COLLATE "C" NOT NULL CONSTRAINT service_keys_client_key UNIQUE,
	secret_hash     TEXT COLLATE "C" NOT NULL,
	organization_id TEXT COLLATE "C" NOT NULL,
	role            TEXT COLLATE "C" NOT NULL,
	scopes          TEXT COLLATE "C" NOT NULL, -- separated by spaces
	created         BIGINT           NOT NULL,
	revoked         BIGINT
);
CREATE INDEX service_keys_of_organization ON service_keys (organization_id, created, id);

CREATE TABLE revoked_tokens (
	id      TEXT COLLATE "C" NOT NULL CONSTRAINT revoked_tokens_id PRIMARY KEY,
	expires BIGINT           NOT NULL
);
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires);

CREATE TABLE secrets (
	name   TEXT COLLATE "C" NOT NULL CONSTRAINT secrets_name PRIMARY KEY,
	key_id TEXT COLLATE "C" NOT NULL,
	box    BYTEA            NOT NULL
);

CREATE TABLE settings (
	name  TEXT COLLATE "C" NOT NULL CONSTRAINT settings_name PRIMARY KEY,
	value TEXT COLLATE "C" NOT NULL
);
