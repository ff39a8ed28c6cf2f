-- Sign-in links and sessions of the console.
-- +goose Up

CREATE TABLE sign_in_links (
	hash            TEXT COLLATE "C" PRIMARY KEY,
	organization_id TEXT COLLATE "C", -- NULL: all organizations
	role            TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C", -- of a locationManager
	created         BIGINT NOT NULL,
	expires         BIGINT NOT NULL
);
CREATE INDEX sign_in_links_by_end ON sign_in_links (expires);

CREATE TABLE operator_sessions (
	hash            TEXT COLLATE "C" PRIMARY KEY,
	id              TEXT COLLATE "C" NOT NULL,
	agent_hash      TEXT COLLATE "C" NOT NULL,
	organization_id TEXT COLLATE "C", -- NULL: all organizations
	role            TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C", -- of a locationManager
	created         BIGINT NOT NULL,
	last_used       BIGINT NOT NULL,
	expires         BIGINT NOT NULL
);
CREATE INDEX operator_sessions_by_end ON operator_sessions (expires);
