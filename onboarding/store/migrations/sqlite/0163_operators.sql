-- Sign-in links and sessions of the console.
-- +goose Up

CREATE TABLE sign_in_links (
	hash            TEXT PRIMARY KEY,
	organization_id TEXT, -- NULL: all organizations
	role            TEXT NOT NULL,
	location_id     TEXT, -- of a locationManager
	created         BIGINT NOT NULL,
	expires         BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_in_links_by_end ON sign_in_links (expires);

CREATE TABLE operator_sessions (
	hash            TEXT PRIMARY KEY,
	id              TEXT NOT NULL,
	agent_hash      TEXT NOT NULL,
	organization_id TEXT, -- NULL: all organizations
	role            TEXT NOT NULL,
	location_id     TEXT, -- of a locationManager
	created         BIGINT NOT NULL,
	last_used       BIGINT NOT NULL,
	expires         BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX operator_sessions_by_end ON operator_sessions (expires);
