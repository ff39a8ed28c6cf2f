-- Organizations, client keys and the deployment's secrets.
--
-- Conventions of the whole schema: identifiers are text compared byte by byte, instants are
-- microseconds since 1970 UTC, an unknown value is NULL and never an empty text. A constraint is
-- named after its table and columns: the store maps that name to the field of the request that
-- violates it.
-- +goose Up

-- An organization is one JSON document, replaced as a whole. Every change increments version, so
-- that a process compares one integer to find out whether its parsed document is current.
CREATE TABLE organizations (
	id       TEXT   NOT NULL PRIMARY KEY,
	version  BIGINT NOT NULL,
	document TEXT   NOT NULL
) WITHOUT ROWID;

-- Values of the document that are unique in the deployment, or looked up without the organization.
CREATE TABLE locations (
	id              TEXT NOT NULL PRIMARY KEY,
	organization_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX locations_of_organization ON locations (organization_id);

CREATE TABLE hotspots (
	id              TEXT NOT NULL PRIMARY KEY,
	organization_id TEXT NOT NULL,
	location_id     TEXT NOT NULL,
	mac             TEXT,
	nas_identifier  TEXT,
	address         TEXT,
	secret_key_id   TEXT -- the master key that seals its secret in the document
) WITHOUT ROWID;
CREATE INDEX hotspots_of_organization ON hotspots (organization_id);
CREATE INDEX hotspots_by_mac ON hotspots (mac) WHERE mac IS NOT NULL;
CREATE INDEX hotspots_by_nas_identifier ON hotspots (nas_identifier) WHERE nas_identifier IS NOT NULL;
CREATE UNIQUE INDEX hotspots_address ON hotspots (address) WHERE address IS NOT NULL;

CREATE TABLE realms (
	realm           TEXT NOT NULL PRIMARY KEY, -- lower case
	organization_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX realms_of_organization ON realms (organization_id);

CREATE TABLE service_keys (
	id              TEXT   NOT NULL PRIMARY KEY,
	client_key      TEXT   NOT NULL UNIQUE,
	secret_hash     TEXT   NOT NULL,
	organization_id TEXT   NOT NULL,
	role            TEXT   NOT NULL,
	scopes          TEXT   NOT NULL, -- separated by spaces
	created         BIGINT NOT NULL,
	revoked         BIGINT
) WITHOUT ROWID;
CREATE INDEX service_keys_of_organization ON service_keys (organization_id, created, id);

CREATE TABLE revoked_tokens (
	id      TEXT   NOT NULL PRIMARY KEY,
	expires BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires);

CREATE TABLE secrets (
	name   TEXT NOT NULL PRIMARY KEY,
	key_id TEXT NOT NULL,
	box    BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE settings (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;
