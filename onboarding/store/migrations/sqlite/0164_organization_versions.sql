-- The former versions of the look of an organization, from which an operator restores one.
-- +goose Up

CREATE TABLE organization_versions (
	organization_id TEXT NOT NULL,
	version         BIGINT NOT NULL,
	replaced        BIGINT NOT NULL,
	actor_kind      TEXT NOT NULL, -- who replaced it
	actor_id        TEXT NOT NULL,
	document        TEXT NOT NULL, -- no sealed values
	PRIMARY KEY (organization_id, version)
) WITHOUT ROWID;
